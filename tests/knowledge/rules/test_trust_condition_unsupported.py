"""`trust-condition-unsupported`: keys that AWS never fills for a token of Bitbucket."""

from __future__ import annotations

import pytest

from knowledge.finding import Verdict
from knowledge.rules.trust_condition_unsupported import RULE
from tests.knowledge.rules.trusting import (
    AUDIENCE,
    HOME,
    PREFIX,
    PROVIDER,
    WORKSPACE,
    allow,
    findings,
    mends,
    policy,
    trust_case,
    with_condition,
)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (f"{PREFIX}:branchName", "which AWS does not read from the token"),
        (f"{PREFIX}:repositoryUuid", "which AWS does not read from the token"),
        (f"{PREFIX}:iss", "which AWS does not read from the token"),
        (f"{PREFIX}:email", "which no token of Bitbucket carries"),
        ("aws:PrincipalOrgID", "which AWS does not fill at this call"),
        ("aws:PrincipalAccount", "which AWS does not fill at this call"),
        ("aws:PrincipalTag/team", "which AWS does not fill at this call"),
        ("aws:RequestTag/team", "which AWS does not fill at this call"),
        ("token.actions.githubusercontent.com:aud", "another provider's token"),
    ],
)
def test_each_key_is_told_by_name_and_the_policy_without_it_holds(key: str, words: str) -> None:
    case = trust_case(with_condition("StringEquals", key, "x"))
    (finding,) = findings(RULE, case)

    assert finding.verdict is Verdict.CONFIRMED
    assert words in finding.headline
    assert finding.evidence[0].excerpt == key
    assert mends(case, finding)


def test_what_limits_the_role_instead_is_said() -> None:
    (finding,) = findings(RULE, trust_case(with_condition("StringEquals", f"{PREFIX}:branchName", "main")))

    assert "deployment environment" in finding.meaning


@pytest.mark.parametrize(
    "key",
    [
        f"https://{PREFIX}:sub",
        f"{PREFIX}/:sub",
        PREFIX.removesuffix("/oidc") + ":sub",
        f"{PREFIX.replace('/acme/', '/{' + WORKSPACE + '}/')}:sub",
        f"{PREFIX.replace('/acme/', '/{role}/')}:sub",
        f"{PREFIX.replace('/acme/', '/${var.workspace}/')}:sub",
    ],
)
def test_a_key_under_a_wrong_name_is_compared_and_renamed(key: str) -> None:
    conditions = {"StringEquals": {f"{PREFIX}:aud": AUDIENCE}, "StringLike": {key: f"{HOME}:*"}}
    case = trust_case(policy(allow(Condition=conditions)))
    (finding,) = findings(RULE, case)

    assert key in finding.headline
    assert finding.evidence[0].comparison is not None
    assert finding.evidence[0].comparison.actual == f"{PREFIX}:sub"
    assert mends(case, finding)


def test_a_policy_that_had_only_such_a_limit_gets_one_on_the_subject() -> None:
    conditions = {"StringEquals": {f"{PREFIX}:repositoryUuid": HOME}}
    case = trust_case(policy(allow(Condition=conditions)))
    (finding,) = findings(RULE, case)

    assert mends(case, finding)


def test_a_deny_that_holds_because_its_key_is_absent() -> None:
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sts:*",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2"}},
    }
    case = trust_case(policy(allow(), deny))
    (finding,) = findings(RULE, case)

    assert finding.verdict is Verdict.CONFIRMED
    assert "A Deny" in finding.headline
    assert mends(case, finding)


@pytest.mark.parametrize("operator", ["StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringEquals"])
def test_a_condition_that_an_absent_key_meets_is_no_fault(operator: str) -> None:
    assert findings(RULE, trust_case(with_condition(operator, "aws:PrincipalOrgID", "o-a1b2"))) == []


def test_a_key_of_the_request_is_no_such_fault() -> None:
    assert findings(RULE, trust_case(with_condition("IpAddress", "aws:SourceIp", "203.0.113.0/24"))) == []


GITHUB = "token.actions.githubusercontent.com"


def test_the_key_of_another_provider_is_named_whole_and_gets_a_statement_of_its_own() -> None:
    (finding,) = findings(
        RULE, trust_case(with_condition("StringEquals", f"{GITHUB}:aud", "sts.amazonaws.com"))
    )
    (fix,) = finding.fixes

    assert f"`{GITHUB}:aud`" in finding.headline
    assert f"`{GITHUB}:aud`" in fix.title
    assert "a statement of its own" in fix.steps[0]
    assert "are what can limit" not in " ".join(fix.steps)


def test_a_statement_that_two_providers_share_is_left_alone_and_bitbucket_gets_its_own() -> None:
    shared = with_condition("StringEquals", f"{GITHUB}:aud", "sts.amazonaws.com")["Statement"][0]
    shared["Principal"] = {"Federated": [PROVIDER, f"arn:aws:iam::123456789012:oidc-provider/{GITHUB}"]}
    case = trust_case(policy(shared))
    (finding,) = findings(RULE, case)
    after = finding.fixes[0].policy_after

    assert after is not None
    assert after["Statement"][0] == shared
    assert after["Statement"][1]["Principal"] == {"Federated": PROVIDER}
    assert mends(case, finding)


def test_a_key_with_braces_of_its_own_takes_nothing_from_the_sentence() -> None:
    (finding,) = findings(
        RULE, trust_case(with_condition("StringEquals", "{role}.example.com:aud", "{step}"))
    )

    assert "`{role}.example.com:aud`" in finding.headline
    assert "role `acme-deploy`" in finding.headline
