"""What was read of the identity in its tenant, as evidence beside what Azure's text says."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.azure_setup import Application, ServicePrincipal
from knowledge.casefile import CaseFile
from knowledge.finding import Evidence
from knowledge.location import InAccount
from knowledge.reading import Absent, Known
from knowledge.words import code

_REGISTRATION = InAccount("", "application registration")
_PRINCIPAL = InAccount("", "service principal")


def taken_for_client(case: CaseFile, client: str | None) -> Application | None:
    """The application whose object id stands in the place of its client id."""
    reading = case.azure_application
    if not isinstance(reading, Known) or client is None:
        return None
    given = client.lower()
    return reading.value if reading.value.object_id == given and reading.value.client_id != given else None


def application_read(case: CaseFile, client: str | None) -> Iterator[Evidence]:
    """What the tenant has under the client id."""
    reading, other = case.azure_application, taken_for_client(case, client)
    if other is not None:
        said = (
            f"It is the object id of the application {code(other.name)}, whose client id is "
            f"{code(other.client_id)}."
        )
        yield Evidence(said, _REGISTRATION, other.client_id, primary=False)
    elif isinstance(reading, Absent):
        said = f"The tenant was read, and has it neither: {reading.source}."
        yield Evidence(said, _REGISTRATION, primary=False)
    elif isinstance(reading, Known):
        said = "The tenant has an application with this client id now, so it may have been made since."
        yield Evidence(said, _REGISTRATION, reading.value.client_id, primary=False)


def principal_read(case: CaseFile) -> Iterator[Evidence]:
    """What the tenant has as its service principal."""
    reading = case.azure_principal
    if isinstance(reading, Absent):
        said = f"The tenant was read, and has none: {reading.source}."
        yield Evidence(said, _PRINCIPAL, primary=False)
    elif isinstance(reading, Known):
        enabled = f'"accountEnabled": {str(reading.value.enabled).lower()}'
        yield Evidence(_state(reading.value), _PRINCIPAL, enabled, primary=False)


def is_off(case: CaseFile) -> bool:
    """Whether its service principal was read, and is switched off."""
    return isinstance(case.azure_principal, Known) and not case.azure_principal.value.enabled


def _state(principal: ServicePrincipal) -> str:
    if principal.enabled:
        return "Its service principal is enabled now, so it may have been switched on since."
    return "Its service principal is switched off."
