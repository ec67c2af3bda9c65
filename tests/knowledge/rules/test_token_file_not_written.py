"""`token-file-not-written`: the path is named, and the token is not there when it is read."""

from __future__ import annotations

import pytest

from knowledge.finding import Verdict
from knowledge.rules.token_file_not_written import RULE
from tests.knowledge.rules.asking import (
    NO_CREDENTIALS,
    NO_FILE,
    REFUSED,
    ask,
    case_of,
    said,
    tried,
)
from tests.knowledge.rules.scripts import (
    FILE,
    GOOD,
    NOTHING,
    REGION,
    ROLE,
    USE,
    WRITE,
    anchored,
    one,
    pipeline,
    step,
)

EMPTY = (
    "Parameter validation failed:\n"
    "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
)
INVALID = (
    "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: "
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
)
HEAD = (REGION, ROLE, FILE)
TOKEN = '"$BITBUCKET_STEP_OIDC_TOKEN"'

FAULTY = {
    "nothing writes it": ((*HEAD, USE), "Nothing in step `Deploy` writes the token", 9),
    "written below": ((*HEAD, USE, WRITE), "writes the token's file after the command that reads it", 11),
    "single quotes": (
        (*HEAD, "echo '$BITBUCKET_STEP_OIDC_TOKEN' > $AWS_WEB_IDENTITY_TOKEN_FILE", USE),
        "writes the name of the token's variable",
        10,
    ),
    "no dollar": (
        (*HEAD, "echo BITBUCKET_STEP_OIDC_TOKEN > $AWS_WEB_IDENTITY_TOKEN_FILE", USE),
        "writes the name of the token's variable",
        10,
    ),
    "another path": (
        (REGION, ROLE, "export AWS_WEB_IDENTITY_TOKEN_FILE=/opt/token", f"echo {TOKEN} > /opt/jwt", USE),
        "writes the token to another file",
        10,
    ),
    "before the path has a value": (
        (REGION, ROLE, WRITE, FILE, USE),
        "writes the token before `AWS_WEB_IDENTITY_TOKEN_FILE` has a value",
        9,
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_fault_of_the_script(name: str) -> None:
    lines, headline, line = FAULTY[name]
    for paste in ("", NO_FILE):
        case = case_of(one(*lines), NOTHING, paste)
        (finding,) = ask(RULE, case)
        assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, line), finding
        assert headline in finding.headline
        assert said(RULE, tried(case, finding.fixes[0])) == []


def test_an_anchored_step() -> None:
    assert said(RULE, case_of(anchored(*HEAD, USE), None, NO_FILE)) == [Verdict.CONFIRMED]


def test_levels_that_were_not_read_change_nothing_because_the_script_shows_it() -> None:
    assert said(RULE, case_of(one(*HEAD, USE), None, NO_FILE)) == [Verdict.CONFIRMED]


def test_a_path_kept_as_a_variable() -> None:
    levels = "{workspace: {}, repository: {AWS_WEB_IDENTITY_TOKEN_FILE: /opt/token}, deployments: {}}"
    (finding,) = ask(RULE, case_of(one(REGION, ROLE, USE), levels, NO_FILE))
    assert finding.verdict is Verdict.CONFIRMED
    assert "/opt/token" not in repr(finding.evidence)


def test_another_step_writes_it_for_itself() -> None:
    other = step([FILE, WRITE], "oidc: true", "Prepare")
    (finding,) = ask(RULE, case_of(pipeline(other, step([*HEAD, USE])), NOTHING, NO_FILE))
    assert finding.evidence[-1].sentence == "Line 8 writes it in another step, `Prepare`."


def test_an_artifact_may_carry_the_file() -> None:
    other = step([FILE, WRITE], "oidc: true\nartifacts: [token]", "Prepare")
    assert said(RULE, case_of(pipeline(other, step([*HEAD, USE])), NOTHING, NO_FILE)) == []


def test_a_program_of_the_repository_may_write_it() -> None:
    assert said(RULE, case_of(one(*HEAD, "./login.sh", USE), NOTHING, NO_FILE)) == [Verdict.POSSIBLE]
    given = (*HEAD, './login.sh "$AWS_WEB_IDENTITY_TOKEN_FILE"', USE)
    assert said(RULE, case_of(one(*given), NOTHING, NO_FILE)) == [Verdict.POSSIBLE]


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("$(pwd)/token", "token"),
        ("$PWD/token", "$(pwd)/token"),
        ("$BITBUCKET_CLONE_DIR/token", "./token"),
        ("/opt/token", "/opt/token"),
        ("${HOME}/token", "~/token"),
        ("$DIR/token", "/opt/token"),
    ],
)
def test_two_spellings_of_one_path(path: str, target: str) -> None:
    lines = (REGION, ROLE, f"export AWS_WEB_IDENTITY_TOKEN_FILE={path}", f"echo {TOKEN} > {target}", USE)
    assert said(RULE, case_of(one(*lines), NOTHING, NO_FILE)) == []


