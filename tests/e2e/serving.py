"""`python -m bot serve` as a process of its own, between stand-ins in this one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bot.playground.aws import AwsStandIn
from bot.playground.bitbucket import BitbucketStandIn
from bot.playground.slack import SlackStandIn
from bot.playground.slack_state import CHANNEL
from bot.playground.world import World, load_world
from tests.e2e.talk import PATIENCE

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Surroundings:
    """The three stand-ins and a folder; processes of the bot come and go between them."""

    slack: SlackStandIn
    bitbucket: BitbucketStandIn
    aws: AwsStandIn
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def settings(self, port: int, **changes: str) -> dict[str, str]:
        made = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.courier.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_HOOKS_URL": self.slack.hooks_url,
            "SLACK_FILES_URL": self.slack.files_url,
            "CI_HELP_CHANNELS": CHANNEL,
            "BITBUCKET_TOKEN": self.bitbucket.token,
            "BITBUCKET_API_URL": self.bitbucket.api_url,
            "BITBUCKET_WORKSPACES": "acme",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DATABASE_URL": f"sqlite:///{self.folder / 'rolecall.db'}",
            **self.aws.settings,
            **self.environment,
            **changes,
        }
        return {name: value for name, value in made.items() if value}

    async def spawn(self, **changes: str) -> Process:
        """Start a process; it need not be ready yet."""
        port = free_port()
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "serve",
            cwd=self.folder,
            env=self.settings(port, **changes),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        return Process(child, port)

    @contextlib.asynccontextmanager
    async def serving(self, **changes: str) -> AsyncIterator[Process]:
        """A process that is ready, and that Slack sends its events to when it does not use a socket."""
        process = await self.spawn(**changes)
        try:
            await process.ready()
            self.slack.events_url = None if changes.get("SLACK_APP_TOKEN") else f"{process.url}/slack/events"
            yield process
        finally:
            await process.kill()


@dataclass(slots=True)
class Process:
    child: asyncio.subprocess.Process
    port: int
    output: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(f"{self.url}{path}")

    async def ready(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await self.get("/readyz")).status_code == 200:
                        return
                if self.child.returncode is not None:
                    raise AssertionError(f"it ended with {self.child.returncode}: {await self.rest()}")
                await asyncio.sleep(0.05)

    async def rest(self) -> str:
        """Everything it wrote until its end."""
        if self.child.stdout is not None and not self.child.stdout.at_eof():
            self.output += (await self.child.stdout.read()).decode()
        return self.output

    async def terminate(self) -> int:
        """SIGTERM; the exit code."""
        self.child.send_signal(signal.SIGTERM)
        await self.rest()
        return await self.child.wait()

    async def kill(self) -> None:
        if self.child.returncode is None:
            self.child.kill()
        await self.rest()
        await self.child.wait()


@contextlib.asynccontextmanager
async def surroundings(folder: Path, world: World | None = None) -> AsyncIterator[Surroundings]:
    shown = world or load_world()
    slack, bitbucket, aws = SlackStandIn(), BitbucketStandIn(shown), AwsStandIn(shown)
    async with contextlib.AsyncExitStack() as stack:
        for stand_in in (slack, bitbucket, aws):
            stack.push_async_callback(stand_in.stop)
            await stand_in.start()
        stack.push_async_callback(slack.courier.stop)
        yield Surroundings(slack, bitbucket, aws, folder)
