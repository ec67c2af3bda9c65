"""Whether something takes linear time, told from one run on one machine, however busy it is."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Seconds of processor time that are not worth a doubt.
SHORT = 0.05


def seconds(action: Callable[[str], object], text: str, enough: float = 0.0) -> float:
    """Seconds of processor time of the quickest of three runs, or of the first that takes no more than is
    quick `enough`."""
    best = float("inf")
    for _ in range(3):
        before = time.process_time()
        action(text)
        best = min(best, time.process_time() - before)
        if best <= enough:
            break
    return best


def linear(action: Callable[[str], object], small: str) -> bool:
    """Whether sixteen times the text takes at most four times sixteen times as long: quadratic time would
    take 256 times."""
    long = seconds(action, small * 16, SHORT)
    return long <= SHORT or long <= 64 * seconds(action, small) + SHORT
