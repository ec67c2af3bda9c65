"""The real bot between the stand-ins: what `try` runs, and what the end-to-end tests run."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bot.playground.aws import AwsStandIn
from bot.playground.bitbucket import BitbucketStandIn
from bot.playground.google import GoogleStandIn
from bot.playground.microsoft import MicrosoftStandIn
from bot.playground.slack import SlackStandIn
from bot.playground.slack_state import CHANNEL
from bot.playground.world import World, load_world
from bot.setting_values import is_installed
from bot.settings import Settings
from bot.wiring import RunningBot, running_bot


@dataclass(frozen=True, slots=True)
class Stage:
    """A running bot and everything it talks to."""

    slack: SlackStandIn
    bitbucket: BitbucketStandIn
    aws: AwsStandIn
    bot: RunningBot
    world: World
    settings: Settings
    microsoft: MicrosoftStandIn
    google: GoogleStandIn


@contextlib.asynccontextmanager
async def stage(world: World | None = None, **overrides: str) -> AsyncIterator[Stage]:
    """The stand-ins and the bot, in HTTP mode unless `SLACK_APP_TOKEN` is among the `overrides`.

    `overrides` are settings by their names; an empty value takes one away. The database is a file of its
    own, removed afterwards.

    Raises:
        SettingsError: the overrides make no usable settings.
    """
    folder = Path(tempfile.mkdtemp(prefix="rolecall-try-"))
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        shown = world or load_world()
        slack, bitbucket, aws = SlackStandIn(), BitbucketStandIn(shown), AwsStandIn(shown)
        microsoft, google = MicrosoftStandIn(shown), GoogleStandIn(shown)
        for stand_in in (slack, bitbucket, aws, microsoft, google):
            stack.push_async_callback(stand_in.stop)
            await stand_in.start()
        settings = Settings.from_mapping(
            {
                **settings_for(slack, bitbucket, aws, shown, folder / "rolecall.db"),
                **cloud_settings_for(microsoft, google, folder),
                **overrides,
            }
        )
        bot = await stack.enter_async_context(running_bot(settings))
        slack.events_url = None if settings.socket_mode else f"{bot.base_url}/slack/events"
        # Nothing may still be on its way to the bot when it stops.
        stack.push_async_callback(slack.courier.stop)
        yield Stage(slack, bitbucket, aws, bot, shown, settings, microsoft, google)


def settings_for(
    slack: SlackStandIn, bitbucket: BitbucketStandIn, aws: AwsStandIn, world: World, database: Path
) -> dict[str, str]:
    """What a bot between these stand-ins has in its environment, in HTTP mode."""
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.courier.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "SLACK_HOOKS_URL": slack.hooks_url,
        "SLACK_FILES_URL": slack.files_url,
        "CI_HELP_CHANNELS": CHANNEL,
        "BITBUCKET_TOKEN": bitbucket.token,
        "BITBUCKET_API_URL": bitbucket.api_url,
        "BITBUCKET_WORKSPACES": world.slug,
        "HOST": "127.0.0.1",
        "PORT": "0",
        "DATABASE_URL": f"sqlite:///{database}",
        **aws.settings,
    }


def cloud_settings_for(microsoft: MicrosoftStandIn, google: GoogleStandIn, folder: Path) -> dict[str, str]:
    """The optional readings of Azure and Google Cloud, of those whose library is installed."""
    found: dict[str, str] = {}
    if microsoft.tenants and is_installed("azure.identity"):
        found.update(microsoft.settings)
    if google.projects and is_installed("google.auth"):
        found.update(google.settings(folder))
    return found
