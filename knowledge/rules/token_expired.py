"""The step's token had ended when it was exchanged.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Fix, Surface, Verdict
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.text_evidence import first_of, in_text
from knowledge.trust_findings import step_for, step_words

_CAUSE = "token-expired"
_LONGEST = 12


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = first_of(case, Family.TOKEN_EXPIRED)
    if symptom is None:
        return
    late = _late(symptom.fields)
    own_machine = suspect is not None and suspect.step.self_hosted
    clock = " On a self-hosted runner a wrong clock has the same effect." if own_machine else ""
    steps = [
        (
            "Log in at the beginning of the step, before long builds, or move the deployment into a "
            "step of its own."
        ),
        (
            "Take the token fresh in each step; do not carry it through an artifact, a cache or an "
            "output variable."
        ),
    ]
    if own_machine:
        steps.append("Set the clock of the runner by a time server.")
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED,
        headline=f"The token of {step_words(suspect)} had ended when it was used{late}.",
        meaning=(
            "Bitbucket makes the token when the step starts, and it cannot be renewed inside the "
            "step. AWS takes "
            f"it until about five minutes after its end.{clock}"
        ),
        step=step_for(suspect, of_the_step=True),
        evidence=(in_text(case, symptom, "AWS says so itself."),),
        fixes=(
            Fix(
                title="Exchange the token early in the step",
                surface=Surface.RUN,
                steps=tuple(steps),
                verify="Run the step again: the first AWS command succeeds.",
            ),
        ),
    )


def _late(fields: object) -> str:
    """How long after its end, in words, where the text has both times in seconds."""
    values = [str(fields.get(name, "")) for name in ("now", "expired")] if isinstance(fields, dict) else []
    if len(values) != 2 or not all(value.isdigit() and len(value) <= _LONGEST for value in values):
        return ""
    seconds = int(values[0]) - int(values[1])
    if seconds < 0:
        return ""
    if seconds < 120:
        return f", by {seconds} seconds"
    return f", by {seconds // 60} minutes" if seconds < 7200 else f", by {seconds // 3600} hours"


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
