"""Durable work: a paste is written down before it is acknowledged, and answered exactly once.

One DBOS workflow is one piece of work, its id the paste's identity (`Paste.work`), so that every copy of
a message finds the workflow that is there already. Its two steps are recorded: the rendered reply, then
the posted message. What is stored is the redacted paste, the rendered reply, its cause and verdict, as
JSON: no file, variable or policy. All of it goes when the message is deleted; then another workflow takes
the reply back, and stays in its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any

from dbos import DBOS, SetWorkflowID

from bot.first_mark import is_resumed
from bot.intake import Intake, in_time
from bot.logs import frames_of, get_logger, names_of
from bot.metrics import Metrics
from bot.newest_text import OLDER, NewestText
from bot.precedence import Precedence
from bot.presence import Presence
from bot.records import Records
from bot.second_look import Looking, SecondLooks
from bot.spans import Begin, diagnosis, part
from bot.store import configuration, is_postgres, prepare_file
from bot.task_set import TaskSet
from bot.turns import Turns
from bot.upkeep import SWEEP_SECONDS, keep_up
from bot.withdrawal import Find, TakeBack, Withdrawals
from bot.works import (
    WORKFLOW,
    drop_waiting_looks,
    forget,
    is_ended,
    is_new,
    started,
    turn_of,
    vote_id,
    vote_on,
)
from bot.writers import for_an_ack
from handlers.ports import Paste, Reply, StoreDown

log = get_logger()

Prepare = Callable[[Paste], Awaitable[Reply | None]]
Deliver = Callable[[Paste, Reply, str | None, bool], Awaitable[str | None]]


class Jobs(Records):
    """The store and its workers. One at a time in a process, because DBOS is one to a process.

    `prepare` turns a paste into a reply, or None when there is nothing to say, and never raises;
    `deliver(paste, reply, ts, look_first)` posts it (or edits the reply at `ts`), looking for our own earlier
    post first when asked to, and returns the `ts` of the message, None for an ephemeral answer;
    `take_back(channel, ts)` deletes it again; `looking` is done again later where an answer waits for a
    record, and nothing is without it; `find(paste)` tells the `ts` of a reply that no record tells;
    `sweep_seconds` lie between two looks for the work of dead processes;
    `begin`, once it is set, traces each answer.
    """

    def __init__(
        self,
        database_url: str,
        prepare: Prepare,
        deliver: Deliver,
        take_back: TakeBack,
        metrics: Metrics,
        looking: Looking | None = None,
        find: Find | None = None,
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        self._postgres = is_postgres(database_url)
        self._url = (
            database_url.replace("postgres://", "postgresql://", 1) if self._postgres else database_url
        )
        # One process works on a SQLite file; it must find its own unfinished work by the same name
        # after a restart. Processes on PostgreSQL are many, and find each other's by their locks.
        self.executor = f"rolecall-{uuid.uuid4()}" if self._postgres else "rolecall"
        self._presence = Presence(self._url, self.executor) if self._postgres else None
        self._prepare_reply = prepare
        self._deliver_reply = deliver
        self._metrics = metrics
        self.begin: Begin | None = None
        self.turns = self._turns = Turns()
        self._texts = NewestText()
        self._looks = SecondLooks(looking, self._turns, self._forget)
        self._mine: set[str] = set()
        self._tasks = TaskSet()
        self._forgetting = TaskSet()
        self._withdrawals = Withdrawals(
            take_back, find, self._turns, self._tasks, self._forget, self.executor
        )
        self._intake = Intake()
        self._sweep_seconds = sweep_seconds
        self._sweeper: asyncio.Task[None] | None = None
        self._stopping = False
        self._answer: Any = None
        self._vote: Any = None

    async def start(self) -> None:
        """Open the database, create its tables, and resume what an earlier process left unfinished.

        Raises:
            SettingsError: the SQLite file cannot be opened where the setting says.
            Exception: whatever the driver raises while the database is not there.
        """
        if not self._postgres:
            prepare_file(self._url)
        DBOS(config=configuration(self._url, self.executor))
        self.precedence = Precedence()
        self._register()
        # On the loop's own thread: DBOS then runs resumed work on this loop, where our clients live.
        DBOS.launch()
        await self._looks.open()
        if self._presence is not None:
            await self._presence.announce()
        upkeep = keep_up(self._presence, self.executor, self._metrics, self._sweep_seconds)
        self._sweeper = asyncio.create_task(upkeep)

    async def abandon(self) -> None:
        """Undo a start that failed, so that it can be tried again."""
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)

    def _register(self) -> None:
        async def answer_paste(stored: dict[str, Any]) -> dict[str, Any]:
            with diagnosis(self.begin, stored) as tell:
                return tell(await self.precedence.gives_way(self._work(stored)))

        async def record_vote(vote: dict[str, Any]) -> dict[str, Any]:
            return vote

        self._answer = DBOS.workflow(name=WORKFLOW)(answer_paste)
        self._vote = DBOS.workflow(name="record_vote")(record_vote)
        self._looks.register(self.precedence)
        self._withdrawals.register(self.precedence)

    # -- intake ---------------------------------------------------------------------------------------

    async def accept(self, paste: Paste) -> bool:
        """Write the paste down and start its work. See `handlers.ports.Services.accept`."""
        if self._stopping:
            raise StoreDown("stopping")
        work = self._turns.joined(paste)
        try:
            with self.precedence.ack():
                new = await self._intake.once(work, lambda: self._store(paste, work))
        except StoreDown:
            self._metrics.refused_intake.inc()
            raise
        except Exception as error:  # noqa: BLE001 - whatever the driver raises, it must not be acknowledged
            self._metrics.refused_intake.inc()
            log.error("intake failed", error=names_of(error), frames=frames_of(error))
            raise StoreDown(type(error).__name__) from None
        if not new:
            self._metrics.duplicates.inc()
            return False
        self._metrics.accepted.labels(paste.way_in).inc()
        return True

    async def _store(self, paste: Paste, work: str) -> bool:
        if work != paste.work:
            return False
        for_an_ack.set(True)
        if not await is_new(paste):
            self._turns.begun(paste.job, work)
            return False
        self._mine.add(work)
        try:
            with SetWorkflowID(work):
                await DBOS.start_workflow_async(self._answer, paste.to_json())
            self._texts.came(paste)
        except BaseException:
            self._mine.discard(work)
            self._turns.begun(paste.job, work)
            raise
        return True

    # -- the work -------------------------------------------------------------------------------------

    async def _work(self, stored: dict[str, Any]) -> dict[str, Any]:
        paste = Paste.from_json(stored)
        # Begun by the acknowledgement, and no part of it; the end waits for it, for a while.
        for_an_ack.set(False)
        self._tasks.add(asyncio.current_task())
        self._metrics.running.inc()
        try:
            # Works on one paste (an edit, a click) follow each other; the newest has the last word.
            async with self._turns.taken(paste.job, paste.work):
                reply = ts = None
                if not self._turns.is_ended(paste.job):
                    reply = await DBOS.run_step_async({"name": "prepare"}, self._prepare, stored)
                if reply == OLDER:
                    # Its place is kept: a late copy of the message must find it.
                    return {"ts": None, "reply": None}
                if reply is not None and not self._turns.is_ended(paste.job):
                    ts = await DBOS.run_step_async({"name": "deliver"}, self._deliver, stored, reply)
                if ts:
                    self._turns.stands(paste.job, ts)
            is_ended = self._turns.is_ended(paste.job)
            if reply is None or (not ts and (is_ended or reply.get("only_in_place"))):
                self._forget(paste.work)
                return {"ts": None, "reply": None}
            if is_ended:
                # The place is kept for the work that takes the reply back, and removes this one with it.
                return {"ts": ts, "reply": None}
            if ts:
                await self._looks.follow(paste, reply, ts)
            return {"ts": ts, "reply": reply}
        finally:
            self._metrics.running.dec()
            self._mine.discard(paste.work)
            self._turns.begun(paste.job, paste.work)

    async def _prepare(self, stored: dict[str, Any]) -> dict[str, Any] | None:
        paste = Paste.from_json(stored)
        resumed = paste.work not in self._mine
        is_resumed.set(resumed)
        if resumed or self._postgres:
            await self._texts.learn(paste.job)
        if paste.revision and not self._texts.is_older(paste):
            # What is answered now takes the place of what a look would follow.
            await drop_waiting_looks(paste.job)
        return await self._texts.unless_older(paste, self._prepare_reply)

    def _forget(self, work: str) -> None:
        """A message that turned out not to ask leaves no row, once its work has ended."""
        # A context of its own: what is asked of the store here is no step of the work.
        self._forgetting.add(asyncio.create_task(forget(work), context=Context()))

    async def _deliver(self, stored: dict[str, Any], reply: dict[str, Any]) -> str | None:
        paste = Paste.from_json(stored)
        # Work that this process did not accept was resumed: its post may be out already.
        resumed = paste.work not in self._mine
        if (resumed or self._postgres) and await is_ended(paste.job):
            # The message was deleted while another process had the work: there is no thread any more.
            self._turns.end(paste.job)
            return None
        if resumed or self._postgres:
            await self._texts.learn(paste.job)
            if self._texts.is_older(paste):
                return None
        earlier = None
        if (paste.revision or resumed) and not paste.ephemeral:
            turn = await turn_of(paste, self.executor)
            if turn.is_late:
                return turn.ts
            earlier = turn.ts or self._turns.posted_at(paste.job)
        look_first = earlier is None and (resumed or bool(paste.revision))
        with part("post", status="edited" if earlier else "posted") as tell:
            ts = await self._deliver_reply(paste, Reply.from_json(reply), earlier, look_first)
            if not ts:
                tell("status", "answered-apart" if paste.ephemeral else "not-posted")
            return ts

    # -- a message that is deleted --------------------------------------------------------------------

    async def withdraw(self, job: str, channel: str) -> None:
        """See `handlers.ports.Services.withdraw`."""
        if self._stopping:
            raise StoreDown("stopping")
        await self._withdrawals.begin(job, channel)

    # -- was this it ----------------------------------------------------------------------------------

    async def feedback(self, job: str, user: str, helpful: bool, remark: str = "") -> None:
        vote = vote_on(job, await self.last_reply(job), helpful, remark)
        identity = vote_id(job, user, helpful, remark)
        if await in_time(started(identity, self._vote, vote)) and not remark:
            self._metrics.feedback.labels("yes" if helpful else "no").inc()

    # -- the end --------------------------------------------------------------------------------------

    async def stop(self, grace: float = 6.0) -> None:
        """Take nothing more, let running work finish within `grace` seconds; the rest stays stored and
        is resumed by the next start."""
        self._stopping = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        await self._looks.stop()
        await self._tasks.wait(grace)
        for tasks in (self._tasks, self._forgetting):
            tasks.cancel()
        for tasks in (self._tasks, self._forgetting):
            await tasks.wait(0.5)
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        if self._presence is not None:
            await self._presence.close()
