"""Reads Microsoft Graph in the listed tenants: an application, its service principal, its credentials.

Only reads, and of the credentials only the federated ones.
https://learn.microsoft.com/graph/api/application-list-federatedidentitycredentials
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.clients.cloud_errors import graph_refusal
from bot.clients.cloud_wire import CloudWire, SharedToken
from bot.errors import OPERATOR, SourceDenied, SourceError, SourceMalformed, SourceNotFound
from bot.metrics import Metrics
from bot.setting_clouds import AzureSettings
from knowledge.azure_setup import Application, Credential, ServicePrincipal

_APPLICATION = "$select=id,appId,displayName"
_PRINCIPAL = "$select=id,appId,accountEnabled,servicePrincipalType"
#: An identity has at most twenty credentials: more pages than these are none of that list.
_PAGES = 3


class AzureClient:
    """See `bot.ports.Azure`. Built once, and only where the library for the tokens is installed."""

    def __init__(self, settings: AzureSettings, metrics: Metrics) -> None:
        # Loaded only where it is wanted.
        from bot.clients.azure_token import AzureToken

        self._graph = settings.graph
        self._wire = CloudWire("Microsoft", "microsoft", (settings.graph, settings.authority), metrics)
        self._held = {tenant: AzureToken(settings, tenant, self._wire) for tenant in settings.tenants}
        self._tokens = {tenant: SharedToken(held.fetch) for tenant, held in self._held.items()}

    async def close(self) -> None:
        for held in self._held.values():
            await held.close()
        await self._wire.close()

    async def token(self, tenant: str) -> None:
        """Get a token, for whoever wants to know whether there is one.

        Raises:
            SourceError: there is none to be had.
        """
        await self._token(tenant)

    async def application(self, tenant: str, client: str) -> Application:
        """The application with this client id; else the one with this object id, which is often taken for it.

        Raises:
            SourceNotFound: the tenant was read and has neither.
            SourceError: it could not be read.
        """
        try:
            found = await self._object(tenant, f"/v1.0/applications(appId='{client}')?{_APPLICATION}")
        except SourceNotFound:
            found = await self._object(tenant, f"/v1.0/applications/{client}?{_APPLICATION}")
        return Application(
            self._text(found, "appId").lower(), self._text(found, "id").lower(), str(found.get("displayName"))
        )

    async def principal(self, tenant: str, client: str) -> ServicePrincipal:
        """What the application is in the tenant.

        Raises:
            SourceNotFound: the tenant was read and has none.
            SourceError: it could not be read.
        """
        found = await self._object(tenant, f"/v1.0/servicePrincipals(appId='{client}')?{_PRINCIPAL}")
        enabled = found.get("accountEnabled")
        if not isinstance(enabled, bool):
            raise self._malformed()
        return ServicePrincipal(
            self._text(found, "appId").lower(),
            self._text(found, "id").lower(),
            enabled,
            self._text(found, "servicePrincipalType"),
        )

    async def credentials(self, tenant: str, client: str) -> tuple[Credential, ...]:
        """The federated credentials of the application.

        What the stable version of the API does not show of one with an expression is asked of `beta`:
        https://learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials

        Raises:
            SourceNotFound: the tenant was read and has no such application.
            SourceError: they could not be read.
        """
        path = f"/applications(appId='{client}')/federatedIdentityCredentials"
        found = await self._listed(tenant, f"/v1.0{path}")
        if found and all(one.subject for one in found):
            return found
        try:
            return await self._listed(tenant, f"/beta{path}")
        except SourceError:
            if not found:
                # That there is none at all is only said of what was seen whole.
                raise
            return found

    # -- one question ---------------------------------------------------------------------------------

    async def _object(self, tenant: str, path: str) -> Mapping[str, Any]:
        token = await self._token(tenant)
        return await self._asked(tenant, self._graph + path, token)

    async def _listed(self, tenant: str, path: str) -> tuple[Credential, ...]:
        token = await self._token(tenant)
        credentials: list[Credential] = []
        address: str | None = self._graph + path
        for _ in range(_PAGES):
            page = await self._asked(tenant, address or "", token)
            items = page.get("value")
            if not isinstance(items, list):
                raise self._malformed()
            credentials += [self._credential(item) for item in items]
            address = page.get("@odata.nextLink")
            if address is None:
                return tuple(credentials)
            if not isinstance(address, str) or not address.startswith(f"{self._graph}/"):
                raise self._wire.malformed("points to another host")
        raise self._wire.malformed("goes on without an end")

    async def _asked(self, tenant: str, address: str, token: str) -> Mapping[str, Any]:
        answer = await self._wire.get(address, token)
        if answer.status != 200:
            raise graph_refusal(answer, tenant)
        found = answer.json()
        if not isinstance(found, Mapping):
            raise self._malformed()
        return found

    async def _token(self, tenant: str) -> str:
        if tenant not in self._tokens:
            raise SourceDenied(
                "the bot may not read the tenant that the login names",
                f"{OPERATOR} adds that tenant's id to `AZURE_READ_TENANTS`",
            )
        return await self._tokens[tenant]()

    # -- shapes ---------------------------------------------------------------------------------------

    def _credential(self, item: object) -> Credential:
        if not isinstance(item, Mapping):
            raise self._malformed()
        subject, audiences = item.get("subject"), item.get("audiences")
        expression = item.get("claimsMatchingExpression")
        if not isinstance(audiences, list) or not all(isinstance(one, str) for one in audiences):
            raise self._malformed()
        if not isinstance(subject, str | None):
            raise self._malformed()
        return Credential(
            name=self._text(item, "name"),
            issuer=self._text(item, "issuer"),
            subject=subject or None,
            audiences=tuple(audiences),
            flexible=str(expression.get("value", "?")) if isinstance(expression, Mapping) else None,
        )

    def _text(self, found: Mapping[str, Any], key: str) -> str:
        value = found.get(key)
        if not isinstance(value, str) or not value:
            raise self._malformed()
        return value

    @staticmethod
    def _malformed() -> SourceMalformed:
        return SourceMalformed(
            "Microsoft Graph's answer does not have the documented shape",
            f"ask again; if it stays so, {OPERATOR} checks `MICROSOFT_GRAPH_URL` and the way to it",
        )
