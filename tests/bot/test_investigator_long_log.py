"""A log of 200 MB, made as it is sent: its end is read, in bounds of memory and time, or said not to be."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiohttp import web

from bot.clients.bitbucket_body import READ_THROUGH
from bot.playground.bitbucket import BitbucketStandIn
from bot.playground.bitbucket_logs import LogStorage
from handlers.render import render
from knowledge.answer import Answer
from tests.bot.sources import WORLD, link, opened
from tests.bot.test_investigator import EMPTY, unread

SIZE = 200 * 1024 * 1024
LINE = b"Uploading dist/assets/0001.js to the bucket, part 17 of 3000\n"
BLOCK = LINE * 4_000
END = f"{EMPTY}\n".encode()
PEAK = 16 * 1024 * 1024
"""Bytes that the bot and the stand-ins may hold together while they pass it on."""


class LongLogs(LogStorage):
    """Holds one log of that size; with `ranges` it gives any part of it, else only the whole, and with
    `endless` it never comes to its end."""

    def __init__(self, *, ranges: bool, endless: bool = False) -> None:
        super().__init__()
        self._ranges = ranges
        self._endless = endless
        self.sent = 0

    async def respond(self, request: web.Request) -> web.StreamResponse:
        wanted = request.headers.get("Range", "").removeprefix("bytes=-")
        if self._ranges and wanted.isdigit():
            first = SIZE - int(wanted)
            part = (LINE * (int(wanted) // len(LINE) + 1))[: int(wanted) - len(END)] + END
            head = {"Content-Range": f"bytes {first}-{SIZE - 1}/{SIZE}"}
            return web.Response(status=206, body=part, headers=head)
        response = web.StreamResponse()
        await response.prepare(request)
        while self._endless or self.sent < SIZE:
            await response.write(BLOCK)
            self.sent += len(BLOCK)
        await response.write(END)
        return response


@contextmanager
def peak() -> Iterator[list[int]]:
    """The most memory that was taken beyond what was held before."""
    found: list[int] = []
    tracemalloc.start()
    try:
        yield found
        found.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


async def asked(storage: LongLogs, deadline: float | None = None) -> Answer:
    stand_in = BitbucketStandIn(WORLD)
    stand_in.storage = storage
    async with opened(bitbucket=stand_in) as sources:
        if deadline is not None:
            sources.readings._deadline = deadline
        with peak() as most:
            answer = await asyncio.wait_for(sources.ask(f"{EMPTY}\n{link('storefront')}"), timeout=30)
    assert most[0] < PEAK
    return answer


async def test_the_end_of_a_log_of_200_megabytes_is_read_by_its_range() -> None:
    storage = LongLogs(ranges=True)
    answer = await asked(storage)

    assert (answer.cause, answer.verdict) == ("oidc-not-enabled", "confirmed")
    assert "its log holds this error" in answer.run_line
    assert unread(answer) == {}
    assert len(storage.calls) == 1


@pytest.mark.parametrize("endless", [False, True], ids=["200 megabytes", "without end"])
async def test_a_store_that_gives_only_the_whole_is_not_read_through_for_ever(endless: bool) -> None:
    storage = LongLogs(ranges=False, endless=endless)
    answer = await asked(storage)

    said = unread(answer)["the log of the step Deploy to S3"]
    assert said == (
        "it is longer than 64 MiB, and no part of it is given alone; paste the last lines of the log"
    )
    assert storage.sent < 2 * READ_THROUGH
    assert answer.cause == "oidc-not-enabled"
    assert "it is longer than 64 MiB" in str(render(answer, "T1-C1-1").blocks)


async def test_a_store_that_takes_its_time_does_not_keep_the_answer_back() -> None:
    """Each block comes late: the end is not awaited beyond the time that an answer has."""

    class Slow(LongLogs):
        async def respond(self, request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(LINE)
                await asyncio.sleep(0.02)

    answer = await asked(Slow(ranges=False), deadline=1.0)

    assert unread(answer)["the log of the step Deploy to S3"] == (
        "it did not answer in time; ask again in a minute"
    )
    assert answer.cause == "oidc-not-enabled"
