"""The pool of connections, against a real server: what comes back, and what its failures are called."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.clients.http_pool import Pool

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers every request with the same bytes; `closes` ends the connection after each answer."""

    def __init__(self, answer: bytes, *, closes: bool = False) -> None:
        self.answer, self.closes = answer, closes
        self.connections = 0
        self.requests: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(self.answer)
                await writer.drain()
                if self.closes:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def opened(server: Server, trust: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Pool, str]]:
    """A pool, and the server's `host:port`."""
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=trust)
    pool = Pool()
    try:
        yield pool, f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        await pool.close()
        listening.close()


async def body(response: httpx.Response) -> bytes:
    try:
        return b"".join([part async for part in response.aiter_bytes()])
    finally:
        await response.aclose()


async def test_a_connection_is_used_again() -> None:
    server = Server(OK)
    async with opened(server) as (pool, host):
        for _ in range(3):
            assert await body(await pool.send("GET", f"http://{host}/", {"Accept": "*/*"})) == b"ok"
    assert (server.connections, len(server.requests)) == (1, 3)


async def test_a_connection_whose_answer_was_not_read_is_given_up() -> None:
    server = Server(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"a" * 1000)
    async with opened(server) as (pool, host):
        for _ in range(2):
            await (await pool.send("GET", f"http://{host}/", {})).aclose()
    assert server.connections == 2


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/a%7Bb%7D?q=name%20~%22x%22&fields=a,b.c", b"/a%7Bb%7D?q=name%20~%22x%22&fields=a,b.c"),
        ("/{a}/x y", b"/%7Ba%7D/x%20y"),
        ("/a/../b", b"/b"),
    ],
)
async def test_an_address_is_sent_as_it_is_written_and_what_cannot_stand_in_one_encoded(
    path: str, sent: bytes
) -> None:
    server = Server(OK)
    async with opened(server) as (pool, host):
        await body(await pool.send("GET", f"http://{host}{path}", {}))
    assert server.requests[0].split(b" ")[1] == sent


async def test_only_the_headers_that_were_given_go_out_and_no_login_of_the_address() -> None:
    server = Server(OK)
    async with opened(server) as (pool, host):
        await body(await pool.send("GET", f"http://someone:canary@{host}/", {"Accept": "x/y"}))
    names = {line.split(b":")[0].lower() for line in server.requests[0].split(b"\r\n")[1:] if line}
    assert names == {b"host", b"accept"}
    assert b"canary" not in server.requests[0]


async def test_a_redirect_is_no_more_than_an_answer_however_long_its_address() -> None:
    there = b"https://store.example/" + b"a" * 30_000
    server = Server(b"HTTP/1.1 307 Temporary\r\nLocation: " + there + b"\r\nContent-Length: 0\r\n\r\n")
    async with opened(server) as (pool, host):
        answer = await pool.send("GET", f"http://{host}/", {})
        await body(answer)
    assert (answer.status_code, answer.headers["location"]) == (307, there.decode())
    assert len(server.requests) == 1


async def test_a_packed_answer_is_unpacked() -> None:
    packed = gzip.compress(b"log")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    async with opened(Server(head.encode() + packed)) as (pool, host):
        assert await body(await pool.send("GET", f"http://{host}/", {})) == b"log"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", httpx.RemoteProtocolError),
        (b"nothing of HTTP\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000, httpx.RemoteProtocolError),
    ],
)
async def test_an_answer_that_is_none_is_asked_for_once(answer: bytes, kind: type[httpx.HTTPError]) -> None:
    server = Server(answer, closes=True)
    async with opened(server) as (pool, host):
        with pytest.raises(kind):
            await body(await pool.send("GET", f"http://{host}/", {}))
    assert len(server.requests) == 1


async def test_where_nothing_listens_there_is_no_connection() -> None:
    async with opened(Server(OK)) as (_, host):
        pass
    pool = Pool()
    with pytest.raises(httpx.ConnectError):
        await pool.send("GET", f"http://{host}/", {})
    await pool.close()


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/x", "http://127.0.0.1:70000/", "http:///x", "nothing"])
async def test_an_address_that_is_none_is_told_as_such(address: str) -> None:
    pool = Pool()
    with pytest.raises((httpx.UnsupportedProtocol, httpx.InvalidURL)):
        await pool.send("GET", address, {})
    await pool.close()


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server = Server(OK)
    async with opened(server, _self_signed(tmp_path)) as (pool, host):
        with pytest.raises(httpx.ConnectError):
            await pool.send("GET", f"https://{host}/", {})
    assert server.requests == []


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "pair.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(folder / "pair.pem")
    return trust
