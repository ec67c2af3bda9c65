"""`shell-form-wrong`: lines that look as if they set a variable."""

from __future__ import annotations

import pytest

from knowledge.finding import Disposition, Verdict
from knowledge.rules import aws_role_arn_missing
from knowledge.rules.shell_form_wrong import RULE
from tests.knowledge.handed_over import diagnosis_of
from tests.knowledge.rules.asking import (
    NO_CREDENTIALS,
    NO_FILE,
    NO_REGION,
    NO_ROLE,
    REFUSED,
    ask,
    case_of,
    said,
    tried,
)
from tests.knowledge.rules.scripts import (
    EXPLICIT,
    FILE,
    GOOD,
    NOTHING,
    REGION,
    ROLE,
    USE,
    WRITE,
    anchored,
    one,
)

NOT_A_JWT = (
    "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: "
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
)


@pytest.mark.parametrize("line", ["EXPORT AWS_REGION=eu-central-1", "SET AWS_REGION=eu-central-1"])
def test_no_shell_line_at_all(line: str) -> None:
    case = case_of(one(line, *GOOD[1:]), None, NO_REGION)
    (finding,) = ask(RULE, case)
    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 7)
    assert finding.headline == "Line 7 of step `Deploy` does not set `AWS_REGION`."
    fix = finding.fixes[0]
    assert fix.file_after == one(REGION, *GOOD[1:])
    assert said(RULE, tried(case, fix)) == []


def test_the_file_alone_proves_it() -> None:
    assert said(RULE, case_of(one("EXPORT AWS_REGION=eu-central-1", *GOOD[1:]))) == [Verdict.CONFIRMED]


def test_an_anchored_step() -> None:
    case = case_of(anchored("EXPORT AWS_REGION=eu-central-1", *GOOD[1:]), None, NO_REGION)
    assert said(RULE, case) == [Verdict.CONFIRMED]


def test_a_refused_role_is_another_story_but_the_slip_is_shown() -> None:
    case = case_of(one("EXPORT AWS_REGION=eu-central-1", *GOOD[1:]), None, REFUSED)
    assert said(RULE, case) == [Verdict.LIKELY]


def test_an_assignment_that_programs_do_not_see() -> None:
    lines = (REGION, ROLE.removeprefix("export "), FILE, WRITE, USE)
    case = case_of(one(*lines), NOTHING, NO_ROLE)
    (finding,) = ask(RULE, case)
    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 8)
    assert finding.meaning == "Line 8 assigns it without `export`, so programs do not see it."
    assert finding.fixes[0].file_after == one(*GOOD)
    assert said(RULE, tried(case, finding.fixes[0])) == []


def test_an_assignment_while_levels_were_not_read_is_likely() -> None:
    lines = (REGION, ROLE.removeprefix("export "), FILE, WRITE, USE)
    assert said(RULE, case_of(one(*lines), "{workspace: {}}", NO_ROLE)) == [Verdict.LIKELY]
    assert said(RULE, case_of(one(*lines))) == []


def test_an_assignment_to_a_variable_that_is_exported_already() -> None:
    lines = (REGION, ROLE.removeprefix("export "), FILE, WRITE, USE)
    levels = "{workspace: {}, repository: {AWS_ROLE_ARN: x}, deployments: {}}"
    assert said(RULE, case_of(one(*lines), levels, NO_ROLE)) == []


def test_single_quotes_keep_the_dollar() -> None:
    lines = (REGION, "export AWS_ROLE_ARN='$DEPLOY_ROLE_ARN'", FILE, WRITE, USE)
    levels = "{workspace: {}, repository: {DEPLOY_ROLE_ARN: x}, deployments: {}}"
    case = case_of(one(*lines), levels)
    (finding,) = ask(RULE, case)
    assert finding.headline == "Line 8 sets `AWS_ROLE_ARN` to a variable's name, not to its value."
    assert finding.fixes[0].file_after is not None
    assert 'export AWS_ROLE_ARN="$DEPLOY_ROLE_ARN"' in finding.fixes[0].file_after
    assert said(RULE, tried(case, finding.fixes[0])) == []


def test_single_quotes_are_not_taken_for_a_missing_variable() -> None:
    lines = (REGION, "export AWS_ROLE_ARN='$DEPLOY_ROLE_ARN'", FILE, WRITE, USE)
    assert said(aws_role_arn_missing.RULE, case_of(one(*lines), NOTHING, NO_ROLE)) == []


