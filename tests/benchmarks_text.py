"""How long texts take: the look at a message that is not for us, and the reading of a long paste."""

from __future__ import annotations

import time
from collections.abc import Callable

from knowledge.redact import redact
from knowledge.symptoms import may_concern, recognise
from knowledge.target_text import find_target

_LOG = "\n".join(
    (
        f"[10:20:{number % 60:02d}] building module {number} of the shop, took {number * 7} ms, wrote "
        f"part-{number}.js"
    )
    for number in range(600)
)
_TALK = (
    "the nightly is red again since the upgrade, the unit tests of the checkout fail on my branch "
    "and on main, "
    "does anybody know who changed the image? I think it is the cache, the artifacts look fine to me.\n"
)
_DENIED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity\n"
)
_LINK = "https://bitbucket.org/acme/widget/pipelines/results/1234\n"


def _seconds(action: Callable[[], object], times: int) -> float:
    """Seconds that one call takes, of the quietest of nine rounds."""
    action()
    best = float("inf")
    for _ in range(9):
        before = time.perf_counter()
        for _ in range(times):
            action()
        best = min(best, time.perf_counter() - before)
    return best / times


def measure() -> list[tuple[str, float, float]]:
    talk, log = (_TALK * 20)[:2_400], _LOG[:2_400]
    paste = _LINK + _LOG[: 40_000 - len(_LINK) - len(_DENIED)] + _DENIED
    plain = _LOG[:40_000]

    def read(text: str) -> object:
        return recognise(redact(text).text)

    return [
        ("a message not for us, 2.4 kB of talk (µs)", _seconds(lambda: may_concern(talk), 400) * 1e6, 60),
        ("a message not for us, 2.4 kB of a log (µs)", _seconds(lambda: may_concern(log), 400) * 1e6, 60),
        (
            "a paste of 40,000 characters with a failure, redact and recognise (ms)",
            _seconds(lambda: read(paste), 5) * 1e3,
            2,
        ),
        (
            "a paste of 40,000 characters without one, redact and recognise (ms)",
            _seconds(lambda: read(plain), 5) * 1e3,
            2,
        ),
        (
            "the target of a paste of 40,000 characters (ms)",
            _seconds(lambda: find_target(paste), 20) * 1e3,
            1,
        ),
    ]
