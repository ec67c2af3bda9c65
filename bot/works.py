"""The works on one job, as the store keeps them: the pastes, the replies, and whose turn it is to post.

A job is a paste; its works are the first answer and whatever asked for another (an edit, a click). On one
PostgreSQL they may be done by several processes at the same time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dbos import DBOS, SetWorkflowID, WorkflowStatus

from handlers.ports import Paste, Reply

WORKFLOW = "answer_paste"
END = "withdraw_reply"
LOOK = "second_look"
"""A look that follows an answer (`bot.second_look`). It is no work on the job: nobody waits for its turn."""

_UNDER_WAY = ("PENDING", "ENQUEUED")
_WAITING = ["DELAYED", "ENQUEUED"]
_NEWEST = 50
_PATIENCE = 30.0
"""Seconds that a work waits for older ones of other processes; then it looks into the thread instead."""
_LOOK_SECONDS = 0.2
_LOOKS = 50


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the job's reply stands (None: nowhere yet), and whether a newer work has answered already."""

    ts: str | None
    is_late: bool


async def works_on(job: str) -> list[WorkflowStatus]:
    """All works on a job, newest first: those on its last text, then by when they came."""
    return await _all_on(job, name=WORKFLOW)


async def answers_to(job: str) -> list[WorkflowStatus]:
    """The works on a job, and the looks that edited their reply: newest first. A look is there only as long
    as nothing newer answers, so the time when it was stored is good for its place."""
    return await _all_on(job, name=[WORKFLOW, LOOK])


async def _all_on(job: str, **chosen: Any) -> list[WorkflowStatus]:
    found = await DBOS.list_workflows_async(workflow_id_prefix=job, sort_desc=True, limit=_NEWEST, **chosen)
    works = [work for work in found if work.workflow_id == job or work.workflow_id.startswith(f"{job}/")]
    return sorted(works, key=_edit_of, reverse=True)


def paste_of(work: WorkflowStatus) -> Paste | None:
    """The paste that the work is on, where the store keeps it."""
    arguments = work.input["args"] if work.input else ()
    return Paste.from_json(arguments[0]) if arguments else None


def _edit_of(work: WorkflowStatus) -> str:
    paste = paste_of(work)
    return "" if paste is None else paste.edited


async def drop_waiting_looks(job: str) -> None:
    """No look is to follow any more what was answered so far."""
    waiting = await _all_on(job, name=LOOK, status=_WAITING, load_input=False, load_output=False)
    if waiting:
        await DBOS.delete_workflows_async([look.workflow_id for look in waiting])


def newest_paste(works: Sequence[WorkflowStatus]) -> Paste | None:
    return next(filter(None, map(paste_of, works)), None)


def newest_reply(works: Sequence[WorkflowStatus]) -> Reply | None:
    for work in works:
        if isinstance(work.output, dict) and work.output.get("reply"):
            return Reply.from_json(work.output["reply"])
    return None


def posted_at(works: Sequence[WorkflowStatus]) -> str | None:
    """The `ts` of the reply, once a work has posted it."""
    for work in works:
        if isinstance(work.output, dict) and work.output.get("ts"):
            return str(work.output["ts"])
    return None


async def turn_of(paste: Paste, executor: str) -> Turn:
    """The work's turn to post: after the older ones on its job. Those of this process (`executor`) wait
    for each other anyway; two processes that did not wait would post two replies."""
    clock = asyncio.get_running_loop().time
    until = clock() + _PATIENCE
    while True:
        works = await works_on(paste.job)
        ids = [work.workflow_id for work in works]
        own = ids.index(paste.work) if paste.work in ids else 0
        newer, older = works[:own], works[own + 1 :]
        if clock() > until or not any(_is_elsewhere(work, executor) for work in older):
            ts = posted_at(newer)
            return Turn(ts or posted_at(older), is_late=ts is not None)
        await asyncio.sleep(_LOOK_SECONDS)


def _is_elsewhere(work: WorkflowStatus, executor: str) -> bool:
    """Whether the work is not finished, and not being done by this process."""
    return work.status == "ENQUEUED" or (work.status == "PENDING" and work.executor_id != executor)


async def works_once_quiet(job: str, executor: str) -> list[WorkflowStatus]:
    """The works on the job, once no other process is at one; or when that takes too long."""
    clock = asyncio.get_running_loop().time
    until = clock() + _PATIENCE
    while True:
        works = await works_on(job)
        if clock() > until or not any(_is_elsewhere(work, executor) for work in works):
            return works
        await asyncio.sleep(_LOOK_SECONDS)


def end_of(job: str) -> str:
    """The id of the work that ends a job whose message was deleted. It stays when all others are forgotten,
    so that no late copy of the message begins the job anew."""
    return f"end/{job}"


async def is_ended(job: str) -> bool:
    return await DBOS.get_workflow_status_async(end_of(job)) is not None


async def is_new(paste: Paste) -> bool:
    """Whether this work is neither known nor on a message that was deleted."""
    found = await DBOS.list_workflows_async(
        workflow_ids=[paste.work, end_of(paste.job)], load_input=False, load_output=False
    )
    return not found


def vote_id(job: str, user: str, helpful: bool, remark: str) -> str:
    """The id under which a vote, or the remark that goes with a "no", is kept: one of each a person."""
    what = "remark" if remark else "up" if helpful else "down"
    return f"{_votes_on(job)}{user}/{what}"


def vote_on(job: str, reply: Reply | None, helpful: bool, remark: str) -> dict[str, str | bool]:
    """What is kept of "was this it?": the answer with the cause and verdict that it is about."""
    about = {"cause": reply.cause, "verdict": reply.verdict} if reply else {"cause": "", "verdict": ""}
    return {"job": job, "helpful": helpful, **about, **({"remark": remark} if remark else {})}


def _votes_on(job: str) -> str:
    return f"vote/{job}/"


async def started(identity: str, workflow: Any, given: dict[str, Any]) -> bool:
    """Start the workflow of that id; false when it was started before."""
    if await DBOS.get_workflow_status_async(identity) is not None:
        return False
    with SetWorkflowID(identity):
        await DBOS.start_workflow_async(workflow, given)
    return True


async def forget_all(job: str) -> list[str]:
    """Remove all works on the job that have ended, the look that waits, and what was said of its reply. The
    ids of the works that are left, because somebody is at them."""
    votes = await DBOS.list_workflows_async(
        workflow_id_prefix=_votes_on(job), load_input=False, load_output=False
    )
    if votes:
        await DBOS.delete_workflows_async([vote.workflow_id for vote in votes])
    while True:
        works = await answers_to(job)
        ended = [work.workflow_id for work in works if work.status not in _UNDER_WAY]
        if not ended:
            return [work.workflow_id for work in works]
        await DBOS.delete_workflows_async(ended)


async def forget(work: str) -> None:
    """Remove a work from the store once it has ended."""
    for _ in range(_LOOKS):
        status = await DBOS.get_workflow_status_async(work)
        if status is None:
            return
        if status.status not in _UNDER_WAY:
            await DBOS.delete_workflow_async(work)
            return
        await asyncio.sleep(_LOOK_SECONDS)
