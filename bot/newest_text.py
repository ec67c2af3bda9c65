"""Which text of a paste is its last: what is made ready for an earlier one is given up for it.

Events may come in any order, and to any process. So texts are ordered by the time of the edit that made
them (`Paste.edited`), never by their arrival.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from bot.works import paste_of, works_on
from handlers.ports import Paste, Reply

OLDER: dict[str, Any] = {"older": True}
"""Recorded in place of a reply to a text that is the paste's no more."""

_REMEMBERED = 1_000
_IN_A_ROW = 5
"""Answers to one paste that are given up one after another; a message that never rests gets some answer."""


class NewestText:
    """Of each job, as far as this process has heard."""

    def __init__(self) -> None:
        self._newest: OrderedDict[str, str] = OrderedDict()
        self._given_up: dict[str, int] = {}
        self._under_way: dict[str, tuple[Paste, asyncio.Task[None]]] = {}

    def came(self, paste: Paste) -> None:
        """The paste was written down, and will be answered whatever happens."""
        if not _is_sure(paste) or paste.edited <= self._newest.get(paste.job, ""):
            return
        self._newest[paste.job] = paste.edited
        self._newest.move_to_end(paste.job)
        while len(self._newest) > _REMEMBERED:
            self._given_up.pop(self._newest.popitem(last=False)[0], None)
        older, waking = self._under_way.get(paste.job, (None, None))
        if older is None or waking is None or not self.is_older(older):
            return
        if self._given_up.get(paste.job, 0) < _IN_A_ROW:
            waking.cancel()

    async def learn(self, job: str) -> None:
        """What the store tells of the job: this process may have been started since, or be one of several."""
        for paste in filter(None, map(paste_of, await works_on(job))):
            self.came(paste)

    def is_older(self, paste: Paste) -> bool:
        """Whether a later text of the message is answered in place of the paste's."""
        return not paste.ephemeral and paste.edited < self._newest.get(paste.job, "")

    async def unless_older(
        self, paste: Paste, prepare: Callable[[Paste], Awaitable[Reply | None]]
    ) -> dict[str, Any] | None:
        """What `prepare` makes of the paste, to be stored; `OLDER` when a later text is there, or comes
        meanwhile: then `prepare` is broken off."""
        if self.is_older(paste):
            return OLDER
        preparing = asyncio.ensure_future(prepare(paste))
        # Cancelled to wake whoever waits, which tells it from the end of this process.
        waking = asyncio.create_task(_forever())
        self._under_way[paste.job] = (paste, waking)
        try:
            await asyncio.wait({preparing, waking}, return_when=asyncio.FIRST_COMPLETED)
            if not preparing.done():
                self._given_up[paste.job] = self._given_up.get(paste.job, 0) + 1
                return OLDER
            self._given_up.pop(paste.job, None)
            reply = preparing.result()
            return None if reply is None else reply.to_json()
        finally:
            del self._under_way[paste.job]
            waking.cancel()
            if not preparing.done():
                preparing.cancel()
                await asyncio.wait({preparing})


def _is_sure(paste: Paste) -> bool:
    """Whether the paste gets a reply whatever its files say, in the place where all can see it."""
    return bool(paste.edited) and not (paste.unsure or paste.harmless or paste.ephemeral)


async def _forever() -> None:
    await asyncio.Event().wait()
