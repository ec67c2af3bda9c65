"""`trust-source-ip`, `trust-request-mismatch`, `trust-denied`, `trust-too-wide`: not about the token."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from knowledge.finding import Severity, Verdict
from knowledge.rules import trust_denied, trust_request_mismatch, trust_source_ip, trust_too_wide
from tests.knowledge.rules.trusting import (
    AUDIENCE,
    EMPTY,
    HOME,
    OTHER,
    PREFIX,
    REPO,
    allow,
    findings,
    policy,
    trust_case,
    with_condition,
)

IP = with_condition("IpAddress", "aws:SourceIp", ["203.0.113.0/24"])
DENY: dict[str, Any] = {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}


def test_an_address_that_is_known_and_not_admitted_is_confirmed() -> None:
    (finding,) = findings(
        trust_source_ip.RULE, trust_case(IP, request_context={"aws:SourceIp": "198.51.100.7"})
    )

    assert finding.verdict is Verdict.CONFIRMED
    assert "`198.51.100.7`" in finding.meaning


def test_an_address_that_is_admitted_is_no_fault() -> None:
    case = trust_case(IP, request_context={"aws:SourceIp": "203.0.113.7"})

    assert findings(trust_source_ip.RULE, case) == []


def test_with_all_else_met_and_aws_refusing_an_unknown_address_is_likely() -> None:
    (finding,) = findings(trust_source_ip.RULE, trust_case(IP))

    assert finding.verdict is Verdict.LIKELY
    assert "not known here" in finding.meaning


def test_beside_another_fault_it_is_only_possible() -> None:
    statement = allow(
        Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringLike": {f"{PREFIX}:sub": REPO}}
    )
    (finding,) = findings(trust_source_ip.RULE, trust_case(policy(statement)))

    assert finding.verdict is Verdict.POSSIBLE


def test_a_deny_for_all_other_networks_is_the_same_limit() -> None:
    deny = {**DENY, "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    (finding,) = findings(trust_source_ip.RULE, trust_case(policy(allow(), deny)))

    assert finding.verdict is Verdict.LIKELY


def test_where_another_failure_is_proven_the_address_is_not_mentioned() -> None:
    assert findings(trust_source_ip.RULE, trust_case(IP, paste=EMPTY)) == []


def test_a_window_that_is_over_is_confirmed_and_without_a_time_possible() -> None:
    trust = with_condition("DateLessThan", "aws:CurrentTime", "2024-01-01T00:00:00Z")
    (known,) = findings(
        trust_request_mismatch.RULE, trust_case(trust, now=datetime(2026, 11, 23, tzinfo=UTC))
    )
    (unknown,) = findings(trust_request_mismatch.RULE, trust_case(trust))

    assert (known.verdict, unknown.verdict) == (Verdict.CONFIRMED, Verdict.POSSIBLE)
    assert "a limit in time" in known.headline


def test_a_session_name_that_does_not_fit() -> None:
    trust = with_condition("StringLike", "sts:RoleSessionName", "ci-*")
    given = {"sts:RoleSessionName": "botocore-session-1"}
    (finding,) = findings(trust_request_mismatch.RULE, trust_case(trust, request_context=given))

    assert finding.verdict is Verdict.CONFIRMED
    assert "`AWS_ROLE_SESSION_NAME`" in finding.meaning


def test_a_deny_without_a_better_explanation_is_named() -> None:
    deny = {**DENY, "Condition": {"StringLike": {f"{PREFIX}:sub": f"{HOME}:*"}}}
    (finding,) = findings(trust_denied.RULE, trust_case(policy(allow(), deny)))

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.evidence[0].excerpt == f"{HOME}:*"


@pytest.mark.parametrize(
    "condition",
    [
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"StringNotLike": {f"{PREFIX}:sub": f"{OTHER}:*"}},
        {"StringLike": {f"{PREFIX}:sub": f"{OTHER}:*"}},
    ],
)
def test_a_deny_that_another_rule_explains_or_that_does_not_apply_is_left_to_it(condition: Any) -> None:
    assert findings(trust_denied.RULE, trust_case(policy(allow(), {**DENY, "Condition": condition}))) == []


def test_an_opening_is_advice_and_never_the_cause() -> None:
    wide = policy(allow(Condition={"StringEquals": {f"{PREFIX}:aud": AUDIENCE}}))
    (finding,) = findings(trust_too_wide.RULE, trust_case(wide))

    assert finding.severity is Severity.ADVICE
    assert "every repository of the workspace `acme` may assume the role" in finding.meaning
    assert finding.headline == (
        "The trust policy of role `acme-deploy` lets in more than it needs: every repository of the "
        "workspace `acme` may assume the role today."
    )


@pytest.mark.parametrize(
    ("statement", "excerpt", "step"),
    [
        (allow(Principal="*"), "*", '"Federated"'),
        (
            allow(
                Condition={"StringEquals": {f"{PREFIX}:aud": AUDIENCE}, "StringLike": {f"{PREFIX}:sub": "*"}}
            ),
            "*",
            "`StringLike` on `sub`",
        ),
        (
            allow(Condition={"ForAllValues:StringLike": {f"{PREFIX}:sub": f"{HOME}:*"}}),
            "ForAllValues:StringLike",
            "Take `ForAllValues:` away",
        ),
    ],
)
def test_the_advice_is_about_what_is_wide(statement: dict[str, Any], excerpt: str, step: str) -> None:
    (finding,) = findings(trust_too_wide.RULE, trust_case(policy(statement)))

    assert finding.evidence[0].excerpt == excerpt
    assert step in finding.fixes[0].steps[0]


def test_a_policy_as_narrow_as_it_can_be_needs_no_advice() -> None:
    assert findings(trust_too_wide.RULE, trust_case(policy(allow()))) == []
