"""`token-file-not-written`: the path is named, and the token is not there when it is read."""

from __future__ import annotations

import pytest

from knowledge.finding import Verdict
from knowledge.rules.token_file_not_written import RULE
from knowledge.variable_findings import WRITE_TOKEN
from knowledge.words import code
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


def test_where_a_relative_path_leads_is_not_known_once_the_directory_was_changed() -> None:
    named = "export AWS_WEB_IDENTITY_TOKEN_FILE=$BITBUCKET_CLONE_DIR/infra/token"
    written = (f"echo {TOKEN} > token", f"echo {TOKEN} > jwt")
    right, wrong = (one(REGION, ROLE, named, "cd infra", line, USE) for line in written)

    assert said(RULE, case_of(right, NOTHING)) == []
    assert said(RULE, case_of(wrong, NOTHING)) == [Verdict.CONFIRMED]


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


def test_a_here_document_is_a_way_of_writing_it() -> None:
    written = (
        "|\n            cat > $AWS_WEB_IDENTITY_TOKEN_FILE <<EOF\n"
        "            $BITBUCKET_STEP_OIDC_TOKEN\n            EOF"
    )
    assert said(RULE, case_of(one(*HEAD, written, USE), NOTHING, NO_FILE)) == []


@pytest.mark.parametrize("written", ["'$BITBUCKET_STEP_OIDC_TOKEN'", "BITBUCKET_STEP_OIDC_TOKEN"])
def test_a_name_that_is_not_expanded_is_a_slip_of_its_line_and_not_told_here(written: str) -> None:
    line = f"echo {written} > $AWS_WEB_IDENTITY_TOKEN_FILE"
    for paste in ("", NO_FILE, INVALID):
        assert said(RULE, case_of(one(*HEAD, line, USE), NOTHING, paste)) == []


APPEND = f"printf '%s' {TOKEN} >> $AWS_WEB_IDENTITY_TOKEN_FILE"


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ((*HEAD, APPEND, APPEND, USE), 11),
        ((*HEAD, WRITE, APPEND, USE), 11),
        ((*HEAD, APPEND, "npm ci", APPEND, USE), 12),
        ((*HEAD, f"echo {TOKEN} | tee -a $AWS_WEB_IDENTITY_TOKEN_FILE", APPEND, USE), 11),
        ((REGION, ROLE, FILE, f"echo {TOKEN} >> $HOME/.bb-oidc.jwt", APPEND, USE), 11),
    ],
)
def test_a_token_appended_to_a_token_is_none(lines: tuple[str, ...], line: int) -> None:
    for paste in ("", INVALID):
        case = case_of(one(*lines), NOTHING, paste)
        (finding,) = ask(RULE, case)
        assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, line)
        assert "writes the token twice to the file" in finding.headline
        assert finding.evidence[1].sentence.endswith("wrote it there already.")
        assert finding.fixes[0].file_after is not None
        assert said(RULE, tried(case, finding.fixes[0])) == []


@pytest.mark.parametrize(
    "lines",
    [
        (*HEAD, APPEND, USE),
        (*HEAD, APPEND, WRITE, USE),
        (*HEAD, APPEND, "rm -f $AWS_WEB_IDENTITY_TOKEN_FILE", APPEND, USE),
        (*HEAD, APPEND, f"truncate -s 0 $AWS_WEB_IDENTITY_TOKEN_FILE; {APPEND}", USE),
        (*HEAD, APPEND, USE, APPEND),
        (*HEAD, APPEND, f"test -s $AWS_WEB_IDENTITY_TOKEN_FILE || {APPEND}", USE),
        (*HEAD, APPEND, f"if test -n x; then {APPEND}; fi", USE),
        (*HEAD, APPEND, f"echo {TOKEN} >> $OTHER/file", USE),
    ],
)
def test_a_token_that_is_in_the_file_once_is_right(lines: tuple[str, ...]) -> None:
    assert said(RULE, case_of(one(*lines), NOTHING, INVALID)) == []


def test_a_second_token_does_not_make_the_file_empty_or_go_away() -> None:
    for paste in (NO_FILE, EMPTY, REFUSED):
        assert said(RULE, case_of(one(*HEAD, APPEND, APPEND, USE), NOTHING, paste)) == []
    hidden = one(*HEAD, APPEND, "./clean.sh", APPEND, USE)
    assert said(RULE, case_of(hidden, NOTHING, INVALID)) == [Verdict.POSSIBLE]


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


MISNAMED = "echo $BITBUCKET_OIDC_STEP_TOKEN > $AWS_WEB_IDENTITY_TOKEN_FILE"


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("          - |\n" + "".join(f"            {text}\n" for text in (*HEAD, MISNAMED, USE)), 11),
        ("          - >\n" + "".join(f"            {text}\n\n" for text in (*HEAD, MISNAMED, USE)), 14),
    ],
)
def test_the_line_that_is_quoted_is_the_one_that_writes_in_any_kind_of_block(script: str, line: int) -> None:
    case = case_of(one() + script, NOTHING, NO_FILE)
    (finding,) = ask(RULE, case)
    assert (finding.line, finding.evidence[0].excerpt) == (line, MISNAMED)
    assert said(RULE, tried(case, finding.fixes[0])) == []


def test_where_the_file_allows_no_edit_the_line_is_told_in_words() -> None:
    script = "".join(f"          {line}\n" for line in (*HEAD, USE))
    case = case_of(f"pipelines:\n  default:\n    - step:\n        script: |\n{script}", NOTHING, NO_FILE)
    (finding,) = ask(RULE, case)
    assert (finding.fixes[0].file_after, finding.line) == (None, 7)
    assert finding.fixes[0].steps == (f"Before what line 8 runs, put {code(WRITE_TOKEN)}.",)


BY_NAME = "python -c \"import os; open('/root/t', 'w').write(os.environ['BITBUCKET_STEP_OIDC_TOKEN'])\""


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (BY_NAME, Verdict.POSSIBLE),
        ("docker run -e BITBUCKET_STEP_OIDC_TOKEN -v $HOME:/h acme/writer", Verdict.POSSIBLE),
        ("echo BITBUCKET_STEP_OIDC_TOKEN is used below", Verdict.CONFIRMED),
        ("'# BITBUCKET_STEP_OIDC_TOKEN is used below'", Verdict.CONFIRMED),
    ],
)
def test_a_program_that_is_given_the_token_by_name_may_write_it(line: str, verdict: Verdict) -> None:
    (finding,) = ask(RULE, case_of(one(*HEAD, line, USE), NOTHING, NO_FILE))
    sure = finding.headline.startswith("Nothing in step `Deploy` writes the token")
    assert (finding.verdict, sure) == (verdict, verdict is Verdict.CONFIRMED)
