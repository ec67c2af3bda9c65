"""The tenant that the login names does not exist, or not in this cloud.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from knowledge.azure_findings import TENANT, by_hand, refused, symptom_of
from knowledge.azure_login import az_logins
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding
from knowledge.printed_values import masked
from knowledge.quoting import quoted
from knowledge.rules.rule import Rule
from knowledge.variables import look_up, where
from knowledge.words import code

_CAUSE = "azure-tenant-not-found"
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+")


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-tenant-not-found", "azure-tenant-unknown")
    if symptom is None:
        return
    tenant = symptom.fields.get("tenant")
    hidden = bool(tenant and masked(tenant)) and not _in_single_quotes(suspect)
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline=f"The login names the tenant {code(tenant)}, which Azure does not know."
        if tenant and not hidden
        else "The login names a tenant that Azure does not know.",
        meaning=_HIDDEN if hidden else _form(tenant),
        evidence=tuple(_settings(case, suspect)),
        fixes=(
            by_hand(
                "Give the directory (tenant) id",
                "It stands on the Overview page of Microsoft Entra ID, and on that of the application.",
                "For a national cloud choose that cloud first: `az cloud set --name AzureUSGovernment`, say.",
                commands=(
                    (
                        "curl -s "
                        "https://login.microsoftonline.com/TENANT-ID/v2.0/.well-known/openid-configuration"
                    ),
                ),
                verify=(
                    "The address answers with an `issuer` for a tenant of this cloud; then run the step "
                    "again."
                ),
            ),
        ),
    )


_HIDDEN = (
    "The text has a mark or a variable's name in place of the value: Bitbucket prints a secured variable by "
    "its name, and between single quotes the shell puts in no value. The value itself has to be compared."
)


def _in_single_quotes(suspect: Suspect | None) -> bool:
    """Whether a login gives the variable's name: between single quotes no value is put in."""
    return any(
        (login.tenant or "").startswith("'$") for login in (az_logins(suspect.step) if suspect else ())
    )


def _form(tenant: str | None) -> str:
    """What the value's form alone says about it."""
    if tenant is None:
        return "The id is mistyped, or the tenant is in another of Microsoft's clouds."
    if "$" in tenant:
        return "That is a variable's name: between single quotes the shell puts in no value."
    if _GUID.fullmatch(tenant):
        return "The id has the right form; it is mistyped, or the tenant is in another of Microsoft's clouds."
    if _DOMAIN.fullmatch(tenant):
        return "A domain works only where it is one of the tenant's own; its id always does."
    return (
        f"A tenant's id has 36 characters in five groups; this has {len(tenant)}. A character that was "
        "lost, quotes or blanks make it another text."
    )


def _settings(case: CaseFile, suspect: Suspect | None) -> Iterator[Evidence]:
    if suspect is None:
        return
    for login in az_logins(suspect.step):
        if login.tenant is not None:
            said = f"Line {login.at.line} names the tenant by {code(login.tenant)}."
            yield quoted(case, login.at, said, primary=False)
    for name in TENANT:
        winner = look_up(case, suspect.step, name).winner
        if winner is not None and not winner.empty:
            said = f"{code(name)} is set {where(winner)}."
            yield Evidence(said, winner.location, winner.text if winner.at else winner.name, primary=False)
            return


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
