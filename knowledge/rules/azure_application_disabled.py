"""The application, or its service principal, is switched off.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.azure_findings import by_hand, refused, symptom_of
from knowledge.azure_other_client import client_set
from knowledge.azure_read import principal_read
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding
from knowledge.rules.rule import Rule

_CAUSE = "azure-application-disabled"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-application-disabled")
    if symptom is None:
        return
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline="The application that the step logs in as is switched off.",
        meaning="Azure knows the identity and gives it no token; the pipeline's part was not looked at.",
        evidence=(*principal_read(case), *client_set(case, suspect, symptom.fields.get("client"))),
        fixes=(
            by_hand(
                "Let an administrator switch it on again, if that was no intention",
                (
                    "Microsoft Entra ID > Enterprise applications > the application > Properties: enabled "
                    "for sign-in."
                ),
                commands=('az ad sp show --id "$AZURE_CLIENT_ID" --query accountEnabled',),
                verify="The command prints `true`; then run the step again.",
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
