"""The readings between the stand-ins for Bitbucket and AWS, for the tests that ask them."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bot.metrics import Metrics
from bot.playground.aws import AwsStandIn
from bot.playground.bitbucket import BitbucketStandIn
from bot.playground.world import ExampleRepository, World, load_world
from bot.readings import Readings, open_readings
from bot.settings import Settings
from handlers.ports import Paste
from knowledge.answer import Answer
from knowledge.redact import redact

DENIED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)
WORLD = load_world()


@dataclass(slots=True)
class Sources:
    """Both stand-ins, and the readings that ask them."""

    bitbucket: BitbucketStandIn
    aws: AwsStandIn
    readings: Readings
    metrics: Metrics
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def ask(self, text: str, **more: Any) -> Answer:
        """The answer to a new message of the channel."""
        paste = Paste(
            team="T1",
            channel=more.pop("channel", "C1"),
            ts=f"1795400000.{next(self._numbers):06}",
            user="U1",
            text=redact(text).text,
            **more,
        )
        return await self.readings.answer(paste)

    @property
    def paths(self) -> list[str]:
        """What Bitbucket was asked for, without the queries and the part that all have."""
        return [call.path.partition("?")[0].removeprefix("/2.0") for call in self.bitbucket.calls]

    def forget_calls(self) -> None:
        self.bitbucket.calls.clear()
        self.aws.calls.clear()


@contextlib.asynccontextmanager
async def opened(
    world: World = WORLD,
    *,
    bitbucket: BitbucketStandIn | None = None,
    aws: AwsStandIn | None = None,
    channels: dict[str, tuple[str, ...]] | None = None,
    consumer: tuple[str, str] | None = None,
    **overrides: str,
) -> AsyncIterator[Sources]:
    """The readings, with settings as `serve` gets them. An empty value takes a setting away."""
    bitbucket, aws = bitbucket or BitbucketStandIn(world), aws or AwsStandIn(world)
    async with contextlib.AsyncExitStack() as stack:
        for stand_in in (bitbucket, aws):
            stack.push_async_callback(stand_in.stop)
        base = await bitbucket.start()
        await aws.start()
        settings = Settings.from_mapping(
            {
                "SLACK_BOT_TOKEN": "xoxb-1",
                "SLACK_SIGNING_SECRET": "s",
                "CI_HELP_CHANNELS": "C1",
                "BITBUCKET_TOKEN": bitbucket.token,
                "BITBUCKET_EMAIL": bitbucket.email or "",
                "BITBUCKET_API_URL": base,
                "BITBUCKET_WORKSPACES": world.slug,
                **aws.settings,
                **({} if consumer is None else as_consumer(bitbucket, *consumer)),
                **overrides,
            }
        )
        settings = settings.model_copy(update={"channel_repositories": channels or {}})
        metrics = Metrics()
        readings = await stack.enter_async_context(open_readings(settings, metrics))
        yield Sources(bitbucket, aws, readings, metrics)


def as_consumer(bitbucket: BitbucketStandIn, key: str, secret: str) -> dict[str, str]:
    """Settings that log in as an OAuth consumer of the stand-in."""
    login = {"BITBUCKET_OAUTH_KEY": key, "BITBUCKET_OAUTH_SECRET": secret, "BITBUCKET_TOKEN": ""}
    return {**login, "BITBUCKET_OAUTH_URL": bitbucket.oauth_url}


def changed(slug: str, change: Callable[[ExampleRepository], ExampleRepository]) -> World:
    """The example world with one repository changed."""
    repositories = tuple(change(one) if one.slug == slug else one for one in WORLD.repositories)
    return replace(WORLD, repositories=repositories)


def repository(slug: str, world: World = WORLD) -> ExampleRepository:
    return next(one for one in world.repositories if one.slug == slug)


def link(slug: str, number: int | None = None) -> str:
    """The address of a run, by default the repository's first."""
    number = repository(slug).runs[0].build_number if number is None else number
    return f"https://bitbucket.org/{WORLD.slug}/{slug}/pipelines/results/{number}"
