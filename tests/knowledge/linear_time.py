"""Whether something takes linear time, told from one run on one machine, however busy it is."""

from __future__ import annotations

import time
from collections.abc import Callable


def seconds(action: Callable[[str], object], text: str) -> float:
    """Seconds of processor time of the quickest of three runs."""
    best = float("inf")
    for _ in range(3):
        before = time.process_time()
        action(text)
        best = min(best, time.process_time() - before)
    return best


def linear(action: Callable[[str], object], small: str) -> bool:
    """Whether sixteen times the text takes at most four times sixteen times as long: quadratic time would
    take 256 times. What takes less than a twentieth of a second is not worth a doubt."""
    long = seconds(action, small * 16)
    return long <= 0.05 or long <= 64 * seconds(action, small) + 0.05
