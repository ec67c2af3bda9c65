"""`aws-region-missing`: only where the text asks for a region, or the tool reads the other name."""

from __future__ import annotations

import pytest

from knowledge.finding import Verdict
from knowledge.rules.aws_region_missing import RULE
from tests.knowledge.rules.asking import NO_CREDENTIALS, NO_REGION, ask, case_of, said, tried
from tests.knowledge.rules.scripts import (
    FILE,
    GOOD,
    NOTHING,
    ROLE,
    WRITE,
    anchored,
    one,
    pipe,
    pipeline,
    step,
)

LACKING = (ROLE, FILE, WRITE, "aws ecs list-clusters")
JS = "Error: Region is missing"


def test_neither_name_is_set_anywhere() -> None:
    (finding,) = ask(RULE, case_of(one(*LACKING), NOTHING, NO_REGION))
    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 10)
    assert finding.headline == "A region for step `Deploy` is set at no level that this step sees."


def test_an_anchored_step() -> None:
    assert said(RULE, case_of(anchored(*LACKING), NOTHING, NO_REGION)) == [Verdict.CONFIRMED]


def test_levels_that_were_not_read_make_it_likely() -> None:
    (finding,) = ask(RULE, case_of(one(*LACKING), "{repository: {}}", NO_REGION))
    assert finding.verdict is Verdict.LIKELY
    assert "was not found in the levels that could be read" in finding.headline


def test_a_text_that_does_not_speak_of_regions() -> None:
    for paste in ("", NO_CREDENTIALS):
        assert said(RULE, case_of(one(*LACKING), NOTHING, paste)) == []


def test_a_region_given_as_an_option_or_in_a_profile() -> None:
    option = (ROLE, FILE, WRITE, "aws ecs list-clusters --region eu-central-1")
    profile = (ROLE, FILE, WRITE, "aws configure set region eu-central-1", "aws ecs list-clusters")
    for lines in (option, profile):
        assert said(RULE, case_of(one(*lines), NOTHING, NO_REGION)) == []


def test_a_secured_region_is_there() -> None:
    levels = "{workspace: {}, repository: {AWS_DEFAULT_REGION: {secured: true}}, deployments: {}}"
    assert said(RULE, case_of(one(*LACKING), levels, NO_REGION)) == []


def test_the_tool_reads_the_other_name() -> None:
    lines = ("export AWS_DEFAULT_REGION=eu-central-1", ROLE, FILE, WRITE, "serverless deploy")
    case = case_of(one(*lines), NOTHING, JS)
    (finding,) = ask(RULE, case)
    assert finding.verdict is Verdict.CONFIRMED
    assert finding.headline == "Step `Deploy` sets `AWS_DEFAULT_REGION`; its tool reads `AWS_REGION`."
    fix = finding.fixes[0]
    assert fix.file_after is not None
    assert 'export AWS_REGION="$AWS_DEFAULT_REGION"' in fix.file_after
    assert said(RULE, tried(case, fix)) == []


def test_the_first_version_of_the_cli_reads_one_name_only() -> None:
    case = case_of(one("pip install awscli", *GOOD), NOTHING)
    assert said(RULE, case) == [Verdict.LIKELY]


def test_a_cli_of_unknown_version_reads_either() -> None:
    assert said(RULE, case_of(one(*GOOD), NOTHING, NO_REGION)) == []


def test_both_names_satisfy_every_tool() -> None:
    lines = ("export AWS_DEFAULT_REGION=eu-central-1", *GOOD[:-1], "serverless deploy")
    assert said(RULE, case_of(one(*lines), NOTHING, JS)) == []


def test_a_pipe_reads_the_default_name_only() -> None:
    bare = pipe("atlassian/aws-s3-deploy:2.1.0", AWS_OIDC_ROLE_ARN="arn", AWS_REGION="eu-central-1")
    full = pipe("atlassian/aws-s3-deploy:2.1.0", AWS_OIDC_ROLE_ARN="arn", AWS_DEFAULT_REGION="eu-central-1")
    paste = "AWS_DEFAULT_REGION variable missing."
    assert said(RULE, case_of(one("echo build") + bare, NOTHING, paste)) == [Verdict.CONFIRMED]
    assert said(RULE, case_of(one("echo build") + full, NOTHING, paste)) == []


def test_more_special_causes_speak_instead() -> None:
    deployment = "{workspace: {}, repository: {}, deployments: {Production: {AWS_REGION: x}}}"
    earlier = pipeline(step([GOOD[0]], "", "Prepare"), step(LACKING))
    assert said(RULE, case_of(one(*LACKING), deployment, NO_REGION)) == []
    assert said(RULE, case_of(earlier, NOTHING, NO_REGION)) == []
    assert said(RULE, case_of(one("SET AWS_REGION=x", *LACKING), NOTHING, NO_REGION)) == []


@pytest.mark.parametrize(
    ("paste", "given", "wanted"),
    [
        ("botocore.exceptions.NoRegionError: You must specify a region.", "AWS_REGION", "AWS_DEFAULT_REGION"),
        ("Error: Region is missing", "AWS_DEFAULT_REGION", "AWS_REGION"),
        ("ConfigError: Missing region in config", "AWS_DEFAULT_REGION", "AWS_REGION"),
    ],
)
def test_the_text_of_a_tool_that_reads_one_name_only(paste: str, given: str, wanted: str) -> None:
    case = case_of(one(f"export {given}=eu-central-1", *GOOD[1:-1], "./deploy.sh"), NOTHING, paste)
    (finding,) = ask(RULE, case)
    assert finding.headline == f"Step `Deploy` sets `{given}`; its tool reads `{wanted}`."
    assert said(RULE, tried(case, finding.fixes[0])) == []


def test_a_name_that_is_almost_right_is_shown() -> None:
    lines = (ROLE, FILE, WRITE, "export aws_region=eu-central-1", "aws ecs list-clusters")
    (finding,) = ask(RULE, case_of(one(*lines), NOTHING, NO_REGION))
    assert "`aws_region` is set on line 10, and is another name." in [e.sentence for e in finding.evidence]


@pytest.mark.parametrize(
    ("paste", "verdict"),
    [
        (NO_REGION, Verdict.LIKELY),
        ("botocore.exceptions.NoRegionError: You must specify a region.", Verdict.CONFIRMED),
    ],
)
def test_what_a_program_is_made_of_is_only_certain_when_the_text_says_it(
    paste: str, verdict: Verdict
) -> None:
    lines = ("export AWS_REGION=eu-central-1", ROLE, FILE, WRITE, "python deploy.py")
    assert said(RULE, case_of(one(*lines), NOTHING, paste)) == [verdict]
