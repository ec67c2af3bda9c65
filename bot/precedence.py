"""Acknowledgements before jobs: Slack waits three seconds for the one, people wait longer for the other.

The loop runs whatever is ready in the order in which it became so. With many jobs at work an
acknowledgement, which comes back to the loop several times, would wait each time for a step of every one of
them. So the steps of jobs give way: while an acknowledgement is under way, and after some milliseconds of
them in one round of the loop, they wait in a line of their own, from which each round takes one.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Coroutine, Generator, Iterator
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

T = TypeVar("T")

_ROUND_SECONDS = 0.004
"""Of jobs' steps in one round; what is ready beyond that waits for the next."""
_PATIENCE = 0.015
"""Seconds after which a job's step is taken although acknowledgements are under way: it gets on, slowly."""

_gives_way: ContextVar[Precedence | None] = ContextVar("gives_way", default=None)


class Precedence:
    """Of one loop, from the moment it is made."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._acks = 0
        self._spent = 0.0
        self._is_new_round_due = False
        self._line: deque[tuple[asyncio.Future[None], float]] = deque()
        self._called: set[asyncio.Future[None]] = set()
        self._loop.set_task_factory(_made)

    @contextlib.contextmanager
    def ack(self) -> Iterator[None]:
        """While an acknowledgement is under way."""
        self._acks += 1
        try:
            yield
        finally:
            self._acks -= 1

    async def gives_way(self, work: Coroutine[Any, Any, T]) -> T:
        """`work` step by step, and that of the tasks which it starts."""
        _gives_way.set(self)
        steps: Awaitable[T] = _Steps(work, self)
        return await steps

    @property
    def may_go_on(self) -> bool:
        # Nobody overtakes those who wait, or were called just now.
        waits = self._line or self._called
        return not (self._acks or waits) and self._spent < _ROUND_SECONDS

    def spent(self, seconds: float) -> None:
        """A step took so long."""
        self._spent += seconds
        self._expect_round()

    def turn(self) -> Generator[Any, None, None]:
        """Ends when the next step may be taken."""
        waiting = self._loop.create_future()
        self._line.append((waiting, time.monotonic()))
        self._expect_round()
        try:
            yield from waiting
        finally:
            self._called.discard(waiting)

    def _expect_round(self) -> None:
        if not self._is_new_round_due:
            self._is_new_round_due = True
            # Runs in the next round, after what came in meanwhile was seen.
            self._loop.call_soon(self._round)

    def _round(self) -> None:
        self._is_new_round_due = False
        self._spent = 0.0
        while self._line and self._line[0][0].done():
            self._line.popleft()
        if not self._line:
            return
        if self._acks and time.monotonic() - self._line[0][1] < _PATIENCE:
            self._is_new_round_due = True
            self._loop.call_later(0.001, self._round)
            return
        waiting = self._line.popleft()[0]
        self._called.add(waiting)
        waiting.set_result(None)
        self._expect_round()


def _made(loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> asyncio.Task[Any]:
    """A task; one that a job starts gives way as the job does."""
    context = more.get("context") or copy_context()
    precedence = context.get(_gives_way)
    if precedence is None or not asyncio.iscoroutine(work):
        return asyncio.Task(work, loop=loop, **more)
    task: asyncio.Task[Any] = asyncio.Task(precedence.gives_way(work), loop=loop, **more)
    # One that is cancelled before its first step never comes to its work.
    task.add_done_callback(lambda _: work.close())
    return task


class _Steps:
    """Awaits a coroutine, and a turn before each of its steps."""

    def __init__(self, work: Coroutine[Any, Any, Any], precedence: Precedence) -> None:
        self._work = work
        self._precedence = precedence

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._work.__await__()
        precedence = self._precedence
        failed: BaseException | None = None
        while True:
            if not precedence.may_go_on:
                try:
                    yield from precedence.turn()
                except BaseException as error:  # noqa: BLE001 - the work's own to handle, as if it had waited
                    failed = error
            started = time.monotonic()
            try:
                awaited = steps.send(None) if failed is None else steps.throw(failed)
            except StopIteration as end:
                return end.value
            finally:
                precedence.spent(time.monotonic() - started)
            failed = None
            try:
                yield awaited
            except BaseException as error:  # noqa: BLE001 - the same
                failed = error
