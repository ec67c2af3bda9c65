"""Findings that Google's own text proves: the words of it, the stage, and what helps."""

from __future__ import annotations

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Verdict
from knowledge.frozen import dataclass
from knowledge.gcp_case import SAID, STAGES, said_by
from knowledge.quoting import step_for
from knowledge.symptoms.model import Symptom


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a cause says of a text. `beside` are further pieces of evidence, none of them primary;
    `of_the_step` says that the fault is this step's own."""

    cause: str
    headline: str
    meaning: str
    fixes: tuple[Fix, ...]
    verdict: Verdict = Verdict.CONFIRMED
    beside: tuple[Evidence, ...] = ()
    of_the_step: bool = False


def told(case: CaseFile, suspect: Suspect | None, symptom: Symptom, saying: Saying) -> Finding:
    """The finding with the text as its primary evidence, and the stage that it shows."""
    stage = STAGES.get(symptom.id)
    return Finding(
        cause=saying.cause,
        verdict=saying.verdict,
        headline=saying.headline,
        meaning=f"{saying.meaning} {SAID[stage]}" if stage is not None else saying.meaning,
        step=step_for(suspect, of_the_step=saying.of_the_step),
        evidence=(said_by(case, symptom), *saying.beside),
        fixes=saying.fixes,
    )
