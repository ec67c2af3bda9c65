"""The connections to Bitbucket and to its stores: one request, sent, counted, and what its failure means."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping

import httpx

from bot.clients.bitbucket_errors import malformed, not_reached
from bot.clients.bitbucket_gate import Gate, Gates, PassingError
from bot.clients.http_pool import Pool
from bot.metrics import Metrics

#: Answers are small; a small one that unfolds into a large one is not wanted.
HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "rolecall"}

_NO_CONNECTION = (httpx.NetworkError, httpx.ConnectTimeout, httpx.RemoteProtocolError)


class Link:
    """One pool of connections, and the state of each host."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._seconds = metrics.call_seconds.labels("bitbucket")
        self._gates = Gates()
        self._pool = Pool()

    async def close(self) -> None:
        await self._pool.close()

    def gate(self, url: httpx.URL) -> Gate:
        """The gate of the address' host."""
        return self._gates.of(url.netloc.decode())

    @contextlib.asynccontextmanager
    async def get(self, address: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """The answer with its head read; what of its body was not read is given up with the connection.

        Raises:
            httpx.HTTPError: it did not come.
            httpx.InvalidURL: this is no address.
        """
        async with self._sent(_host_of(address), self._pool.send("GET", address, headers)) as response:
            yield response

    @contextlib.asynccontextmanager
    async def sent(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        """As `get`, for any request."""
        address = str(request.url)
        sending = self._pool.send(request.method, address, request.headers, request.read())
        async with self._sent(request.url.netloc.decode(), sending) as response:
            yield response

    @contextlib.asynccontextmanager
    async def _sent(self, host: str, sending: Awaitable[httpx.Response]) -> AsyncIterator[httpx.Response]:
        gate = self._gates.of(host)
        try:
            with self._seconds.time():
                response = await sending
        except httpx.HTTPError as error:
            self._count("none")
            if isinstance(error, _NO_CONNECTION):
                gate.failed()
            raise
        self._count(str(response.status_code))
        gate.answered(limited=response.status_code == 429)
        try:
            yield response
        finally:
            await response.aclose()

    def _count(self, status: str) -> None:
        self._metrics.calls.labels("bitbucket", status).inc()


def _host_of(address: str) -> str:
    """The host that has a gate, and its port if it is not the usual one."""
    return _netloc("/".join(address.split("/", 3)[:3]))


@functools.lru_cache(64)
def _netloc(origin: str) -> str:
    return httpx.URL(origin).netloc.decode()


@contextlib.contextmanager
def told() -> Iterator[None]:
    """What went wrong on the way to the host, as what it means.

    Raises:
        PassingError: it may be over at the next try.
        SourceError: it will not be.
    """
    try:
        yield
    except httpx.TimeoutException as error:
        late = not_reached("did not answer in time")
        if isinstance(error, httpx.ConnectTimeout):
            raise PassingError(late) from None
        raise late from None
    except (httpx.UnsupportedProtocol, httpx.LocalProtocolError):
        # An address that no request can be made of will be none the next time either.
        raise malformed("points to no usable address") from None
    except httpx.TransportError:
        raise PassingError(not_reached("cannot be reached")) from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise malformed("cannot be understood") from None
