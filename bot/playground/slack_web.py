"""The addresses of the stand-in Slack: the Web API, Socket Mode, the hooks, the files."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from bot.playground import slack_payloads as payloads
from bot.playground.loopback import LoopbackServer
from bot.playground.slack_arguments import ApiError
from bot.playground.slack_delivery import Courier, Delivered
from bot.playground.slack_hooks import answer_by_url
from bot.playground.slack_methods import Happened, Methods
from bot.playground.slack_state import APP, TEAM, Message, Workspace

Json = dict[str, Any]

BOT_TOKEN = "xoxb-playground"
APP_TOKEN = "xapp-playground"
SIGNING_SECRET = "playground-signing-secret"

#: What the bot's manifest asks for.
SCOPES = (
    "app_mentions:read",
    "channels:history",
    "chat:write",
    "commands",
    "files:read",
    "reactions:write",
)

_SIGN_IN = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in</body></html>"
_POSTS = {"chat.postMessage", "chat.update", "chat.postEphemeral", "chat.delete"}
_COMMANDS = {"/oidc"}


class SlackAddresses(LoopbackServer):
    """What an app finds of Slack on the network.

    `start` gives what `SLACK_API_URL` takes; `hooks_url` and `files_url` are the other two. In HTTP mode
    set `events_url` to the bot's `/slack/events`; in Socket Mode the bot comes by itself.

    `posted` are the messages the app sent, in order, each `method` (`response_url` for answers by such an
    address), `body` as it was sent and the `ts` it got; `refused` the calls that were turned down, each
    `method`, `error` and `body`.
    """

    def __init__(
        self,
        *,
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        signing_secret: str = SIGNING_SECRET,
        scopes: Iterable[str] = SCOPES,
    ) -> None:
        super().__init__()
        self.bot_token = bot_token
        self.app_token = app_token
        self.scopes = tuple(scopes)
        self.workspace = Workspace()
        self.courier = Courier(signing_secret)
        self.posted: list[Json] = []
        self.refused: list[Json] = []
        self.messages_per_second: float | None = None
        self._last_post: dict[str, float] = {}
        self._tickets: set[str] = set()
        self._methods = Methods(self.workspace, lambda: frozenset(self.scopes), self._happened)

    async def start(self) -> str:
        await super().start()
        return self.api_url

    async def stop(self) -> None:
        await self.courier.stop()
        await super().stop()

    @property
    def api_url(self) -> str:
        return f"{self.address}/api/"

    @property
    def hooks_url(self) -> str:
        return f"{self.address}/hooks/"

    @property
    def files_url(self) -> str:
        return f"{self.address}/files/"

    @property
    def team(self) -> str:
        return TEAM

    @property
    def events_url(self) -> str | None:
        return self.courier.events_url

    @events_url.setter
    def events_url(self, address: str | None) -> None:
        self.courier.events_url = address

    @property
    def delivered(self) -> list[Delivered]:
        """Every try to deliver something to the bot, in order."""
        return self.courier.delivered

    # -- what the app asks ----------------------------------------------------------------------------

    def broken(self, status: int) -> web.Response:
        if status == 429:
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"}
            )
        return web.Response(
            status=status, text="<html><body>Server Error</body></html>", content_type="text/html"
        )

    def refuse(self, method: str, code: str, *, times: int | None = None) -> None:
        """Let a method of the Web API answer with an error of Slack's."""
        body = json.dumps({"ok": False, "error": code}).encode()
        headers = {"Content-Type": "application/json"}
        self.fail(rf"/api/{method}\b", status=200, body=body, headers=headers, times=times)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        area, _, rest = request.path.lstrip("/").partition("/")
        if area == "link" and request.query.get("ticket") in self._tickets:
            self._tickets.discard(request.query["ticket"])
            return await self.courier.serve_socket(request, APP)
        if area == "api":
            return await self._api(request, rest)
        if area == "hooks" and request.method == "POST":
            return await self._hook(request, rest)
        if area == "files" and request.method == "GET":
            return self._file(request, rest)
        return web.Response(status=404, text="Not found")

    async def _api(self, request: web.Request, method: str) -> web.Response:
        arguments = await _arguments(request)
        try:
            answer = self._call(method, arguments, _token(request, arguments))
        except ApiError as refusal:
            self.refused.append({"method": method, "error": refusal.code, "body": arguments})
            if refusal.code == "ratelimited":
                return self.broken(429)
            answer = {"ok": False, "error": refusal.code, **refusal.more}
        else:
            if method in _POSTS:
                ts = answer.get("ts") or answer.get("message_ts")
                self.posted.append({"method": method, "body": arguments, "ts": ts})
        scope = self._methods.known.get(method, (None, None))[0]
        headers = {"X-OAuth-Scopes": ",".join(self.scopes), "X-Accepted-OAuth-Scopes": scope or ""}
        return web.json_response(answer, headers=headers)

    def _call(self, method: str, arguments: Json, token: str) -> Json:
        if method == "apps.connections.open":
            return self._open_connection(token)
        if method not in self._methods.known:
            raise ApiError("unknown_method", req_method=method)
        if not token:
            raise ApiError("not_authed")
        if token == self.app_token:
            raise ApiError("not_allowed_token_type")
        if token != self.bot_token:
            raise ApiError("invalid_auth")
        scope, call = self._methods.known[method]
        if scope is not None and scope not in self.scopes:
            raise ApiError("missing_scope", needed=scope, provided=",".join(self.scopes))
        if method == "chat.postMessage":
            self._pace(str(arguments.get("channel")))
        return {"ok": True, **call(arguments)}

    def _open_connection(self, token: str) -> Json:
        if token == self.bot_token:
            raise ApiError("not_allowed_token_type")
        if token != self.app_token:
            raise ApiError("invalid_auth" if token else "not_authed")
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return {
            "ok": True,
            "url": f"{self.address.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={APP}",
        }

    def _pace(self, channel: str) -> None:
        """Slack's one message a second and channel, where that is switched on."""
        if self.messages_per_second is None:
            return
        now = time.monotonic()
        if now - self._last_post.get(channel, -1e9) < 1 / self.messages_per_second:
            raise ApiError("ratelimited")
        self._last_post[channel] = now

    async def _hook(self, request: web.Request, path: str) -> web.Response:
        try:
            body = await request.json()
            message = answer_by_url(self.workspace, path, body if isinstance(body, dict) else {})
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        except ApiError as refusal:
            self.refused.append({"method": "response_url", "error": refusal.code, "body": body})
            answer = {"ok": False, "error": refusal.code, **refusal.more}
            return web.json_response(answer, status=404 if refusal.code.endswith("_url") else 400)
        self.posted.append({"method": "response_url", "body": body, "ts": message.ts if message else None})
        return web.Response(text="ok")

    def _file(self, request: web.Request, path: str) -> web.Response:
        """A file; without the token or the scope a page that asks to sign in, with status 200."""
        allowed = _token(request, {}) == self.bot_token and "files:read" in self.scopes
        if not allowed:
            return web.Response(text=_SIGN_IN, content_type="text/html")
        content = self.workspace.files.get(path)
        return (
            web.Response(status=404)
            if content is None
            else web.Response(body=content, content_type="text/plain")
        )

    def _happened(self, event: Happened) -> None:
        """The app sees what it did itself, as every other member of the channel does."""
        if "channels:history" not in self.scopes:
            return
        if event.gone:
            self.courier.event_soon(payloads.deleted_event(event.message, self.workspace.new_ts()))
        elif event.before is None:
            self.courier.event_soon(payloads.message_event(event.message, self.parent_of(event.message)))
        else:
            ts = self.workspace.new_ts()
            self.courier.event_soon(payloads.changed_event(event.message, event.before, ts))

    def parent_of(self, message: Message) -> Message | None:
        return self.workspace.find(message.channel, message.root)


def _token(request: web.Request, arguments: Json) -> str:
    style, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if style == "Bearer" else str(arguments.get("token") or "")


async def _arguments(request: web.Request) -> Json:
    """Of the query and the body, which is a form or JSON."""
    arguments: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            body = {}
        return arguments | (body if isinstance(body, dict) else {})
    return arguments | {name: str(value) for name, value in (await request.post()).items()}
