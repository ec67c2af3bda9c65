"""A reply made anew with a trust policy that a person pasted into a form.

The policy is not kept: it lives in memory while the one reply is made, and no durable work ever holds it. So
an end of the process in these seconds loses the request; the button is there to press again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from dbos import WorkflowStatus

from bot.desk import Desk
from bot.intake import in_time
from bot.logs import frames_of, get_logger, names_of
from bot.turns import Turns
from bot.works import answers_to, drop_waiting_looks, posted_at
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
        self._replies: OrderedDict[str, tuple[Reply, str]] = OrderedDict()

    def take(self, paste: Paste, role: Role) -> None:
        """Make the reply anew, beside the acknowledgement. `paste` has a `revision` of its own."""
        task = asyncio.create_task(self._guarded(paste, role))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def reply(self, job: str) -> Reply | None:
        """The job's reply, where the newest one is made with a pasted policy: in this process, or in another,
        nothing has answered the job since.

        Raises:
            StoreDown: there is no telling.
        """
        if job not in self._replies:
            return None
        reply, after = self._replies[job]
        if _newest(await in_time(answers_to(job))) == after:
            return reply
        self.forget(job)
        return None

    def forget(self, job: str) -> None:
        """The job's message is gone, or something newer has answered it."""
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

    async def _judged(self, paste: Paste, role: Role) -> Answer:
        return replace(await self._judge(paste, role), with_policy=True)

    async def _answer(self, paste: Paste, role: Role) -> None:
        async with self._turns.taken(paste.job):
            if self._turns.is_ended(paste.job):
                return
            reply = await self._desk.prepare(paste, lambda asked: self._judged(asked, role))
            if reply is None or self._turns.is_ended(paste.job):
                return
            works = await answers_to(paste.job)
            earlier = None if paste.ephemeral else posted_at(works)
            ts = await self._desk.deliver(paste, reply, earlier, look_first=earlier is None)
            if ts:
                self._turns.stands(paste.job, ts)
            # A look would answer without the policy.
            await drop_waiting_looks(paste.job)
            self._replies[paste.job] = (reply, _newest(works))
            self._replies.move_to_end(paste.job)
            while len(self._replies) > _REPLIES:
                self._replies.popitem(last=False)


def _newest(answers: Sequence[WorkflowStatus]) -> str:
    """The id of the newest work that has answered; what still waits for its turn has not."""
    ended = (one.workflow_id for one in answers if isinstance(one.output, dict) and one.output.get("reply"))
    return next(ended, "")
