"""The examples on the pages of the causes about variables, and what all of their rules have in common."""

from __future__ import annotations

import re

import pytest

from knowledge.catalogue import CATALOGUE
from knowledge.finding import Verdict
from knowledge.rules import (
    aws_region_missing,
    aws_role_arn_missing,
    deployment_unknown,
    pipe_variable_misnamed,
    shell_form_wrong,
    token_file_not_written,
    token_file_variable_misnamed,
    token_file_variable_missing,
    variable_in_other_environment,
    variable_not_carried_over,
    variable_outside_deployment,
)
from knowledge.rules.rule import Rule
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
from tests.knowledge.rules.scripts import EXPLICIT, GOOD, NOTHING, REGION, USE, one

OURS = [
    module.RULE
    for module in (
        aws_role_arn_missing,
        aws_region_missing,
        token_file_variable_missing,
        token_file_variable_misnamed,
        token_file_not_written,
        shell_form_wrong,
        variable_outside_deployment,
        variable_in_other_environment,
        deployment_unknown,
        pipe_variable_misnamed,
        variable_not_carried_over,
    )
]
PROVEN = (Verdict.CONFIRMED, Verdict.LIKELY)
each_rule = pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.cause)


def blocks(section: str) -> dict[str, str]:
    found = re.finditer(r"^```\w+ (\w+)\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    return {match[1]: match[2] for match in found}


@each_rule
def test_the_broken_example_is_found_and_the_fixed_one_is_not(rule: Rule) -> None:
    page = CATALOGUE[rule.cause]
    broken = blocks(page.section("Broken"))
    fixed = {**broken, **blocks(page.section("Fixed"))}
    name = broken.get("step", "Deploy to production" if "to production" in broken["pipeline"] else "").strip()
    for example, wanted in ((broken, 1), (fixed, 0)):
        case = case_of(example["pipeline"], example.get("variables"), example["paste"])
        found = [verdict for verdict in said(rule, case, name or None) if verdict in PROVEN]
        assert len(found) == wanted, (rule.cause, wanted)


@each_rule
def test_every_fix_of_the_broken_example_silences_its_rule(rule: Rule) -> None:
    broken = blocks(CATALOGUE[rule.cause].section("Broken"))
    case = case_of(broken["pipeline"], broken.get("variables"), broken["paste"])
    name = broken.get("step", "").strip() or None
    fixes = [fix for finding in ask(rule, case, name) for fix in finding.fixes]
    assert fixes
    for fix in fixes:
        assert said(rule, tried(case, fix), name) == [], fix.title


@each_rule
@pytest.mark.parametrize("paste", ["", NO_CREDENTIALS, NO_ROLE, NO_REGION, NO_FILE, REFUSED])
def test_a_login_that_works_is_left_alone(rule: Rule, paste: str) -> None:
    case = case_of(one("export AWS_DEFAULT_REGION=eu-central-1", *GOOD), NOTHING, paste)
    assert said(rule, case) == []


@each_rule
def test_a_step_without_any_cloud_is_left_alone(rule: Rule) -> None:
    case = case_of(one("npm ci", "npm test", keys=""), NOTHING, NO_CREDENTIALS)
    assert said(rule, case) == []


@each_rule
def test_an_exchange_made_by_the_script_needs_none_of_the_variables(rule: Rule) -> None:
    for paste in ("", NO_CREDENTIALS, NO_ROLE, REFUSED):
        case = case_of(one(REGION, EXPLICIT, USE), NOTHING, paste)
        assert said(rule, case) == [], paste


@each_rule
def test_a_profile_needs_none_of_the_variables(rule: Rule) -> None:
    lines = (
        REGION,
        "aws configure set web_identity_token_file /tmp/token",
        "aws configure set role_arn arn:aws:iam::123456789012:role/acme-deploy",
        "echo $BITBUCKET_STEP_OIDC_TOKEN > /tmp/token",
        USE,
    )
    for paste in ("", NO_CREDENTIALS, NO_ROLE, REFUSED):
        assert said(rule, case_of(one(*lines), NOTHING, paste)) == [], paste


@each_rule
def test_a_failure_of_another_cloud_is_left_alone(rule: Rule) -> None:
    paste = "AADSTS700213: No matching federated identity record found for presented assertion subject"
    case = case_of(one("export AWS_WEB_IDENTITY_ROLE_FILE=x", "EXPORT AWS_REGION=x", USE), NOTHING, paste)
    assert case.symptoms
    assert said(rule, case) == []


@each_rule
def test_values_of_variables_stay_unsaid(rule: Rule) -> None:
    secret = "s3cr3t-value-of-a-variable"
    for section in ("Broken", "Fixed"):
        example = {**blocks(CATALOGUE[rule.cause].section("Broken"))}
        levels = (
            f"{{workspace: {{TOKEN: {secret}}}, repository: {{AWS_ROLEARN: {secret}}}, deployments: {{}}}}"
        )
        case = case_of(example["pipeline"], levels, example["paste"])
        assert secret not in repr(ask(rule, case)), section
