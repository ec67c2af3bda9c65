"""The second look on a real SQLite file and a real PostgreSQL: later, durably, only while it is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from dbos import DBOS, WorkflowStatus

from bot.jobs import Jobs
from bot.metrics import Metrics
from bot.second_look import Looking
from bot.works import LOOK, works_on
from handlers.ports import Paste, Reply
from tests.bot.test_jobs import PASTE, Bench, database, postgres_server, process, wait_for

__all__ = ["database", "postgres_server"]

RUN = "https://bitbucket.org/acme/ledger/pipelines/results/512"
FIRST = Reply(kind="diagnosis", text="no record yet", awaits_record=True, run=RUN)
FOUND = Reply(kind="diagnosis", text="the record says", cause="trust-source-ip", verdict="confirmed", run=RUN)
SOON = (0.1, 0.2, 0.3)
NEVER = (3_600.0, 7_200.0)
POSTED = "1795400000.000900"
CLICK = replace(PASTE, revision="click-1")


class LookBench(Bench):
    """`reply` is what each work answers, `found` what each look does; a look waits for `look_gate`."""

    def __init__(self, url: str, waits: tuple[float, ...]) -> None:
        super().__init__(url)
        self.reply, self.found = FIRST, FOUND if waits == NEVER else None
        self.looked: list[tuple[str, str]] = []
        self.edited: list[tuple[str, str, str]] = []
        self.look_gate = asyncio.Event()
        self.look_gate.set()
        self.jobs = Jobs(
            url,
            self._prepare,
            self._deliver,
            self._take_back,
            Metrics(),
            Looking(self._look, self._edit, waits, poll_seconds=0.1, anew=self._anew),
            sweep_seconds=0.1,
        )

    async def _prepare(self, paste: Paste) -> Reply:
        await super()._prepare(paste)
        return self.reply

    async def _look(self, paste: Paste, run: str) -> Reply | None:
        self.looked.append((paste.work, run))
        await self.look_gate.wait()
        return self.found

    async def _anew(self, paste: Paste) -> Reply | None:
        return replace(FIRST, text="made anew")

    async def _edit(self, paste: Paste, ts: str, reply: Reply) -> bool:
        self.edited.append((paste.job, ts, reply.text))
        return True


@asynccontextmanager
async def bench(url: str, waits: tuple[float, ...] = SOON) -> AsyncIterator[LookBench]:
    running = LookBench(url, waits)
    await running.jobs.start()
    try:
        yield running
    finally:
        running.gate.set()
        running.look_gate.set()
        await running.jobs.stop()


async def looks() -> list[WorkflowStatus]:
    """The looks that are stored, oldest first."""
    return await DBOS.list_workflows_async(name=LOOK)


async def eventually(what: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await what():
            await asyncio.sleep(0.02)


async def none_waits() -> bool:
    return not [look for look in await looks() if look.status != "SUCCESS"]


async def none_is_stored() -> bool:
    return not await looks()


async def one_waits() -> bool:
    return [look.status for look in await looks()] == ["DELAYED"]


async def due_now() -> None:
    """Let the time pass for which the one look waits."""
    await eventually(one_waits)
    (look,) = await looks()
    await DBOS.set_workflow_delay_async(look.workflow_id, delay_seconds=0)


async def test_the_first_look_that_finds_the_record_edits_the_reply_and_is_the_last(database: str) -> None:
    async with bench(database) as bot:
        await asyncio.gather(*(bot.jobs.accept(PASTE) for _ in range(3)))
        await eventually_looked(bot, 1)
        bot.found = FOUND
        await eventually(lambda: _is(bool(bot.edited)))
        await eventually(none_waits)

        # The look that began before the record came finds nothing; the next one does.
        assert len(bot.looked) == 2
        assert bot.looked[0] == (PASTE.work, RUN)
        assert bot.edited == [(PASTE.job, POSTED, "the record says")]
        assert await bot.jobs.last_reply(PASTE.job) == FOUND
        assert [work.workflow_id for work in await works_on(PASTE.job)] == [PASTE.work]
        assert len(bot.delivered) == 1


async def eventually_looked(bot: LookBench, times: int) -> None:
    await eventually(lambda: _is(len(bot.looked) >= times))


async def _is(true: bool) -> bool:
    return true


async def test_without_a_record_it_is_looked_three_times_and_nothing_remains(database: str) -> None:
    async with bench(database) as bot:
        await bot.jobs.accept(PASTE)
        await eventually_looked(bot, 3)
        await eventually(none_is_stored)

        assert len(bot.looked) == 3
        assert bot.edited == []
        assert await bot.jobs.last_reply(PASTE.job) == FIRST


@pytest.mark.parametrize(
    ("paste", "reply"),
    [
        (PASTE, replace(FIRST, awaits_record=False)),
        (replace(PASTE, response_url="https://hooks.slack.com/commands/1"), FIRST),
    ],
)
async def test_no_other_answer_is_looked_at_again(tmp_path: Path, paste: Paste, reply: Reply) -> None:
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:
        bot.reply = reply
        await bot.jobs.accept(paste)
        await bot.settled(1)

        assert await looks() == []


async def test_a_reply_that_says_the_same_is_not_edited(tmp_path: Path) -> None:
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:
        history = {"type": "rich_text", "block_id": "history"}
        bot.found = replace(FIRST, awaits_record=False, blocks=[history])
        await bot.jobs.accept(PASTE)
        await eventually_looked(bot, 1)
        await eventually(none_is_stored)

        assert bot.edited == []


@pytest.mark.parametrize("comes", [True, False])
async def test_an_answer_made_anew_that_awaits_a_record_is_followed_once(database: str, comes: bool) -> None:
    async with bench(database) as bot:
        bot.reply, bot.found = replace(FIRST, text="Bitbucket takes no more", again_in=0.1), None
        if comes:
            bot.found = FOUND
        await bot.jobs.accept(PASTE)
        await eventually_looked(bot, 1 if comes else len(SOON))
        await eventually(none_waits)

        told = ["made anew", "the record says"] if comes else ["made anew"]
        assert [text for _, _, text in bot.edited] == told
        assert bot.looked == [(PASTE.work, RUN)] * (1 if comes else len(SOON))
        last = await bot.jobs.last_reply(PASTE.job)
        assert last is not None
        assert last.text == told[-1]


async def test_a_waiting_look_is_no_running_job_and_survives_a_restart(database: str) -> None:
    first = LookBench(database, NEVER)
    await first.jobs.start()
    await first.jobs.accept(PASTE)
    await eventually(one_waits)
    await first.settled(1)
    assert "rolecall_jobs_running 0.0" in first.jobs._metrics.render().decode()
    await first.jobs.stop()

    async with bench(database, NEVER) as second:
        await due_now()
        await eventually(lambda: _is(bool(second.edited)))
        await eventually(none_waits)

        assert await second.jobs.last_reply(PASTE.job) == FOUND
        assert (second.prepared, second.delivered, len(second.looked)) == ([], [], 1)


async def test_a_look_broken_off_by_a_stop_is_begun_anew_by_the_next_start(database: str) -> None:
    first = LookBench(database, NEVER)
    await first.jobs.start()
    first.look_gate.clear()
    await first.jobs.accept(PASTE)
    await due_now()
    await eventually_looked(first, 1)
    await first.jobs.stop()
    assert not first.jobs._looks._tasks

    async with bench(database, NEVER) as second:
        await eventually(lambda: _is(bool(second.edited)))
        await eventually(none_waits)

    assert (first.edited, second.edited) == ([], [(PASTE.job, POSTED, "the record says")])


@pytest.mark.parametrize("when", ["await", "look"])
async def test_after_a_kill_the_look_is_taken_up_once(database: str, tmp_path: Path, when: str) -> None:
    """SIGKILL while the look waits, or while it is under way."""
    out = tmp_path / "delivered"
    with process(database, out, 0, when, PASTE.ts) as victim:
        wait_for(victim, "delivered")
        wait_for(victim, "looking" if when == "look" else "waiting")
        victim.kill()
        victim.wait()

    async with bench(database, NEVER) as heir:
        if when == "await":
            await due_now()
        await eventually(lambda: _is(bool(heir.edited)))
        await eventually(none_waits)

        assert heir.edited == [(PASTE.job, POSTED, "the record says")]
        assert heir.prepared == []


async def test_a_deleted_message_takes_the_waiting_look_with_it(database: str) -> None:
    async with bench(database, NEVER) as bot:
        await bot.jobs.accept(PASTE)
        await eventually(one_waits)
        await bot.jobs.withdraw(PASTE.job, PASTE.channel)
        await eventually(none_is_stored)

        assert bot.taken_back == [("C1", POSTED)]
    assert bot.looked == []


async def test_a_message_deleted_during_the_look_is_not_answered_any_more(database: str) -> None:
    async with bench(database, NEVER) as bot:
        bot.look_gate.clear()
        await bot.jobs.accept(PASTE)
        await due_now()
        await eventually_looked(bot, 1)
        await bot.jobs.withdraw(PASTE.job, PASTE.channel)
        await eventually(lambda: _is(bool(bot.taken_back)))
        bot.look_gate.set()
        await eventually(none_is_stored)

        assert await works_on(PASTE.job) == []
    assert bot.edited == []


async def test_a_newer_answer_has_a_look_of_its_own_in_place_of_the_older_ones(database: str) -> None:
    async with bench(database, NEVER) as bot:
        await bot.jobs.accept(PASTE)
        await eventually(one_waits)
        await bot.jobs.accept(CLICK)
        await bot.settled(2)
        await due_now()
        await eventually(lambda: _is(bool(bot.edited)))
        await eventually(none_waits)

    assert bot.looked == [(CLICK.work, RUN)]


async def test_a_newer_answer_that_waits_for_nothing_ends_the_looks(database: str) -> None:
    async with bench(database, NEVER) as bot:
        await bot.jobs.accept(PASTE)
        await eventually(one_waits)
        bot.reply = replace(FOUND, text="somebody checked again")
        await bot.jobs.accept(CLICK)
        await bot.settled(2)

        assert await looks() == []
        assert await bot.jobs.last_reply(PASTE.job) == bot.reply


async def test_an_earlier_text_that_comes_late_leaves_the_look_that_waits(tmp_path: Path) -> None:
    async def both_ended() -> bool:
        return [work.status for work in await works_on(PASTE.job)] == ["SUCCESS"] * 2

    first, last = (
        replace(PASTE, revision=f"edit-{edited}", edited=edited)
        for edited in ("1795400101.000000", "1795400102.000000")
    )
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}", NEVER) as bot:
        await bot.jobs.accept(last)
        await bot.settled(1)
        await eventually(one_waits)
        waiting = [look.workflow_id for look in await looks()]
        await bot.jobs.accept(first)
        await eventually(both_ended)

        assert bot.prepared == [last.work]
        assert [look.workflow_id for look in await looks()] == waiting


async def test_what_is_answered_during_a_look_has_the_last_word(database: str) -> None:
    async with bench(database, NEVER) as bot:
        bot.look_gate.clear()
        await bot.jobs.accept(PASTE)
        await due_now()
        await eventually_looked(bot, 1)
        bot.reply = replace(FOUND, text="somebody checked again")
        await bot.jobs.accept(CLICK)
        await bot.settled(2)
        bot.look_gate.set()
        await eventually(none_is_stored)

    assert bot.edited == []


async def test_looks_that_edited_go_with_their_job(database: str) -> None:
    async with bench(database, NEVER) as bot:
        await bot.jobs.accept(PASTE)
        await due_now()
        await eventually(lambda: _is(bool(bot.edited)))
        await eventually(none_waits)
        await bot.jobs.withdraw(PASTE.job, PASTE.channel)
        await eventually(none_is_stored)

    assert bot.taken_back == [("C1", POSTED)]
