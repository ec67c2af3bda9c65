"""One pool of HTTP connections: aiohttp's, for a third of the CPU that a request costs in httpx's own.

Answers and errors are httpx's. No redirect is followed, no cookie kept; no proxy, .netrc or set of
certificates of the environment is used: https://docs.aiohttp.org/en/stable/client_reference.html
"""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping

import aiohttp
import httpx
from yarl import URL

#: Seconds: to be connected, looking the name up and waiting for a free connection included; for the
#: connection itself; between two parts of an answer. One hanging answer leaves the others of a diagnosis half
#: of its time.
_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=4.0, sock_connect=2.0, sock_read=4.0)
#: As many connections as all diagnoses that go on together (`bot.desk`) ask on at a time, six each: a source
#: that hangs for one must not look hanging to another, which only waits for a connection.
_CONNECTIONS = 192
_KEPT_SECONDS = 60.0
_HEAD_BYTES = 64 * 1024
"""Of one line of an answer's head: signed addresses of stores are long."""

_PLAIN = re.compile(r"(?:[A-Za-z0-9._~:/?!$&()*+,;=-]|%[0-9A-Fa-f]{2})+\Z")
"""An address that means what it says: nothing in it is to be encoded, and it holds no login (`@`)."""


class Pool:
    """Connections are made when they are first needed, on the loop that runs then."""

    def __init__(self) -> None:
        # Reading the certificates takes tenths of what an ack may take: they are read now.
        self._trusted = httpx.create_ssl_context(trust_env=False)
        self._trusted.set_alpn_protocols(["http/1.1"])
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Let go of all connections."""
        if self._session is not None:
            await self._session.close()

    async def send(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> httpx.Response:
        """The answer with its head read. Its `aclose` gives up the connection unless the body was read.

        Raises:
            httpx.TransportError: it did not come.
            httpx.InvalidURL: this is no address.
        """
        session = self._session = self._session or _opened(self._trusted)
        with _as_httpx():
            url = URL(_encoded(address), encoded=True)
            answer = await session.request(method, url, headers=headers, data=body, allow_redirects=False)
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=_Body(answer))


def _encoded(address: str) -> str:
    """The address as it is sent. httpx looks at each sign of it, which few of them need."""
    if _PLAIN.match(address) and "/." not in address:
        return address
    # What is in an address for a login is none of ours.
    return str(httpx.URL(address).copy_with(userinfo=b""))


def _opened(trusted: ssl.SSLContext) -> aiohttp.ClientSession:
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=trusted, limit=_CONNECTIONS, keepalive_timeout=_KEPT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=_TIMEOUT,
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        auto_decompress=False,
        trust_env=False,
        max_line_size=_HEAD_BYTES,
        max_field_size=_HEAD_BYTES,
    )
    # Whether it is asked again, and how often, is told by whoever counts the calls. There is no public name
    # for it; that calls are counted right is tested.
    session._retry_connection = False
    return session


class _Body(httpx.AsyncByteStream):
    """An answer's body, as it comes."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for part in self._answer.content.iter_any():
                yield part

    async def aclose(self) -> None:
        # A connection whose answer was read to its end is back in the pool already.
        self._answer.close()


@contextlib.contextmanager
def _as_httpx() -> Iterator[None]:
    """Errors of aiohttp as those of httpx that mean the same."""
    try:
        yield
    except aiohttp.ConnectionTimeoutError:
        raise httpx.ConnectTimeout("not connected in time") from None
    except TimeoutError:
        raise httpx.ReadTimeout("not answered in time") from None
    except aiohttp.ClientConnectorError:
        # A certificate that is refused is one of these, and a `ValueError` too.
        raise httpx.ConnectError("not connected") from None
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError):
        raise httpx.UnsupportedProtocol("no request can be made of it") from None
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, aiohttp.ClientResponseError):
        raise httpx.RemoteProtocolError("the answer is cut off, or none") from None
    except (aiohttp.ClientError, OSError):
        raise httpx.ReadError("the connection broke") from None
