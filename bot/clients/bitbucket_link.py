"""The connections to Bitbucket and to its stores: one request, sent, counted, and what its failure means."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import AsyncIterator, Iterator, Mapping

import httpx

from bot.clients.bitbucket_errors import malformed, not_reached
from bot.clients.bitbucket_gate import Gate, Gates, PassingError
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
HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "rolecall"}

_NO_CONNECTION = (httpx.NetworkError, httpx.ConnectTimeout, httpx.RemoteProtocolError)


class Link:
    """One pool of connections, and the state of each host."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._gates = Gates()
        # The transport without `AsyncClient` around it: no redirect is followed, no cookie, proxy or
        # .netrc of the environment used, and a request costs less CPU for it.
        self._transport = httpx.AsyncHTTPTransport(limits=_LIMITS, trust_env=False)

    async def close(self) -> None:
        await self._transport.aclose()

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
        async with self.sent(httpx.Request("GET", address, headers=headers)) as response:
            yield response

    @contextlib.asynccontextmanager
    async def sent(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        """As `get`, for any request."""
        request.extensions.update(_EXTENSIONS)
        gate = self.gate(request.url)
        try:
            with self._metrics.call_seconds.labels("bitbucket").time():
                response = await self._transport.handle_async_request(request)
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
