"""A reply made anew with a trust policy that a person pasted into a form.

The policy is not kept: it lives in memory while the one reply is made, and no durable work ever holds it. So
an end of the process in these seconds loses the request; the button is there to press again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.desk import Desk
from bot.logs import frames_of, get_logger, names_of
from bot.turns import Turns
from bot.works import drop_waiting_looks, posted_at, works_on
from handlers.ports import Paste, Reply
from knowledge.answer import Answer
from knowledge.casefile import Role

_REPLIES = 200
"""Replies whose proof can be shown; their stored counterparts know nothing of the policy."""

log = get_logger()

Judge = Callable[[Paste, Role], Awaitable[Answer]]


class PolicyDesk:
    """Answers pastes with a role that was handed over. `turns` are those of the durable works, so that the
    newest of them all has the last word on the reply."""

    def __init__(self, judge: Judge, desk: Desk, turns: Turns) -> None:
        self._judge = judge
        self._desk = desk
        self._turns = turns
        self._tasks: set[asyncio.Task[None]] = set()
        self._replies: OrderedDict[str, Reply] = OrderedDict()

    def take(self, paste: Paste, role: Role) -> None:
        """Make the reply anew, beside the acknowledgement. `paste` has a `revision` of its own."""
        task = asyncio.create_task(self._guarded(paste, role))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def reply(self, job: str) -> Reply | None:
        """The job's reply, where the newest one is made with a pasted policy."""
        return self._replies.get(job)

    def forget(self, job: str) -> None:
        """Something newer answers the job, or its message is gone."""
        self._replies.pop(job, None)

    async def stop(self, grace: float = 1.5) -> None:
        """Let what is under way finish within `grace` seconds."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=grace)
        for task in tuple(self._tasks):
            task.cancel()

    async def _guarded(self, paste: Paste, role: Role) -> None:
        try:
            await self._answer(paste, role)
        except Exception as error:  # noqa: BLE001 - nobody awaits this task; the text may hold the policy
            log.error("pasted policy failed", job=paste.job, error=names_of(error), frames=frames_of(error))

    async def _answer(self, paste: Paste, role: Role) -> None:
        async with self._turns.taken(paste.job):
            if self._turns.is_ended(paste.job):
                return
            reply = await self._desk.prepare(paste, lambda asked: self._judge(asked, role))
            if reply is None or self._turns.is_ended(paste.job):
                return
            earlier = None if paste.ephemeral else posted_at(await works_on(paste.job))
            await self._desk.deliver(paste, reply, earlier, look_first=earlier is None)
            # A look would answer without the policy.
            await drop_waiting_looks(paste.job)
            self._replies[paste.job] = reply
            while len(self._replies) > _REPLIES:
                self._replies.popitem(last=False)
