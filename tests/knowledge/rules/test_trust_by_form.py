"""Without the repository a policy is judged by what every token has in common, and by the file's step."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.casefile import CaseFile
from knowledge.finding import Finding, Verdict
from knowledge.rules import trust_audience_mismatch, trust_subject_mismatch
from knowledge.rules.rule import Rule
from tests.knowledge.rules.trusting import (
    AUDIENCE,
    CUSTOM,
    DEPLOYING,
    ENVIRONMENT,
    HOME,
    OTHER,
    PLAIN,
    PREFIX,
    STAGING,
    STEP,
    WORKSPACE,
    audience,
    findings,
    policy,
    subject,
    trust_case,
    with_condition,
)

NOT_READ = CaseFile().repository


def told(rule: Rule, trust: dict[str, Any], pipeline: str = PLAIN) -> Finding | None:
    found = findings(rule, trust_case(trust, pipeline, repository=NOT_READ))
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("trust", "pipeline", "words"),
    [
        (subject(f"{HOME}:{ENVIRONMENT}:*"), PLAIN, "step `Deploy` deploys to none"),
        (subject(f"{HOME}:*:*"), PLAIN, "step `Deploy` deploys to none"),
        (subject("*:*:*"), PLAIN, "step `Deploy` deploys to none"),
        (subject([f"{HOME}:{ENVIRONMENT}:*", f"{OTHER}:{STAGING}:*"]), PLAIN, "deploys to none"),
        (subject(f"{HOME}:{STEP}", "StringEquals"), PLAIN, "one step of one run"),
        (subject(f"{HOME}:{STEP}"), PLAIN, "one step of one run"),
        (subject(f"{HOME}:{ENVIRONMENT}:{STEP}", "StringEquals"), DEPLOYING, "one step of one run"),
        (subject(f"{HOME}:{ENVIRONMENT}"), DEPLOYING, "no `:*` at the end"),
        (subject(f"{HOME}:{ENVIRONMENT}", "StringEquals"), DEPLOYING, "no `:*` at the end"),
        (subject("{" + WORKSPACE + "}:*"), PLAIN, "the workspace's UUID"),
        (subject("{" + WORKSPACE + "}:" + HOME + ":*"), DEPLOYING, "the workspace's UUID"),
        (with_condition("Null", f"{PREFIX}:sub", "true"), PLAIN, "wants a token without `sub`"),
    ],
)
def test_a_subject_that_no_such_step_can_have_is_likely(
    trust: dict[str, Any], pipeline: str, words: str
) -> None:
    finding = told(trust_subject_mismatch.RULE, trust, pipeline)

    assert finding is not None
    assert finding.verdict is Verdict.LIKELY
    assert words in finding.headline
    assert all(fix.policy_after is None for fix in finding.fixes)


@pytest.mark.parametrize(
    ("trust", "pipeline"),
    [
        (subject(f"{HOME}:*"), PLAIN),
        (subject(f"{HOME}:*"), DEPLOYING),
        (subject(f"{HOME}:{ENVIRONMENT}:*"), DEPLOYING),
        (subject(f"{HOME}:*:*"), DEPLOYING),
        (subject([f"{HOME}:{ENVIRONMENT}:*", f"{OTHER}:*"]), PLAIN),
        (subject(["{" + WORKSPACE + "}:*", f"{HOME}:*"]), PLAIN),
    ],
)
def test_a_subject_that_some_such_step_can_have_is_left_open(trust: dict[str, Any], pipeline: str) -> None:
    finding = told(trust_subject_mismatch.RULE, trust, pipeline)

    assert finding is None or finding.verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize("value", ["*:*", "*"])
def test_a_subject_that_every_step_has_is_no_fault(value: str) -> None:
    assert told(trust_subject_mismatch.RULE, subject(value)) is None


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(f"{HOME}:{STEP}", Verdict.LIKELY), (f"{HOME}:{ENVIRONMENT}:*", Verdict.UNDETERMINED)],
)
def test_without_the_file_the_step_may_deploy_or_not(value: str, verdict: Verdict) -> None:
    case = trust_case(subject(value), repository=NOT_READ)
    (finding,) = trust_subject_mismatch.RULE.check(case, None)

    assert finding.verdict is verdict
    assert (verdict is Verdict.LIKELY) is ("leaves no room for the step's UUID" in finding.headline)


@pytest.mark.parametrize(
    ("trust", "words"),
    [
        (audience(f"{HOME}:*"), "a repository's UUID where the audience belongs"),
        (audience(f"{HOME}:*", "StringLike"), "a repository's UUID where the audience belongs"),
        (audience("ari:cloud:bitbucket::workspace/*"), "where it is no wildcard"),
        (audience("sts.amazonaws.com"), "`sts.amazonaws.com`"),
        (with_condition("Null", f"{PREFIX}:aud", "true"), "wants a token without `aud`"),
    ],
)
def test_an_audience_that_no_workspace_has_is_likely(trust: dict[str, Any], words: str) -> None:
    finding = told(trust_audience_mismatch.RULE, trust)

    assert finding is not None
    assert finding.verdict is Verdict.LIKELY
    assert words in finding.headline


@pytest.mark.parametrize(
    "trust",
    [
        audience(AUDIENCE),
        audience("ari:cloud:bitbucket::workspace/*", "StringLike"),
        audience("ari:*", "StringLike"),
        audience("*", "StringLike"),
        audience(AUDIENCE.upper(), "StringEqualsIgnoreCase"),
        audience([f"{HOME}:*", AUDIENCE]),
    ],
)
def test_an_audience_that_some_workspace_has_is_no_fault(trust: dict[str, Any]) -> None:
    assert told(trust_audience_mismatch.RULE, trust) is None


def test_a_step_with_audiences_of_its_own_may_have_any() -> None:
    assert told(trust_audience_mismatch.RULE, audience(f"{HOME}:*"), CUSTOM) is None


def test_a_deny_of_a_subject_that_may_be_the_steps_proves_nothing() -> None:
    deny = {**subject(f"{HOME}:*")["Statement"][0], "Effect": "Deny"}
    case = trust_case(policy(subject("*:*")["Statement"][0], deny), repository=NOT_READ)

    assert [item.verdict for item in findings(trust_subject_mismatch.RULE, case)] == []
