"""The login worked, and the subscription that was named is none that the identity can see.

https://learn.microsoft.com/cli/azure/account#az-account-set
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.azure_findings import SUBSCRIPTION, by_hand, refused, set_as, symptom_of
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "azure-subscription-not-found"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-no-subscription")
    named = symptom.fields.get("subscription") if symptom else None
    if symptom is None or named is None:
        return
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline=f"The identity sees no subscription {code(named)}.",
        meaning="Its id or name is mistyped, it is in another tenant, or the identity has no role in it.",
        evidence=tuple(set_as(case, suspect, SUBSCRIPTION)),
        fixes=(
            by_hand(
                "Correct the subscription, or give the identity a role in it",
                "In the step, after the login, the command prints what the identity sees.",
                commands=(
                    "az account list --all --query '[].{name: name, id: id}' --output table",
                    (
                        'az role assignment create --assignee-object-id "$(az ad sp show '
                        '--id $AZURE_CLIENT_ID --query id --output tsv)" --assignee-principal-type '
                        'ServicePrincipal --role "ROLE" --scope "/subscriptions/SUBSCRIPTION-ID"'
                    ),
                ),
                verify="Run `az account show` in the step after the login.",
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
