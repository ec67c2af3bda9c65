"""`python -m tests.chaos`: kills `serve` at random moments under load, and counts what was lost or doubled.

On SQLite one process is killed and started again, over HTTP; on PostgreSQL several share the work over
sockets, and one after the other is killed. Slack's own slips are part of it: some posts are stored and
answered with a 500, some are refused with a 429. A paste counts as accepted once Slack got its ack; each
accepted one must have exactly one reply. Slack's later retries are brought forward, so that the run takes
minutes instead of hours.

Exit code 1 when a paste was lost or answered twice.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.e2e.serving import Surroundings, surroundings
from tests.storm import SOCKET, Crew, Pastes, acked, all_answered, crew, postgres, replies

#: From the last start to the last reply: an accepted paste is finished within 30 s of a ready process, a
#: dead process's within 60 s.
_SETTLE = 90.0
_RETRIES = (0.0, 1.0, 4.0, 10.0)


async def _kill(crew_: Crew, kills: int, chance: random.Random, processes: int) -> Counter[str]:
    """End one process at a time, at any moment from its start on, and put another in its place."""
    ends: Counter[str] = Counter()
    for number in range(kills):
        while len(crew_.members) < processes:
            # Some are killed while they start.
            await crew_.add(ready=chance.random() > 0.15)
        await asyncio.sleep(chance.uniform(0.0, 1.5))
        politely = chance.random() < 0.15
        code = await crew_.remove(chance.choice(crew_.members), politely=politely)
        ends["SIGTERM" if politely else "SIGKILL"] += 1
        if politely and code != 0:
            ends[f"SIGTERM that ended with {code}"] += 1
        if number % 20 == 19:
            print(f"     {number + 1} kills", flush=True)
    while len(crew_.members) < processes:
        await crew_.add()
    for process in crew_.members:
        await process.ready()
    return ends


async def _run(kills: int, per_second: float, seed: int, database: str, processes: int) -> int:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="rolecall-chaos-") as folder:
        async with surroundings(Path(folder)) as around:
            around.bitbucket.allowance = 10**9
            around.bitbucket.latency, around.slack.latency = 0.05, 0.03
            around.slack.courier.retry_waits = _RETRIES
            changes = dict(SOCKET) if database else {}
            async with crew(around, **changes, **({"DATABASE_URL": database} if database else {})) as crew_:
                await crew_.add()
                over = asyncio.Event()
                pastes = Pastes(around)
                stream = asyncio.create_task(pastes.stream(None, per_second, over))
                slips = asyncio.create_task(_slips(around, chance, over))
                ends = await _kill(crew_, kills, chance, processes)
                over.set()
                await asyncio.gather(stream, slips)
                around.slack.heal()
                posted = await pastes.posted()
                # The retries that are still to come.
                await asyncio.sleep(sum(_RETRIES))
                accepted = acked(around)
                lost = await all_answered(around, accepted, _SETTLE)
                found = replies(around)
    doubled = {ts: count for ts, count in found.items() if count > 1}
    print(f"kills: {dict(ends)}")
    print(f"pastes: {posted} posted, {len(accepted)} accepted, {sum(found.values())} replies")
    print(f"lost: {len(lost)}  double: {len(doubled)}")
    return len(lost) + len(doubled) + sum(count for name, count in ends.items() if "ended with" in name)


async def _slips(around: Surroundings, chance: random.Random, over: asyncio.Event) -> None:
    """Now and then Slack stores a post and answers 500, or asks to wait."""
    slack = around.slack
    while not over.is_set():
        if chance.random() < 0.5:
            slack.fail(r"chat\.postMessage", status=500, times=1, after=True)
        else:
            slack.fail(r"chat\.postMessage", status=429, times=1, headers={"Retry-After": "1"})
        await asyncio.sleep(chance.uniform(1.0, 4.0))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rate", type=float, default=2.0, help="pastes a second")
    parser.add_argument("--processes", type=int, default=2, help="on PostgreSQL")
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    asked = parser.parse_args()
    # A process that is killed in the middle of a call leaves the stand-in with half a request.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    print(f"seed {asked.seed}")
    faults = 0
    if asked.only in (None, "sqlite"):
        print(f"SQLite, one process, {asked.kills} kills", flush=True)
        faults += asyncio.run(_run(asked.kills, asked.rate, asked.seed, "", 1))
    if asked.only in (None, "postgres"):
        print(f"PostgreSQL, {asked.processes} processes, {asked.kills} kills", flush=True)
        with postgres() as url:
            faults += asyncio.run(_run(asked.kills, asked.rate, asked.seed, url, asked.processes))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
