"""Whose turn it is in this process: works on one paste follow each other, and end with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import TypeVar
from weakref import WeakValueDictionary

from handlers.ports import Paste

T = TypeVar("T")

_CLICK = "click-"
_REMEMBERED = 1_000


class Turns:
    """The works under way, by their paste's job."""

    def __init__(self) -> None:
        # Kept as long as a work holds or awaits them.
        self.locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._rechecks: dict[str, str] = {}
        self._deleted: OrderedDict[str, None] = OrderedDict()
        self._posted: OrderedDict[str, str] = OrderedDict()

    @contextlib.asynccontextmanager
    async def taken(self, job: str, work: str = "") -> AsyncIterator[None]:
        """The turn of one `work` on the job, in the order in which they came."""
        lock = self.locks.setdefault(job, asyncio.Lock())
        async with lock:
            self.begun(job, work)
            yield

    def joined(self, paste: Paste) -> str:
        """The work that answers this paste: for somebody who presses "Check again" the recheck that waits
        for its turn already, and so will see all that is true now."""
        if not paste.revision.startswith(_CLICK):
            return paste.work
        return self._rechecks.setdefault(paste.job, paste.work)

    def begun(self, job: str, work: str) -> None:
        """The work waits no longer; who asks from now on is not answered by it."""
        if self._rechecks.get(job) == work:
            del self._rechecks[job]

    def end(self, job: str) -> None:
        """The paste was deleted. Remembered for a while: works on it may still wait for their turn."""
        _remember(self._deleted, job, None)

    def is_ended(self, job: str) -> bool:
        return job in self._deleted

    def stands(self, job: str, ts: str) -> None:
        """The job's reply was posted at `ts`; to be told before the turn ends. Remembered for a while: the
        store learns it only when the work has ended."""
        _remember(self._posted, job, ts)

    def posted_at(self, job: str) -> str | None:
        return self._posted.get(job)


def _remember(memory: OrderedDict[str, T], job: str, what: T) -> None:
    memory[job] = what
    memory.move_to_end(job)
    while len(memory) > _REMEMBERED:
        memory.popitem(last=False)
