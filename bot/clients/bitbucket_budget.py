"""How many calls an hour Bitbucket allows the bot, counted before it has to say so itself.

Everything but raw files counts, 1,000 in any hour for one credential; scaled credentials are told a larger
number with each answer: https://support.atlassian.com/bitbucket-cloud/docs/api-request-limits/
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping

from bot.errors import SourceRateLimited
from knowledge.words import amount

HOUR = 1_000
_DIAGNOSIS = 9
"""Calls that are kept free for one diagnosis, once it has begun: what a cold one takes."""
_MARGIN = 50
"""The part of the allowance, as a divisor, that is left over: what others spend is known a little late."""
_MINUTES = 60
_MOST = 1_000_000


class Budget:
    """The calls of the last hour, by minute: this process's own, and those of others that share the
    credential, as they were last told. `clock` gives seconds since 1970, so that minutes are the same
    everywhere."""

    def __init__(self, allowed: int = HOUR, clock: Callable[[], float] = time.time) -> None:
        self.allowed = allowed
        self._clock = clock
        self._own: Counter[int] = Counter()
        self._others: Mapping[int, int] = {}
        self._held = 0

    # -- what was spent -------------------------------------------------------------------------------

    def spend(self) -> None:
        """Count one call."""
        self._own[self.minute] += 1

    def tell(self, headers: Mapping[str, str]) -> None:
        """What an answer says of the allowance; only scaled credentials are told."""
        text = headers.get("x-ratelimit-limit", "")
        if headers.get("x-ratelimit-resource", "api") == "api" and text.isascii() and text.isdigit():
            self.allowed = min(int(text[:9]), _MOST) or self.allowed

    @property
    def minute(self) -> int:
        return int(self._clock() // 60)

    @property
    def own(self) -> dict[int, int]:
        """This process's calls of the last hour, by minute since 1970."""
        first = self.minute - _MINUTES
        for minute in [one for one in self._own if one < first]:
            del self._own[minute]
        return dict(self._own)

    def others(self, spent: Mapping[int, int]) -> None:
        """The calls of all other processes, by minute."""
        self._others = dict(spent)

    @property
    def left(self) -> int:
        """Calls that may still be made within the hour."""
        return max(self._usable - self._spent(self.minute - _MINUTES), 0)

    @property
    def _usable(self) -> int:
        return self.allowed - self.allowed // _MARGIN

    def _spent(self, since: int) -> int:
        both = (self._own, self._others)
        return sum(calls for one in both for minute, calls in one.items() if minute >= since)

    # -- a diagnosis' part ------------------------------------------------------------------------------

    def hold(self) -> int:
        """Keep calls free for one diagnosis, to be given back with `free`.

        Raises:
            SourceRateLimited: there are not enough for a whole one; half of one would help nobody.
        """
        wanted = min(_DIAGNOSIS, self._usable)
        if self.left - self._held < wanted:
            raise self.spent()
        self._held += wanted
        return wanted

    def take(self, held: int) -> int:
        """Take one call, of the `held` ones if there are any left of them; what then is held.

        Raises:
            SourceRateLimited: none is left.
        """
        if held:
            self._held -= 1
            return held - 1
        if self.left <= self._held:
            raise self.spent()
        return 0

    def free(self, held: int) -> None:
        self._held -= held

    def wait(self) -> float:
        """Seconds until enough of what was spent is more than an hour ago."""
        now = self.minute
        wanted = min(_DIAGNOSIS, self._usable) + self._held
        for later in range(_MINUTES + 1):
            if self._usable - self._spent(now + later - _MINUTES) >= wanted:
                return max((now + later) * 60 - self._clock(), 1.0)
        return _MINUTES * 60.0

    def spent(self) -> SourceRateLimited:
        wait = self.wait()
        return SourceRateLimited(
            f"the bot has made the {self.allowed:,} calls to Bitbucket that it may make in an hour",
            f"ask again in {amount(max(1, -(-int(wait) // 60)), 'minute')}",
            wait,
        )
