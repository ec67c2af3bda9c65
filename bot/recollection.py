"""What was answered in the last days, out of the stored works: for the Home tab, and for "that again"."""

from __future__ import annotations

import asyncio
from contextvars import Context
from datetime import UTC, datetime, timedelta

from dbos import DBOS, WorkflowStatus

from bot.intake import in_time
from bot.works import LOOK, WORKFLOW
from handlers.ports import Past, Paste, Reply
from handlers.render.home import DAYS
from knowledge.target_text import find_target

_MOST = 500
"""Works looked at in one read: the newest."""
_AT_A_TIME = 20
"""Works that are loaded at a time: each carries a whole reply with its proof; little of it is kept here."""
_FRESH_SECONDS = 10.0
_WHOLE_SECONDS = 600.0
"""After so long all is read anew: another process may have forgotten something."""
_OVERLAP = timedelta(minutes=2)
"""A work is stored when it begins and counts when it ends; none takes longer."""


class Recollection:
    """The answers by job. Reads the store every few seconds at most, and then only what is new."""

    def __init__(self) -> None:
        self._reading: asyncio.Task[None] | None = None
        self._past: dict[str, Past | None] = {}
        self._read_at: datetime | None = None
        self._fresh_until = self._whole_until = 0.0
        self._forgotten = 0

    async def answered(self) -> tuple[Past, ...]:
        """The answers of the last `DAYS` days, newest first; of each job the newest.

        Raises:
            StoreDown: the store does not tell, or not in time.
        """
        if asyncio.get_running_loop().time() >= self._fresh_until:
            if self._reading is None or self._reading.done():
                # A context of its own: a durable work may be asking, and this is no step of it.
                self._reading = asyncio.create_task(self._read(), context=Context())
            # Whoever stops waiting leaves it to the others.
            await in_time(asyncio.shield(self._reading))
        newest: dict[str, Past] = {}
        for past in sorted(filter(None, self._past.values()), key=lambda past: past.at, reverse=True):
            newest.setdefault(past.job, past)
        return tuple(newest.values())

    def note(self, paste: Paste, reply: Reply) -> None:
        """An answer of this very moment; the store need not tell of it later."""
        self._past[paste.work] = past_of(paste, reply, datetime.now(UTC))
        if len(self._past) > 2 * _MOST:
            # As long as nobody asks, no read drops what is old; and the store tells what is dropped here.
            told = [(work, past) for work, past in self._past.items() if past is not None]
            self._past = dict(sorted(told, key=lambda one: one[1].at)[-_MOST:])
            self._read_at = None

    def unsaid(self, paste: Paste) -> None:
        """The answer could not be posted: nobody can be sent to it."""
        self._past[paste.work] = None

    def forget(self, job: str) -> None:
        """The job's message was deleted."""
        for work in [work for work, past in self._past.items() if past is not None and past.job == job]:
            del self._past[work]
        self._forgotten += 1
        self._whole_until = self._fresh_until = 0.0

    async def _read(self) -> None:
        clock, now, forgotten = asyncio.get_running_loop().time, datetime.now(UTC), self._forgotten
        whole = self._read_at is None or clock() >= self._whole_until
        since = now - timedelta(days=DAYS) if whole or self._read_at is None else self._read_at - _OVERLAP
        listed = await DBOS.list_workflows_async(
            name=[WORKFLOW, LOOK],
            status="SUCCESS",
            start_time=since.isoformat(),
            sort_desc=True,
            limit=_MOST,
            load_input=False,
            load_output=False,
        )
        works = [work.workflow_id for work in listed]
        unknown = [work for work in works if work not in self._past]
        for start in range(0, len(unknown), _AT_A_TIME):
            loaded = await DBOS.list_workflows_async(workflow_ids=unknown[start : start + _AT_A_TIME])
            self._past |= {work.workflow_id: _past(work) for work in loaded}
        if whole:
            self._past = {work: self._past.get(work) for work in works}
            self._whole_until = clock() + _WHOLE_SECONDS
        self._read_at, self._fresh_until = now, clock() + _FRESH_SECONDS
        if forgotten != self._forgotten:
            # A message was deleted meanwhile: what was loaded may hold its answer.
            self._whole_until = self._fresh_until = 0.0


def _past(work: WorkflowStatus) -> Past | None:
    arguments = work.input["args"] if work.input else ()
    output = work.output if isinstance(work.output, dict) else {}
    stored = output.get("reply")
    if not arguments or not stored or work.created_at is None:
        return None
    paste = Paste.from_json(arguments[0])
    if not paste.ephemeral and not output.get("ts"):
        # It was never posted.
        return None
    return past_of(paste, Reply.from_json(stored), datetime.fromtimestamp(work.created_at / 1000, UTC))


def past_of(paste: Paste, reply: Reply, at: datetime) -> Past:
    """The reply as one that was given at that time."""
    return Past(
        job=paste.job,
        channel=paste.channel,
        root=paste.root,
        user=paste.user,
        kind=reply.kind,
        cause=reply.cause,
        verdict=reply.verdict,
        repository=repository_of(paste, reply),
        at=at,
        ephemeral=paste.ephemeral,
        role=reply.role,
        evidence=reply.evidence,
        short=reply.short,
    )


def repository_of(paste: Paste, reply: Reply) -> str:
    """The repository that was looked at; where none was, the one that was named; empty without either."""
    named = reply.repository or paste.repository or find_target(paste.text).full_name
    return (named or "").lower()
