"""Changes that give a step its role: the line that was meant to set it comes first."""

from __future__ import annotations

import pytest

from knowledge.finding import Verdict
from knowledge.rules.aws_role_arn_missing import RULE
from tests.knowledge.rules.asking import NO_ROLE, ask, case_of, said, tried
from tests.knowledge.rules.scripts import FILE, NOTHING, REGION, ROLE, USE, WRITE, one

REST = (FILE, WRITE, USE)
ARN = "arn:aws:iam::123456789012:role/acme-deploy"


@pytest.mark.parametrize("name", ["AWS_ROLE_ARM", "aws_role_arn", "AWS_ROLEARN"])
def test_a_name_typed_almost_right_is_put_right(name: str) -> None:
    case = case_of(one(REGION, f"export {name}={ARN}", *REST), NOTHING, NO_ROLE)
    fix = ask(RULE, case)[0].fixes[0]
    assert fix.title == f"Call it `AWS_ROLE_ARN`, not `{name}`"
    assert fix.file_after == one(REGION, ROLE, *REST)
    assert said(RULE, tried(case, fix)) == []


def test_a_line_that_comes_too_late_is_put_before_the_login() -> None:
    case = case_of(one(REGION, *REST, ROLE), NOTHING, NO_ROLE)
    fix = ask(RULE, case)[0].fixes[0]
    assert fix.title == "Set it before line 10"
    assert said(RULE, tried(case, fix)) == []


def test_the_role_meant_for_pipes_is_handed_on() -> None:
    case = case_of(one(REGION, f"export AWS_OIDC_ROLE_ARN={ARN}", *REST), NOTHING, NO_ROLE)
    fix = ask(RULE, case)[0].fixes[0]
    assert fix.title == "Hand `AWS_OIDC_ROLE_ARN` on as `AWS_ROLE_ARN`"
    assert said(RULE, tried(case, fix)) == []


@pytest.mark.parametrize("line", ["export AWS_ROLE_ARN=", 'export AWS_ROLE_ARN=""'])
def test_a_line_that_sets_nothing_is_named_and_no_variable_is_offered_that_it_would_hide(line: str) -> None:
    case = case_of(one(REGION, line, *REST), NOTHING, NO_ROLE)
    (finding,) = ask(RULE, case)
    assert finding.headline == "`AWS_ROLE_ARN`, which step `Deploy` needs, is set to nothing on line 8."
    assert [fix.title for fix in finding.fixes] == ["Give `AWS_ROLE_ARN` its value on line 8"]
    assert finding.fixes[0].variables == ()


def test_a_role_that_is_dropped_again() -> None:
    case = case_of(one(REGION, ROLE, "unset AWS_ROLE_ARN", *REST), NOTHING, NO_ROLE)
    (finding,) = ask(RULE, case)
    assert (finding.verdict, finding.headline) == (
        Verdict.CONFIRMED,
        "Step `Deploy` drops `AWS_ROLE_ARN` before it needs it.",
    )
    assert finding.fixes[0].variables == ()


@pytest.mark.parametrize(
    "line", ["# unset AWS_ROLE_ARN", "echo unset AWS_ROLE_ARN", "(unset AWS_ROLE_ARN; make)", "x=1; unset x"]
)
def test_lines_that_drop_nothing(line: str) -> None:
    assert said(RULE, case_of(one(REGION, ROLE, f"'{line}'", *REST), NOTHING, NO_ROLE)) == []


def test_an_empty_default_needs_the_variable_it_names() -> None:
    case = case_of(one(REGION, 'export AWS_ROLE_ARN="${DEPLOY_ROLE:-}"', *REST), NOTHING, NO_ROLE)
    (finding,) = ask(RULE, case)
    assert finding.headline.startswith("`DEPLOY_ROLE`, which step `Deploy` needs, is set at no level")
    assert said(RULE, tried(case, finding.fixes[0])) == []


def test_a_variable_that_is_kept_empty_is_to_be_filled_where_it_is() -> None:
    levels = "{workspace: {AWS_ROLE_ARN: x}, repository: {AWS_ROLE_ARN: ''}, deployments: {}}"
    (finding,) = ask(RULE, case_of(one(REGION, *REST), levels, NO_ROLE))
    assert finding.headline.endswith("needs, is set to nothing in the repository variables.")
    assert finding.fixes[0].title == "Give `AWS_ROLE_ARN` its value in the repository variables"
