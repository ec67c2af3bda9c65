"""What a script prints to its log that should stay out of it; and what looks like it and does not."""

from __future__ import annotations

import pytest

from tests.knowledge.pipelines.shell_reading import read

EXCHANGE = (
    "aws sts assume-role-with-web-identity --role-arn $ROLE --role-session-name ci "
    '--web-identity-token "$BITBUCKET_STEP_OIDC_TOKEN"'
)


def told(*texts: str) -> list[tuple[str, int]]:
    """What is printed, and the line of it; the commands stand ten lines below each other."""
    return [(printed.what, printed.at.line) for printed in read(*texts).printed]


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("echo $BITBUCKET_STEP_OIDC_TOKEN", "token"),
        ('echo "token: ${BITBUCKET_STEP_OIDC_TOKEN}"', "token"),
        ('echo "it\'s $BITBUCKET_STEP_OIDC_TOKEN"', "token"),
        ('printf "%s\\n" "${BITBUCKET_STEP_OIDC_TOKEN:?none}"', "token"),
        ("printenv BITBUCKET_STEP_OIDC_TOKEN", "token"),
        ("echo $BITBUCKET_STEP_OIDC_TOKEN | base64", "token"),
        ("echo $BITBUCKET_STEP_OIDC_TOKEN | tee token.txt", "token"),
        ("echo $BITBUCKET_STEP_OIDC_TOKEN > /dev/stderr", "token"),
        ("test -f x && echo $BITBUCKET_STEP_OIDC_TOKEN", "token"),
        ("bash -c 'echo $BITBUCKET_STEP_OIDC_TOKEN'", "token"),
        ("cat <<EOF\n$BITBUCKET_STEP_OIDC_TOKEN\nEOF", "token"),
        ('cat "$AWS_WEB_IDENTITY_TOKEN_FILE"', "token"),
        (EXCHANGE, "credentials"),
        (f"{EXCHANGE} | tee /tmp/keys.json", "credentials"),
        (f"{EXCHANGE} | jq .", "credentials"),
        (f"{EXCHANGE} --query Credentials.SessionToken --output text", "credentials"),
        ("aws --region eu-central-1 ecr get-login-password", "credentials"),
        ("gcloud auth print-access-token", "credentials"),
        ("az account get-access-token --resource https://management.azure.com", "credentials"),
        ("env", "environment"),
        ("env | sort", "environment"),
        ("printenv", "environment"),
        ("export", "environment"),
        ("export -p", "environment"),
        ("declare -x | cat", "environment"),
        ("set", "environment"),
    ],
)
def test_what_goes_to_the_log_is_told(command: str, what: str) -> None:
    assert told(command) == [(what, 10)]


@pytest.mark.parametrize(
    "command",
    [
        "echo $BITBUCKET_STEP_OIDC_TOKEN > $HOME/token",
        "echo $BITBUCKET_STEP_OIDC_TOKEN | tee token.txt > /dev/null",
        "echo $BITBUCKET_STEP_OIDC_TOKEN | cut -d. -f2 | base64 -d",
        "echo $BITBUCKET_STEP_OIDC_TOKEN | wc -c",
        "echo $BITBUCKET_STEP_OIDC_TOKEN | docker login --password-stdin",
        'echo "${#BITBUCKET_STEP_OIDC_TOKEN} letters, ${BITBUCKET_STEP_OIDC_TOKEN:+there}"',
        "echo '$BITBUCKET_STEP_OIDC_TOKEN' \\$BITBUCKET_STEP_OIDC_TOKEN",
        'echo "letters: $(echo $BITBUCKET_STEP_OIDC_TOKEN | wc -c)"',
        "TOKEN=$(echo $BITBUCKET_STEP_OIDC_TOKEN | base64)",
        "echo $BITBUCKET_STEP_UUID",
        "show() { echo $BITBUCKET_STEP_OIDC_TOKEN; }",
        "bash -c 'echo $BITBUCKET_STEP_OIDC_TOKEN' > token",
        "cat package.json",
        f"KEYS=$({EXCHANGE})",
        f"{EXCHANGE} > keys.json",
        f"{EXCHANGE} --query Credentials.Expiration",
        "aws sts get-caller-identity",
        "aws ecr get-login-password | docker login --username AWS --password-stdin acme.example",
        "env AWS_REGION=eu-central-1 make",
        "env | grep -c AWS",
        "env > before.txt",
        "export -p > variables.sh",
        "export A=b",
        "export -f login",
        "set -euo pipefail",
        "declare -A hosts",
    ],
)
def test_what_stays_out_of_the_log_is_not(command: str) -> None:
    assert told(command) == []


def test_a_file_is_followed_to_where_it_is_shown() -> None:
    assert told("echo $BITBUCKET_STEP_OIDC_TOKEN > $(pwd)/token", "ls", "cat ./token") == [("token", 30)]
    assert told(f"{EXCHANGE} > keys.json", "jq . keys.json") == [("credentials", 20)]
    assert told(f"{EXCHANGE} > keys.json", "jq -r .Credentials.Expiration keys.json") == []
    assert told("cat ./token", "echo $BITBUCKET_STEP_OIDC_TOKEN > token") == []


def test_a_copy_of_the_token_is_the_token() -> None:
    assert told('JWT="$BITBUCKET_STEP_OIDC_TOKEN"', "echo $JWT", "echo $OTHER") == [("token", 20)]


def test_a_trace_is_told_once_and_where_it_begins_if_the_token_is_used_below() -> None:
    write = "echo $BITBUCKET_STEP_OIDC_TOKEN > $HOME/token"

    assert told("set -euxo pipefail", write, write) == [("trace", 10)]
    assert told("set -o xtrace", write) == [("trace", 10)]
    assert told("set -x", "make", "set +x", write) == []
    assert told("(set -x; make)", write) == []
    assert told("set -x", "make") == []
