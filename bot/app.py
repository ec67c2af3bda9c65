"""The Bolt app: Slack's framework, our listeners, and no call to the network on the way to an ack."""

from __future__ import annotations

from dataclasses import dataclass

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.clients.slack_files import SlackFiles
from bot.jobs import Jobs
from bot.settings import Settings
from handlers import authorization, register
from handlers.ports import Paste, Reply


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is in Slack, as `auth.test` said at the start."""

    team: str
    bot_user_id: str
    bot_id: str


@dataclass(slots=True)
class ChannelServices:
    """What the listeners are handed: the watched channels and the jobs. `files` are told the addresses that
    come with a message, because these are not stored."""

    watched: frozenset[str]
    known_workspaces: frozenset[str]
    jobs: Jobs
    files: SlackFiles

    async def accept(self, paste: Paste) -> bool:
        self.files.remember(paste.file_urls)
        return await self.jobs.accept(paste)

    async def withdraw(self, job: str, channel: str) -> None:
        await self.jobs.withdraw(job, channel)

    async def known(self, job: str) -> bool:
        return await self.jobs.known(job)

    async def original(self, job: str) -> Paste | None:
        return await self.jobs.original(job)

    async def last_reply(self, job: str) -> Reply | None:
        return await self.jobs.last_reply(job)

    async def feedback(self, job: str, user: str, helpful: bool) -> None:
        await self.jobs.feedback(job, user, helpful)


def workspaces_of(settings: Settings) -> frozenset[str]:
    """The workspaces that may be spoken about, in part or as a whole."""
    return frozenset(name.partition("/")[0] for name in settings.workspaces)


def build_app(
    settings: Settings, client: AsyncWebClient, identity: Identity, jobs: Jobs, files: SlackFiles
) -> AsyncApp:
    """An app that answers for one workspace of Slack.

    Signatures are verified by the listener before Bolt sees a request (`bot.web`), over the raw bytes;
    a socket needs none. With `process_before_response` an event is acknowledged only after its listener
    returned, that is after the paste was stored: https://docs.slack.dev/tools/bolt-python/concepts/lazy-listeners
    """
    app = AsyncApp(
        name="rolecall",
        client=client,
        authorize=authorization(
            settings.bot_token.get_secret_value(), identity.bot_id, identity.bot_user_id, identity.team
        ),
        process_before_response=True,
        request_verification_enabled=False,
    )
    register(app, ChannelServices(frozenset(settings.channels), workspaces_of(settings), jobs, files))
    return app
