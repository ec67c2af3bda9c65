"""`refused-above-the-role`: the policy lets the step in, AWS refused, and what did cannot be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from knowledge.aws_readings import LoginEvent
from knowledge.casefile import CaseFile, Suspect
from knowledge.engine import diagnose
from knowledge.finding import Verdict
from knowledge.location import InPolicy
from knowledge.reading import Known, Unread
from knowledge.rules.refused_above_the_role import RULE
from tests.knowledge.rules.asking import with_variables
from tests.knowledge.rules.trusting import (
    AFTER,
    AUDIENCE,
    EMPTY,
    HOME,
    OTHER,
    PLAIN,
    PROVIDER,
    ROLE_ARN,
    STEP,
    allow,
    findings,
    policy,
    subject,
    suspect_of,
    trust_case,
)

ALLOWS = policy(allow())


def test_it_is_possible_at_most_and_leads_nothing() -> None:
    case = trust_case(ALLOWS)
    (finding,) = findings(RULE, case)

    assert finding.verdict is Verdict.POSSIBLE
    assert diagnose(case).lead is None


def test_the_statement_that_lets_the_step_in_is_quoted() -> None:
    (finding,) = findings(RULE, trust_case(ALLOWS))

    assert finding.evidence[1].location == InPolicy("acme-deploy", 0)
    assert finding.evidence[1].excerpt == f"{HOME}:*"


def test_what_to_suspect_is_told_in_order_each_with_what_to_do() -> None:
    (finding,) = findings(RULE, trust_case(ALLOWS))
    starts = [step.split(" ")[:4] for step in finding.fixes[0].steps]

    assert [" ".join(words) for words in starts] == [
        "The policy was changed",
        "The step asked for",
        "A resource control policy",
        "The text is of",
        "The command, some minutes",
    ]
    assert f"AttributeValue={ROLE_ARN}" in finding.fixes[0].commands[0]


def test_a_variable_whose_value_nobody_sees_may_hold_another_role() -> None:
    hidden = PLAIN.replace("          - export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/acme-deploy\n", "")
    levels = {"repository": {"AWS_ROLE_ARN": {"secured": True}}, "workspace": {}, "deployments": {}}
    case = with_variables(trust_case(ALLOWS, hidden), levels)
    (finding,) = RULE.check(case, suspect_of(case))

    assert finding.fixes[0].steps[1] == (
        f"`AWS_ROLE_ARN` holds another role: its value cannot be read; it has to be `{ROLE_ARN}`."
    )


def test_a_runner_that_stays_may_keep_an_old_session() -> None:
    own = PLAIN.replace("        oidc: true\n", "        oidc: true\n        runs-on: [self.hosted]\n")
    (finding,) = findings(RULE, trust_case(ALLOWS, own))

    assert any("`~/.aws/cli/cache`" in step for step in finding.fixes[0].steps)


@pytest.mark.parametrize("paste", [AFTER, EMPTY, ""])
def test_only_a_refused_role_asks_for_it(paste: str) -> None:
    assert findings(RULE, trust_case(ALLOWS, paste=paste)) == []


@pytest.mark.parametrize("trust", [subject("{00000000-0000-4000-8000-000000000000}:*"), None])
def test_a_policy_that_refuses_and_a_role_that_is_not_there_explain_themselves(trust: Any) -> None:
    assert findings(RULE, trust_case(trust)) == []


def test_a_repository_that_was_not_read_leaves_it_open() -> None:
    unread = Unread("the repository", "the token lacks a scope", "grant `repository`")

    assert findings(RULE, trust_case(ALLOWS, repository=unread)) == []


# -- with CloudTrail's record of the login ------------------------------------------------------------------


def event(**changes: Any) -> LoginEvent:
    given: dict[str, Any] = {
        "event_id": "e-1",
        "region": "eu-central-1",
        "at": datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
        "role_arn": ROLE_ARN,
        "provider_arn": PROVIDER,
        "audience": AUDIENCE,
        "subject": f"{HOME}:{STEP}",
        "matched": "its request id is that of the text",
        "error_code": "AccessDenied",
        **changes,
    }
    return LoginEvent(**given)


def recorded_case(trust: dict[str, Any], **changes: Any) -> CaseFile:
    return trust_case(trust, login_event=Known(event(**changes), "CloudTrail's record of the login"))


def test_with_the_record_it_is_likely_and_nobody_is_sent_to_look_it_up() -> None:
    (finding,) = findings(RULE, recorded_case(ALLOWS))

    assert finding.verdict is Verdict.LIKELY
    assert any(f"`{HOME}:{STEP}`" in item.sentence for item in finding.evidence)
    assert finding.fixes[0].commands == ()
    assert not any("The command" in step or "another run" in step for step in finding.fixes[0].steps)


def test_the_recorded_audience_goes_before_the_one_that_was_worked_out() -> None:
    case = recorded_case(ALLOWS, audience="https://gw.example.com")

    assert findings(RULE, case) == []
    assert [one.cause for one in diagnose(replace(case, suspects=_suspects(case))).findings][:1] == [
        "trust-audience-mismatch"
    ]


def test_a_recorded_token_of_another_repository_is_said_to_be_one() -> None:
    (finding,) = findings(RULE, recorded_case(ALLOWS, subject=f"{OTHER}:{STEP}"))

    assert finding.verdict is Verdict.LIKELY
    assert finding.headline == ("The refused login carried a token of another repository than `acme/site`.")
    assert finding.evidence[0].excerpt == f"{OTHER}:{STEP}"


def test_a_token_of_another_repository_makes_no_policy_admit_that_one() -> None:
    case = recorded_case(ALLOWS, subject=f"{OTHER}:{STEP}")
    fixes = [fix for one in diagnose(replace(case, suspects=_suspects(case))).findings for fix in one.fixes]

    assert [fix for fix in fixes if fix.policy_after is not None] == []


def _suspects(case: CaseFile) -> tuple[Suspect, ...]:
    suspect = suspect_of(case)
    return (suspect,) if suspect else ()
