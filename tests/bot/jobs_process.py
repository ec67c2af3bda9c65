"""A process of its own that takes pastes and writes down what it delivered; killed by the tests.

Arguments: database URL, file to append deliveries to, seconds that preparing takes, then `accept NAME`,
`edit NAME`, `await NAME` (an answer that is looked at again in an hour), `look NAME` (the same, but soon and
without an end) or `resume`. Prints `accepted` once the paste is stored, `delivered` after each delivery,
`waiting` when a look is stored and `looking` when one has begun.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from dbos import DBOS

from bot.jobs import Jobs
from bot.metrics import Metrics
from bot.second_look import Looking
from bot.works import LOOK
from handlers.ports import Paste, Reply
from knowledge.redact import CleanText


async def main(url: str, out: str, seconds: float, deed: str, name: str) -> None:
    async def prepare(paste: Paste) -> Reply:
        await asyncio.sleep(seconds)
        text, awaits = f"answer to {paste.text}", deed in ("await", "look")
        return Reply(kind="diagnosis", text=text, cause="oidc-not-enabled", awaits_record=awaits)

    async def deliver(paste: Paste, reply: Reply, earlier: str | None, look_first: bool) -> str | None:
        with Path(out).open("a", encoding="utf-8") as file:  # noqa: ASYNC230 - a line in a file of its own
            file.write(f"{paste.work} {reply.text} earlier={earlier} look_first={look_first}\n")
        print("delivered", flush=True)
        return "1795400000.000900"

    async def take_back(channel: str, ts: str) -> None:
        raise AssertionError(f"nobody deleted {ts} of {channel}")

    async def look(paste: Paste, run: str) -> Reply | None:
        print("looking", flush=True)
        await asyncio.Event().wait()
        return None

    async def edit(paste: Paste, ts: str, reply: Reply) -> bool:
        raise AssertionError("no look ends here")

    looking = Looking(look, edit, (0.1,) if deed == "look" else (3_600.0,), poll_seconds=0.1)
    jobs = Jobs(url, prepare, deliver, take_back, Metrics(), looking, sweep_seconds=0.1)
    await jobs.start()
    if deed != "resume":
        paste = Paste(team="T1", channel="C1", ts=name, user="U1", text=CleanText(f"paste {name}"))
        await jobs.accept(replace(paste, revision="e1") if deed == "edit" else paste)
        print("accepted", flush=True)
    while deed == "await" and not await DBOS.list_workflows_async(name=LOOK, status="DELAYED"):
        await asyncio.sleep(0.02)
    if deed == "await":
        print("waiting", flush=True)
    print("ready", flush=True)
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4], "".join(sys.argv[5:])))
