"""Answers to boto3's requests have a size and an end: real HTTP from a server that keeps on sending."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from bot.clients.aws_wire import AnswerUnbounded, BoundedSender

ENDLESS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole"
CHUNKED = ENDLESS + b"3\r\nwho\r\n2\r\nle\r\n0\r\n\r\n"


@contextlib.asynccontextmanager
async def serving(answer: bytes, *, endless: bytes = b"") -> AsyncIterator[str]:
    """The address of a server that sends `answer`, and then `endless` for as long as somebody listens."""

    ends: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.append(asyncio.current_task())
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer)
                await writer.drain()
                while endless:
                    writer.write(endless)
                    await writer.drain()
                    await asyncio.sleep(0)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*(end for end in ends if end is not None))


async def sent(sender: BoundedSender, address: str) -> AWSResponse:
    headers = {"Host": "127.0.0.1"}
    request = AWSPreparedRequest("GET", address, headers, None, stream_output=False)
    return await asyncio.to_thread(sender, request)


def sending(**bounds: Any) -> contextlib.closing[BoundedSender]:
    return contextlib.closing(BoundedSender(verify=True, connections=1, **bounds))


@pytest.mark.parametrize("answer", [WHOLE, CHUNKED])
async def test_an_answer_is_handed_on_whole_and_its_connection_serves_the_next(answer: bytes) -> None:
    async with serving(answer) as address:
        with sending() as sender:
            answers = [await sent(sender, address) for _ in range(3)]

    assert [(one.status_code, one.content) for one in answers] == [(200, b"whole")] * 3


async def test_an_answer_that_goes_on_and_on_is_left_at_its_bound() -> None:
    async with serving(ENDLESS, endless=b"400\r\n" + b"x" * 0x400 + b"\r\n") as address:
        with sending(longest=100_000, slowest=600) as sender, pytest.raises(AnswerUnbounded):
            await sent(sender, address)


async def test_an_answer_that_trickles_is_left_when_its_time_is_over() -> None:
    async with serving(ENDLESS, endless=b"1\r\nx\r\n") as address:
        with sending(longest=10**12, slowest=0.1) as sender, pytest.raises(AnswerUnbounded):
            await sent(sender, address)
