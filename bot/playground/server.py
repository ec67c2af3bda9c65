"""The local page: its files, the channel's state, and what a person does on it.

It listens on 127.0.0.1 only and answers only requests addressed to that name, so that no other web page
can reach it (https://owasp.org/www-community/attacks/DNS_Rebinding). There is no CORS, and a request that
changes something must be JSON from this origin.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.playground.channel import Channel, NotPossibleError
from bot.playground.sights import look
from bot.playground.world import World

PAGE = Path(__file__).parent / "page"

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_POLL_SECONDS = 25.0
_LOOK_SECONDS = 0.08
_MAX_BODY = 512 * 1024

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Page:
    """Serves the page until stopped."""

    def __init__(self, channel: Channel, world: World) -> None:
        self._channel = channel
        self._world = world
        self._runner: web.AppRunner | None = None
        self._hosts: frozenset[str] = frozenset()
        self._revision = 0
        self._shown = ""
        self._closing = asyncio.Event()

    async def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1.

        Returns:
            the page's address.

        Raises:
            OSError: the port is taken.
        """
        app = web.Application(middlewares=[self._guard], client_max_size=_MAX_BODY)
        app.router.add_get("/", self._file)
        app.router.add_get("/state", self._state)
        app.router.add_get("/examples", self._examples)
        app.router.add_get("/look", self._look_behind)
        app.router.add_get("/{name:[a-z]+\\.(?:css|js|svg)}", self._file)
        for path, deed in (
            ("/post", self._post),
            ("/click", self._click),
            ("/submit", self._submit),
            ("/close", self._close),
            ("/home", self._home),
            ("/suggest", self._suggest),
        ):
            app.router.add_post(path, self._asked(deed))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        taken = self._runner.addresses[0][1]
        self._hosts = frozenset({f"127.0.0.1:{taken}", f"localhost:{taken}"})
        return f"http://127.0.0.1:{taken}/"

    async def stop(self) -> None:
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if request.host not in self._hosts:
            response: web.StreamResponse = web.Response(status=421, text="This page has another name.")
        elif origin is not None and origin.removeprefix("http://") not in self._hosts:
            response = web.Response(status=403, text="Another page may not ask here.")
        else:
            try:
                response = await handler(request)
            except web.HTTPException as error:
                response = _refusal(error.status, error.reason)
        response.headers.update(_HEADERS)
        return response

    # -- reading --------------------------------------------------------------------------------------

    async def _file(self, request: web.Request) -> web.Response:
        path = PAGE / request.match_info.get("name", "index.html")
        if not path.is_file():
            raise web.HTTPNotFound
        return web.Response(body=path.read_bytes(), content_type=_TYPES[path.suffix], charset="utf-8")

    async def _examples(self, _request: web.Request) -> web.Response:
        groups = [
            {
                "name": group,
                "pastes": [
                    {"name": paste.name, "about": paste.about, "text": paste.text} for paste in pastes
                ],
            }
            for group, pastes in groupby(self._world.pastes, key=lambda paste: paste.group)
        ]
        return web.json_response({"groups": groups})

    async def _look_behind(self, request: web.Request) -> web.Response:
        """What the example world has behind a link."""
        sight = look(self._world, request.query.get("address", ""))
        return web.json_response(None if sight is None else asdict(sight))

    def _look(self) -> dict[str, Any]:
        """The channel as it is, numbered: the number grows with each change."""
        state = self._channel.snapshot()
        text = json.dumps(state, sort_keys=True)
        if text != self._shown:
            self._shown = text
            self._revision += 1
        return {"revision": self._revision, **state}

    async def _state(self, request: web.Request) -> web.Response:
        """The state, at once if it is newer than `after`, else when it changes (or after a while)."""
        after = request.query.get("after", "")
        until = asyncio.get_running_loop().time() + _POLL_SECONDS
        while (state := self._look())["revision"] == _number(after):
            if self._closing.is_set() or asyncio.get_running_loop().time() > until:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        return web.json_response(state)

    # -- deeds ----------------------------------------------------------------------------------------

    def _asked(self, deed: Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            if request.content_type != "application/json":
                return _refusal(415, "Send JSON.")
            try:
                body = await request.json()
            except ValueError:
                return _refusal(400, "That is no JSON.")
            if not isinstance(body, dict):
                return _refusal(400, "Send a JSON object.")
            try:
                return web.json_response(await deed(body))
            except NotPossibleError as error:
                return _refusal(409, str(error))
            except (KeyError, TypeError, ValueError):
                return _refusal(400, "Something is missing in that request.")

        return handle

    async def _post(self, body: Mapping[str, Any]) -> dict[str, Any]:
        text, thread = str(body["text"]), body.get("thread_ts")
        if text.startswith("/") and not thread:
            await self._channel.command(text)
            return {"ts": None}
        return {"ts": await self._channel.post(text, thread)}

    async def _click(self, body: Mapping[str, Any]) -> dict[str, Any]:
        await self._channel.click(body.get("ts"), body.get("view_id"), dict(body["action"]))
        return {}

    async def _submit(self, body: Mapping[str, Any]) -> dict[str, Any]:
        await self._channel.submit(str(body["view_id"]), dict(body["values"]))
        return {}

    async def _close(self, body: Mapping[str, Any]) -> dict[str, Any]:
        self._channel.close_view(str(body["view_id"]))
        return {}

    async def _suggest(self, body: Mapping[str, Any]) -> dict[str, Any]:
        ids = (str(body[name]) for name in ("view_id", "block_id", "action_id", "typed"))
        return {"options": await self._channel.suggest(*ids)}

    async def _home(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        await self._channel.open_home()
        return {}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _refusal(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)