def test_a_relative_path_and_a_change_of_directory() -> None:
    lines = (REGION, ROLE, "export AWS_WEB_IDENTITY_TOKEN_FILE=token", WRITE, "cd infra", USE)
    case = case_of(one(*lines), NOTHING, NO_FILE)
    (finding,) = ask(RULE, case)
    assert (finding.verdict, finding.line) == (Verdict.LIKELY, 11)
    assert said(RULE, tried(case, finding.fixes[0])) == []
    absolute = (*HEAD, WRITE, "cd infra", USE)
    assert said(RULE, case_of(one(*absolute), NOTHING, NO_FILE)) == []


def test_a_second_write_that_is_right() -> None:
    lines = (*HEAD, f"echo {TOKEN} > /opt/copy", WRITE, USE)
    assert said(RULE, case_of(one(*lines), NOTHING, NO_FILE)) == []


def test_a_token_that_reached_aws_was_in_the_file() -> None:
    assert said(RULE, case_of(one(*HEAD, USE), NOTHING, REFUSED)) == []


def test_no_credentials_at_all_is_a_weaker_sign() -> None:
    assert said(RULE, case_of(one(*HEAD, USE), NOTHING, NO_CREDENTIALS)) == [Verdict.LIKELY]


def test_the_good_script() -> None:
    assert said(RULE, case_of(one(*GOOD), NOTHING, NO_FILE)) == []


@pytest.mark.parametrize("name", ["BITBUCKET_STEP_OIDC_TOKN", "BITBUCKET_OIDC_TOKEN", "BITBUCKET_STEP_OIDC"])
def test_another_variable_that_nothing_sets(name: str) -> None:
    wrong = f'echo "${name}" > "$AWS_WEB_IDENTITY_TOKEN_FILE"'
    for paste in ("", EMPTY):
        case = case_of(one(*HEAD, wrong, USE), NOTHING, paste)
        (finding,) = ask(RULE, case)
        assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 10)
        assert f"`${name}`" in finding.headline
        assert said(RULE, tried(case, finding.fixes[0])) == []


def test_a_variable_of_ones_own_that_holds_the_token() -> None:
    levels = "{workspace: {}, repository: {BITBUCKET_OIDC_TOKEN: x}, deployments: {}}"
    wrong = 'echo "$BITBUCKET_OIDC_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE"'
    assert Verdict.CONFIRMED not in said(RULE, case_of(one(*HEAD, wrong, USE), levels, NO_FILE))
    copied = ("T=$BITBUCKET_STEP_OIDC_TOKEN", 'echo "$T" > "$AWS_WEB_IDENTITY_TOKEN_FILE"')
    assert said(RULE, case_of(one(*HEAD, *copied, USE), NOTHING, NO_FILE)) == []


def test_a_here_document_in_which_nothing_is_expanded() -> None:
    wrong = (
        "|\n            cat > $AWS_WEB_IDENTITY_TOKEN_FILE <<'EOF'\n"
        "            $BITBUCKET_STEP_OIDC_TOKEN\n            EOF"
    )
    (finding,) = ask(RULE, case_of(one(*HEAD, wrong, USE), NOTHING, INVALID))
    assert finding.verdict is Verdict.CONFIRMED
    assert "writes the name of the token's variable" in finding.headline
    right = wrong.replace("<<'EOF'", "<<EOF")
    assert said(RULE, case_of(one(*HEAD, right, USE), NOTHING, NO_FILE)) == []


@pytest.mark.parametrize(
    "line",
    [
        f"echo {TOKEN} | tee $AWS_WEB_IDENTITY_TOKEN_FILE > /dev/null",
        f"cat <<< {TOKEN} > $AWS_WEB_IDENTITY_TOKEN_FILE",
        f"(umask 077 && printf '%s' {TOKEN} > $AWS_WEB_IDENTITY_TOKEN_FILE)",
        f"mkdir -p d && echo {TOKEN} > $AWS_WEB_IDENTITY_TOKEN_FILE && chmod 600 d/f",
        "printenv BITBUCKET_STEP_OIDC_TOKEN > $AWS_WEB_IDENTITY_TOKEN_FILE",
    ],
)
def test_every_way_of_writing_it_is_right(line: str) -> None:
    assert said(RULE, case_of(one(*HEAD, line, USE), NOTHING, NO_FILE)) == []
