"""The application is in one of Microsoft's clouds, and another one was asked.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.azure_findings import by_hand, refused, symptom_of
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding
from knowledge.rules.rule import Rule

_CAUSE = "azure-cloud-mismatch"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-request-refused", codes=("900382", "900432"))
    if symptom is None:
        return
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline="The application belongs to another of Microsoft's clouds than the one that was asked.",
        meaning="Tenants, addresses and the audience of federated credentials differ between these clouds.",
        fixes=(
            by_hand(
                "Log in at the application's own cloud",
                "`az cloud list` names them; choose it before `az login`.",
                (
                    "Terraform: `environment` of the provider, or `ARM_ENVIRONMENT`. SDKs: "
                    "`AZURE_AUTHORITY_HOST`."
                ),
                commands=("az cloud set --name AzureUSGovernment",),
                verify="Run the step again.",
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