def test_single_quotes_around_plain_text_are_fine() -> None:
    lines = (REGION, "export AWS_ROLE_ARN='arn:aws:iam::123456789012:role/acme-deploy'", FILE, WRITE, USE)
    assert said(RULE, case_of(one(*lines), NOTHING, NO_ROLE)) == []


def test_export_of_a_name_that_has_a_value() -> None:
    levels = "{workspace: {}, repository: {AWS_REGION: x}, deployments: {}}"
    lines = ("export AWS_REGION", *GOOD[1:])
    assert said(RULE, case_of(one(*lines), levels, NO_REGION)) == []
    assert said(RULE, case_of(one(*lines))) == []


def test_export_of_a_name_that_has_none() -> None:
    assert said(RULE, case_of(one("export AWS_REGION", *GOOD[1:]), NOTHING, NO_REGION)) == [Verdict.CONFIRMED]


def test_names_that_have_nothing_to_do_with_the_login() -> None:
    assert said(RULE, case_of(one("EXPORT STAGE=prod", "SET -e", *GOOD), NOTHING, NO_REGION)) == []


def test_a_runner_of_ones_own_may_have_another_shell() -> None:
    file = one("SET AWS_REGION=eu-central-1", *GOOD[1:], keys="oidc: true\nruns-on: [self.hosted, windows]")
    assert said(RULE, case_of(file, None, NO_REGION)) == [Verdict.LIKELY]


@pytest.mark.parametrize(
    ("line", "fixed"),
    [
        ("AWS_ROLE_ARN=x ./login.sh", "export AWS_ROLE_ARN=x && ./login.sh"),
        ('AWS_ROLE_ARN="$(cat role)" make plan', 'export AWS_ROLE_ARN="$(cat role)" && make plan'),
        ("AWS_ROLE_ARN=x", "export AWS_ROLE_ARN=x"),
    ],
)
def test_a_value_for_one_command_is_made_one_for_all(line: str, fixed: str) -> None:
    case = case_of(one(REGION, FILE, WRITE, line, USE), NOTHING, NO_ROLE)
    (finding,) = ask(RULE, case)
    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 10)
    assert finding.fixes[0].file_after == one(REGION, FILE, WRITE, fixed, USE)
    assert said(RULE, tried(case, finding.fixes[0])) == []


def test_an_export_that_ends_with_its_subshell_is_told_in_words() -> None:
    (finding,) = ask(RULE, case_of(one(REGION, f"({ROLE})", FILE, WRITE, USE), NOTHING, NO_ROLE))
    fix = finding.fixes[0]
    assert (finding.verdict, fix.file_after) == (Verdict.CONFIRMED, None)
    assert fix.steps == ("Line 8: set `AWS_ROLE_ARN` with `export` outside of parentheses and pipelines.",)


@pytest.mark.parametrize("line", ["EXPORT AWS_REGION", "SET AWS_REGION"])
def test_a_slip_without_a_value_gets_one_there_or_makes_room_for_one_of_the_settings(line: str) -> None:
    case = case_of(one(line, *GOOD[1:]), NOTHING, NO_REGION)
    (finding,) = ask(RULE, case)
    there, stored = finding.fixes
    assert finding.verdict is Verdict.CONFIRMED
    assert there.file_after == one(REGION, *GOOD[1:])
    assert there.steps == ("`eu-central-1` is an example: put your region in its place.",)
    assert stored.file_after == one(*GOOD[1:])
    assert [edit.name for edit in stored.variables] == ["AWS_REGION"]
    for fix in (there, stored):
        assert fix.disposition is Disposition.NEEDS_REVIEW
        # The change of the file alone mends the line, whether or not anybody adds the variable.
        assert said(RULE, tried(case, fix)) == []


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/bitbucket-deploy"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", '"$HOME/.bb-oidc.jwt"'),
    ],
)
def test_each_variable_gets_a_value_of_its_kind(name: str, written: str) -> None:
    lines = [line for line in GOOD if name not in line or ">" in line]
    (finding,) = ask(RULE, case_of(one(f"EXPORT {name}", *lines), NOTHING, NO_ROLE))
    assert finding.fixes[0].file_after == one(f"export {name}={written}", *lines)


def test_a_secret_gets_no_example_in_the_file() -> None:
    (finding,) = ask(RULE, case_of(one("EXPORT AWS_SECRET_ACCESS_KEY", *GOOD), NOTHING, NO_ROLE))
    (fix,) = finding.fixes
    assert (fix.file_after, fix.variables) == (None, ())
    assert fix.steps == ("Line 7: take it out, and add `AWS_SECRET_ACCESS_KEY` to the secured variables.",)


