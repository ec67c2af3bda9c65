"""Questions to Microsoft and Google: only to the configured hosts, each answer with a size and an end.

Tokens are had this way too: the clouds' libraries are handed a transport that sends through here, so that
they reach no other address, follow no redirect and use nothing of the environment.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from bot.clients.bitbucket_body import read_body
from bot.errors import OPERATOR, SourceError, SourceMalformed, SourceUnreachable
from bot.metrics import Metrics

T = TypeVar("T")

AGAIN = "ask again in a minute"

#: Seconds. Two in a row (the token, then the question) still fit into a diagnosis.
_TIMEOUT = httpx.Timeout(connect=2.0, read=2.5, write=2.0, pool=2.5)
_SLOWEST = 4.0
"""Seconds for one answer from the question to its last byte."""
_LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=4, keepalive_expiry=60.0)
#: More than any answer that is asked for here; a policy has 64 KiB at most.
_LONGEST = 512 * 1024
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "rolecall"}


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, whole."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> object:
        """What the body holds; None where that is no JSON."""
        try:
            found: object = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        return found


class CloudWire:
    """The connections to one cloud, called `name` in words and `label` in metrics. Built once; `addresses`
    are those whose hosts may be asked."""

    def __init__(self, name: str, label: str, addresses: Iterable[str], metrics: Metrics) -> None:
        self.name = name
        self._label = label
        self._origins = frozenset(_origin(httpx.URL(one)) for one in addresses)
        self._metrics = metrics
        self._transport = httpx.AsyncHTTPTransport(limits=_LIMITS, trust_env=False)

    async def close(self) -> None:
        await self._transport.aclose()

    async def get(self, address: str, token: str) -> Answered:
        """As `send`, for a question that only reads."""
        return await self.send("GET", address, {"Authorization": f"Bearer {token}"})

    async def send(
        self, method: str, address: str, headers: Mapping[str, str], content: bytes = b""
    ) -> Answered:
        """One question; whatever its status the answer is given.

        Raises:
            SourceError: there is none, it has no end, or the address is not a configured host's.
        """
        try:
            url = httpx.URL(address)
            if url.userinfo or _origin(url) not in self._origins:
                raise self.malformed("points to another host")
            request = httpx.Request(method, url, headers={**_HEADERS, **headers}, content=content or None)
            request.extensions["timeout"] = _TIMEOUT.as_dict()
            async with asyncio.timeout(_SLOWEST):
                return await self._sent(request)
        except (httpx.TimeoutException, TimeoutError):
            raise SourceUnreachable(f"{self.name} did not answer in time", AGAIN) from None
        except httpx.TransportError:
            raise SourceUnreachable(f"{self.name} cannot be reached", AGAIN) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise self.malformed("cannot be understood") from None

    async def _sent(self, request: httpx.Request) -> Answered:
        status = "none"
        try:
            with self._metrics.call_seconds.labels(self._label).time():
                response = await self._transport.handle_async_request(request)
            status = str(response.status_code)
        finally:
            self._metrics.calls.labels(self._label, status).inc()
        try:
            body = await read_body(response, _LONGEST, from_end=False)
        finally:
            await response.aclose()
        if body.cut:
            raise self.malformed("is longer than any that was asked for")
        headers = {key.lower(): value for key, value in response.headers.items()}
        return Answered(response.status_code, headers, body.content)

    def malformed(self, what: str) -> SourceMalformed:
        """An answer that is not what it should be."""
        return SourceMalformed(
            f"{self.name}'s answer {what}",
            f"ask again; if it stays so, {OPERATOR} checks the addresses in the bot's settings",
        )


class SharedToken:
    """A token that all who need it at a time ask for together. `fetch` may be asked often: keeping and
    renewing is the library's."""

    def __init__(self, fetch: Callable[[], Coroutine[Any, Any, str]]) -> None:
        self._fetch = fetch
        self._task: asyncio.Task[str] | None = None

    async def __call__(self) -> str:
        """The token.

        Raises:
            SourceError: there is none to be had.
        """
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._fetch())
            self._task.add_done_callback(_retrieved)
        try:
            return await asyncio.shield(self._task)
        except SourceError as error:
            # Several wait for the same task: each has an error of its own.
            raise error.anew() from None


async def outcome(asking: Awaitable[T]) -> T | SourceError:
    """What was asked for, or why it was not given: for questions that go out together."""
    try:
        return await asking
    except SourceError as error:
        return error


def _retrieved(task: asyncio.Task[str]) -> None:
    """Nobody may wait for it any more, and then its failure is nobody's."""
    if not task.cancelled():
        task.exception()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"https": 443, "http": 80}.get(url.scheme)
