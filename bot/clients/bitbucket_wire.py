"""One question to Bitbucket: the request, its bounds, its tries, and what its failure means."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import importlib.util
import json
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx

from bot.clients.bitbucket_allowance import Allowance
from bot.clients.bitbucket_errors import malformed, not_reached, refusal, retry_after
from bot.clients.bitbucket_redirects import HOPS, target_of
from bot.errors import SourceError, SourceRateLimited, SourceUnreachable
from bot.metrics import Metrics

if importlib.util.find_spec("sniffio") is None:
    # httpcore looks for this module several times a request; where it is not installed, searching the
    # path for it costs a tenth of a diagnosis' CPU. None makes the import fail at once:
    # https://docs.python.org/3/reference/import.html#the-module-cache
    sys.modules["sniffio"] = None  # type: ignore[assignment]

#: Seconds. One hanging answer leaves the others of a diagnosis half of its time.
_TIMEOUT = httpx.Timeout(connect=2.0, read=4.0, write=2.0, pool=4.0)
#: As many connections as all diagnoses that go on together (`bot.desk`) ask on at a time, six each: a source
#: that hangs for one must not look hanging to another, which only waits for a connection.
_LIMITS = httpx.Limits(max_connections=192, max_keepalive_connections=6, keepalive_expiry=60.0)

_EXTENSIONS = {"timeout": _TIMEOUT.as_dict()}
#: Answers are small; a small one that unfolds into a large one is not wanted.
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "rolecall"}

_JSON_BYTES = 4 * 1024 * 1024
_ERROR_BYTES = 64 * 1024
_WAITS = (0.25, 0.75)
"""Seconds before the second and the third try while Bitbucket is down."""
_LONGEST_WAIT = 2.0
"""A longer `Retry-After` is not waited for: the thread is told instead."""
_AGAIN = frozenset({502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Body:
    """What came back: at most as many bytes as were wanted. `total` is the whole length, if known."""

    content: bytes
    total: int | None
    cut: bool
    media_type: str


class Wire:
    """The connection to Bitbucket, with the bot's credentials. Built once."""

    def __init__(self, base: str, token: str, email: str | None, metrics: Metrics) -> None:
        self.base = base
        self._origin = httpx.URL(base)
        self._metrics = metrics
        if email is None:
            authorization = f"Bearer {token}"
        else:
            pair = base64.b64encode(f"{email}:{token}".encode()).decode("ascii")
            authorization = f"Basic {pair}"
        self._ours = {**_HEADERS, "Authorization": authorization}
        # The transport without `AsyncClient` around it: no redirect is followed, no cookie, proxy or
        # .netrc of the environment used, and a request costs less CPU for it.
        self._transport = httpx.AsyncHTTPTransport(limits=_LIMITS, trust_env=False)

    async def close(self) -> None:
        await self._transport.aclose()

    @contextlib.asynccontextmanager
    async def _get(self, address: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """The answer with its head read; what of its body was not read is given up with the connection.

        Raises:
            httpx.HTTPError: it did not come.
            httpx.InvalidURL: this is no address.
        """
        request = httpx.Request("GET", address, headers=headers, extensions=_EXTENSIONS)
        response = await self._transport.handle_async_request(request)
        try:
            yield response
        finally:
            await response.aclose()

    def is_ours(self, address: str) -> bool:
        """Whether an address that Bitbucket gave (`next`) is below the configured base."""
        try:
            url = httpx.URL(address)
        except (httpx.InvalidURL, ValueError):
            return False
        below = url.path.startswith(f"{self._origin.path.rstrip('/')}/")
        return self._is_origin(url) and not url.userinfo and below

    def _is_origin(self, url: httpx.URL) -> bool:
        ours = self._origin
        return (url.scheme, url.host, _port(url)) == (ours.scheme, ours.host, _port(ours))

    async def json(self, path: str, allowance: Allowance) -> object:
        """The JSON at `path` (below the base, already encoded) or at a whole address of ours.

        Raises:
            SourceError: whatever went wrong.
        """
        address = path if path.startswith(("http://", "https://")) else self.base + path
        body = await self._again(address, allowance, _JSON_BYTES)
        if body.cut:
            raise malformed("is larger than such answers are")
        try:
            return json.loads(body.content)
        except (ValueError, RecursionError):
            page = "html" in body.media_type or body.content.lstrip()[:1] == b"<"
            raise malformed("is a web page instead of JSON" if page else "is not JSON") from None

    async def raw(self, path: str, allowance: Allowance, most: int) -> Body:
        """The first bytes at `path`, at most `most`."""
        return await self._again(self.base + path, allowance, most)

    async def tail(self, path: str, allowance: Allowance, most: int) -> Body:
        """The last bytes at `path`, at most `most`.

        Finished logs are kept in another store, to which Bitbucket points with 307; the store takes no
        second pass beside its own signed address, so it is asked without ours:
        https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pipelines/
        """
        return await self._again(self.base + path, allowance, most, from_end=True)

    async def _again(self, address: str, allowance: Allowance, most: int, *, from_end: bool = False) -> Body:
        for wait in (*_WAITS, None):
            allowance.take()
            try:
                with self._metrics.call_seconds.labels("bitbucket").time():
                    return await self._once(address, most, from_end=from_end)
            except _PassingError as passing:
                error, pause = passing.error, passing.wait
            if isinstance(error, SourceRateLimited):
                allowance.limited(error)
                if not allowance.may_ask_again:
                    raise error
            if wait is None or (pause is not None and pause > _LONGEST_WAIT):
                raise error
            self._metrics.retries.labels("bitbucket").inc()
            await asyncio.sleep(wait if pause is None else max(wait, pause))
        raise AssertionError("the last wait is None")

    async def _once(self, address: str, most: int, *, from_end: bool) -> Body:
        try:
            async with self._get(address, self._ours) as response:
                self._count(response.status_code)
                if response.status_code == 200:
                    return await _read(response, most, from_end=from_end)
                if from_end and response.status_code in _REDIRECTS:
                    elsewhere = target_of(address, response.headers.get("location", ""))
                    if elsewhere == address:
                        raise malformed("points to itself")
                else:
                    await _refuse(response)
            return await self._from_storage(elsewhere, most)
        except httpx.TimeoutException as error:
            late = not_reached("did not answer in time")
            if isinstance(error, httpx.ConnectTimeout):
                raise _PassingError(late) from None
            raise late from None
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError):
            # An address that no request can be made of will be none the next time either.
            self._count(0)
            raise malformed("points to no usable address") from None
        except httpx.TransportError:
            self._count(0)
            raise _PassingError(not_reached("cannot be reached")) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            self._count(0)
            raise malformed("cannot be understood") from None

    async def _from_storage(self, address: str, most: int) -> Body:
        """The end of a finished log. A long one is not read whole: its length is in the answer's head, and
        its end is then asked for by an explicit range. The store may point on a few times; the bot's
        credentials stay behind on each way, Bitbucket's own included."""
        seen = {address}
        while True:
            async with self._get(address, _HEADERS) as response:
                if response.status_code not in _REDIRECTS:
                    total = _length(response.headers)
                    if response.status_code != 200:
                        raise _not_stored(response.status_code)
                    if total is None or total <= _READ_WHOLE:
                        return await _read(response, most, from_end=True)
                    break
                address = target_of(address, response.headers.get("location", ""))
            back = self._is_origin(httpx.URL(address)) and not any(
                self._is_origin(httpx.URL(one)) for one in seen
            )
            if back or address in seen or len(seen) >= HOPS:
                raise malformed("points on without an end")
            seen.add(address)
        wanted = {"Range": f"bytes={total - most}-{total - 1}"}
        async with self._get(address, {**_HEADERS, **wanted}) as response:
            if response.status_code not in (200, 206):
                raise _not_stored(response.status_code)
            body = await _read(response, most, from_end=True)
        return Body(body.content, total, cut=True, media_type=body.media_type)

    def _count(self, status: int) -> None:
        self._metrics.calls.labels("bitbucket", str(status or "none")).inc()


