"""A credential that has what Azure refused, to the letter: nothing that was read shows a fault then.

Changes take minutes: https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
"""

from __future__ import annotations

from dataclasses import replace

from knowledge.azure_findings import by_hand
from knowledge.azure_setup import Credential
from knowledge.azure_ways import CONSIDERATIONS, VERIFY, look
from knowledge.casefile import CaseFile
from knowledge.finding import Finding, Fix, Verdict
from knowledge.words import code

UNTOUCHED = (
    "What is compared is equal to the letter, so nothing in the credential is to be changed. For some "
    "minutes after a change Azure may still refuse, now and then. If it goes on, the client id of the login "
    "is that of another identity than the one whose credentials were listed."
)


def as_listed(
    case: CaseFile, finding: Finding, same: Credential | None, part: str, *, stays: bool
) -> Finding:
    """The finding, where a credential that was listed has the very `part` that Azure refused: what is left is
    inferred. `stays` says that the token's subject may be that of a credential; else the fixes are kept."""
    if same is None:
        return finding
    return replace(
        finding,
        verdict=Verdict.LIKELY,
        headline=(
            f"The credential {code(same.name)} has the {part} that Azure refused; most likely Azure does not "
            "know of it everywhere yet, or the login names another identity."
        ),
        meaning=UNTOUCHED if stays else f"{UNTOUCHED} Either way a step's own subject is refused next.",
        fixes=(wait(), *look(case)) if stays else finding.fixes,
    )


def wait() -> Fix:
    """What is left to do where the credential is right."""
    return by_hand(
        "Wait some minutes, then run the step again",
        "Leave the credential as it is; see when it was changed last.",
        "If it is refused again after an hour, compare the client id of the login with the id whose "
        "credentials were listed.",
        verify=VERIFY,
        url=CONSIDERATIONS,
    )
