"""`trust-audience-mismatch`: audiences that are not Bitbucket's, and audiences of a step's own."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.casefile import CaseFile
from knowledge.finding import Verdict
from knowledge.rules.trust_audience_mismatch import RULE
from tests.knowledge.rules.trusting import (
    AUDIENCE,
    CUSTOM,
    EMPTY,
    PREFIX,
    WORKSPACE,
    allow,
    audience,
    findings,
    mends,
    policy,
    trust_case,
    with_condition,
)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (WORKSPACE, "does not have the form"),
        ("{" + WORKSPACE + "}", "does not have the form"),
        ("ari:cloud:bitbucket::workspace/{" + WORKSPACE + "}", "does not have the form"),
        (AUDIENCE.replace("::", ":"), "does not have the form"),
        (AUDIENCE.replace("workspace", "repository"), "does not have the form"),
        ("sts.amazonaws.com", "`sts.amazonaws.com`"),
        (f"https://{PREFIX}", "the provider's address"),
        (AUDIENCE.replace("df17aa72", "ee17aa72"), "the audience of another workspace"),
        (AUDIENCE.upper(), "in upper case"),
        (f"{AUDIENCE}\n", "a blank or a line break"),
        ("ari:cloud:bitbucket::workspace/*", "a `*` in the audience under `StringEquals`"),
        ("ariel:stack:bitbucket:pipelines", "does not have the form"),
    ],
)
def test_each_mistake_is_told_by_name_and_its_change_holds(value: str, words: str) -> None:
    case = trust_case(audience(value))
    (finding,) = findings(RULE, case)

    assert finding.verdict is Verdict.CONFIRMED
    assert words in finding.headline
    assert finding.evidence[0].excerpt == value
    assert mends(case, finding)


def test_a_step_with_an_audience_of_its_own_is_at_most_likely() -> None:
    case = trust_case(policy(allow()), CUSTOM)
    (finding,) = findings(RULE, case)

    assert finding.verdict is Verdict.LIKELY
    assert "asks for one of its own" in finding.headline
    assert [item.excerpt for item in finding.evidence if not item.primary] == ["oidc:"]
    assert mends(case, finding)


def test_whether_the_default_stays_beside_it_is_left_open() -> None:
    (finding,) = findings(RULE, trust_case(audience("https://gw.example.com"), CUSTOM))

    assert finding.verdict is Verdict.UNDETERMINED


def test_a_set_operator_takes_both_forms_of_the_token() -> None:
    trust = audience("https://gw.example.com", "ForAnyValue:StringEquals")

    assert findings(RULE, trust_case(trust, CUSTOM)) == []


@pytest.mark.parametrize(
    "trust", [policy(allow()), audience("*", "StringLike"), audience([WORKSPACE, AUDIENCE])]
)
def test_an_audience_that_fits_is_no_fault(trust: dict[str, Any]) -> None:
    assert findings(RULE, trust_case(trust)) == []


@pytest.mark.parametrize(
    ("value", "verdicts"),
    [
        ("sts.amazonaws.com", [Verdict.LIKELY]),
        (WORKSPACE, [Verdict.LIKELY]),
        (AUDIENCE.replace("::", ":"), [Verdict.LIKELY]),
        (AUDIENCE, []),
        (["sts.amazonaws.com", AUDIENCE], []),
    ],
)
def test_without_the_repository_only_the_form_of_the_audience_is_judged(
    value: Any, verdicts: list[Verdict]
) -> None:
    case = trust_case(audience(value), repository=CaseFile().repository)

    assert [finding.verdict for finding in findings(RULE, case)] == verdicts


def test_no_token_makes_it_at_most_likely() -> None:
    (finding,) = findings(RULE, trust_case(audience(WORKSPACE), paste=EMPTY))

    assert finding.verdict is Verdict.LIKELY


def test_a_condition_that_wants_no_audience_is_removed() -> None:
    case = trust_case(with_condition("Null", f"{PREFIX}:aud", "true"))
    (finding,) = findings(RULE, case)

    assert finding.fixes[0].title == "Remove the condition `Null` on `aud`"
    assert mends(case, finding)


def test_terraform_is_told_the_condition_that_changes_and_not_the_one_that_was_right() -> None:
    (finding,) = findings(RULE, trust_case(audience("sts.amazonaws.com")))
    steps = [step for step in finding.fixes[0].steps if "erraform" in step or "values = " in step]

    assert [f"{PREFIX}:aud" in steps[0], AUDIENCE in steps[1], len(steps)] == [True, True, 2]


def test_an_audience_under_an_operator_for_arns_is_compared_as_text() -> None:
    case = trust_case(audience(AUDIENCE, "ArnEquals"))
    (finding,) = findings(RULE, case)

    assert "an operator for ARNs" in finding.headline
    assert mends(case, finding)