def test_a_line_that_does_more_is_not_taken_out() -> None:
    (finding,) = ask(RULE, case_of(one("npm ci && EXPORT AWS_REGION", *GOOD[1:]), NOTHING, NO_REGION))
    assert [fix.file_after for fix in finding.fixes] == [one(f"npm ci && {REGION}", *GOOD[1:]), None]


@pytest.mark.parametrize("line", ["EXPORT AWS_ROLE_ARN", "EXPORT AWS_ROLE_ARN=x", "SET AWS_ROLE_ARN=x"])
def test_a_slip_about_a_name_that_has_its_value_elsewhere_is_no_proof(line: str) -> None:
    levels = "{workspace: {}, repository: {AWS_ROLE_ARN: {secured: true}}, deployments: {}}"
    for paste in (NO_CREDENTIALS, ""):
        case = case_of(one(line, REGION, FILE, WRITE, USE), levels, paste)
        assert said(RULE, case) == [Verdict.LIKELY]


def test_a_region_that_programs_do_not_see() -> None:
    case = case_of(one("AWS_REGION=eu-central-1", *GOOD[1:]), NOTHING, NO_REGION)
    (finding,) = ask(RULE, case)
    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 7)
    assert finding.headline == "`AWS_REGION`, which step `Deploy` needs, is not handed on to its programs."
    assert finding.fixes[0].file_after == one(*GOOD)
    assert said(RULE, tried(case, finding.fixes[0])) == []


def test_a_region_of_the_shell_alone_matters_only_where_the_text_asks_for_one() -> None:
    plain = one("AWS_REGION=eu-central-1", *GOOD[1:])
    both = one("AWS_REGION=eu-central-1", "export AWS_DEFAULT_REGION=eu-central-1", *GOOD[1:])
    given = one("AWS_REGION=eu-central-1", *GOOD[1:-1], f"{USE} --region $AWS_REGION")
    for text, paste in ((plain, ""), (plain, NO_CREDENTIALS), (both, NO_REGION), (given, NO_REGION)):
        assert said(RULE, case_of(text, NOTHING, paste)) == []
    assert said(RULE, case_of(plain, "{workspace: {}}", NO_REGION)) == [Verdict.LIKELY]


NAMED = "$AWS_WEB_IDENTITY_TOKEN_FILE"
TOKEN = '"$BITBUCKET_STEP_OIDC_TOKEN"'
HEREDOC = (
    "|\n            cat > $AWS_WEB_IDENTITY_TOKEN_FILE <<'EOF'\n"
    "            $BITBUCKET_STEP_OIDC_TOKEN\n            EOF"
)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("'$BITBUCKET_STEP_OIDC_TOKEN'", "Between single quotes the shell puts in no variables."),
        ("'${BITBUCKET_STEP_OIDC_TOKEN}'", "Between single quotes the shell puts in no variables."),
        ("BITBUCKET_STEP_OIDC_TOKEN", "Without its `$` a variable's name is plain text to the shell."),
        ('"BITBUCKET_STEP_OIDC_TOKEN"', "Without its `$` a variable's name is plain text to the shell."),
        (r"\$BITBUCKET_STEP_OIDC_TOKEN", "Behind a backslash `$` is a plain character to the shell."),
    ],
)
def test_the_name_of_the_token_in_its_place(written: str, why: str) -> None:
    exchange = EXPLICIT.replace(TOKEN, written)
    for lines, fixed, line, headline in (
        (
            (*GOOD[:3], f"echo {written} > {NAMED}", USE),
            (*GOOD[:3], f"echo {TOKEN} > {NAMED}", USE),
            10,
            "to the file",
        ),
        ((exchange,), (EXPLICIT,), 7, "by `--web-identity-token`"),
    ):
        for paste in ("", NOT_A_JWT):
            case = case_of(one(*lines), NOTHING, paste)
            (finding,) = ask(RULE, case)
            assert (finding.verdict, finding.line, finding.meaning) == (Verdict.CONFIRMED, line, why)
            assert headline in finding.headline
            assert finding.fixes[0].file_after == one(*fixed)
            assert said(RULE, tried(case, finding.fixes[0])) == []


def test_a_name_in_the_tokens_place_leads_and_what_follows_from_it_is_not_repeated() -> None:
    lines = (*GOOD[:3], f"echo '$BITBUCKET_STEP_OIDC_TOKEN' > {NAMED}", USE)
    for paste in ("", NOT_A_JWT):
        diagnosis = diagnosis_of({"pipeline": one(*lines), "variables": NOTHING, "paste": paste})
        assert [finding.cause for finding in diagnosis.findings] == ["shell-form-wrong"]


