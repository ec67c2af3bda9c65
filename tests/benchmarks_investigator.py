"""How long a diagnosis takes, what it costs in calls, and in CPU.

The stand-ins run in a process of their own, so that only our own CPU is counted.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from bot.metrics import Metrics
from bot.playground.aws import AwsStandIn
from bot.playground.bitbucket import BitbucketStandIn
from bot.playground.world import load_world
from bot.readings import Readings, open_readings
from bot.settings import Settings
from handlers.ports import Paste
from knowledge.redact import redact

#: Seconds that a service takes for an answer.
BITBUCKET, AWS = 0.18, 0.09

#: An example, and the answers that follow from one another in its cold diagnosis: run (with its steps),
#: file, the environment's variables, the role; a finished log is one answer of Bitbucket and one of its
#: store, and is waited for by nothing else.
_CASES = {
    "ledger": 3 * BITBUCKET + AWS,
    "media-encoder": 3 * BITBUCKET,
    "notifications": 3 * BITBUCKET,
    "storefront": 3 * BITBUCKET,
    "newsletter": 3 * BITBUCKET,
    "warehouse-api": 4 * BITBUCKET,
}
_ROUNDS = 5
_EXAMPLES = {one.slug: one for one in load_world().repositories}

Row = tuple[str, float, float]


async def measure() -> list[Row]:
    """Rows of (what, figure, bar)."""
    with _stand_ins() as (settings, ask):
        rows = await _calls(settings, ask)
        rows += await _cpu(settings)
        ask(("latency", BITBUCKET, AWS))
        rows += await _seconds(settings)
    return rows


async def _seconds(settings: Settings) -> list[Row]:
    ratios: list[float] = []
    for _ in range(_ROUNDS):
        for name, waves in _CASES.items():
            # Bitbucket is asked cold each time; who the bot is, AWS has said before, as in a running bot.
            async with open_readings(settings, Metrics()) as readings:
                await readings._aws.prepare()
                paste = _paste(name)
                started = time.perf_counter()
                await readings.answer(paste)
                ratios.append((time.perf_counter() - started) / waves)
    ratios.sort()
    return [
        ("diagnosis, seconds over the sum of dependent waves, p50", ratios[len(ratios) // 2], 1.15),
        ("diagnosis, seconds over the sum of dependent waves, p95", ratios[int(len(ratios) * 0.95)], 1.3),
    ]


async def _calls(settings: Settings, ask: Any) -> list[Row]:
    cold, warm, again = [], [], []
    for name in _CASES:
        async with open_readings(settings, Metrics()) as readings:
            ask(("forget",))
            await readings.answer(_paste(name))
            cold.append(ask(("calls",)) - max(0, _environments(name) - 1))
            ask(("forget",))
            await readings.answer(_paste(name))
            warm.append(ask(("calls",)) - max(0, _environments(name) - 1))
            ask(("forget",))
            await readings.answer(_paste(name, revision="again"))
            again.append(ask(("calls",)) - max(0, _environments(name) - 1))
    return [
        ("calls to Bitbucket, cold", max(cold), 9),
        ("calls to Bitbucket, pasted again within minutes", max(warm), 3),
        ("calls to Bitbucket, checked again (the run and the variables anew)", max(again), 9),
    ]


async def _cpu(settings: Settings) -> list[Row]:
    spent: list[float] = []
    async with open_readings(settings, Metrics()) as readings:
        for name in _CASES:
            await readings.answer(_paste(name))
        # As `serve` does, once it is ready.
        gc.freeze()
        for _ in range(_ROUNDS):
            for name in _CASES:
                _forget(readings)
                paste = _paste(name)
                started = time.process_time()
                await readings.answer(paste)
                spent.append((time.process_time() - started) * 1000)
    spent.sort()
    return [("CPU of one cold diagnosis, ms, p50", spent[len(spent) // 2], 20)]


def _forget(readings: Readings) -> None:
    client = readings._bitbucket
    client._values._kept.clear()
    client._texts._kept.clear()


_numbers = itertools.count(1)


def _paste(name: str, revision: str = "") -> Paste:
    text = _EXAMPLES[name].paste
    ts = f"1795400000.{next(_numbers):06}"
    return Paste(team="T1", channel="C1", ts=ts, user="U1", text=redact(text).text, revision=revision)


def _environments(name: str) -> int:
    return len(_EXAMPLES[name].environments)


# -- the stand-ins' process ---------------------------------------------------------------------------------


@contextmanager
def _stand_ins() -> Iterator[tuple[Settings, Any]]:
    """Running stand-ins: the settings that point to them, and a way to tell them something."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()

    def ask(message: tuple[Any, ...]) -> Any:
        ours.send(message)
        return ours.recv()

    try:
        yield Settings.from_mapping(ours.recv()), ask
    finally:
        ask(("stop",))
        process.join()


def _serve(pipe: Connection) -> None:
    asyncio.run(_serving(pipe))


async def _serving(pipe: Connection) -> None:
    world = load_world()
    bitbucket, aws = BitbucketStandIn(world), AwsStandIn(world)
    base = await bitbucket.start()
    await aws.start()
    pipe.send(
        {
            "SLACK_BOT_TOKEN": "xoxb-1",
            "SLACK_SIGNING_SECRET": "s",
            "CI_HELP_CHANNELS": "C1",
            "BITBUCKET_TOKEN": bitbucket.token,
            "BITBUCKET_API_URL": base,
            "BITBUCKET_WORKSPACES": world.slug,
            **aws.settings,
        }
    )
    loop = asyncio.get_running_loop()
    while True:
        message = await loop.run_in_executor(None, pipe.recv)
        if message[0] == "latency":
            bitbucket.latency = bitbucket.storage.latency = message[1]
            aws.latency = message[2]
        elif message[0] == "forget":
            bitbucket.calls.clear()
        pipe.send(len(bitbucket.calls))
        if message[0] == "stop":
            break
    await bitbucket.stop()
    await aws.stop()
