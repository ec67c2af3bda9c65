"""Figures of the Slack edge: what a message costs that is not for us, and what a reply costs."""

from __future__ import annotations

import time
from collections.abc import Callable

from handlers.gate import Me, decide
from handlers.render import render
from tests.handlers import payloads
from tests.handlers.answers import DIAGNOSIS, JOB
from tests.handlers.payloads import BOT, BOT_USER, CHANNEL, TEAM

_SENTENCE = (
    "The release of the new checkout page waits for a review, could somebody from the team look at it today? "
)
_OTHERS = payloads.message((_SENTENCE * 30)[:2_400])
_ME = Me(
    team=TEAM, bot_id=BOT, bot_user_id=BOT_USER, watched=frozenset({CHANNEL}), workspaces=frozenset({"acme"})
)


def _best(work: Callable[[], object], times: int) -> float:
    """Seconds of one run, the best of five rounds."""
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(times):
            work()
        best = min(best, (time.perf_counter() - started) / times)
    return best


def measure() -> list[tuple[str, float, float]]:
    """Rows of what, figure and bar."""
    asks = payloads.message(f"it fails: {payloads.ERROR} {payloads.RUN}")
    return [
        (
            "a message of 2.4 kB that is not for us, at the gate (us)",
            _best(lambda: decide(_OTHERS, _ME), 500) * 1e6,
            60,
        ),
        ("a message that asks, at the gate (ms)", _best(lambda: decide(asks, _ME), 200) * 1e3, 5),
        ("rendering a full diagnosis (ms)", _best(lambda: render(DIAGNOSIS, JOB), 100) * 1e3, 5),
    ]
