"""The login worked, and the identity has no role that allows what was asked: not an OIDC failure.

https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.azure_findings import by_hand, refused
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Fix
from knowledge.printed_values import plain
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family, Symptom
from knowledge.words import code

_CAUSE = "azure-role-missing"
_REFUSED, _NONE = "azure-authorization-failed", "azure-no-subscription"
_URL = "https://learn.microsoft.com/azure/role-based-access-control/troubleshooting"
_VERIFY = "Wait some minutes, then run the step again from its login on."
_SCOPE = "/subscriptions/SUBSCRIPTION-ID/resourceGroups/RESOURCE-GROUP"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if Family.ROLE_REFUSED in case.families:
        return
    symptom = next((item for item in case.symptoms if _is_about_a_role(item)), None)
    if symptom is None:
        return
    action, scope = symptom.fields.get("action"), symptom.fields.get("resource")
    if symptom.id == _REFUSED:
        on = f" on {code(scope, 200)}" if scope else ""
        headline = f"The login at Azure worked, but the identity may not use {code(action)}{on}."
    else:
        headline = "The login at Azure worked, but the identity has no role in any subscription."
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline=headline,
        meaning=(
            "Azure gave a token, so `oidc`, the ids and the trust are in order. What is missing is a role, "
            "or it was given to another object, in another tenant or some minutes ago."
        ),
        fixes=tuple(_fixes(symptom, scope)),
    )


def _is_about_a_role(symptom: Symptom) -> bool:
    return symptom.id == _REFUSED or (symptom.id == _NONE and "subscription" not in symptom.fields)


def _fixes(symptom: Symptom, scope: str | None) -> Iterator[Fix]:
    action = symptom.fields.get("action", "")
    who = plain(symptom.fields.get("object"), "")
    scope = plain(scope, "")
    client = symptom.fields.get("client") or symptom.fields.get("principal") or "$AZURE_CLIENT_ID"
    client = plain(client.rstrip("."), "$AZURE_CLIENT_ID")
    principal = f'"{who}"' if who else f'"$(az ad sp show --id "{client}" --query id --output tsv)"'
    role = "ROLE-WITH-THIS-ACTION" if action else "ROLE"
    steps = ["Give it to the service principal (the enterprise application), by its object id."]
    if action.lower().endswith("roleassignments/write"):
        steps.append("Contributor does not include this action: a role that manages access does.")
    elif not action:
        steps.append(
            "Where only Microsoft Graph or Key Vault is needed, add `--allow-no-subscriptions` to the login."
        )
    yield by_hand(
        f"Assign a role that has {code(action)}" if action else "Assign a role in the subscription",
        *steps,
        commands=(
            (
                f"az role assignment create --assignee-object-id {principal} "
                f'--assignee-principal-type ServicePrincipal --role "{role}" --scope "{scope or _SCOPE}"'
            ),
        ),
        verify=_VERIFY,
        url=_URL,
    )
    yield by_hand(
        "The same in Terraform",
        commands=(
            'resource "azurerm_role_assignment" "bitbucket" {',
            f'  scope                = "{scope or _SCOPE}"',
            f'  role_definition_name = "{role}"',
            f'  principal_id         = "{who or "OBJECT-ID-OF-THE-SERVICE-PRINCIPAL"}"',
            "}",
        ),
        verify=_VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
