"""The identity has no federated credential at all.

https://learn.microsoft.com/azure/devops/pipelines/release/troubleshoot-workload-identity
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.azure_findings import CLIENT, refused, set_as, symptom_of
from knowledge.azure_login import sends_own_token
from knowledge.azure_ways import look, ways
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding
from knowledge.rules.rule import Rule

_CAUSE = "azure-credential-missing"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-no-federated-credential")
    if symptom is None:
        return
    own = suspect is None or sends_own_token(suspect.step) is not None
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline="The identity that the client id names has no federated credential.",
        meaning=(
            "The credential may have been made for another object (the application, or a managed "
            "identity), or the client id is another's."
            + (
                " One for the step's own token would not help: its subject is new in each run, and a "
                "credential compares it for equality. So choose a way first, then make the credential for "
                "it."
                if own
                else ""
            )
        ),
        evidence=tuple(set_as(case, suspect, CLIENT)),
        fixes=(*ways(case, suspect), look(None)),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
