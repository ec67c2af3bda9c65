"""Written down before it is acknowledged: copies of one work wait for the same write, and none too long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from bot.logs import frames_of, get_logger, names_of
from handlers.ports import StoreDown

T = TypeVar("T")

log = get_logger()

ACK_SECONDS = 2.5
"""How long the store may take while Slack waits for an ack, which it does for three seconds."""


class Intake:
    """The writes under way, by the work that they write down."""

    def __init__(self) -> None:
        self._writes: dict[str, asyncio.Task[bool]] = {}

    async def once(self, work: str, write: Callable[[], Coroutine[Any, Any, bool]]) -> bool:
        """What `write` says, or False for a copy that came while it was writing.

        Raises:
            StoreDown: it did not write in time; it may still do so, and a later copy finds that.
            Exception: as `write` raised it.
        """
        task = self._writes.get(work)
        copy = task is not None
        if task is None:
            task = asyncio.create_task(write())
            self._writes[work] = task
            task.add_done_callback(lambda _: self._writes.pop(work, None))
        # A copy must not be acknowledged before the write that it waits for.
        done, _ = await asyncio.wait({task}, timeout=ACK_SECONDS)
        if not done:
            task.add_done_callback(_forget_outcome)
            raise StoreDown("slow")
        return task.result() and not copy


async def in_time(asked: Awaitable[T]) -> T:
    """What the store says, while Slack still waits for the ack.

    Raises:
        StoreDown: it does not say it, or not in time; a database that is away is waited for without end.
    """
    try:
        async with asyncio.timeout(ACK_SECONDS):
            return await asked
    except TimeoutError:
        raise StoreDown("slow") from None
    except StoreDown:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the driver raises, the store has not said it
        log.error("store failed", error=names_of(error), frames=frames_of(error))
        raise StoreDown(type(error).__name__) from None


def _forget_outcome(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
