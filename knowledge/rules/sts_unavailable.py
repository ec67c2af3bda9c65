"""STS could not check the token just then: the provider's keys were out of reach, or too many asked at once.

https://repost.aws/knowledge-center/iam-sts-invalididentitytoken
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.claims import claims_for
from knowledge.finding import Finding, Fix, Surface, Verdict
from knowledge.reading import Known
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.text_evidence import first_of, in_text
from knowledge.words import code

_CAUSE = "sts-unavailable"
_KEYS, _ISSUER, _MANY = "aws-sts-keys-unreachable", "aws-sts-issuer-unreachable", "aws-sts-throttled"
_SAID = {
    _KEYS: (
        "AWS could not fetch the keys of the token's issuer, so it could not check the token.",
        (
            "It reads them from Bitbucket at each exchange, and waits a few seconds at most. When that "
            "fails, the fault is between AWS and Bitbucket; nothing in the step or the role mends it."
        ),
    ),
    _ISSUER: (
        "AWS could not reach the token's issuer, so it could not check the token.",
        "The fault is on the way between AWS and Bitbucket; nothing in the step or the role mends it.",
    ),
    _MANY: (
        "AWS refused the exchange because too many were asked for at once.",
        "The limit is the account's: many steps in parallel, or a loop that logs in again and again.",
    ),
}


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = first_of(case, Family.UNAVAILABLE, ids=tuple(_SAID))
    if symptom is None:
        return
    headline, meaning = _SAID[symptom.id]
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED,
        headline=headline,
        meaning=meaning,
        evidence=(in_text(case, symptom, "The text says so itself."),),
        fixes=(_spread() if symptom.id == _MANY else _again(case, suspect),),
    )


def _again(case: CaseFile, suspect: Suspect | None) -> Fix:
    reading = claims_for(case, suspect)
    issuer = reading.value.issuer if isinstance(reading, Known) else ""
    address = f"{issuer}/.well-known/openid-configuration"
    return Fix(
        title="Run the step again",
        surface=Surface.RUN,
        commands=(f"curl -fsS {address}",) if issuer else (),
        steps=(
            *(
                (f"The command, from anywhere, shows whether {code(address, 200)} answers.",)
                if issuer
                else ()
            ),
            "When it goes on for minutes, look at the status pages of Bitbucket and of AWS.",
            "Where it comes often, put the first AWS command into a loop that waits and tries again.",
        ),
        verify="The next run of the step logs in without any change.",
    )


def _spread() -> Fix:
    return Fix(
        title="Run the step again, with fewer logins at once",
        surface=Surface.RUN,
        steps=(
            "Log in once per step and use that session, instead of once per command.",
            "Let fewer steps of a `parallel` block log in at the same moment.",
        ),
        verify="The next run of the step logs in without any change.",
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
