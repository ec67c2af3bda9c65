"""Durable work: a paste is written down before it is acknowledged, and answered exactly once.

One DBOS workflow is one piece of work, its id the paste's identity (`Paste.work`), so that every copy of
a message finds the workflow that is there already. Its two steps are recorded: the rendered reply, then
the posted message. What is stored is the redacted paste, the rendered reply, its cause and verdict, as
JSON: no file, variable or policy.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from dbos import DBOS, DBOSConfig, SetWorkflowID
from dbos._serialization import DBOSPortableJSON

from bot.logs import frames_of, get_logger, names_of
from bot.metrics import Metrics
from bot.presence import Presence
from bot.upkeep import keep_up
from handlers.ports import Paste, Reply, StoreDown

#: Bump when the workflow's steps change, so that older, half-done work is not resumed by newer code.
WORKFLOW_VERSION = "1"

_ACK_SECONDS = 2.5
_PARALLEL = 16

log = get_logger()

Prepare = Callable[[Paste], Awaitable[Reply]]
Deliver = Callable[[Paste, Reply, str | None, bool], Awaitable[str | None]]


def _serializer() -> Any:
    # DBOS pickles by default; what is stored here must stay readable and must run nothing when read.
    return DBOSPortableJSON


class Jobs:
    """The store and its workers. One at a time in a process, because DBOS is one to a process.

    `prepare` turns a paste into a reply and never raises; `deliver(paste, reply, ts, look_first)` posts
    it (or edits the reply at `ts`), looking for our own earlier post first when asked to, and returns the
    `ts` of the message, None for an ephemeral answer.
    """

    def __init__(self, database_url: str, prepare: Prepare, deliver: Deliver, metrics: Metrics) -> None:
        self._postgres = database_url.startswith(("postgresql://", "postgres://"))
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
        self._slots = asyncio.Semaphore(_PARALLEL)
        self._locks: dict[str, asyncio.Lock] = {}
        self._mine: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._intake: dict[str, asyncio.Task[bool]] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._stopping = False
        self._answer: Any = None
        self._vote: Any = None

    async def start(self) -> None:
        """Open the database, create its tables, and resume what an earlier process left unfinished."""
        if not self._postgres:
            _use_write_ahead_log(self._url)
        config: DBOSConfig = {
            "name": "rolecall",
            "system_database_url": self._url,
            "executor_id": self.executor,
            "application_version": WORKFLOW_VERSION,
            "serializer": _serializer(),
            "enable_otlp": False,
            "log_level": "WARNING",
            # Errors of the database name the statement, never the values in it.
            "db_engine_kwargs": {"hide_parameters": True},
        }
        DBOS(config=config)
        self._register()
        # On the loop's own thread: DBOS then runs resumed work on this loop, where our clients live.
        DBOS.launch()
        if self._presence is not None:
            await self._presence.announce()
        self._sweeper = asyncio.create_task(keep_up(self._presence, self.executor))

    async def abandon(self) -> None:
        """Undo a start that failed, so that it can be tried again."""
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)

    def _register(self) -> None:
        async def answer_paste(stored: dict[str, Any]) -> dict[str, Any]:
            return await self._work(stored)

        async def record_vote(vote: dict[str, Any]) -> dict[str, Any]:
            return vote

        self._answer = DBOS.workflow(name="answer_paste")(answer_paste)
        self._vote = DBOS.workflow(name="record_vote")(record_vote)

    # -- intake ---------------------------------------------------------------------------------------

    async def accept(self, paste: Paste) -> bool:
        """Write the paste down and start its work. See `handlers.ports.Services.accept`."""
        if self._stopping:
            raise StoreDown("stopping")
        task = self._intake.get(paste.work)
        copy = task is not None
        if task is None:
            task = asyncio.create_task(self._store(paste))
            self._intake[paste.work] = task
            task.add_done_callback(lambda _: self._intake.pop(paste.work, None))
        # A copy that arrives meanwhile waits for the same write: it must not be acknowledged before it.
        done, _ = await asyncio.wait({task}, timeout=_ACK_SECONDS)
        if not done:
            # The store may still come back and take it: then Slack's redelivery finds it there.
            task.add_done_callback(_forget_outcome)
            self._metrics.refused_intake.inc()
            raise StoreDown("slow")
        error = task.exception()
        if error is not None:
            self._metrics.refused_intake.inc()
            log.error("intake failed", error=names_of(error), frames=frames_of(error))
            raise StoreDown(type(error).__name__) from None
        if copy or not task.result():
            self._metrics.duplicates.inc()
            return False
        self._metrics.accepted.labels(paste.way_in).inc()
        return True

    async def _store(self, paste: Paste) -> bool:
        if await DBOS.get_workflow_status_async(paste.work) is not None:
            return False
        self._mine.add(paste.work)
        try:
            with SetWorkflowID(paste.work):
                await DBOS.start_workflow_async(self._answer, paste.to_json())
        except BaseException:
            self._mine.discard(paste.work)
            raise
        return True

    # -- the work -------------------------------------------------------------------------------------

    async def _work(self, stored: dict[str, Any]) -> dict[str, Any]:
        paste = Paste.from_json(stored)
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        lock = self._locks.setdefault(paste.job, asyncio.Lock())
        self._metrics.running.inc()
        try:
            # Works on one paste (an edit, a click) follow each other; the newest has the last word.
            async with lock:
                reply = await DBOS.run_step_async({"name": "prepare"}, self._prepare, stored)
                ts = await DBOS.run_step_async({"name": "deliver"}, self._deliver, stored, reply)
            return {"ts": ts, "reply": reply}
        finally:
            self._metrics.running.dec()
            self._mine.discard(paste.work)
            if not lock.locked():
                self._locks.pop(paste.job, None)

    async def _prepare(self, stored: dict[str, Any]) -> dict[str, Any]:
        async with self._slots:
            return (await self._prepare_reply(Paste.from_json(stored))).to_json()

    async def _deliver(self, stored: dict[str, Any], reply: dict[str, Any]) -> str | None:
        paste = Paste.from_json(stored)
        earlier = None
        if paste.revision and not paste.ephemeral:
            earlier = await self._posted(paste)
        # Work that this process did not accept was resumed: its post may be out already.
        look_first = paste.work not in self._mine or (bool(paste.revision) and earlier is None)
        return await self._deliver_reply(paste, Reply.from_json(reply), earlier, look_first)

    # -- what is known --------------------------------------------------------------------------------

    async def _works(self, job: str) -> list[Any]:
        """All works on a job, newest first."""
        found = await DBOS.list_workflows_async(
            workflow_id_prefix=job, name="answer_paste", sort_desc=True, limit=50
        )
        return [work for work in found if work.workflow_id == job or work.workflow_id.startswith(f"{job}/")]

    async def known(self, job: str) -> bool:
        return bool(await self._works(job))

    async def original(self, job: str) -> Paste | None:
        for work in await self._works(job):
            arguments = (work.input or {}).get("args") or ()
            if arguments:
                return Paste.from_json(arguments[0])
        return None

    async def last_reply(self, job: str) -> Reply | None:
        for work in await self._works(job):
            if isinstance(work.output, dict) and work.output.get("reply"):
                return Reply.from_json(work.output["reply"])
        return None

    async def _posted(self, paste: Paste) -> str | None:
        for work in await self._works(paste.job):
            if isinstance(work.output, dict) and work.output.get("ts"):
                return str(work.output["ts"])
        return None

    async def feedback(self, job: str, user: str, helpful: bool) -> None:
        reply = await self.last_reply(job)
        vote = {
            "job": job,
            "helpful": helpful,
            "cause": reply.cause if reply else "",
            "verdict": reply.verdict if reply else "",
        }
        identity = f"vote/{job}/{user}/{'up' if helpful else 'down'}"
        if await DBOS.get_workflow_status_async(identity) is None:
            with SetWorkflowID(identity):
                await DBOS.start_workflow_async(self._vote, vote)
            self._metrics.feedback.labels("yes" if helpful else "no").inc()

    async def ping(self) -> bool:
        """Whether the database answers within two seconds."""
        try:
            async with asyncio.timeout(2):
                await DBOS.get_workflow_status_async("rolecall-ping")
        except Exception as error:  # noqa: BLE001 - whatever the driver raises, the answer is "no"
            log.warning("database does not answer", error=names_of(error))
            return False
        return True

    # -- the end --------------------------------------------------------------------------------------

    async def stop(self, grace: float = 6.0) -> None:
        """Take nothing more, let running work finish within `grace` seconds; the rest stays stored and
        is resumed by the next start."""
        self._stopping = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=grace)
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=1)
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        if self._presence is not None:
            await self._presence.close()


def _forget_outcome(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()


def _use_write_ahead_log(url: str) -> None:
    """Readers and the writer of the SQLite file no longer wait for each other. The mode is a property
    of the file; it stays as durable as before (https://www.sqlite.org/wal.html)."""
    path = unquote(url.removeprefix("sqlite:///"))
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
