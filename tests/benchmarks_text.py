"""How long texts take: the look at a message that is not for us, and the reading of a long paste."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from knowledge.redact import redact
from knowledge.symptoms import may_concern, recognise
from knowledge.symptoms.stream import LongText
from knowledge.symptoms.tables import ROWS
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


_WORDS = (
    *(
        "deploy",
        "build",
        "token",
        "cache",
        "upload",
        "install",
        "resolve",
        "fetch",
        "error",
        "image",
        "layer",
    ),
    *(
        "region",
        "module",
        "branch",
        "runner",
        "script",
        "export",
        "key",
        "secret",
        "package",
        "version",
        "done",
    ),
)


def _varied(length: int) -> str:
    """A log of which no two lines are alike, as full of the words of logins as a log of deployments."""
    lines = (
        f"2026-11-23T10:{at // 60 % 60:02d}:{at % 60:02d}Z "
        + " ".join(
            f"{_WORDS[(at * 7 + word * word * 3) % len(_WORDS)]}{chr(97 + at % 26) * (word % 3)}"
            for word in range(9)
        )
        for at in range(length // 60)
    )
    return "\n".join(lines)[:length]


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
    varied = _varied(40_000 - len(_DENIED)) + "\n" + _DENIED
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
            "a paste of 40,000 characters, no two lines alike, redact and recognise (ms)",
            _seconds(lambda: read(varied), 5) * 1e3,
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
        *_long_log(),
    ]


def _long_log() -> list[tuple[str, float, float]]:
    """A log of 64 MB, beside what ripgrep takes for the same literals; and the memory it takes."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        log, literals = Path(name) / "step.log", Path(name) / "literals"
        _write(log, 64)
        literals.write_text(
            "\n".join(sorted({n for row in ROWS for n in row.needles})) + "\n", encoding="utf-8"
        )
        ours = min(_processor_seconds(lambda: _look_through(log)) for _ in range(3))
        found = shutil.which("rg")
        if found is None:
            print("     (no rg on the PATH: a log of 64 MB is measured alone, against 1.5 s)")
            rows.append(("a log of 64 MB, CPU (s)", ours, 1.5))
        else:
            search = [found, "--count", "--fixed-strings", "--file", str(literals), str(log)]
            theirs = min(_child_seconds(search) for _ in range(3))
            rows.append((f"a log of 64 MB, times what rg takes ({theirs:.2f} s of CPU)", ours / theirs, 10))
        small = Path(name) / "small.log"
        _write(small, 1)
        growth = _peak(log) - _peak(small)
        rows.append(("memory for 64 MB more than for 1 MB (MB)", growth, 4))
    return rows


def _write(path: Path, megabytes: int) -> None:
    """A log of that size, its failure in the middle."""
    part = (_LOG + "\n").encode()
    times = megabytes * 1_000_000 // len(part) // 2
    with path.open("wb") as file:
        file.write(part * times)
        file.write(_DENIED.encode())
        file.write(part * times)


def _look_through(path: Path) -> None:
    text = LongText()
    with path.open("rb") as file:
        while block := file.read(1_000_000):
            text.feed(block)
    assert [symptom.id for symptom in recognise(text.close().text)] == ["aws-sts-access-denied"]


def _processor_seconds(action: Callable[[], object]) -> float:
    before = time.process_time()
    action()
    return time.process_time() - before


def _child_seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _peak(path: Path) -> float:
    """Megabytes that `recognise` needs at most for a file, as a process of its own."""
    script = (
        "import resource, sys; from bot.__main__ import run; run(['recognise', sys.argv[1]]); "
        "sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, check=True, text=True
    )
    return int(done.stderr.split()[-1]) / 1024
