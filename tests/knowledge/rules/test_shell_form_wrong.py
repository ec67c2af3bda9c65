"""`shell-form-wrong`: lines that look as if they set a variable."""

from __future__ import annotations

import pytest

from knowledge.finding import Disposition, Verdict
from knowledge.rules import aws_role_arn_missing
from knowledge.rules.shell_form_wrong import RULE
from tests.knowledge.rules.asking import NO_REGION, NO_ROLE, REFUSED, ask, case_of, said, tried
from tests.knowledge.rules.scripts import FILE, GOOD, NOTHING, REGION, ROLE, USE, WRITE, anchored, one


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
def test_a_slip_without_a_value_gets_its_value_from_the_settings(line: str) -> None:
    case = case_of(one(line, *GOOD[1:]), NOTHING, NO_REGION)
    (finding,) = ask(RULE, case)
    fix = finding.fixes[0]
    assert finding.verdict is Verdict.CONFIRMED
    assert fix.file_after == one("export AWS_REGION", *GOOD[1:])
    assert [edit.name for edit in fix.variables] == ["AWS_REGION"]
    assert fix.disposition is Disposition.NEEDS_REVIEW


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
