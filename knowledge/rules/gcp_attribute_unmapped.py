"""A binding names an attribute that the provider does not map.

https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Verdict
from knowledge.gcp_binding_fixes import mapping_fixes
from knowledge.gcp_bindings import IMPERSONATION
from knowledge.gcp_case import SAID, Stage, in_account, in_provider, open_at, provider_of, said_by, symptom_of
from knowledge.gcp_members import Fit, admits, refused
from knowledge.quoting import step_for
from knowledge.rules.rule import Rule
from knowledge.words import code, listed

_CAUSE = "gcp-attribute-unmapped"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if not open_at(case, Stage.IMPERSONATION, IMPERSONATION):
        return
    symptom, provider = symptom_of(case, *IMPERSONATION), provider_of(case)
    found = next(refused(case, suspect, Fit.UNMAPPED), None)
    # Another member, of which that cannot be told, may let the step in.
    undecided = admits(case, suspect) is None
    if found is None or provider is None or (undecided and symptom is None):
        return
    key = f"attribute.{found.member.key}" if found.member.key else "google.subject"
    there = listed([code(name) for name in provider.mapping]) or "nothing"
    lower = key != key.lower() and key.lower() in provider.mapping
    evidence = [
        Evidence("This member has the role.", in_account(case), found.member.text),
        Evidence(f"The provider maps {there}.", in_provider(case), primary=False),
    ]
    if symptom is not None:
        evidence.append(said_by(case, symptom, primary=False))
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY if undecided or found.binding is not None else Verdict.CONFIRMED,
        headline=(
            f"The binding names {code(key)}; the provider maps it in small letters."
            if lower
            else f"The binding names {code(key)}, which the provider does not map."
        ),
        meaning=(
            "An attribute that is not in the mapping has no value, and a binding on it lets nobody "
            "in. The token "
            f"exchange does not mind. {SAID[Stage.IMPERSONATION] if symptom else ''}"
        ).strip(),
        step=step_for(suspect, of_the_step=False),
        evidence=tuple(evidence),
        fixes=mapping_fixes(case, suspect, found.member),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
