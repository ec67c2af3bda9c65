"""What a thread was answered about before: a second error in it most likely is of the same repository."""

from __future__ import annotations

import asyncio

from bot.recollection import Recollection
from handlers.ports import Paste, StoreDown
from knowledge.answer import Kind

_SECONDS = 0.5
"""Longer is not waited for: the question is the answer then."""


class ThreadMemory:
    """Looks for the newest diagnosis of a thread."""

    def __init__(self, recollection: Recollection) -> None:
        self._recollection = recollection

    async def repository(self, paste: Paste) -> str:
        """`workspace/repository` of the thread's newest other diagnosis that everybody there saw; empty when
        there is none, or the store is slow or away."""
        if paste.thread_ts is None:
            return ""
        try:
            async with asyncio.timeout(_SECONDS):
                answered = await self._recollection.answered()
        except (TimeoutError, StoreDown):
            return ""
        return next(
            (
                past.repository
                for past in answered
                if (past.channel, past.root) == (paste.channel, paste.root)
                and past.job != paste.job
                and past.kind == Kind.DIAGNOSIS.value
                and past.repository
                and not past.ephemeral
            ),
            "",
        )
