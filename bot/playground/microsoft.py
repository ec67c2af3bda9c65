"""A stand-in for Microsoft: the token endpoint of Entra ID and the part of Microsoft Graph that is read.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
https://learn.microsoft.com/graph/api/application-list-federatedidentitycredentials
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, NoReturn

from aiohttp import web

from bot.playground.loopback import LoopbackServer
from bot.playground.world import World
from bot.playground.world_clouds import ExampleApplication, ExampleTenant

CLIENT_ID = "0b7c1f5e-9a3d-4c28-b6e1-5d2f8a9c4e70"
CLIENT_SECRET = "playground~client-secret"
PERMISSION = "Application.Read.All"

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TOKEN = re.compile(r"/(?P<tenant>[^/]+)/oauth2/v2\.0/token\Z")
_OBJECT = re.compile(
    r"/(?P<version>v1\.0|beta)/(?P<set>applications|servicePrincipals)"
    r"(?:\(appId='(?P<client>[^']*)'\)|/(?P<object>[^/]+))(?P<credentials>/federatedIdentityCredentials)?\Z"
)
_TRACE = (
    " Trace ID: 5d1f4a3e-8f0b-4c53-9a57-3f2f6f1d5a00 Correlation ID: 2f0d8c1b-6a7e-4f39-8a51-0f7a5c1d9b42 "
    "Timestamp: 2026-11-24 09:12:47Z"
)


class _RefusalError(Exception):
    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body


class MicrosoftStandIn(LoopbackServer):
    """Entra ID and Graph at one address, for the tenants of the world.

    The bot's application is in each of them. `granted` holds its permissions in a tenant; take one away to
    see what the bot makes of it. `assertion` is the token that it may send instead of the secret, if any.
    `page` is how many credentials one page has, if not all.
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self.tenants = {tenant.id: tenant for tenant in world.tenants}
        self.granted = {tenant: frozenset({PERMISSION}) for tenant in self.tenants}
        self.assertion: str | None = None
        self.page: int | None = None
        self._tokens: dict[str, str] = {}

    @property
    def settings(self) -> dict[str, str]:
        """The environment that lets the bot read here."""
        return {
            "AZURE_READ_TENANTS": ",".join(self.tenants),
            "AZURE_CLIENT_ID": CLIENT_ID,
            "AZURE_CLIENT_SECRET": CLIENT_SECRET,
            "AZURE_AUTHORITY_HOST": self.address,
            "MICROSOFT_GRAPH_URL": self.address,
        }

    @property
    def tokens(self) -> set[str]:
        """The tokens that were given."""
        return set(self._tokens)

    def broken(self, status: int) -> web.Response:
        code = {429: "TooManyRequests", 403: "Authorization_RequestDenied"}.get(status, "serviceNotAvailable")
        return web.json_response(_graph_error(code, "Stopped by the stand-in."), status=status)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        try:
            found = _TOKEN.match(request.path)
            if found is not None:
                return web.json_response(self._token(found["tenant"], request.method, await request.post()))
            return web.json_response(self._read(request))
        except _RefusalError as refusal:
            return web.json_response(refusal.body, status=refusal.status)

    # -- Entra ID -------------------------------------------------------------------------------------

    def _token(self, tenant: str, method: str, form: Mapping[str, Any]) -> dict[str, Any]:
        if method != "POST":
            _refuse(400, "invalid_request", 900561, "The endpoint only accepts POST requests.")
        if tenant not in self.tenants:
            text = f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
            _refuse(400, "invalid_request", 90002, text)
        if form.get("grant_type") != "client_credentials":
            _refuse(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        client = form.get("client_id")
        if client != CLIENT_ID:
            text = f"Application with identifier '{client}' was not found in the directory '{tenant}'."
            _refuse(400, "unauthorized_client", 700016, text)
        if form.get("scope") != f"{self.address}/.default":
            _refuse(
                400, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is invalid."
            )
        self._authenticate(form)
        token = secrets.token_urlsafe(40)
        self._tokens[token] = tenant
        return {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": token}

    def _authenticate(self, form: Mapping[str, Any]) -> None:
        if "client_assertion" in form:
            right = form.get("client_assertion_type") == _ASSERTION
            if not right or self.assertion is None or form["client_assertion"] != self.assertion:
                text = "No matching federated identity record found for presented assertion subject 'x'."
                _refuse(401, "invalid_client", 700213, text)
        elif "client_secret" not in form:
            text = "The request body must contain the parameter: 'client_assertion' or 'client_secret'."
            _refuse(401, "invalid_client", 7000218, text)
        elif form["client_secret"] != CLIENT_SECRET:
            _refuse(401, "invalid_client", 7000215, "Invalid client secret provided.")

    # -- Graph ----------------------------------------------------------------------------------------

    def _read(self, request: web.Request) -> dict[str, Any]:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        tenant = self.tenants.get(self._tokens.get(token, "")) if scheme == "Bearer" else None
        if tenant is None:
            raise _RefusalError(401, _graph_error("InvalidAuthenticationToken", "Access token is empty."))
        if request.method != "GET":
            text = "Specified HTTP method is not allowed for the request target."
            raise _RefusalError(405, _graph_error("Request_BadRequest", text))
        found = _OBJECT.match(request.path)
        if found is None:
            text = "Resource not found for the segment."
            raise _RefusalError(400, _graph_error("BadRequest", text))
        if PERMISSION not in self.granted[tenant.id]:
            text = "Insufficient privileges to complete the operation."
            raise _RefusalError(403, _graph_error("Authorization_RequestDenied", text))
        application = _one(tenant, found)
        if found["credentials"]:
            return self._credentials(request, application, found["version"])
        return _shown(application, found["set"], request.query.get("$select", ""))

    def _credentials(
        self, request: web.Request, application: ExampleApplication, version: str
    ) -> dict[str, Any]:
        context = f"{self.address}/{version}/$metadata#applications('{application.object_id}')"
        items = [_credential(one, version) for one in application.credentials]
        start = int(request.query.get("$skiptoken", "0"))
        end = len(items) if self.page is None else start + self.page
        answer: dict[str, Any] = {
            "@odata.context": f"{context}/federatedIdentityCredentials",
            "value": items[start:end],
        }
        if end < len(items):
            answer["@odata.nextLink"] = f"{self.address}{request.path}?$skiptoken={end}"
        return answer


def _one(tenant: ExampleTenant, found: re.Match[str]) -> ExampleApplication:
    registered = found["set"] == "applications"
    for one in tenant.applications:
        here = one.client_id == found["client"] or one.object_id == found["object"]
        if here and not (registered and one.kind != "Application"):
            return one
    named = found["client"] or found["object"]
    text = (
        f"Resource '{named}' does not exist or one of its queried reference-property objects are not present."
    )
    raise _RefusalError(404, _graph_error("Request_ResourceNotFound", text))


def _shown(application: ExampleApplication, kind: str, select: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": application.object_id,
        "appId": application.client_id,
        "displayName": application.name,
    }
    if kind == "servicePrincipals":
        shown["accountEnabled"] = application.enabled
        shown["servicePrincipalType"] = application.kind
    names = select.split(",") if select else list(shown)
    if not set(names) <= set(shown):
        text = "Parsing OData Select and Expand failed: Could not find a property."
        raise _RefusalError(400, _graph_error("BadRequest", text))
    return {name: shown[name] for name in names}


def _credential(credential: Mapping[str, Any], version: str) -> dict[str, Any]:
    """One with an expression has no subject; only `beta` shows the expression."""
    shown = {"id": "bdad0963-4a7a-43ae-b569-e67e1da3f2c0", "description": None, "subject": None, **credential}
    if version != "beta":
        shown.pop("claimsMatchingExpression", None)
    return shown


def _graph_error(code: str, message: str) -> dict[str, Any]:
    inner = {"date": "2026-11-24T09:12:47", "request-id": "0f9c1c0e-3f35-4f1e-9d0a-2f3b9a6f7d11"}
    return {"error": {"code": code, "message": message, "innerError": inner}}


def _refuse(status: int, error: str, code: int, text: str) -> NoReturn:
    body = {"error": error, "error_description": f"AADSTS{code}: {text}{_TRACE}", "error_codes": [code]}
    raise _RefusalError(status, body)
