"""How Slack reaches the bot: signed requests to its listener, or frames on its sockets, with Slack's retries.

https://docs.slack.dev/apis/events-api, https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

Json = dict[str, Any]

#: An answer later than this counts as none. Then come three retries, after these waits in seconds.
ACK_SECONDS = 3.0
RETRY_WAITS = (0.0, 60.0, 300.0)
_MOST_SOCKETS = 10

#: Status, reason, body, final: see `Delivered`.
_Answer = tuple[int | None, str, str, bool]

_TYPES = {"events": "events_api", "commands": "slash_commands", "interactive": "interactive"}


@dataclass(frozen=True, slots=True)
class Delivered:
    """One try to deliver. `status` is the HTTP status (200 for a frame's ack), None when none came in time.

    `at` is monotonic seconds when it was sent, `seconds` the time to the answer; `body` is what the bot
    said with its ack.
    """

    kind: str
    payload: Json
    retry: int
    at: float
    seconds: float
    status: int | None
    reason: str
    body: str
    final: bool = False
    """Whether the bot asked not to be sent this again (`X-Slack-No-Retry: 1`)."""

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def answer(self) -> Json:
        """The ack's body as JSON; a plain text counts as `text`; empty when there is none."""
        try:
            parsed = json.loads(self.body)
        except ValueError:
            return {"text": self.body} if self.body else {}
        return parsed if isinstance(parsed, dict) else {}


class Courier:
    """Delivers to the bot. `events_url` is its HTTP address; open sockets go first."""

    def __init__(self, signing_secret: str) -> None:
        self.signing_secret = signing_secret
        self.events_url: str | None = None
        self.retry_waits: tuple[float, ...] = RETRY_WAITS
        self.ack_seconds = ACK_SECONDS
        self.delivered: list[Delivered] = []
        self._requests: dict[web.WebSocketResponse, web.Request] = {}
        self._acks: dict[str, asyncio.Future[str]] = {}
        self._turn = 0
        self._session: aiohttp.ClientSession | None = None
        self._later: set[asyncio.Task[None]] = set()
        self._stopped = False

    @property
    def sockets(self) -> list[web.WebSocketResponse]:
        """The open ones, oldest first."""
        return list(self._requests)

    @property
    def has_listener(self) -> bool:
        return not self._stopped and (bool(self.sockets) or self.events_url is not None)

    async def stop(self) -> None:
        """Deliver nothing any more; what was still to be tried again is dropped."""
        self._stopped = True
        for task in list(self._later):
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        for socket in self.sockets:
            await socket.close()
        if self._session is not None:
            await self._session.close()

    async def event(self, body: Json) -> Delivered:
        """An event, tried again at once when it is not taken, and twice more later."""
        first = await self._once("events", body, 0, "")
        if first.taken or first.final or not self.retry_waits:
            return first
        waits = list(self.retry_waits)
        last = first
        if waits[0] <= 0:
            last = await self._once("events", body, 1, first.reason)
            if last.taken or last.final:
                return last
        done = 1 if waits[0] <= 0 else 0
        self._spawn(self._retry(body, done, last.reason))
        return last

    def event_soon(self, body: Json) -> None:
        """An event about something the bot did itself: nobody waits for its ack."""
        if self.has_listener:
            self._spawn(self._first_and_retries(body))

    async def interaction(self, kind: str, payload: Json) -> Delivered:
        """A slash command (`commands`) or an interaction (`interactive`): tried once."""
        return await self._once(kind, payload, 0, "")

    def interaction_soon(self, payload: Json) -> None:
        """An interaction that nobody waits for, such as a view that was closed."""
        if self.has_listener:
            self._spawn(self._forget(payload))

    async def _forget(self, payload: Json) -> None:
        await self.interaction("interactive", payload)

    async def _first_and_retries(self, body: Json) -> None:
        await self.event(body)

    async def _retry(self, body: Json, done: int, reason: str) -> None:
        for number, wait in enumerate(self.retry_waits[done:], start=done + 1):
            await asyncio.sleep(wait)
            again = await self._once("events", body, number, reason)
            if again.taken or again.final:
                return
            reason = again.reason

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _once(self, kind: str, payload: Json, retry: int, why: str) -> Delivered:
        started = time.monotonic()
        if self.sockets:
            answer = await self._by_socket(kind, payload, retry, why)
        else:
            answer = await self._by_http(kind, payload, retry, why)
        done = Delivered(kind, payload, retry, started, time.monotonic() - started, *answer)
        self.delivered.append(done)
        return done

    # -- HTTP -----------------------------------------------------------------------------------------

    def signed(self, body: str, *, at: float | None = None) -> dict[str, str]:
        """The headers that prove a body to be Slack's."""
        timestamp = str(int(time.time() if at is None else at))
        signature = SignatureVerifier(self.signing_secret).generate_signature(timestamp=timestamp, body=body)
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature or ""}

    async def _by_http(self, kind: str, payload: Json, retry: int, why: str) -> _Answer:
        if self.events_url is None or self._stopped:
            return None, "connection_failed", "", False
        body, content_type = encoded(kind, payload)
        headers = {"Content-Type": content_type, **self.signed(body), **_retry_headers(retry, why)}
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False)
        timeout = aiohttp.ClientTimeout(total=self.ack_seconds)
        try:
            async with self._session.post(
                self.events_url, data=body.encode(), headers=headers, timeout=timeout, max_redirects=2
            ) as response:
                text = await response.text()
        except TimeoutError:
            return None, "http_timeout", "", False
        except aiohttp.ClientError:
            return None, "connection_failed", "", False
        final = response.headers.get("X-Slack-No-Retry") == "1"
        return response.status, "" if response.status < 300 else "http_error", text, final

    # -- sockets --------------------------------------------------------------------------------------

    async def serve_socket(self, request: web.Request, app_id: str) -> web.WebSocketResponse:
        """One of at most ten sockets of the app, until it closes."""
        socket = web.WebSocketResponse(timeout=1.0, heartbeat=30.0)
        await socket.prepare(request)
        if len(self.sockets) >= _MOST_SOCKETS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        info = {"host": "applink", "started": "", "build_number": 1, "approximate_connection_time": 3600}
        self._requests[socket] = request
        try:
            hello = {"type": "hello", "num_connections": len(self.sockets), "debug_info": info}
            await socket.send_json({**hello, "connection_info": {"app_id": app_id}})
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self._requests.pop(socket, None)
        return socket

    def _acknowledged(self, frame: str) -> None:
        try:
            answer = json.loads(frame)
        except ValueError:
            return
        waiting = self._acks.pop(str(answer.get("envelope_id")), None) if isinstance(answer, dict) else None
        if waiting is not None and not waiting.done():
            payload = answer.get("payload")
            waiting.set_result(json.dumps(payload) if payload else "")

    async def _by_socket(self, kind: str, payload: Json, retry: int, why: str) -> _Answer:
        self._turn += 1
        socket = self.sockets[self._turn % len(self.sockets)]
        key = str(uuid.uuid4())
        frame = {
            "envelope_id": key,
            "type": _TYPES[kind],
            "accepts_response_payload": kind != "events",
            "payload": payload,
        }
        if kind == "events":
            frame |= {"retry_attempt": retry, "retry_reason": why}
        waiting = self._acks[key] = asyncio.get_running_loop().create_future()
        try:
            await socket.send_json(frame)
            body = await asyncio.wait_for(waiting, self.ack_seconds)
        except TimeoutError:
            return None, "timeout", "", False
        except ConnectionError:
            return None, "connection_failed", "", False
        finally:
            self._acks.pop(key, None)
        return 200, "", body, False

    async def refresh_sockets(self) -> None:
        """What Slack does every few hours: it asks for a new connection and closes this one."""
        for socket in self.sockets:
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
            await socket.close()

    def drop_sockets(self) -> None:
        """The connections break without a word."""
        for socket in self.sockets:
            transport = self._requests[socket].transport
            if transport is not None:
                transport.abort()


def encoded(kind: str, payload: Mapping[str, Any]) -> tuple[str, str]:
    """Body and content type, as Slack sends them over HTTP."""
    if kind == "events":
        return json.dumps(payload), "application/json"
    form = payload if kind == "commands" else {"payload": json.dumps(payload)}
    return urlencode(form), "application/x-www-form-urlencoded"


def _retry_headers(retry: int, why: str) -> dict[str, str]:
    if retry == 0:
        return {}
    return {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": why or "unknown_error"}
