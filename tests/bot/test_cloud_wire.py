"""The wire to the clouds, against a real server: whom it asks, when it gives up, how a token is shared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.clients import cloud_wire
from bot.clients.cloud_wire import CloudWire, SharedToken
from bot.errors import SourceDenied, SourceMalformed, SourceUnreachable
from bot.metrics import Metrics

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


@asynccontextmanager
async def dripping() -> AsyncIterator[tuple[str, list[bytes]]]:
    """The address of a server whose answer goes on and on, a byte at a time, and what it was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(HEAD)
            while not reader.at_eof():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


async def test_only_the_configured_hosts_are_asked_and_never_with_a_login_in_the_address() -> None:
    async with dripping() as (address, asked):
        wire = CloudWire("Google", "google", ["https://iam.googleapis.com"], Metrics())
        for foreign in (address, "https://iam.googleapis.com:8443/", "http://iam.googleapis.com/"):
            with pytest.raises(SourceMalformed, match="another host"):
                await wire.get(foreign, "token")
        with pytest.raises(SourceMalformed, match="another host"):
            await wire.get("https://someone:canary@iam.googleapis.com/", "token")
        await wire.close()
    assert asked == []


async def test_an_answer_that_comes_but_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_wire, "_SLOWEST", 0.2)
    async with dripping() as (address, asked):
        wire = CloudWire("Google", "google", [address], Metrics())
        with pytest.raises(SourceUnreachable, match="did not answer in time"):
            await wire.get(f"{address}/v1/x", "token")
        await wire.close()
    assert len(asked) == 1


async def test_who_gives_up_waiting_for_a_token_takes_it_from_nobody_else() -> None:
    asked, may = 0, asyncio.Event()

    async def fetch() -> str:
        nonlocal asked
        asked += 1
        await may.wait()
        return "token"

    token = SharedToken(fetch)
    first, second = asyncio.ensure_future(token()), asyncio.ensure_future(token())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    may.set()
    assert (await second, await token(), asked) == ("token", "token", 2)


async def test_each_who_waits_for_a_token_that_is_refused_has_an_error_of_its_own() -> None:
    async def fetch() -> str:
        await asyncio.sleep(0)
        raise SourceDenied("no token", "ask again")

    token = SharedToken(fetch)
    first, second = await asyncio.gather(token(), token(), return_exceptions=True)
    assert isinstance(first, SourceDenied)
    assert isinstance(second, SourceDenied)
    assert first is not second
    assert (first.reason, first.remedy) == ("no token", "ask again")