@pytest.mark.parametrize(
    ("paste", "verdicts"),
    [
        (NO_CREDENTIALS, [Verdict.LIKELY]),
        (NO_FILE, [Verdict.LIKELY]),
        (REFUSED, []),
        (NO_REGION, []),
        (NO_ROLE, []),
    ],
)
def test_other_texts_speak_of_something_else_than_the_tokens_name(
    paste: str, verdicts: list[Verdict]
) -> None:
    lines = (*GOOD[:3], f"echo '$BITBUCKET_STEP_OIDC_TOKEN' > {NAMED}", USE)
    assert said(RULE, case_of(one(*lines), NOTHING, paste)) == verdicts


def test_a_program_of_the_repository_may_put_the_token_right() -> None:
    lines = (*GOOD[:3], f"echo '$BITBUCKET_STEP_OIDC_TOKEN' > {NAMED}", f"./fill.sh {NAMED}", USE)
    assert said(RULE, case_of(one(*lines), NOTHING, NOT_A_JWT)) == [Verdict.POSSIBLE]


def test_a_here_document_in_which_nothing_is_expanded_is_told_in_words() -> None:
    (finding,) = ask(RULE, case_of(one(*GOOD[:3], HEREDOC, USE), NOTHING, NOT_A_JWT))
    assert (finding.verdict, finding.line, finding.fixes[0].file_after) == (Verdict.CONFIRMED, 11, None)
    assert finding.fixes[0].steps[0].startswith("From line 11 on: write")
    right = HEREDOC.replace("<<'EOF'", "<<EOF")
    assert said(RULE, case_of(one(*GOOD[:3], right, USE), NOTHING, NOT_A_JWT)) == []


def test_single_quotes_inside_a_quoted_item_are_mended_there() -> None:
    written = f"\"echo '$BITBUCKET_STEP_OIDC_TOKEN' > {NAMED}\""
    case = case_of(one(*GOOD[:3], written, USE), NOTHING, NOT_A_JWT)
    (finding,) = ask(RULE, case)
    assert said(RULE, tried(case, finding.fixes[0])) == []


def test_a_second_line_that_writes_the_token_itself_is_enough() -> None:
    lines = (*GOOD[:3], f"echo '$BITBUCKET_STEP_OIDC_TOKEN' > {NAMED}", WRITE, USE)
    assert said(RULE, case_of(one(*lines), NOTHING, NOT_A_JWT)) == []


def test_a_slip_without_a_value_where_the_settings_have_one() -> None:
    levels = "{workspace: {}, repository: {AWS_REGION: x}, deployments: {}}"
    case = case_of(one("EXPORT AWS_REGION", *GOOD[1:]), levels, NO_REGION)
    fix = ask(RULE, case)[0].fixes[0]
    assert (fix.file_after, fix.variables) == (one("export AWS_REGION", *GOOD[1:]), ())
    assert said(RULE, tried(case, fix)) == []


def test_a_slip_about_the_region_does_not_explain_missing_credentials() -> None:
    case = case_of(one("EXPORT AWS_REGION=eu-central-1", *GOOD[1:]), NOTHING, NO_ROLE)
    assert said(RULE, case) == [Verdict.POSSIBLE]


def test_powershell_in_a_step_of_bitbuckets_own() -> None:
    case = case_of(one("$env:AWS_REGION = 'eu-central-1'", *GOOD[1:]), None, NO_REGION)
    (finding,) = ask(RULE, case)
    assert finding.verdict is Verdict.CONFIRMED
    assert finding.fixes[0].file_after == one("export AWS_REGION='eu-central-1'", *GOOD[1:])


def test_powershell_on_a_runner_of_ones_own_is_right() -> None:
    keys = "oidc: true\nruns-on: [self.hosted, windows]"
    case = case_of(one("$env:AWS_REGION = 'eu-central-1'", *GOOD[1:], keys=keys), None, NO_REGION)
    assert said(RULE, case) == []


def test_a_slip_inside_a_block_is_mended_there() -> None:
    block = "|\n            set -e\n            EXPORT AWS_REGION=eu-central-1\n            echo done"
    case = case_of(one(block, *GOOD[1:]), None, NO_REGION)
    (finding,) = ask(RULE, case)
    assert finding.line == 9
    assert finding.fixes[0].file_after == one(block.replace("EXPORT", "export"), *GOOD[1:])
