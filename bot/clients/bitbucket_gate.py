"""One host in trouble: asked by one call at a time until it answers again, not by all that wait for it.

Trouble is a 429, or connections that failed again and again. The call that goes first tells the others, who
count its failure as their own without asking; so a host that is down costs a diagnosis few calls and little
time, and one that takes no more is not pressed. A new diagnosis always asks once: it may be over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import SourceError, SourceRateLimited

T = TypeVar("T")

_FAILURES = 5
"""Connections to a host that failed one after the other, before it counts as being in trouble."""
_REST = 5.0
"""Seconds in which a diagnosis that has seen the trouble makes no further kind of call."""
_HOSTS = 20


class PassingError(Exception):
    """A failure that may be over at the next try. `wait` is what the service asks for, in seconds. `down` is
    set when the host was known to be in trouble, and gave no answer again: then this diagnosis tries no more.
    """

    def __init__(self, error: SourceError, wait: float | None = None) -> None:
        super().__init__()
        self.error = error
        self.wait = wait
        self.down = False

    def anew(self) -> PassingError:
        """The same as an error of its own, with nothing of the way that this one went."""
        made = PassingError(self.error.anew(), self.wait)
        made.down = self.down
        return made


class Gate:
    """The way to one host. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._first: asyncio.Future[PassingError | None] | None = None
        self._last: tuple[float, PassingError] | None = None
        self.in_trouble = False

    def answered(self, *, limited: bool) -> None:
        """The host has answered; `limited`, that it takes no more."""
        self._failures = 0
        self.in_trouble = limited
        if not limited:
            self._last = None

    def failed(self) -> None:
        """No connection, or one that broke."""
        self._failures += 1
        if self._failures >= _FAILURES:
            self.in_trouble = True

    async def passed(self, call: Callable[[], Awaitable[T]], *, at_once: bool) -> T:
        """What `call` gives, made now or once the call before it has shown that the host answers.

        With `at_once` it is not made within some seconds of a failure, unless another goes first.

        Raises:
            PassingError: that of `call`, or of the call that went before it.
            Exception: whatever else `call` raises.
        """
        while self.in_trouble:
            if self._first is not None:
                failure = await asyncio.shield(self._first)
                if failure is not None:
                    raise failure.anew()
                continue
            if at_once and self._last is not None and self._clock() - self._last[0] < _REST:
                raise self._last[1].anew()
            return await self._go_first(call)
        return await call()

    async def _go_first(self, call: Callable[[], Awaitable[T]]) -> T:
        self._first = first = asyncio.get_running_loop().create_future()
        failure: PassingError | None = None
        try:
            return await call()
        except PassingError as error:
            if self.in_trouble:
                error.down = not isinstance(error.error, SourceRateLimited)
                failure = error.anew()
                self._last = self._clock(), failure
            raise
        finally:
            # Without a failure of its own (it was broken off) the next one goes first.
            self._first = None
            first.set_result(failure)


class Gates:
    """One gate a host; of the many stores of logs only the latest are remembered."""

    def __init__(self) -> None:
        self._gates: dict[str, Gate] = {}

    def of(self, host: str) -> Gate:
        gate = self._gates.pop(host, None) or Gate()
        self._gates[host] = gate
        while len(self._gates) > _HOSTS:
            del self._gates[next(iter(self._gates))]
        return gate
