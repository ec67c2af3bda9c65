"""The step's own token was sent to Azure, whose credentials cannot match its subject for longer than a run.

https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.azure_credentials import credentials_in, of_credential
from knowledge.azure_findings import symptom_of
from knowledge.azure_login import sends_own_token
from knowledge.azure_presented import Presented, is_step_subject, named_parts, presented, quoted_part
from knowledge.azure_ways import WHY, look, ways
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Verdict
from knowledge.quoting import quoted, step_for, step_ref
from knowledge.reading import Known
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.text_evidence import in_text
from knowledge.words import code

_CAUSE = "azure-subject-changes"
_IDS = ("azure-subject-refused", "azure-assertion-refused", "azure-subject-spelling")
_HEADLINE = (
    "Azure refused the subject of the step's token, and no credential can match it for longer than a run."
)
#: Texts after which the subject is what Azure refuses next.
_BEFORE = frozenset({Family.TOKEN_EMPTY, Family.ROLE_ARN_MISSING, Family.NO_CREDENTIALS})


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, *_IDS)
    if symptom is None:
        yield from _next(case, suspect)
        return
    shown = presented(symptom)
    own = suspect is not None and sends_own_token(suspect.step)
    if shown.of_another or (not shown.of_bitbucket and not own):
        return
    subject = shown.subject if shown.home else None
    primary = quoted_part(case, symptom, subject, "Azure quotes the subject that it was sent.")
    if subject is None:
        primary = in_text(case, symptom, "Azure refused the subject; what it was is not in the text.")
    yield Finding(
        cause=_CAUSE,
        # A text without the subject may be about another token than the step's own.
        verdict=Verdict.CONFIRMED if shown.home is not None else Verdict.LIKELY,
        headline=_HEADLINE,
        meaning=WHY,
        step=step_for(suspect, of_the_step=False),
        evidence=(
            _beside_one(case, shown, replace(primary, primary=True)),
            *named_parts(case, suspect, symptom, shown),
            *_listed(case, shown),
        ),
        fixes=(*ways(case, suspect), *look(case)),
    )


def _beside_one(case: CaseFile, shown: Presented, primary: Evidence) -> Evidence:
    """The subject beside that of a credential which was read, and was made for one run."""
    read = credentials_in(case) if isinstance(case.azure_credentials, Known) else ()
    of_runs = (item for item in read if item.subject and is_step_subject(item.subject))
    one = next((item for item in of_runs if item.subject != shown.subject), None)
    if one is None or shown.home is None:
        return primary
    said = (
        f"{primary.sentence[:-1]}; the credential {code(one.name)}, as it was read, has that of another run."
    )
    beside = of_credential(case, one, one.subject or "", said, shown.subject)
    return replace(primary, sentence=said, comparison=beside.comparison)


def _listed(case: CaseFile, shown: Presented) -> Iterator[Evidence]:
    """The credentials that were read, or pasted, beside the subject."""
    for credential in credentials_in(case):
        subject = credential.subject
        if subject is None:
            continue
        if "*" in subject:
            said = (
                f"The credential {code(credential.name)} has a wildcard, which is compared as a plain "
                "character."
            )
        elif subject == shown.subject:
            said = (
                f"The credential {code(credential.name)} has this very subject, which no later run of a step "
                "has again."
            )
        elif is_step_subject(subject):
            said = f"The credential {code(credential.name)} has the subject of one earlier run."
        else:
            said = f"The credential {code(credential.name)} has this subject."
        yield of_credential(case, credential, subject, said, shown.subject)


def _next(case: CaseFile, suspect: Suspect | None) -> Iterator[Finding]:
    """What comes after the fault that the text shows: told with it, so that nobody is caught by it later."""
    azure = any(item.provider == "azure" and item.family in _BEFORE for item in case.symptoms)
    if suspect is None or not azure:
        return
    at = sends_own_token(suspect.step)
    if at is None:
        return
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.POSSIBLE,
        headline="Once the token arrives, Azure will refuse its subject, which is new in each run.",
        meaning=WHY,
        step=step_ref(suspect.step),
        evidence=(quoted(case, at, f"Line {at.line} sends Azure the step's own token."),),
        fixes=ways(case, suspect)[:1],
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
