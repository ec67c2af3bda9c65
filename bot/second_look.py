"""The second look: CloudTrail records a refused login some minutes late, often after the answer.

Where an answer says that there is no record yet, the job is looked at again by itself, a few times, until
one finds the record; then the one reply is edited. A look is a DBOS workflow that waits in a queue with a
delay (https://docs.dbos.dev/python/reference/queues): no process holds it while it waits, so a restart loses
nothing and an end waits for nothing. It ends without a word when something newer answered the job, or its
message is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from bot.precedence import Precedence
from bot.task_set import TaskSet
from bot.turns import Turns
from bot.works import LOOK, is_ended, newest_reply, works_on
from bot.writers import for_an_ack
from handlers.ports import Paste, Reply

_QUEUE = "second-looks"
_AT_ONCE = 2
"""Looks of one process at a time: whoever asks now comes first."""
_WAITS = (60.0, 300.0, 900.0)
"""Seconds after the answer. Records come after about five minutes, which nobody promises:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html"""
_MORE = (0.0, 120.0, 600.0, 1_800.0, 3_600.0)
"""Seconds after the time that Bitbucket should take questions again: others ask then as well."""
_POLL_SECONDS = 2.0
_END_SECONDS = 1.0

Look = Callable[[Paste, str], Awaitable[Reply | None]]
Edit = Callable[[Paste, str, Reply], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Looking:
    """What a look does. `look(paste, run)` answers anew and returns the reply when the record was found and
    the answer is still about that `run`, else None; it never raises. `edit(paste, ts, reply)` puts it in the
    place of our message, and tells whether it stands there. `waits` are seconds after the answer, rising.
    `anew(paste)` answers anew where Bitbucket took no more questions; None while it still takes none.
    """

    look: Look
    edit: Edit
    waits: tuple[float, ...] = _WAITS
    poll_seconds: float = _POLL_SECONDS
    anew: Callable[[Paste], Awaitable[Reply | None]] | None = None


class SecondLooks:
    """The looks of one process. `forget` removes a work from the store once it has ended. Without `looking`
    there are none."""

    def __init__(self, looking: Looking | None, turns: Turns, forget: Callable[[str], None]) -> None:
        self._looking = looking
        self._turns = turns
        self._forget = forget
        self._tasks = TaskSet()
        self._stopping = False
        self._workflow: Any = None

    def register(self, precedence: Precedence) -> None:
        """Make the workflow known; before DBOS is launched."""
        looking = self._looking
        if looking is None:
            return

        async def second_look(stored: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
            return await precedence.gives_way(self._look(looking, stored, about))

        self._workflow = DBOS.workflow(name=LOOK)(second_look)

    async def open(self) -> None:
        """Take looks that are due, from now on; after DBOS is launched."""
        if self._looking is None:
            return
        await DBOS.register_queue_async(
            _QUEUE,
            worker_concurrency=_AT_ONCE,
            polling_interval_sec=self._looking.poll_seconds,
            on_conflict="always_update",
        )

    async def follow(self, paste: Paste, reply: Mapping[str, Any], ts: str) -> None:
        """Have the job looked at again, where its `reply`, posted as `ts`, waits for a record, or for
        Bitbucket to take questions again. Called as part of the work that posted it, and so done once."""
        if self._looking is None or paste.ephemeral:
            return
        about = {"ts": ts, "run": reply.get("run", ""), "number": 0}
        if reply.get("again_in"):
            await self._wait(self._looking, paste, {**about, "again_in": reply["again_in"]})
        elif reply.get("awaits_record"):
            await self._wait(self._looking, paste, about)

    async def _wait(self, looking: Looking, paste: Paste, about: dict[str, Any]) -> None:
        number, waits = about["number"], (0.0, *_waits(looking, about))
        with (
            SetWorkflowID(_id(paste, about)),
            SetEnqueueOptions(delay_seconds=waits[number + 1] - waits[number]),
        ):
            await DBOS.enqueue_workflow_async(_QUEUE, self._workflow, paste.to_json(), about)

    # -- one look -------------------------------------------------------------------------------------

    async def _look(self, looking: Looking, stored: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
        paste = Paste.from_json(stored)
        for_an_ack.set(False)
        self._is_under_way()
        reply = await DBOS.run_step_async({"name": "look"}, self._found, looking, paste, about)
        stands = False
        if reply is not None:
            async with self._turns.taken(paste.job):
                stands = await DBOS.run_step_async(
                    {"name": "edit"}, self._edited, looking, paste, about, reply
                )
            if stands and "again_in" in about and reply.get("awaits_record"):
                # What was made anew waits for a record in its turn; nothing follows those looks.
                after = {"ts": about["ts"], "run": reply.get("run", ""), "number": 0, "follows": "anew"}
                await self._wait(looking, paste, after)
        elif about["number"] + 1 < len(_waits(looking, about)) and await DBOS.run_step_async(
            {"name": "is_wanted"}, self._is_wanted, paste
        ):
            await self._wait(looking, paste, {**about, "number": about["number"] + 1})
        if not stands:
            # A look that changed nothing leaves no row.
            self._forget(_id(paste, about))
        return {"ts": about["ts"], "reply": reply} if stands else {"ts": None, "reply": None}

    async def _found(self, looking: Looking, paste: Paste, about: Mapping[str, Any]) -> dict[str, Any] | None:
        if not await self._is_wanted(paste):
            return None
        if "again_in" in about:
            reply = None if looking.anew is None else await looking.anew(paste)
        else:
            reply = await looking.look(paste, about["run"])
        return None if reply is None else reply.to_json()

    async def _edited(
        self, looking: Looking, paste: Paste, about: Mapping[str, Any], reply: Mapping[str, Any]
    ) -> bool:
        if not await self._is_wanted(paste):
            return False
        new, old = Reply.from_json(reply), newest_reply(await works_on(paste.job))
        if old is not None and _said(old) == _said(new):
            return False
        stands = await looking.edit(paste, about["ts"], new)
        return stands and not await is_ended(paste.job)

    async def _is_wanted(self, paste: Paste) -> bool:
        """Whether the answer that the look follows is still the job's newest, and its message there."""
        works = await works_on(paste.job)
        newest = bool(works) and works[0].workflow_id == paste.work
        return newest and not self._turns.is_ended(paste.job) and not await is_ended(paste.job)

    # -- the end --------------------------------------------------------------------------------------

    def _is_under_way(self) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        if self._stopping and task is not None:
            # Taken from the queue at the last moment: the next process does it.
            task.cancel()

    async def stop(self) -> None:
        """Break off what is under way; it stays stored, and whoever takes it up looks anew."""
        self._stopping = True
        self._tasks.cancel()
        await self._tasks.wait(_END_SECONDS)


def _waits(looking: Looking, about: Mapping[str, Any]) -> tuple[float, ...]:
    """Seconds after the answer, for the looks that what it waits for has."""
    first = about.get("again_in")
    return looking.waits if first is None else tuple(first + more for more in _MORE)


def _id(paste: Paste, about: Mapping[str, Any]) -> str:
    """The id of one look after one work on the job; it begins with the job's, so that it goes with it."""
    after = f"/{paste.revision}" if paste.revision else ""
    what = "record" if about.get("follows") else "look"
    return f"{paste.job}/{what}-{about['number'] + 1}{after}"


def _said(reply: Reply) -> tuple[str, list[dict[str, Any]]]:
    """What the reply says, without the line about what went before it."""
    return reply.text, [block for block in reply.blocks if block.get("block_id") != "history"]
