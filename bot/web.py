"""The one HTTP listener: Slack's requests (in HTTP mode), health, metrics.

Requests are judged here before Bolt sees them: signature over the raw bytes, size, shape. So a hostile
header is a 401 and an odd body a 400, never a 500.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.logs import frames_of, get_logger, names_of
from bot.metrics import Metrics
from bot.precedence import Precedence
from handlers.ports import StoreDown
from handlers.shape import is_sound
from handlers.signature import check

MAX_BODY = 1024 * 1024

log = get_logger()

#: Names what is not ready; empty when all is.
Readiness = Callable[[], Awaitable[dict[str, str]]]


def _parsed(body: str, content_type: str) -> dict[str, Any] | None:
    """The body's JSON, a form's `payload`, or the form's own fields; None when it is neither."""
    try:
        if content_type.startswith("application/json"):
            found = json.loads(body)
        else:
            fields = dict(parse_qsl(body, keep_blank_values=True))
            found = json.loads(fields["payload"]) if "payload" in fields else fields
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


class Listener:
    """Serves until stopped. Slack's path exists only where `slack_path` says so (not in Socket Mode), and
    answers 503 until `bolt` is set. `precedence`, once set, holds jobs back while Slack is answered.
    `warnings` are what weakens the answers, as JSON objects."""

    def __init__(
        self,
        *,
        slack_path: bool,
        signing_secret: str | None,
        readiness: Readiness,
        metrics: Metrics,
        warnings: Callable[[], Sequence[Mapping[str, Any]]] = tuple,
    ) -> None:
        self.bolt: AsyncApp | None = None
        self.precedence: Precedence | None = None
        self._slack_path = slack_path
        self._secret = signing_secret or ""
        self._readiness = readiness
        self._warnings = warnings
        self._metrics = metrics
        self._runner: web.AppRunner | None = None
        self._closing = False
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: the address cannot be taken.
        """
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_get("/livez", self._live)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._show_metrics)
        if self._slack_path:
            app.router.add_post("/slack/events", self._slack)
        # Slack signs the bytes that it sends, and compresses none: a body stays as it came, whatever its
        # header says of it, and can neither lie nor grow.
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=2.0, auto_decompress=False
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        addresses = self._runner.addresses
        self.port = int(addresses[0][1]) if addresses else port

    def refuse(self) -> None:
        """From now on Slack is told to come back (to another process, or to the next start)."""
        self._closing = True

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def _ready(self, _: web.Request) -> web.Response:
        missing = {"process": "stopping"} if self._closing else await self._readiness()
        # What only weakens the answers is named, and changes nothing of the status.
        warnings = list(self._warnings())
        return web.json_response(
            {
                "status": "not ready" if missing else "ready",
                "missing": missing,
                **({"warnings": warnings} if warnings else {}),
            },
            status=503 if missing else 200,
        )

    async def _show_metrics(self, _: web.Request) -> web.Response:
        return web.Response(
            body=self._metrics.render(), headers={"Content-Type": "text/plain; version=0.0.4"}
        )

    async def _slack(self, request: web.Request) -> web.Response:
        if self._closing or self.bolt is None:
            return web.Response(status=503)
        body = await self._body(request)
        if isinstance(body, web.Response):
            return body
        parsed = _parsed(body, request.headers.get("Content-Type", ""))
        if parsed is None:
            return web.json_response({"error": "malformed body"}, status=400)
        if not is_sound(parsed):
            # Nothing that Slack sends; asking for it again would change nothing.
            return web.Response(status=200)
        first = contextlib.nullcontext() if self.precedence is None else self.precedence.ack()
        try:
            bolt_request = AsyncBoltRequest(
                body=body,
                query=request.query_string,
                headers={name: [value] for name, value in request.headers.items()},
            )
            with first:
                return await to_aiohttp_response(await self.bolt.async_dispatch(bolt_request))
        except StoreDown:
            return web.Response(status=503)
        except Exception as error:  # noqa: BLE001 - the edge: whatever a listener raised must not leave as a trace
            self._metrics.faults.labels("listener").inc()
            log.error("listener failed", error=names_of(error), frames=frames_of(error))
            return web.Response(status=500)

    async def _body(self, request: web.Request) -> str | web.Response:
        """What Slack says, or how whoever else said it is turned away."""
        try:
            raw = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        except web.RequestPayloadError:
            # It ended before its end, or came in pieces that are none.
            return web.json_response({"error": "malformed body"}, status=400)
        if not check(request.headers, raw, self._secret, time.time()):
            return web.json_response({"error": "invalid request"}, status=401)
        if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            return web.json_response({"error": "compressed body"}, status=415)
        return raw.decode("utf-8", errors="replace")
