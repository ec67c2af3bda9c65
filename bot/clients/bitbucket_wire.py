"""One question to Bitbucket: the request, its bounds, its tries, and what its failure means."""

from __future__ import annotations

import asyncio
import json
import re
from typing import NoReturn

import httpx

from bot.clients.bitbucket_allowance import Allowance
from bot.clients.bitbucket_body import Body, length_of, read_body, total_of
from bot.clients.bitbucket_budget import Budget
from bot.clients.bitbucket_credentials import Credentials
from bot.clients.bitbucket_errors import Holder, malformed, refusal, retry_after
from bot.clients.bitbucket_gate import PassingError
from bot.clients.bitbucket_link import HEADERS, Link, told
from bot.clients.bitbucket_redirects import HOPS, target_of
from bot.errors import SourceRateLimited, SourceUnreachable
from bot.metrics import Metrics

_JSON_BYTES = 4 * 1024 * 1024
_ERROR_BYTES = 64 * 1024
_WAITS = (0.25, 0.75)
"""Seconds before the second and the third try while Bitbucket is down."""
_LONGEST_WAIT = 2.0
"""A longer `Retry-After` is not waited for: the thread is told instead."""
_AGAIN = frozenset({502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Wire:
    """The connection to Bitbucket, with the bot's credentials. Built once."""

    def __init__(self, base: str, credentials: Credentials, metrics: Metrics, budget: Budget) -> None:
        self.base = base
        self.budget = budget
        self._origin = httpx.URL(base)
        self._metrics = metrics
        self._credentials = credentials
        self._link = Link(metrics)

    async def close(self) -> None:
        await self._link.close()

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
        for number, wait in enumerate((*_WAITS, None)):
            try:
                found = await self._once(address, allowance, most, number, from_end=from_end)
                if isinstance(found, Body):
                    return found
                # The answer names the store that has it.
                return await self._stored(found, allowance, most, number)
            except PassingError as passing:
                error, pause, down = passing.error, passing.wait, passing.down
            limited = isinstance(error, SourceRateLimited) and not allowance.may_ask_again
            if wait is None or down or limited or (pause is not None and pause > _LONGEST_WAIT):
                if isinstance(error, SourceRateLimited):
                    allowance.unanswered = error
                raise error
            self._metrics.retries.labels("bitbucket").inc()
            await asyncio.sleep(wait if pause is None else max(wait, pause))
        raise AssertionError("the last wait is None")

    async def _once(
        self, address: str, allowance: Allowance, most: int, number: int, *, from_end: bool
    ) -> Body | str:
        """One try (the first has the `number` 0): the body, or the address that has it."""
        gate = self._link.gate(self._origin)

        async def ask() -> Body | str:
            known_before = gate.in_trouble
            allowance.take(is_raw=_is_raw(address))
            try:
                with told():
                    return await self._asked(address, allowance, most, from_end=from_end)
            except PassingError as passing:
                if isinstance(passing.error, SourceRateLimited):
                    for_good = (passing.wait or 0.0) > _LONGEST_WAIT
                    allowance.limited(passing.error, known_before=known_before, for_good=for_good)
                raise

        return await gate.passed(ask, at_once=number == 0 and self._is_known(allowance, self._origin))

    async def _stored(self, address: str, allowance: Allowance, most: int, number: int) -> Body:
        url = httpx.URL(address)

        async def ask() -> Body:
            with told():
                return await self._from_storage(address, most)

        at_once = number == 0 and self._is_known(allowance, url)
        return await self._link.gate(url).passed(ask, at_once=at_once)

    @staticmethod
    def _is_known(allowance: Allowance, url: httpx.URL) -> bool:
        """Whether this diagnosis has asked the host before; from now on it has."""
        host = url.netloc.decode()
        known = host in allowance.hosts
        allowance.hosts.add(host)
        return known

    async def _asked(self, address: str, allowance: Allowance, most: int, *, from_end: bool) -> Body | str:
        for again in (False, True):
            authorization = await self._credentials.authorization(self._send)
            async with self._link.get(address, {**HEADERS, "Authorization": authorization}) as response:
                if response.status_code == 401 and not again and self._credentials.refused(authorization):
                    # There is a newer token to be had.
                    allowance.take(is_raw=_is_raw(address))
                    continue
                return await self._answer(address, response, most, from_end=from_end)
        raise AssertionError("the second answer is an answer")

    async def _answer(
        self, address: str, response: httpx.Response, most: int, *, from_end: bool
    ) -> Body | str:
        self.budget.tell(response.headers)
        if response.status_code == 200:
            return await read_body(response, most, from_end=from_end)
        if not from_end or response.status_code not in _REDIRECTS:
            return await _refuse(response, self._credentials.holder)
        elsewhere = target_of(address, response.headers.get("location", ""))
        if elsewhere == address:
            raise malformed("points to itself")
        return elsewhere

    async def _send(self, request: httpx.Request) -> tuple[int, bytes]:
        """An answer to the credentials' own question; see `bot.clients.bitbucket_credentials`."""
        async with self._link.sent(request) as response:
            body = await read_body(response, _ERROR_BYTES, from_end=False)
            return response.status_code, body.content

    async def _from_storage(self, address: str, most: int) -> Body:
        """The end of a finished log, asked for by a range from its end. The store may point on a few times;
        the bot's credentials stay behind on each way, Bitbucket's own included."""
        seen = {address}
        while True:
            async with self._link.get(address, {**HEADERS, "Range": f"bytes=-{most}"}) as response:
                if response.status_code not in _REDIRECTS:
                    found = await _end_of(response, most)
                    break
                address = target_of(address, response.headers.get("location", ""))
            back = self._is_origin(httpx.URL(address)) and not any(
                self._is_origin(httpx.URL(one)) for one in seen
            )
            if back or address in seen or len(seen) >= HOPS:
                raise malformed("points on without an end")
            seen.add(address)
        if isinstance(found, Body):
            return found
        wanted = {} if found is None else {"Range": f"bytes={found - most}-{found - 1}"}
        async with self._link.get(address, {**HEADERS, **wanted}) as response:
            if response.status_code not in (200, 206):
                raise _not_stored(response.status_code)
            body = await read_body(response, most, from_end=True)
        return body if found is None else Body(body.content, found, cut=True, media_type=body.media_type)


async def _end_of(response: httpx.Response, most: int) -> Body | int | None:
    """What the store gives for a range from the end, a form that not every store takes: else the length of
    what it began to give whole, by which the range can be asked for from its first to its last byte; or None,
    when it is to be asked without one."""
    total = total_of(response.headers)
    if response.status_code == 206:
        body = await read_body(response, most, from_end=True)
        whole = total is not None and total <= len(body.content)
        return Body(body.content, total, cut=not whole, media_type=body.media_type)
    if response.status_code == 200:
        length = length_of(response.headers)
        if length is not None and length > _READ_WHOLE:
            return length
        return await read_body(response, most, from_end=True)
    if response.status_code == 416 and total == 0:
        return Body(b"", 0, cut=False, media_type="")
    if response.status_code in _NO_SUCH_RANGE:
        return None
    raise _not_stored(response.status_code)


def _not_stored(status: int) -> Exception:
    """What the store of finished logs says when it does not give one."""
    error = SourceUnreachable(
        f"the store that keeps finished logs did not give it ({status})",
        "ask again in a minute, or paste the end of the log",
    )
    return PassingError(error) if status in _AGAIN else error


async def _refuse(response: httpx.Response, holder: Holder) -> NoReturn:
    body = await read_body(response, _ERROR_BYTES, from_end=False)
    try:
        said = json.loads(body.content)
    except (ValueError, RecursionError):
        said = None
    error = refusal(response.status_code, response.headers, said, holder)
    if response.status_code == 429:
        raise PassingError(error, 1.0 if (asked := retry_after(response.headers)) is None else asked)
    if response.status_code in _AGAIN and isinstance(error, SourceUnreachable):
        raise PassingError(error, retry_after(response.headers))
    raise error


_NO_SUCH_RANGE = frozenset({400, 416, 501})
#: Bytes up to which a log is read whole for its end, rather than asked for a second time by its range.
_READ_WHOLE = 4 * 1024 * 1024


#: Repositories and workspaces may be named `src` themselves.
_RAW = re.compile(r"/repositories/[^/]+/[^/]+/src/")


def _is_raw(address: str) -> bool:
    """Whether a raw file is asked for, which counts by itself."""
    return _RAW.search(address.partition("?")[0]) is not None


def _port(url: httpx.URL) -> int | None:
    return url.port or {"https": 443, "http": 80}.get(url.scheme)
