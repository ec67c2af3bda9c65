"""Whose turn it is in this process: works on one paste follow each other, and end with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from weakref import WeakValueDictionary

from handlers.ports import Paste

_CLICK = "click-"
_DELETED = 1_000


class Turns:
    """The works under way, by their paste's job."""

    def __init__(self) -> None:
        # Kept as long as a work holds or awaits them.
        self.locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._rechecks: dict[str, str] = {}
        self._deleted: OrderedDict[str, None] = OrderedDict()

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
        self._deleted[job] = None
        while len(self._deleted) > _DELETED:
            self._deleted.popitem(last=False)

    def is_ended(self, job: str) -> bool:
        return job in self._deleted
