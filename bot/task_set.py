"""Tasks that are held while they run, and ended together: the loop itself keeps no reference to them."""

from __future__ import annotations

import asyncio
from typing import Any


class TaskSet:
    """The tasks that are not done yet; false without any."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def add(self, task: asyncio.Task[Any] | None) -> None:
        """Hold the task until it is done."""
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def wait(self, seconds: float) -> None:
        """Until all that are held now are done, for so long at most."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)

    def cancel(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
