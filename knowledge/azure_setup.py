"""What Microsoft Entra ID holds for a login: an application, its service principal, its credentials.

https://learn.microsoft.com/graph/api/resources/application
https://learn.microsoft.com/graph/api/resources/serviceprincipal
"""

from __future__ import annotations

from knowledge.frozen import dataclass

#: `servicePrincipalType` of a managed identity: its credentials are not an application's.
MANAGED_IDENTITY = "ManagedIdentity"


@dataclass(frozen=True, slots=True)
class Credential:
    """One federated credential. `subject` is None for one with an expression (`flexible`)."""

    name: str
    issuer: str
    subject: str | None
    audiences: tuple[str, ...]
    flexible: str | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """A registration. `client_id` is what a login names; `object_id` is the registration's own id, which is
    often taken for it."""

    client_id: str
    object_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ServicePrincipal:
    """What an application is in one tenant; `kind` is `Application`, `ManagedIdentity`, ..."""

    client_id: str
    object_id: str
    enabled: bool
    kind: str
