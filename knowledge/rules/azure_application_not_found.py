"""The tenant has no application, or no service principal, with the client id that was given.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.azure_findings import TENANT, by_hand, refused, set_as, symptom_of
from knowledge.azure_login import az_logins
from knowledge.azure_other_client import client_set
from knowledge.azure_read import application_read, principal_read, taken_for_client
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix
from knowledge.printed_values import plain
from knowledge.quoting import quoted
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Symptom
from knowledge.words import code

_CAUSE = "azure-application-not-found"
_NO_PRINCIPAL = "azure-service-principal-missing"
_VERIFY = "Run the step again: Azure no longer names the application."


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-application-not-found", _NO_PRINCIPAL)
    if symptom is None:
        return
    client, tenant = symptom.fields.get("client"), symptom.fields.get("tenant")
    named = f" {code(client)}" if client else ""
    where = f"the directory {code(tenant)}" if tenant else "the tenant"
    lacks = symptom.id == _NO_PRINCIPAL
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline=f"The application{named} has no service principal in {where}."
        if lacks
        else f"No application has the client id{named} in {where}.",
        meaning=(
            "The login names an application registration, and in this tenant it has no enterprise "
            "application yet."
            if lacks
            else "The id is mistyped, it is the object id in the place of the application (client) id, the "
            "application was deleted, or it belongs to another tenant."
        ),
        evidence=(
            *(principal_read(case) if lacks else application_read(case, client)),
            *_unexpanded(case, suspect),
            *client_set(case, suspect, symptom.fields.get("client")),
            *set_as(case, suspect, TENANT),
        ),
        fixes=tuple(_fixes(case, symptom, client)),
    )


def _unexpanded(case: CaseFile, suspect: Suspect | None) -> Iterator[Evidence]:
    """A login that gives the variable's name: between single quotes no value is put in."""
    for login in az_logins(suspect.step) if suspect else ():
        if login.client is not None and login.client.startswith("'$"):
            said = f"Line {login.at.line} gives the name {code(login.client)}: single quotes put in no value."
            yield quoted(case, login.at, said, primary=False)


def _fixes(case: CaseFile, symptom: Symptom, client: str | None) -> Iterator[Fix]:
    named = plain(client, "$AZURE_CLIENT_ID")
    if symptom.id == _NO_PRINCIPAL:
        yield by_hand(
            "Make the service principal",
            "Or correct the client id, if another application is meant.",
            commands=(f'az ad sp create --id "{named}"',),
            verify=_VERIFY,
        )
        return
    other = taken_for_client(case, client)
    if other is not None:
        yield by_hand(
            f"Give the client id {code(other.client_id)} in the place of the object id",
            "Correct the variable that holds it.",
            verify=_VERIFY,
        )
        return
    yield by_hand(
        "Give the application (client) id of an application in this tenant",
        (
            "It stands on the application's Overview page, above the object id; the command fails with a "
            "wrong one."
        ),
        "Correct the variable that holds it, or the tenant's id beside it.",
        commands=(
            f'az ad app show --id "{named}" --query "{{client: appId, object: id, name: displayName}}"',
        ),
        verify=_VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