class _PassingError(Exception):
    """A failure that may be over at the next try. `wait` is what the service asks for, in seconds."""

    def __init__(self, error: SourceError, wait: float | None = None) -> None:
        super().__init__()
        self.error = error
        self.wait = wait


def _not_stored(status: int) -> Exception:
    """What the store of finished logs says when it does not give one."""
    error = SourceUnreachable(
        f"the store that keeps finished logs did not give it ({status})",
        "ask again in a minute, or paste the end of the log",
    )
    return _PassingError(error) if status in _AGAIN else error


async def _refuse(response: httpx.Response) -> None:
    body = await _read(response, _ERROR_BYTES, from_end=False)
    try:
        said = json.loads(body.content)
    except (ValueError, RecursionError):
        said = None
    error = refusal(response.status_code, response.headers, said)
    if response.status_code == 429:
        raise _PassingError(error, 1.0 if (asked := retry_after(response.headers)) is None else asked)
    if response.status_code in _AGAIN and isinstance(error, SourceUnreachable):
        raise _PassingError(error, retry_after(response.headers))
    raise error


#: Bytes up to which a log is read whole for its end, rather than asked for a second time by its range.
_READ_WHOLE = 4 * 1024 * 1024


async def _read(response: httpx.Response, most: int, *, from_end: bool) -> Body:
    """The body's first or last `most` bytes; never more than twice as many and a block are held. For its
    last ones it is read through, however long it is: whoever waits for it has a deadline."""
    kept = bytearray()
    cut = False
    async for chunk in response.aiter_bytes():
        kept += chunk
        if not from_end and len(kept) > most:
            del kept[most:]
            cut = True
            break
        if len(kept) > 2 * most:
            del kept[:-most]
            cut = True
    if from_end and len(kept) > most:
        del kept[:-most]
        cut = True
    media_type = response.headers.get("content-type", "").lower()
    return Body(bytes(kept), _length(response.headers), cut, media_type)


def _length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _port(url: httpx.URL) -> int | None:
    return url.port or {"https": 443, "http": 80}.get(url.scheme)
