"""A stand-in for Google Cloud: the token exchange (STS), OAuth's token endpoint, and what is read of IAM.

https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
https://cloud.google.com/iam/docs/reference/rest
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from aiohttp import web

from bot.playground.loopback import LoopbackServer
from bot.playground.world import World
from bot.playground.world_clouds import ExampleProject

SUBJECT_TOKEN = "playground.subject.token"
ACCOUNT = "rolecall@acme-tools.iam.gserviceaccount.com"
_IMPERSONATION = f"/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken"
#: What the bot's principal may do in each project.
READS = frozenset(
    {
        "iam.workloadIdentityPoolProviders.get",
        "iam.workloadIdentityPools.get",
        "iam.serviceAccounts.get",
        "iam.serviceAccounts.getIamPolicy",
    }
)

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
#: The second is what the library asks for where the token only serves to act as a service account.
_SCOPES = (_SCOPE, "https://www.googleapis.com/auth/iam")
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
#: The audience of a service account's assertion, whatever address it is sent to.
_OAUTH = "https://oauth2.googleapis.com/token"
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_AUDIENCE = (
    "//iam.googleapis.com/projects/611111111111/locations/global/workloadIdentityPools/tools/providers/own"
)
_POOL = re.compile(
    r"/v1/projects/(?P<project>[^/]+)/locations/global/workloadIdentityPools/(?P<pool>[^/:]+)"
    r"(?:/providers/(?P<provider>[^/:]+))?\Z"
)
_ACCOUNT = re.compile(
    r"/v1/projects/(?P<project>[^/]+)/serviceAccounts/(?P<email>[^/:]+)(?P<policy>:getIamPolicy)?\Z"
)


class _RefusalError(Exception):
    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body


class GoogleStandIn(LoopbackServer):
    """STS, OAuth and IAM at one address, for the projects of the world.

    `granted` holds the permissions in a project, by its id, `READS` at first; `off` the projects in which the
    IAM API is not enabled. `key` is the public key (PEM) of the bot's own service account, if it has one.
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self.projects = world.projects
        self.granted = {project.id: READS for project in world.projects}
        self.off: set[str] = set()
        self.key: bytes | None = None
        self._tokens: set[str] = set()

    def settings(self, folder: Path) -> dict[str, str]:
        """The environment that lets the bot read here; its files are put into `folder`."""
        token, file = folder / "google-token", folder / "google-credentials.json"
        token.write_text(SUBJECT_TOKEN, encoding="utf-8")
        file.write_text(json.dumps(self.federation(token)), encoding="utf-8")
        listed = [name for project in self.projects for name in (project.id, project.number)]
        return {
            "GOOGLE_READ_PROJECTS": ",".join(listed),
            "GOOGLE_APPLICATION_CREDENTIALS": str(file),
            "GOOGLE_IAM_URL": self.address,
        }

    @property
    def impersonation(self) -> str:
        """Where a federated token is changed for one of the bot's service account."""
        return f"{self.address}{_IMPERSONATION}"

    def federation(self, token: Path) -> dict[str, Any]:
        """A file of credentials that takes its token from another file."""
        return {
            "type": "external_account",
            "audience": _AUDIENCE,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{self.address}/v1/token",
            "credential_source": {"file": str(token)},
        }

    @property
    def tokens(self) -> set[str]:
        """The tokens that were given."""
        return set(self._tokens)

    def broken(self, status: int) -> web.Response:
        named = {429: "RESOURCE_EXHAUSTED", 403: "PERMISSION_DENIED"}.get(status, "UNAVAILABLE")
        return web.json_response(_api_error(status, named, "Stopped by the stand-in."), status=status)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        try:
            if request.path in ("/v1/token", "/token"):
                form = await request.post() if request.method == "POST" else {}
                return web.json_response(self._token(request.path, form))
            if request.path == _IMPERSONATION and request.method == "POST":
                return web.json_response(self._impersonated(request, await request.json()))
            return web.json_response(self._read(request, await request.read()))
        except _RefusalError as refusal:
            return web.json_response(refusal.body, status=refusal.status)

    # -- tokens ---------------------------------------------------------------------------------------

    def _token(self, path: str, form: Mapping[str, Any]) -> dict[str, Any]:
        token = f"ya29.{secrets.token_urlsafe(40)}"
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": 3599}
        if path == "/token":
            self._signed(form)
        else:
            self._exchanged(form)
            answer["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token"
        self._tokens.add(token)
        return answer

    def _exchanged(self, form: Mapping[str, Any]) -> None:
        if form.get("grant_type") != _EXCHANGE or form.get("scope") not in _SCOPES:
            _refuse("invalid_request", "Invalid grant type or scope.")
        if form.get("audience") != _AUDIENCE:
            _refuse("invalid_target", 'The target service indicated by the "audience" parameters is invalid.')
        if form.get("subject_token") != SUBJECT_TOKEN:
            _refuse("invalid_grant", "The given credential is rejected.")

    def _signed(self, form: Mapping[str, Any]) -> None:
        """A service account's own assertion: https://developers.google.com/identity/protocols/oauth2/service-account"""
        if form.get("grant_type") != _JWT_GRANT or self.key is None:
            _refuse("unsupported_grant_type", "Invalid grant_type")
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        head, _, signature = str(form.get("assertion", "")).rpartition(".")
        key = load_pem_public_key(self.key)
        try:
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(_decoded(signature), head.encode(), padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            _refuse("invalid_grant", "Invalid JWT Signature.")
        claims = json.loads(_decoded(head.partition(".")[2]))
        right = claims.get("iss") == ACCOUNT and claims.get("aud") == _OAUTH
        if not right or claims.get("scope") != _SCOPE or not claims["iat"] - 60 < time.time() < claims["exp"]:
            _refuse("invalid_grant", "Invalid JWT.")

    def _impersonated(self, request: web.Request, asked: Mapping[str, Any]) -> dict[str, Any]:
        """https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken"""
        self._known(request)
        if asked.get("scope") != [_SCOPE] or asked.get("lifetime") != "3600s":
            text = "Request contains an invalid argument."
            raise _RefusalError(400, _api_error(400, "INVALID_ARGUMENT", text))
        token = f"ya29.{secrets.token_urlsafe(40)}"
        self._tokens.add(token)
        ends = datetime.now(UTC) + timedelta(hours=1)
        return {"accessToken": token, "expireTime": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _known(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self._tokens:
            text = "Request had invalid authentication credentials."
            raise _RefusalError(401, _api_error(401, "UNAUTHENTICATED", text))

    # -- IAM ------------------------------------------------------------------------------------------

    def _read(self, request: web.Request, body: bytes) -> Mapping[str, Any]:
        self._known(request)
        pool, account = _POOL.match(request.path), _ACCOUNT.match(request.path)
        if pool is not None and request.method == "GET":
            return self._of_pool(pool)
        if account is not None and request.method == ("POST" if account["policy"] else "GET"):
            if account["policy"] and (body or request.query.get("options.requestedPolicyVersion") != "3"):
                raise _RefusalError(
                    400, _api_error(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
                )
            return self._of_account(account)
        raise _RefusalError(404, {})

    def _of_pool(self, found: re.Match[str]) -> Mapping[str, Any]:
        kind = "Providers" if found["provider"] else "s"
        project = self._project(found["project"], f"iam.workloadIdentityPool{kind}.get")
        base = f"projects/{project.number}/locations/global/workloadIdentityPools/{found['pool']}"
        for pool in project.pools:
            if pool.id != found["pool"]:
                continue
            if not found["provider"]:
                off = {"disabled": True} if pool.disabled else {}
                return {"name": base, "state": pool.state, **off}
            if found["provider"] in pool.providers:
                name = f"{base}/providers/{found['provider']}"
                return {"name": name, "state": "ACTIVE", **pool.providers[found["provider"]]}
        raise _RefusalError(404, _api_error(404, "NOT_FOUND", "Requested entity was not found."))

    def _of_account(self, found: re.Match[str]) -> Mapping[str, Any]:
        method = "getIamPolicy" if found["policy"] else "get"
        project = self._project(found["project"], f"iam.serviceAccounts.{method}")
        for account in project.accounts:
            if account.email == found["email"]:
                name = f"projects/{project.id}/serviceAccounts/{account.email}"
                if not found["policy"]:
                    off = {"disabled": True} if account.disabled else {}
                    return {"name": name, "email": account.email, "uniqueId": "104711047110471104711", **off}
                # A policy without bindings has no such member.
                bindings = {"bindings": list(account.bindings)} if account.bindings else {}
                return {"version": 1, "etag": "BwYxExampleE=", **bindings}
        raise _RefusalError(404, _api_error(404, "NOT_FOUND", "Unknown service account"))

    def _project(self, named: str, permission: str) -> ExampleProject:
        found = next((one for one in self.projects if named in (one.id, one.number)), None)
        if found is not None and found.id in self.off:
            info = {"service": "iam.googleapis.com", "consumer": f"projects/{found.number}"}
            text = "Identity and Access Management (IAM) API has not been used in project or is disabled."
            raise _RefusalError(403, _api_error(403, "PERMISSION_DENIED", text, "SERVICE_DISABLED", info))
        if found is None or permission not in self.granted[found.id]:
            # Of a project that is not there, and of `-` in its place, no permission can be seen to be held.
            text = f"Permission '{permission}' denied on resource (or it may not exist)."
            info = {"permission": permission}
            raise _RefusalError(
                403, _api_error(403, "PERMISSION_DENIED", text, "IAM_PERMISSION_DENIED", info)
            )
        return found


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _refuse(error: str, text: str) -> NoReturn:
    raise _RefusalError(400, {"error": error, "error_description": text})


def _api_error(
    code: int, status: str, message: str, reason: str = "", metadata: Mapping[str, str] | None = None
) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if reason:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [
            {"@type": kind, "reason": reason, "domain": "iam.googleapis.com", "metadata": metadata or {}}
        ]
    return {"error": error}
