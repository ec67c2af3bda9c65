"""Nothing lets the federated identity act as the service account.

https://github.com/google-github-actions/auth/blob/main/docs/TROUBLESHOOTING.md
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Verdict
from knowledge.gcp_bindings import IMPERSONATION, member_fixes, narrow_fixes
from knowledge.gcp_case import SAID, Stage, in_account, names_of, open_at, said_by, symptom_of
from knowledge.gcp_members import Fit, admits, in_another_role, judged_members
from knowledge.gcp_setup import IMPERSONATE
from knowledge.quoting import step_for
from knowledge.reading import Absent, Known
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "gcp-binding-missing"
_DENIED = "gcp-impersonation-denied"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if not open_at(case, Stage.IMPERSONATION, IMPERSONATION):
        return
    symptom, judged = symptom_of(case, _DENIED), judged_members(case, suspect)
    if judged or admits(case, suspect):
        # A member is there: what is wrong with it is a cause of its own.
        return
    if (symptom is None and judged is None) or isinstance(case.gcp_account, Absent):
        # Where there is no account `gcp-account-not-found` speaks.
        return
    evidence: list[Evidence] = list(_policy(case, suspect)) if judged is not None else []
    if symptom is not None:
        evidence.append(said_by(case, symptom, primary=not evidence))
    email = names_of(case, suspect).email
    whose = code(email) if email else "the service account"
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if judged is not None else Verdict.LIKELY,
        headline=(
            f"No workload identity pool may act as {whose}."
            if judged is not None
            else f"The pipeline's identity may not act as {whose}."
        ),
        meaning=(
            f"The role {code(IMPERSONATE)} has to be granted on the service account, to the pool's "
            "members; granted "
            "to the account itself, or in the project, it has no such effect. "
            f"{SAID[Stage.IMPERSONATION] if symptom else ''}"
        ).strip(),
        step=step_for(suspect, of_the_step=False),
        evidence=tuple(evidence),
        fixes=_fixes(case, suspect),
    )


def _fixes(case: CaseFile, suspect: Suspect | None) -> tuple[Fix, ...]:
    other = in_another_role(case, suspect)
    if other is None or other[0].fit is not Fit.FITS or other[0].member.kind == "pool":
        return narrow_fixes(case, suspect)
    return member_fixes(case, suspect, other[0].member.text)


def _policy(case: CaseFile, suspect: Suspect | None) -> Iterable[Evidence]:
    other = in_another_role(case, suspect)
    if other is not None:
        judged, role = other
        sentence = f"This member has {code(role)}, which does not let it act as the service account."
        yield Evidence(sentence, in_account(case), judged.member.text)
        return
    bindings = case.gcp_account.value.bindings if isinstance(case.gcp_account, Known) else ()
    others = [member for item in bindings if item.role == IMPERSONATE for member in item.members]
    if others:
        sentence = f"{code(IMPERSONATE)} is granted to {code(others[0])}, which is no member of a pool."
        yield Evidence(sentence, in_account(case), others[0])
    else:
        yield Evidence(f"Nobody has {code(IMPERSONATE)} on it.", in_account(case), IMPERSONATE)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
