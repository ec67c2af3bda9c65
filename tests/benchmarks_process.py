"""The bot as a process: acknowledgements under load, its memory, and how fast the offline commands start."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bot.playground.slack_state import CHANNEL
from tests.e2e.serving import Process, Surroundings, surroundings
from tests.e2e.talk import until

Row = tuple[str, float, float]

LINK = "https://bitbucket.org/acme/storefront/pipelines/results/214"
PASTE = f"Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4\n{LINK}"
_EVENTS = 200
_PER_SECOND = 20.0
_DIAGNOSES = 1_000
_AT_ONCE = 16


async def measure() -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="rolecall-benchmark-") as folder:
        async with surroundings(Path(folder)) as around:
            around.bitbucket.latency, around.aws.latency, around.slack.latency = 0.18, 0.09, 0.15
            around.bitbucket.allowance = 10**9
            async with around.serving() as process:
                reader = asyncio.create_task(process.rest())
                idle = _megabytes(process)
                rows.append(("memory of serve, idle (MB)", idle, 160))
                rows += await _acks(around)
                rows += await _growth(around, process)
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
    rows.append(("`check FILE`, the whole process (s)", _check_seconds(), 0.15))
    return rows


async def _acks(around: Surroundings) -> list[Row]:
    """20 events a second, every one of them work."""
    already = len(around.slack.delivered)
    posts = []
    for number in range(_EVENTS):
        posts.append(asyncio.create_task(around.slack.post(f"{PASTE}\nevent {number}")))
        await asyncio.sleep(1 / _PER_SECOND)
    stamps = await asyncio.gather(*posts)
    seconds = sorted(one.seconds for one in around.slack.delivered[already:] if _is_paste(one.payload))
    await _answered(around, list(stamps))
    return [
        ("ack of an event, 20 a second with jobs running, p50 (ms)", statistics.median(seconds) * 1e3, 100),
        (
            "ack of an event, 20 a second with jobs running, p99 (ms)",
            seconds[int(len(seconds) * 0.99)] * 1e3,
            100,
        ),
    ]


def _is_paste(payload: dict[str, object]) -> bool:
    event = payload.get("event")
    return isinstance(event, dict) and "bot_id" not in event and event.get("subtype") is None


async def _growth(around: Surroundings, process: Process) -> list[Row]:
    """Memory after a first hundred diagnoses, and after the rest."""
    around.bitbucket.latency = around.aws.latency = around.slack.latency = 0.0
    await _diagnose(around, 200)
    before = _megabytes(process)
    await _diagnose(around, _DIAGNOSES)
    return [(f"growth of memory over {_DIAGNOSES:,} diagnoses (MB)", _megabytes(process) - before, 8)]


async def _diagnose(around: Surroundings, count: int) -> None:
    for start in range(0, count, _AT_ONCE):
        stamps = await asyncio.gather(
            *(around.slack.post(f"{PASTE}\nnumber {start + one}") for one in range(_AT_ONCE))
        )
        await _answered(around, list(stamps))
        around.slack.workspace.messages.clear()


async def _answered(around: Surroundings, stamps: list[str]) -> None:
    for ts in stamps:
        await until(partial(_marked, around, ts), 120)


def _marked(around: Surroundings, ts: str) -> bool:
    message = around.slack.workspace.find(CHANNEL, ts)
    return message is not None and "white_check_mark" in message.reactions


def _megabytes(process: Process) -> float:
    status = Path(f"/proc/{process.child.pid}/status").read_text(encoding="utf-8")
    (kilobytes,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    return int(kilobytes) / 1024


def _check_seconds() -> float:
    """The best of several, so that a busy machine does not decide; from compiled files, as once installed."""
    root = Path(__file__).parents[1]
    file = root / "bot" / "playground" / "example" / "parcel-tracker" / "bitbucket-pipelines.yml"
    command = [sys.executable, "-m", "bot", "check", str(file)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    best = float("inf")
    for _ in range(7):
        started = time.perf_counter()
        subprocess.run(command, check=False, capture_output=True, cwd=root, env=environment)
        best = min(best, time.perf_counter() - started)
    return best
