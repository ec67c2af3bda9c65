"""A policy of the tenant refuses the login: of federation, of this issuer, or of this address.

https://learn.microsoft.com/azure/devops/pipelines/release/troubleshoot-workload-identity
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.azure_findings import by_hand, refused, symptom_of
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding
from knowledge.quoting import quoted
from knowledge.rules.rule import Rule

_CAUSE = "azure-tenant-policy-refused"
_ACCESS = "azure-conditional-access"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, _ACCESS, "azure-federation-forbidden")
    if symptom is None:
        return
    by_address = symptom.id == _ACCESS
    own = (
        (quoted(case, suspect.step.at, "The step runs on a self-hosted runner.", primary=False),)
        if suspect is not None and suspect.step.self_hosted and by_address
        else ()
    )
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline=_ADDRESS if by_address else _FEDERATION,
        meaning=_BY_ADDRESS if by_address else _BY_FEDERATION,
        evidence=own,
        fixes=(
            by_hand(
                "Ask an administrator of the tenant",
                "The sign-in log of service principals names the policy; search it for the Correlation ID.",
                _EXEMPT if by_address else _ALLOW,
                verify="Run the step again.",
            ),
        ),
    )


_ADDRESS = "A conditional access policy of the tenant blocks this login."
_FEDERATION = "A policy of the tenant does not allow federation, or not from this issuer."
_BY_ADDRESS = (
    "Such a policy may ask from which address a workload logs in; Bitbucket's runners have many. Nothing "
    "in the pipeline can mend it."
)
_BY_FEDERATION = "It holds for the whole tenant; no change to the pipeline or to the credential mends it."
_EXEMPT = (
    "For an address: exempt the identity, or let the step run on a self-hosted runner whose address is "
    "allowed."
)
_ALLOW = "Allow the issuer for this application, or use a managed identity, where the policy allows that."

RULE = Rule(cause=_CAUSE, check=check, without_step=True)
