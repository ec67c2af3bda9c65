"""`token-expired` by what a pasted token says of its own end, where the text hides the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from knowledge.casefile import CaseFile, RunStep, Suspect
from knowledge.finding import Verdict
from knowledge.pasted import take
from knowledge.rules import token_expired
from knowledge.symptoms import recognise
from tests.knowledge.rules.asking import REFUSED, case_of, step_of
from tests.knowledge.rules.scripts import GOOD, one
from tests.knowledge.tokens import ISSUED, claims, token

HIDDEN = "Error: No valid credential sources found"
EXPIRED = (
    "An error occurred (ExpiredTokenException) when calling the AssumeRoleWithWebIdentity operation: "
    "Token expired: current date/time 1795400000 must be before the expiration date/time 1795396400"
)
END = datetime.fromtimestamp(ISSUED + 3_600, UTC)
MINUTE = timedelta(minutes=1)


def pasted(text: str, now: datetime | None = None) -> CaseFile:
    found = take(f"{token(claims())}\n{text}")
    case = replace(case_of(one(*GOOD)), paste=found.text, symptoms=recognise(found.text), now=now)
    return replace(case, claims=found.claims, claims_pasted=True)


def verdicts(case: CaseFile, started: datetime | None = None) -> list[Verdict]:
    run_step = RunStep(
        uuid="{x}", name=None, position=0, state="COMPLETED", result="FAILED", started_on=started
    )
    suspect = Suspect(step_of(case), "it was named", certain=True, run_step=run_step)
    return [finding.verdict for finding in token_expired.RULE.check(case, suspect)]


def test_a_token_that_ended_before_the_step_began_is_likely_the_reason() -> None:
    assert verdicts(pasted(HIDDEN), END + MINUTE) == [Verdict.LIKELY]


@pytest.mark.parametrize("started", [END - MINUTE, None])
def test_a_token_that_ended_before_the_message_is_only_possible(started: datetime | None) -> None:
    """Nobody knows when it was used."""
    assert verdicts(pasted(HIDDEN, END + 10 * MINUTE), started) == [Verdict.POSSIBLE]


@pytest.mark.parametrize("now", [END - MINUTE, END + MINUTE, None])
def test_a_token_that_was_good_or_within_the_five_minutes_is_no_reason(now: datetime | None) -> None:
    assert verdicts(pasted(HIDDEN, now), END - MINUTE) == []


def test_where_aws_looked_at_the_token_its_end_is_not_the_reason() -> None:
    assert verdicts(pasted(REFUSED, END + 60 * MINUTE), END + MINUTE) == []


def test_claims_that_were_handed_over_are_of_no_particular_time() -> None:
    case = replace(pasted(HIDDEN, END + 60 * MINUTE), claims_pasted=False)

    assert verdicts(case, END + MINUTE) == []


def test_what_aws_says_itself_is_confirmed_and_the_tokens_own_end_stands_beside_it() -> None:
    (finding,) = token_expired.RULE.check(pasted(EXPIRED), None)

    assert finding.verdict is Verdict.CONFIRMED
    assert [item.excerpt[:20] for item in finding.evidence] == ["An error occurred (E", "[redacted jwt]"]
    assert "ends on 2026-11-23 01:13:20 UTC" in finding.evidence[1].sentence
