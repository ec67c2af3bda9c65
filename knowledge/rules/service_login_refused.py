"""Another service than AWS, Azure or Google Cloud refused the step's token: what it says, what to compare.

Nothing of these services is read, so what is told is what their text says by itself.
Vault: https://developer.hashicorp.com/vault/docs/auth/jwt
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.claims import Claims, claims_for
from knowledge.finding import Finding, Fix, Surface, Verdict
from knowledge.quoting import step_for
from knowledge.reading import Known, Reading
from knowledge.rules.rule import Rule
from knowledge.service_refusals import REFUSALS, Refusal
from knowledge.symptoms.model import Symptom
from knowledge.text_evidence import in_text
from knowledge.words import code

_CAUSE = "service-login-refused"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    for symptom in case.symptoms:
        refusal = REFUSALS.get(symptom.id) if symptom.provider == "other" else None
        if refusal is not None and not _follows(case, symptom, refusal):
            yield _finding(case, suspect, symptom, refusal)
            return


def _follows(case: CaseFile, symptom: Symptom, refusal: Refusal) -> bool:
    """Whether a cloud's login failed before, so that the refusal only comes of that; one that leaves its
    reason open may come of a cloud's failure wherever that stands in the text."""
    clouds = [item for item in case.symptoms if item.provider != "other"]
    return any(not refusal.certain or item.span[0] < symptom.span[0] for item in clouds)


def _finding(case: CaseFile, suspect: Suspect | None, symptom: Symptom, refusal: Refusal) -> Finding:
    claims = claims_for(case, suspect)
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if refusal.certain else Verdict.LIKELY,
        headline=f"{refusal.service} {refusal.said}",
        meaning=refusal.meaning,
        step=step_for(suspect, of_the_step=False),
        evidence=(in_text(case, symptom, "The text says so itself."),),
        fixes=(
            Fix(
                title=refusal.title,
                surface=Surface.CLOUD_IDENTITY,
                steps=(*refusal.compare, *_values(claims, refusal)),
                verify="Run the step again.",
                url=refusal.page,
            ),
        ),
    )


def _values(claims: Reading[Claims], refusal: Refusal) -> Iterable[str]:
    """What the step's token carries, where the repository was read."""
    if not isinstance(claims, Known):
        return
    if refusal.claim == "iss" and claims.value.issuer:
        yield f"The step's token has the issuer {code(claims.value.issuer, 200)}."
    elif refusal.claim == "aud" and claims.value.audiences:
        yield f"The step's token has the audience {code(claims.value.audiences[0], 200)}."
    elif refusal.claim == "sub" and claims.value.narrow_subject:
        yield f"A pattern that all runs of the step fit is {code(claims.value.narrow_subject, 200)}."


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
