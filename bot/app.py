"""The Bolt app: Slack's framework, our listeners, and no call to the network on the way to an ack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypedDict

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.clients.slack_files import SlackFiles
from bot.desk import Desk
from bot.doctor.standing import Standing
from bot.jobs import Jobs
from bot.metrics import Metrics
from bot.policy_desk import PolicyDesk
from bot.recollection import Recollection
from bot.settings import Settings
from bot.suggestions import Suggestions
from handlers import authorization, register
from handlers.ports import Past, Paste, Reply
from knowledge.casefile import Role
from knowledge.words import listed


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is in Slack, as `auth.test` said at the start."""

    team: str
    bot_user_id: str
    bot_id: str
    url: str = ""
    """The workspace's address at Slack."""
    scopes: frozenset[str] | None = None
    """What the token may do; None where Slack does not say."""


class Facts(TypedDict):
    """The fields of `ChannelServices` that never change."""

    watched: frozenset[str]
    first_channel: str
    known_workspaces: frozenset[str]
    shared: frozenset[str]
    may_read: tuple[str, ...]
    team_url: str


@dataclass(slots=True)
class ChannelServices:
    """What the listeners are handed: the watched channels and the jobs. `files` are told the addresses that
    come with a message, because these are not stored."""

    watched: frozenset[str]
    first_channel: str
    known_workspaces: frozenset[str]
    shared: frozenset[str]
    jobs: Jobs
    files: SlackFiles
    policies: PolicyDesk
    recollection: Recollection
    suggestions: Suggestions
    standing: Standing
    metrics: Metrics
    may_read: tuple[str, ...]
    team_url: str
    desk: Desk

    async def try_token(self) -> None:
        await self.desk.try_token()

    async def suggested(self, channel: str) -> tuple[str, ...]:
        if channel:
            return await self.suggestions.repositories(channel)
        return self.suggestions.everywhere(self.watched)

    def found(self) -> tuple[str, ...]:
        return self.standing.lines()

    async def answered(self) -> tuple[Past, ...]:
        return await self.recollection.answered()

    async def accept(self, paste: Paste) -> bool:
        self.files.remember(paste.file_urls)
        return await self.jobs.accept(paste)

    async def withdraw(self, job: str, channel: str) -> None:
        await self.jobs.withdraw(job, channel)
        self.policies.forget(job)
        self.recollection.forget(job)

    def unknown(self, way_in: str) -> None:
        self.metrics.unknown_texts.labels(way_in).inc()

    async def known(self, job: str) -> bool:
        return await self.jobs.known(job)

    async def original(self, job: str) -> Paste | None:
        return await self.jobs.original(job)

    async def last_reply(self, job: str) -> Reply | None:
        return await self.policies.reply(job) or await self.jobs.last_reply(job)

    async def judge_policy(self, paste: Paste, role: Role) -> None:
        self.policies.take(paste, role)

    async def feedback(self, job: str, user: str, helpful: bool, remark: str = "") -> None:
        await self.jobs.feedback(job, user, helpful, remark)


def workspaces_of(settings: Settings) -> frozenset[str]:
    """The workspaces that may be spoken about, in part or as a whole."""
    return frozenset(name.partition("/")[0] for name in settings.workspaces)


def reads_of(settings: Settings) -> tuple[str, ...]:
    """What the bot may read, and what not, in sentences for everybody in the workspace: no repository is
    named, and no account."""
    names = sorted({f"`{name.partition('/')[0]}`" for name in settings.workspaces})
    some = any("/" in name for name in settings.workspaces)
    what = "the listed repositories" if some else "the repositories"
    roles = len(settings.read_roles)
    beside = f", and in {roles} further account{'s' if roles > 1 else ''}" if roles else ""
    seen = "runs, logs, the pipeline file, variables (their values are not shown)"
    lines = [f"Bitbucket: {what} of {listed(names)}: {seen}."]
    if settings.aws:
        lines.append(f"AWS: roles and OIDC providers in its own account{beside}, without changing any.")
    else:
        lines.append("AWS: nothing. Where a role's trust policy decides, the answer has a form for it.")
    lines += _other_clouds(settings)
    if settings.write_token is None:
        lines.append("It changes nothing anywhere: every change is yours to make.")
    return tuple(lines)


def _other_clouds(settings: Settings) -> Iterator[str]:
    if settings.clouds.azure is not None:
        yield (
            "Azure: applications and their federated credentials in the listed tenants, without changing any."
        )
    if settings.clouds.google is not None:
        yield (
            "Google Cloud: workload identity providers and service accounts in the listed projects, without "
            "changing any."
        )
    clouds = (("Azure", settings.clouds.azure), ("Google Cloud", settings.clouds.google))
    unread = [name for name, reading in clouds if reading is None]
    if unread:
        yield f"{listed(unread)}: nothing. What you paste of the setup there, below the error, is looked at."


def build_app(
    settings: Settings, client: AsyncWebClient, identity: Identity, services: ChannelServices
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
    register(app, services)
    return app
