"""The first mark on a paste: `eyes`, within a second, on whatever asks.

A message that only its file can tell of is marked when the file has told, so that a log that shows no
failure is passed over without a trace. Where reading the file takes long, the mark does not wait for it; it
goes again when the message turns out not to ask.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextvars import ContextVar

from handlers.delivery import Delivery
from handlers.ports import Paste

_SLOW_SECONDS = 0.6
_END_SECONDS = 0.3


is_resumed: ContextVar[bool] = ContextVar("is_resumed", default=False)
"""Whether the work was begun by another process, which may have left its mark before it ended."""


class FirstMark:
    """Left beside the work from the moment it is made; pastes that are answered to one person, and those that
    are looked at once more, get none."""

    def __init__(self, delivery: Delivery, paste: Paste) -> None:
        self._delivery = delivery
        self._paste = paste
        self._asks = asyncio.Event()
        self._begun = False
        if not paste.unsure:
            self._asks.set()
        without = paste.ephemeral or bool(paste.revision)
        self._task = None if without else asyncio.create_task(self._leave())

    async def _leave(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SLOW_SECONDS):
                await self._asks.wait()
        self._begun = True
        await self._delivery.mark(self._paste, "eyes")

    def confirm(self) -> None:
        """The message asks."""
        self._asks.set()

    async def take_away(self) -> None:
        """The message does not ask."""
        if self._task is None:
            return
        if self._begun:
            await asyncio.wait({self._task})
        else:
            self._task.cancel()
            if not is_resumed.get():
                return
        await self._delivery.mark(self._paste, "")

    async def left(self) -> None:
        """The work is broken off. What is answered in its place has a mark that this one must not follow."""
        await self.wait(_END_SECONDS)

    async def wait(self, within: float) -> None:
        """Until the mark is there, or could not be left; no longer than `within` seconds."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=within)
