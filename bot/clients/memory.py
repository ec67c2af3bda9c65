"""A small memory of answers, so that a repository seen a moment ago costs few calls."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer and when it was asked for: `at` on the wall's clock, `until` on the monotonic one."""

    value: Any
    at: datetime
    until: float


class Memory:
    """At most `entries` answers, the least recently used going first. `clock` gives monotonic seconds."""

    def __init__(self, entries: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._entries = entries
        self._clock = clock
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def get(self, key: str) -> Kept | None:
        """The answer, if there is one that is still young enough."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.until <= self._clock():
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return kept

    def put(self, key: str, value: Any, seconds: float, asked_at: datetime | None = None) -> None:
        """Keep `value` for `seconds`."""
        self._kept[key] = Kept(value, asked_at or datetime.now(UTC), self._clock() + seconds)
        self._kept.move_to_end(key)
        while len(self._kept) > self._entries:
            self._kept.popitem(last=False)
