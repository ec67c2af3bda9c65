"""`trust-action-missing`: what is allowed instead of `sts:AssumeRoleWithWebIdentity`."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.finding import Verdict
from knowledge.rules import trust_audience_mismatch, trust_subject_mismatch
from knowledge.rules.trust_action_missing import RULE
from tests.knowledge.rules.trusting import (
    AUDIENCE,
    HOME,
    PREFIX,
    PROVIDER,
    REPO,
    STEP,
    allow,
    findings,
    mends,
    policy,
    trust_case,
)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("sts:AssumeRole", "allows `sts:AssumeRole`, not"),
        (["sts:AssumeRole", "sts:TagSession"], "allows `sts:AssumeRole`, not"),
        ("sts:AssumeRoleWithSAML", "allows `sts:AssumeRoleWithSAML`, not"),
        ("sts:AssumeRoleWithWebIdendity", "misspells"),
        ("s3:GetObject", "does not allow"),
    ],
)
def test_each_action_is_told_by_name_and_its_change_holds(action: Any, words: str) -> None:
    case = trust_case(policy(allow(Action=action)))
    (finding,) = findings(RULE, case)

    assert finding.verdict is Verdict.CONFIRMED
    assert words in finding.headline
    assert finding.evidence[0].excerpt in action
    assert mends(case, finding)


def test_an_action_that_is_excluded_is_no_longer() -> None:
    statement = {key: value for key, value in allow().items() if key != "Action"}
    case = trust_case(policy({**statement, "NotAction": "sts:*"}))
    (finding,) = findings(RULE, case)

    assert "`NotAction`" in finding.headline
    assert mends(case, finding)


@pytest.mark.parametrize(
    ("principal", "action"),
    [
        ({"Federated": PROVIDER, "AWS": "arn:aws:iam::123456789012:root"}, "sts:AssumeRole"),
        (
            {"Federated": [PROVIDER, "arn:aws:iam::123456789012:saml-provider/office"]},
            "sts:AssumeRoleWithSAML",
        ),
    ],
)
def test_what_other_principals_of_the_statement_need_stays(principal: dict[str, Any], action: str) -> None:
    (finding,) = findings(RULE, trust_case(policy(allow(Principal=principal, Action=action))))

    assert finding.fixes[0].policy_after is not None
    assert finding.fixes[0].policy_after["Statement"][0]["Action"] == [
        action,
        "sts:AssumeRoleWithWebIdentity",
    ]


def test_several_faults_of_one_statement_are_each_named_and_mended_by_one_change() -> None:
    conditions = {"StringEquals": {f"{PREFIX}:aud": "sts.amazonaws.com", f"{PREFIX}:sub": f"{REPO}:*"}}
    case = trust_case(policy(allow(Action="sts:AssumeRole", Condition=conditions)))
    found = [
        finding
        for rule in (RULE, trust_audience_mismatch.RULE, trust_subject_mismatch.RULE)
        for finding in findings(rule, case)
    ]

    assert [finding.cause for finding in found] == [
        "trust-action-missing",
        "trust-audience-mismatch",
        "trust-subject-mismatch",
    ]
    assert all(mends(case, finding) for finding in found)


def test_a_statement_without_a_limit_gets_one_with_the_action() -> None:
    case = trust_case(policy(allow(Action="sts:AssumeRole", Condition={})))
    (finding,) = findings(RULE, case)

    assert mends(case, finding)


@pytest.mark.parametrize("action", ["sts:*", "*", "STS:AssumeRoleWithWebIdentity", "sts:AssumeRole*"])
def test_an_action_that_covers_it_is_no_fault(action: str) -> None:
    assert findings(RULE, trust_case(policy(allow(Action=action)))) == []


TAGGED = {
    "iss": f"https://{PREFIX}",
    "aud": AUDIENCE,
    "sub": f"{HOME}:{STEP}",
    "https://aws.amazon.com/tags": {},
}


def test_a_token_with_session_tags_needs_a_second_action() -> None:
    (finding,) = findings(RULE, trust_case(policy(allow()), claims=TAGGED))

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.headline == "The trust policy of role `acme-deploy` does not allow `sts:TagSession`."
    assert finding.fixes[0].steps == ("Add `sts:TagSession` to the `Action` of statement 0.",)


@pytest.mark.parametrize(
    "action", [["sts:AssumeRoleWithWebIdentity", "sts:TagSession"], "sts:*", ["sts:Assume*", "sts:Tag*"]]
)
def test_a_policy_that_allows_the_tags_is_right(action: Any) -> None:
    assert findings(RULE, trust_case(policy(allow(Action=action)), claims=TAGGED)) == []
