"""A Deny that takes back its policy's own Allow is told without any claims, and only then."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.aws_denials import in_vain
from knowledge.casefile import CaseFile
from knowledge.finding import Verdict
from knowledge.rules import trust_denied
from knowledge.trust import evaluate
from knowledge.trust_policy import parse_policy
from tests.knowledge.rules.trusting import (
    AFTER,
    AUDIENCE,
    HOME,
    OTHER,
    PLAIN,
    PREFIX,
    PROVIDER,
    STEP,
    allow,
    findings,
    policy,
    trust_case,
)

SUB, AUD = f"{PREFIX}:sub", f"{PREFIX}:aud"


def deny(**changes: Any) -> dict[str, Any]:
    return allow(Effect="Deny", **changes)


def told(*statements: dict[str, Any]) -> bool:
    return in_vain(parse_policy(policy(*statements))) is not None


@pytest.mark.parametrize(
    ("denying", "vain"),
    [
        (deny(), True),
        (deny(Condition={}), True),
        (deny(Principal="*"), True),
        (deny(Action="sts:*"), True),
        (deny(Condition={"StringLike": {SUB: f"{HOME}:*"}}), True),
        (deny(Condition={"StringLike": {SUB.upper(): "*"}}), True),
        (deny(Condition={"StringLikeIfExists": {SUB: ["x", "{*"]}}), True),
        (deny(Condition={"ForAnyValue:StringLike": {AUD: "ari:cloud:*"}}), True),
        (deny(Condition={"StringEquals": {AUD: [AUDIENCE, "y"]}}), True),
        (deny(Condition={"Null": {SUB: "false"}}), True),
        # It leaves something of the Allow, or that it does not cannot be seen.
        (deny(Condition={"StringLike": {SUB: f"{HOME}:{STEP}"}}), False),
        (deny(Condition={"StringEquals": {SUB: f"{HOME}:*"}}), False),
        (deny(Condition={"StringLike": {SUB: f"{HOME}:?*"}}), False),
        (deny(Condition={"StringLike": {SUB: f"{OTHER}:*"}}), False),
        (deny(Condition={"StringNotLike": {SUB: f"{HOME}:*"}}), False),
        (deny(Condition={"Null": {SUB: "true"}}), False),
        (deny(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), False),
        (deny(Action="sts:AssumeRole"), False),
        (deny(Principal={"Federated": "arn:aws:iam::123456789012:oidc-provider/other"}), False),
    ],
)
def test_what_takes_the_allow_back(denying: dict[str, Any], vain: bool) -> None:
    assert told(allow(), denying) is vain


def test_another_allow_that_is_left_is_enough() -> None:
    other = allow(Condition={"StringLike": {SUB: f"{OTHER}:*"}})

    assert not told(allow(), other, deny())
    assert told(allow(), other, deny(Condition={"StringLike": {SUB: "*"}}))


@pytest.mark.parametrize("operator", ["ForAllValues:StringLike", "StringLikeIfExists"])
def test_an_allow_that_also_lets_in_who_has_no_such_claim_is_not_taken_back(operator: str) -> None:
    given = allow(Condition={operator: {SUB: f"{HOME}:*"}})

    assert not told(given, deny(Condition={"StringLike": {SUB: "*"}}))


def test_a_policy_without_an_allow_is_in_vain_in_another_way() -> None:
    assert not told(deny())


PATTERNS = st.text(alphabet="ab*?", max_size=5)
TEXTS = st.text(alphabet="ab", max_size=5)
OPERATORS = st.sampled_from(
    [
        "StringLike",
        "StringEquals",
        "StringLikeIfExists",
        "ForAnyValue:StringLike",
        "ForAllValues:StringLike",
    ]
)


@given(
    st.lists(PATTERNS, min_size=1, max_size=2),
    st.lists(PATTERNS, min_size=1, max_size=2),
    OPERATORS,
    OPERATORS,
    TEXTS,
)
def test_where_it_is_told_the_evaluator_denies_every_token(
    wide: list[str], narrow: list[str], one: str, other: str, subject: str
) -> None:
    trust = policy(allow(Condition={one: {SUB: narrow}}), deny(Condition={other: {SUB: wide}}))
    if in_vain(parse_policy(trust)) is not None:
        for token in ({"iss": f"https://{PREFIX}", "sub": subject}, {"iss": f"https://{PREFIX}"}):
            assert evaluate(trust, token, provider_arn=PROVIDER).decision == "denied"


# -- as a finding -------------------------------------------------------------------------------------------

NOT_READ = CaseFile().repository


def test_without_the_repository_it_is_likely_and_points_at_the_deny() -> None:
    (finding,) = findings(trust_denied.RULE, trust_case(policy(allow(), deny()), PLAIN, repository=NOT_READ))

    assert finding.verdict is Verdict.LIKELY
    assert "statement 0 allows" in finding.evidence[0].sentence
    assert all(fix.policy_after is None for fix in finding.fixes)


def test_with_the_claims_the_deny_that_applies_is_told_as_before() -> None:
    (finding,) = findings(trust_denied.RULE, trust_case(policy(allow(), deny()), PLAIN))

    assert finding.verdict is Verdict.CONFIRMED
    assert "refuses this step" in finding.headline


def test_after_a_login_that_worked_nothing_is_said() -> None:
    case = trust_case(policy(allow(), deny()), PLAIN, paste=AFTER, repository=NOT_READ)

    assert findings(trust_denied.RULE, case) == []
