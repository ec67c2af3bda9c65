"""A binding is there, and its member is another than the identity of this step.

https://cloud.google.com/iam/docs/principal-identifiers
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding, Verdict
from knowledge.gcp_binding_fixes import mismatch_fixes
from knowledge.gcp_bindings import IMPERSONATION
from knowledge.gcp_case import SAID, Stage, in_account, open_at, said_by, symptom_of
from knowledge.gcp_members import Fit, Judged, admits, refused
from knowledge.quoting import step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Symptom
from knowledge.trust_reasons import common_length
from knowledge.words import code

_CAUSE = "gcp-member-mismatch"
#: The most telling first.
_FITS = (Fit.BRACES, Fit.CASE, Fit.PROJECT_ID, Fit.OTHER_POOL, Fit.NOTHING, Fit.OTHER_VALUE)
#: These are slips: the member was meant for this step.
_MEANT = frozenset({Fit.BRACES, Fit.CASE})
_HINTS = {
    Fit.ESCAPED: (
        "The binding on the service account writes the braces of the UUID as `%7B` and `%7D`.",
        "Whether Google takes them for braces",
    ),
    Fit.FORM: (
        (
            "The member of the binding begins in another way than one of its kind does: one identity is "
            "`principal://…/subject/…`, all with an attribute are `principalSet://…/attribute.…`."
        ),
        "What Google makes of the other way",
    ),
}


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if not open_at(case, Stage.IMPERSONATION, IMPERSONATION):
        return
    symptom = symptom_of(case, *IMPERSONATION)
    if admits(case, suspect) is not False:
        yield from _escaped(case, suspect, symptom)
        return
    found = min(refused(case, suspect, *_FITS), key=lambda one: _FITS.index(one.fit), default=None)
    if found is None or any(refused(case, suspect, Fit.CHANGING, Fit.UNMAPPED)):
        return
    evidence = [_member(case, found), *_condition(case, found)]
    if symptom is not None:
        evidence.append(said_by(case, symptom, primary=False))
    # Without a text nothing shows that this step was meant to be let in; under a condition nothing shows that
    # the right member alone would be.
    certain = (symptom or found.fit in _MEANT) and found.binding is None
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if certain else Verdict.LIKELY,
        headline=_headline(suspect, found),
        meaning=(
            "The member of the binding must be the mapped value to the letter; UUIDs of Bitbucket "
            "have braces. "
            f"{SAID[Stage.IMPERSONATION] if symptom else ''}"
        ).strip(),
        step=step_for(suspect, of_the_step=False),
        evidence=tuple(evidence),
        fixes=mismatch_fixes(case, suspect, found),
    )


def _condition(case: CaseFile, found: Judged) -> Iterable[Evidence]:
    """The condition of the binding, which limits whoever its member is."""
    if found.binding is not None:
        yield Evidence(
            "Its binding has a condition besides, which is not evaluated here.",
            in_account(case),
            found.binding.condition or found.binding.role,
            primary=False,
        )


def _escaped(case: CaseFile, suspect: Suspect | None, symptom: Symptom | None) -> Iterable[Finding]:
    """The only member that is near, with its braces escaped or in another form: no more than a hint."""
    found = next(refused(case, suspect, Fit.ESCAPED, Fit.FORM), None)
    if found is None or symptom is None or any(refused(case, suspect, Fit.UNKNOWN)):
        return
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.POSSIBLE,
        headline=_HINTS[found.fit][0],
        meaning=f"{_HINTS[found.fit][1]} is not documented; all else about this member fits.",
        step=step_for(suspect, of_the_step=False),
        evidence=(_member(case, found), said_by(case, symptom, primary=False)),
        fixes=mismatch_fixes(case, suspect, found),
    )


def _headline(suspect: Suspect | None, found: Judged) -> str:
    name = step_words(suspect)
    match found.fit:
        case Fit.BRACES:
            return "The binding on the service account has the UUID without its braces."
        case Fit.CASE:
            return "The binding on the service account has the value in another case."
        case Fit.PROJECT_ID:
            return f"The binding names the project by its id {code(found.member.project)}, not by its number."
        case Fit.OTHER_POOL:
            return f"The binding is for another pool than the one that {name} logs in to."
        case Fit.NOTHING:
            return f"The binding asks for {code(found.actual)}, which the token of {name} does not carry."
        case _:
            return f"The binding on the service account is for another value than that of {name}."


def _member(case: CaseFile, found: Judged) -> Evidence:
    member, comparison = found.member, None
    if found.actual and found.fit in (Fit.BRACES, Fit.CASE, Fit.OTHER_VALUE):
        at = common_length(member.value, found.actual)
        comparison = Comparison(member.key or "subject", member.value, found.actual, at)
    elif found.actual and found.fit is Fit.OTHER_POOL:
        pool = f"projects/{member.project}/locations/global/workloadIdentityPools/{member.pool}"
        comparison = Comparison("pool", pool, found.actual, common_length(pool, found.actual))
    return Evidence("This member has the role.", in_account(case), member.text, comparison=comparison)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
