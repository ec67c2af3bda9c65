"""A process of its own that takes pastes and writes down what it delivered; killed by the tests.

Arguments: database URL, file to append deliveries to, seconds that preparing takes, then `accept NAME`,
`edit NAME` or `resume`. Prints `accepted` once the paste is stored and `delivered` after each delivery.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from bot.jobs import Jobs
from bot.metrics import Metrics
from handlers.ports import Paste, Reply
from knowledge.redact import CleanText


async def main(url: str, out: str, seconds: float, deed: str, name: str) -> None:
    async def prepare(paste: Paste) -> Reply:
        await asyncio.sleep(seconds)
        return Reply(kind="diagnosis", text=f"answer to {paste.text}", cause="oidc-not-enabled")

    async def deliver(paste: Paste, reply: Reply, earlier: str | None, look_first: bool) -> str | None:
        with Path(out).open("a", encoding="utf-8") as file:  # noqa: ASYNC230 - a line in a file of its own
            file.write(f"{paste.work} {reply.text} earlier={earlier} look_first={look_first}\n")
        print("delivered", flush=True)
        return "1795400000.000900"

    async def take_back(channel: str, ts: str) -> None:
        raise AssertionError(f"nobody deleted {ts} of {channel}")

    jobs = Jobs(url, prepare, deliver, take_back, Metrics())
    await jobs.start()
    if deed != "resume":
        paste = Paste(team="T1", channel="C1", ts=name, user="U1", text=CleanText(f"paste {name}"))
        await jobs.accept(replace(paste, revision="e1") if deed == "edit" else paste)
        print("accepted", flush=True)
    print("ready", flush=True)
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4], "".join(sys.argv[5:])))
