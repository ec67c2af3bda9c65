"""A message that is deleted: its reply is taken back, and all that was kept of it goes.

The reply may be under way at that moment. Then it is waited for: in this process by the turn on the job,
in others by what they store. Where no record tells its place, the thread is searched for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from dbos import DBOS

from bot.intake import in_time
from bot.precedence import Precedence
from bot.task_set import TaskSet
from bot.turns import Turns
from bot.works import END, end_of, forget_all, newest_paste, posted_at, started, works_on, works_once_quiet
from bot.writers import for_an_ack
from handlers.ports import Paste

TakeBack = Callable[[str, str], Awaitable[None]]
Find = Callable[[Paste], Awaitable[str | None]]


class Withdrawals:
    """Ends jobs. `take_back(channel, ts)` deletes our message, `find(paste)` tells the `ts` of the reply that
    stands in the paste's thread, `forget(work)` removes a work once it has ended."""

    def __init__(
        self,
        take_back: TakeBack,
        find: Find | None,
        turns: Turns,
        tasks: TaskSet,
        forget: Callable[[str], None],
        executor: str,
    ) -> None:
        self._take_back = take_back
        self._find_reply = find
        self._turns = turns
        self._tasks = tasks
        self._forget = forget
        self._executor = executor
        self._workflow: Any = None

    def register(self, precedence: Precedence) -> None:
        """Tell DBOS of the work; before it is launched."""

        async def withdraw_reply(ended: dict[str, str]) -> None:
            await precedence.gives_way(self._withdraw(ended["job"], ended["channel"]))

        self._workflow = DBOS.workflow(name=END)(withdraw_reply)

    async def begin(self, job: str, channel: str) -> None:
        """Write down that the job's message was deleted. See `handlers.ports.Services.withdraw`."""
        if not await in_time(works_on(job)):
            return
        self._turns.end(job)
        await in_time(started(end_of(job), self._workflow, {"job": job, "channel": channel}))

    async def _withdraw(self, job: str, channel: str) -> None:
        for_an_ack.set(False)
        # The end waits for it, for a while.
        self._tasks.add(asyncio.current_task())
        self._turns.end(job)
        async with self._turns.taken(job):
            ts = await DBOS.run_step_async({"name": "find"}, self._place, job)
            if ts is not None:
                await DBOS.run_step_async({"name": "take_back"}, self._take_back, channel, ts)
            left = await DBOS.run_step_async({"name": "forget"}, forget_all, job)
        # A work has let go of its turn before its end is stored.
        for work in left or ():
            self._forget(work)

    async def _place(self, job: str) -> str | None:
        """The `ts` of the job's reply, None when there is none."""
        works = await works_once_quiet(job, self._executor)
        ts = posted_at(works) or self._turns.posted_at(job)
        paste = newest_paste(works)
        if ts is not None or self._find_reply is None or paste is None or paste.ephemeral:
            return ts
        return await self._find_reply(paste)
