"""Whether a step needs the token, what shows it, and whose cloud it is for."""

from __future__ import annotations

import pytest

from knowledge.location import Position
from knowledge.pipelines import parse
from knowledge.pipelines.model import Pipe, Value
from knowledge.pipelines.needs import GUESSED
from tests.knowledge.pipelines.shell_reading import TOKEN, need, pipe

ROLE = "arn:aws:iam::123456789012:role/deploy"

SCRIPTS: list[tuple[str, list[str], tuple[str, ...], str | None]] = [
    (
        "a token file",
        ["export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/t", f"echo {TOKEN} > $(pwd)/t", "aws s3 ls"],
        ("token", "web-identity-file"),
        "aws",
    ),
    (
        "an exchange",
        [f"aws sts assume-role-with-web-identity --role-arn $R --web-identity-token {TOKEN}"],
        ("token", "sts-cli"),
        "aws",
    ),
    (
        "the misnamed file",
        ["export AWS_WEB_IDENTITY_ROLE_FILE=t", "aws s3 ls"],
        ("web-identity-file",),
        "aws",
    ),
    (
        "a profile",
        ["aws configure set web_identity_token_file /t", "aws s3 ls"],
        ("web-identity-file",),
        "aws",
    ),
    (
        "a variables' file",
        [f"echo AWS_WEB_IDENTITY_TOKEN_FILE=t >> .env; echo {TOKEN} > t"],
        ("token", "web-identity-file"),
        "aws",
    ),
    ("az", [f"az login --service-principal -u x --federated-token {TOKEN}"], ("token",), "azure"),
    ("azurerm", [f"export ARM_OIDC_TOKEN={TOKEN}", "terraform apply"], ("token", "token-variable"), "azure"),
    ("a token of an earlier step", ['az login --federated-token "$(cat t)"'], ("login-command",), "azure"),
    (
        "gcloud",
        [
            f"echo {TOKEN} > t",
            "gcloud iam workload-identity-pools create-cred-config p --credential-source-file=t",
        ],
        ("token",),
        "gcp",
    ),
    ("vault", [f"vault write auth/jwt/login role=x jwt={TOKEN}"], ("token",), "other"),
    ("a broker", [f"curl -H 'x: y' -d {TOKEN} https://broker.example.org"], ("token",), "other"),
    ("a look at it", [f'[ -n "{TOKEN}" ] || exit 1'], ("token",), None),
    ("by its name", ["docker run -e BITBUCKET_STEP_OIDC_TOKEN acme/deploy"], ("token",), None),
    (
        "by its name in a program",
        ["python -c 'import os; os.environ[\"BITBUCKET_STEP_OIDC_TOKEN\"]'"],
        ("token",),
        None,
    ),
    ("its name for the token", ["echo BITBUCKET_STEP_OIDC_TOKEN > t"], ("token",), None),
]


@pytest.mark.parametrize(
    ("texts", "basis", "cloud"), [row[1:] for row in SCRIPTS], ids=[row[0] for row in SCRIPTS]
)
def test_scripts_that_need_the_token(texts: list[str], basis: tuple[str, ...], cloud: str | None) -> None:
    found = need(*texts)
    assert (found.needs_oidc, found.basis, found.cloud) == (True, basis, cloud)


@pytest.mark.parametrize(
    "texts",
    [
        ["aws s3 ls"],
        ["export AWS_ACCESS_KEY_ID=$A", "aws s3 ls"],
        ["./deploy.sh"],
        ["make deploy", "terraform apply"],
        ["source ./login.sh", "aws s3 ls"],
        ["az login --service-principal -u x -p y"],
        ["gcloud auth activate-service-account --key-file k.json"],
        ["gcloud auth login --cred-file=key.json"],
        ["chainctl auth login"],
        ["echo 'set BITBUCKET_STEP_OIDC_TOKEN first'"],
        [f"# echo {TOKEN} > t"],
        # A document that goes into a file is text until something runs the file.
        [f"cat > /tmp/login.sh <<'EOF'\naz login --federated-token {TOKEN}\nEOF\necho done"],
        [f"tee -a run.sh <<'EOF'\naz login --federated-token {TOKEN}\nEOF"],
        ["npm ci # needs AWS_WEB_IDENTITY_TOKEN_FILE later"],
        [],
    ],
)
def test_scripts_that_show_no_need(texts: list[str]) -> None:
    found = need(*texts)
    assert (found.needs_oidc, found.basis, found.cloud) == (False, (), None)


PIPES: list[tuple[Pipe, tuple[str, ...], str | None]] = [
    (pipe("atlassian/aws-s3-deploy", AWS_OIDC_ROLE_ARN=ROLE), ("pipe-variable",), "aws"),
    (pipe("atlassian/aws-cli", AWS_ROLE_ARN=ROLE), ("pipe-role-variable",), "aws"),
    (pipe("acme/ecr-login", OIDC_ROLE=ROLE), ("pipe-variable",), "aws"),
    (pipe("acme/login", TOKEN=TOKEN), ("token",), None),
    (pipe("docker://cyberark/conjur-bitbucket-pipe"), ("pipe-implicit",), "other"),
]


