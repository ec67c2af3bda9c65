"""A stand-in for Bitbucket Cloud's REST API 2.0: read only, and as strict as the real one.

It knows the paths that a diagnosis needs: https://developer.atlassian.com/cloud/bitbucket/rest/intro/
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import unquote

from aiohttp import web

from bot.playground import bitbucket_objects as objects
from bot.playground.bitbucket_answers import RefusedError, as_json, as_page, error
from bot.playground.bitbucket_logs import LogStorage
from bot.playground.bitbucket_oauth import PATH as OAUTH_PATH
from bot.playground.bitbucket_oauth import OAuthEndpoint
from bot.playground.bitbucket_repository import ANSWERS, PIPELINE, REPOSITORY, Asked
from bot.playground.loopback import LoopbackServer
from bot.playground.world import World

TOKEN = "playground-bitbucket-token"

#: An access token's scopes, and an API token's, that a diagnosis needs.
CLASSIC = ("repository", "pipeline")
GRANULAR = ("read:repository:bitbucket", "read:pipeline:bitbucket")

_ADMIN = ("repository:admin", "admin:repository:bitbucket")
_WRITES = {
    "pipelines_config": ("pipeline:variable", "admin:pipeline:bitbucket"),
    "pipelines-config": ("pipeline:variable", "admin:pipeline:bitbucket"),
    "deployments_config": ("pipeline:variable", "admin:pipeline:bitbucket"),
    "pipelines": ("pipeline:write", "write:pipeline:bitbucket"),
    "pullrequests": ("pullrequest:write", "write:pullrequest:bitbucket"),
}
_REPOSITORY_WRITE = ("repository:write", "write:repository:bitbucket")

_BRACES = re.compile(r"[{}]")
_RAW_FILES = 5_000


_WORDS = {
    401: "Token is invalid, expired, or not supported for this endpoint.",
    403: "Your credentials lack one or more required privilege scopes.",
    404: "Resource not found",
    429: "Rate limit for this resource has been exceeded",
}
_NO_API = "There is no API hosted at this URL."
_HIDDEN = "You may not have access to this repository or it no longer exists in this workspace."


class BitbucketStandIn(LoopbackServer):
    """Bitbucket as one credential sees it.

    With `email` the credential is an API token (Basic, granular scopes), else an access token (Bearer,
    classic scopes). `hidden` are slugs of repositories that it may not see. `allowance` is the number of
    calls an hour; raw files have 5,000 of their own. With a `consumer` (key and secret) the tokens that it is
    given are the only ones that count, with classic scopes.
    """

    def __init__(
        self,
        world: World,
        *,
        token: str = TOKEN,
        email: str | None = None,
        scopes: Iterable[str] | None = None,
        hidden: Iterable[str] = (),
        allowance: int = 1_000,
        consumer: tuple[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.world = world
        self.token = token
        self.email = email
        self.scopes = tuple(scopes if scopes is not None else GRANULAR if email else CLASSIC)
        self.hidden = frozenset(hidden)
        self.allowance = allowance
        self.storage = LogStorage()
        self.oauth = None if consumer is None else OAuthEndpoint(*consumer, self.scopes)
        self._used = {"api": 0, "raw": 0}

    async def start(self) -> str:
        """As `LoopbackServer.start`; what `BITBUCKET_API_URL` takes."""
        await self.storage.start()
        await super().start()
        return self.api_url

    @property
    def api_url(self) -> str:
        return f"{self.address}/2.0"

    async def stop(self) -> None:
        await super().stop()
        await self.storage.stop()

    def broken(self, status: int) -> web.Response:
        return error(status, _WORDS.get(status, "Something went wrong"))

    @property
    def oauth_url(self) -> str:
        return f"{self.address}{OAUTH_PATH}"

    async def respond(self, request: web.Request) -> web.StreamResponse:
        if self.oauth is not None and request.path == OAUTH_PATH:
            return await self.oauth.respond(request)
        try:
            response = self._answer(request)
        except RefusedError as refusal:
            response = refusal.response
        if self.email is None and response.status != 401:
            near = self._used["api"] * 5 > self.allowance * 4
            response.headers["X-RateLimit-Limit"] = str(self.allowance)
            response.headers["X-RateLimit-Resource"] = "api"
            response.headers["X-RateLimit-NearLimit"] = str(near).lower()
        return response

    def _answer(self, request: web.Request) -> web.Response:
        path = request.raw_path.partition("?")[0]
        if _BRACES.search(path):
            raise RefusedError(400, "Bad Request")
        parts = tuple(unquote(part) for part in path.strip("/").split("/"))
        if parts[:1] != ("2.0",):
            raise RefusedError(404, _NO_API)
        if parts[1:2] == ("workspaces",) and parts[3:6] == ("pipelines-config", "identity", "oidc"):
            return self._discovery(request, parts)
        self._authenticate(request)
        return self._authenticated(request, parts[1:])

    # -- who asks, and may they -----------------------------------------------------------------------

    def _authenticate(self, request: web.Request) -> None:
        style, _, secret = request.headers.get("Authorization", "").partition(" ")
        if style.lower() == "bearer" and self.email is not None and secret == self.token:
            raise RefusedError(403, "This API is not accessible by this authentication mechanism")
        if self.oauth is not None:
            known = style.lower() == "bearer" and secret in self.oauth.good
        elif self.email is None:
            known = style.lower() == "bearer" and secret == self.token
        else:
            pair = base64.b64encode(f"{self.email}:{self.token}".encode()).decode()
            known = style.lower() == "basic" and secret == pair
        if not known:
            raise RefusedError(401, _WORDS[401], {"WWW-Authenticate": 'Basic realm="Bitbucket.org HTTP"'})

    def _need(self, scope: tuple[str, str]) -> None:
        """Refuse unless the credential has the scope: (classic, granular).

        Of the classic ones writing implies reading; administering does not, and granular ones imply nothing.
        """
        wanted = scope[0 if self.email is None else 1]
        enough = {wanted, f"{wanted}:write"} if self.email is None else {wanted}
        if not enough & set(self.scopes):
            detail = {"granted": list(self.scopes), "required": [wanted]}
            raise RefusedError(403, _WORDS[403], detail=detail)

    def an_hour_passes(self) -> None:
        """What was used is forgotten, as after an hour without a call."""
        self._used = {"api": 0, "raw": 0}

    def _count(self, group: str) -> None:
        self._used[group] += 1
        if self._used[group] > (self.allowance if group == "api" else _RAW_FILES):
            raise RefusedError(429, _WORDS[429])

    # -- the paths ------------------------------------------------------------------------------------

    def _authenticated(self, request: web.Request, parts: tuple[str, ...]) -> web.Response:
        kind, rest = parts[0] if parts else "", parts[1:]
        self._count("raw" if kind == "repositories" and rest[2:3] == ("src",) else "api")
        if request.method not in {"GET", "HEAD"}:
            self._need(_WRITES.get(rest[2] if len(rest) > 2 else "", _REPOSITORY_WRITE))
            raise RefusedError(405, "This stand-in only reads.")
        if kind == "repositories" and len(rest) == 1:
            return self._repositories(request, rest[0])
        if kind == "repositories" and len(rest) >= 2:
            return self._of_repository(request, rest)
        if kind == "workspaces" and len(rest) >= 1:
            return self._of_workspace(request, rest)
        if kind == "user" and not rest:
            self._need(("account", "read:user:bitbucket"))
            return as_json(
                request, {"type": "user", "display_name": "Rolecall", "uuid": objects.uuid_of("user")}
            )
        raise RefusedError(404, _NO_API)

    def _is_workspace(self, name: str) -> bool:
        return name in {self.world.slug, self.world.uuid}

    def _discovery(self, request: web.Request, parts: tuple[str, ...]) -> web.Response:
        if not self._is_workspace(parts[2]):
            raise RefusedError(404, f"No workspace with identifier '{parts[2]}'.")
        rest = parts[6:]
        if rest == (".well-known", "openid-configuration"):
            return as_json(request, objects.discovery(self.world))
        raise RefusedError(404, _NO_API)

    def _of_workspace(self, request: web.Request, rest: tuple[str, ...]) -> web.Response:
        name, *more = rest
        if more == ["pipelines-config", "variables"]:
            self._need(PIPELINE)
        elif more:
            raise RefusedError(404, _NO_API)
        elif self.email is not None:
            self._need(("account", "read:workspace:bitbucket"))
        if not self._is_workspace(name):
            raise RefusedError(404, f"No workspace with identifier '{name}'.")
        if more:
            return as_page(request, [objects.variable(self.world.slug, one) for one in self.world.variables])
        return as_json(request, objects.workspace(self.world))

    def _repositories(self, request: web.Request, workspace: str) -> web.Response:
        self._need(REPOSITORY)
        if not self._is_workspace(workspace):
            raise RefusedError(404, f"No workspace with identifier '{workspace}'.")
        seen = [one for one in self.world.repositories if one.slug not in self.hidden]
        return as_page(request, [objects.repository(self.world, one) for one in seen])

    def _of_repository(self, request: web.Request, rest: tuple[str, ...]) -> web.Response:
        workspace, name, *more = rest
        first = more[0] if more else ""
        if first not in ANSWERS:
            raise RefusedError(404, _NO_API)
        scope, answer = ANSWERS[first]
        self._need(_ADMIN if more == ["pipelines_config"] else scope)
        repository = next((one for one in self.world.repositories if name in {one.slug, one.uuid}), None)
        if repository is None or repository.slug in self.hidden or not self._is_workspace(workspace):
            raise RefusedError(404, _HIDDEN)
        return answer(Asked(request, self.world, repository, tuple(more[1:]), self.storage))