@pytest.mark.parametrize(("call", "basis", "cloud"), PIPES)
def test_pipes_that_take_the_token(call: Pipe, basis: tuple[str, ...], cloud: str | None) -> None:
    found = need(pipes=(call,))
    assert (found.needs_oidc, found.basis, found.cloud) == (True, basis, cloud)


@pytest.mark.parametrize(
    "call",
    [
        pipe("atlassian/aws-s3-deploy", AWS_ACCESS_KEY_ID="$K", AWS_SECRET_ACCESS_KEY="$S"),
        pipe("atlassian/aws-s3-deploy"),
        pipe("atlassian/aws-cli", AWS_ROLE_ARN=ROLE, AWS_ACCESS_KEY_ID="$K", AWS_SECRET_ACCESS_KEY="$S"),
        pipe("atlassian/slack-notify", WEBHOOK_URL="$W"),
        pipe("atlassian/azure-web-apps-deploy", AZURE_APP_ID="$A"),
    ],
)
def test_pipes_that_show_no_need(call: Pipe) -> None:
    assert not need(pipes=(call,)).needs_oidc


def test_an_image_that_is_pulled_with_a_role() -> None:
    role = Value(ROLE, tag="str", quoted=False, at=Position(3, 5))
    found = need("echo x", image_oidc_role=role)
    assert (found.basis, found.cloud) == (("image-oidc-role",), "aws")


@pytest.mark.parametrize(
    ("texts", "basis", "cloud"),
    [
        ([". ./ci/gcp-oidc-auth.sh"], "script-file:ci/gcp-oidc-auth.sh", "gcp"),
        (["export OIDC_CLIENT_ID=$X", "node dist/cli.js", "oci os ns get"], "cli-implicit", "other"),
    ],
)
def test_what_only_names_speak_of_is_a_guess(texts: list[str], basis: str, cloud: str) -> None:
    found = need(*texts)
    assert (found.needs_oidc, found.basis, found.cloud) == (True, (basis,), cloud)
    assert basis.startswith(GUESSED)


def steps_of(*steps: str) -> list[tuple[bool, tuple[str, ...], str | None]]:
    file = parse("pipelines:\n  default:\n" + "".join(steps))
    return [(step.needs_oidc, step.needs_basis, step.cloud) for step in file.steps]


LOGIN = (
    "    - step:\n        oidc: true\n        script:\n"
    f"          - echo export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/t >> .env\n          - echo {TOKEN} > t\n"
    "        artifacts: [.env, t]\n"
)


OWN = (
    "    - step:\n        script:\n"
    "          - export AWS_WEB_IDENTITY_TOKEN_FILE=$PWD/t\n          - aws s3 ls\n"
)


def test_a_token_file_out_of_an_artifact_needs_no_switch_of_its_own() -> None:
    use = "    - step:\n        script:\n          - source .env\n          - aws s3 ls\n"
    build = "    - step:\n        script:\n          - source .env\n          - npm ci\n"
    found = steps_of(LOGIN, use, build, OWN)
    assert found[1] == (True, ("artifact-token-file",), "aws")
    assert found[2] == (False, (), None)
    assert found[3] == (True, ("artifact-token-file",), "aws")


def test_without_an_artifact_nothing_is_carried_over() -> None:
    found = steps_of(LOGIN.replace("        artifacts: [.env, t]\n", ""), OWN)
    assert found[1] == (True, ("web-identity-file",), "aws")


def test_an_aws_pipe_without_keys_is_meant_to_use_the_token_where_the_step_has_one() -> None:
    call = "        script:\n          - pipe: atlassian/aws-ecs-deploy:1.0.0\n"
    assert steps_of("    - step:\n        oidc: true\n" + call) == [(True, ("pipe-aws",), "aws")]
    assert steps_of("    - step:\n" + call) == [(False, (), None)]


@pytest.mark.parametrize(
    "texts",
    [
        [f"cat > /tmp/login.sh <<'EOF'\naz login --federated-token {TOKEN}\nEOF\nbash /tmp/login.sh"],
        [f"cat > /tmp/login.sh <<'EOF'\naz login --federated-token {TOKEN}\nEOF", "sh login.sh"],
        [f"cat <<'EOF' | sh\naz login --federated-token {TOKEN}\nEOF"],
        [f"bash <<'EOF'\naz login --federated-token {TOKEN}\nEOF"],
        [f"cat > token <<EOF\n{TOKEN}\nEOF"],
    ],
)
def test_a_document_that_is_run_or_holds_the_token_shows_a_need(texts: list[str]) -> None:
    assert need(*texts).needs_oidc
