"""The composition root: the only module that builds clients and puts the parts together."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from socket import gaierror

import aiohttp
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import ChannelServices, Facts, Identity, build_app, reads_of, workspaces_of
from bot.attachments import Attachments
from bot.clients.bitbucket_budget import Budget
from bot.clients.slack_files import SlackFiles
from bot.counted import counting
from bot.desk import Desk
from bot.doctor.glance import glance
from bot.doctor.standing import Standing
from bot.history import Chronicle
from bot.jobs import Jobs
from bot.logs import get_logger, names_of
from bot.metrics import Metrics
from bot.policy_desk import PolicyDesk
from bot.readings import Readings, open_readings
from bot.recollection import Recollection
from bot.second_look import Looking
from bot.settings import Settings, SettingsError
from bot.slack_socket import SocketHandler
from bot.slack_start import slack_client, verified
from bot.spans import Begin
from bot.spending import Spending
from bot.spending_file import FileSpending
from bot.store import is_postgres
from bot.suggestions import Suggestions
from bot.thread_memory import ThreadMemory
from bot.tracing import Tracing
from bot.web import Listener
from handlers.delivery import Delivery

_RETRY_SECONDS = 3.0
_WARNINGS = 20

log = get_logger()


@dataclass(slots=True)
class RunningBot:
    """A bot that serves. `base_url` is the HTTP listener's, on loopback."""

    port: int
    metrics: Metrics
    jobs: Jobs
    bolt: AsyncApp

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class _State:
    """What is not ready yet, or not any more."""

    def __init__(self) -> None:
        self.slack: str | None = "not verified yet"
        self.token: str | None = None
        self.clients: str | None = "not built yet"
        self.jobs: Jobs | None = None
        self.socket: SocketHandler | None = None
        self.serves = False
        self.standing = Standing()

    async def missing(self) -> dict[str, str]:
        missing: dict[str, str] = {}
        if self.slack is not None or self.token is not None:
            missing["slack"] = self.slack or f"the bot token is refused ({self.token})"
        elif self.socket is not None and not self.socket.connected():
            missing["slack"] = "the socket is not connected"
        if self.clients is not None:
            missing["clients"] = self.clients
        elif self.jobs is not None and not self.serves:
            missing["listeners"] = "not built yet"
        if self.jobs is None or not await self.jobs.ping():
            missing["database"] = "does not answer"
        return missing

    def warnings(self) -> list[dict[str, str | None]]:
        return [
            {"area": check.area, "sentence": check.sentence, "remedy": check.remedy}
            for check in self.standing.warnings()[:_WARNINGS]
        ]

    def told_of_token(self, refusal: str | None) -> None:
        self.token = refusal


@contextlib.asynccontextmanager
async def running_bot(settings: Settings) -> AsyncIterator[RunningBot]:
    """The whole bot, from the listener to the workers; leaves when the block ends.

    Raises:
        SettingsError: Slack refuses a token, the listener's address cannot be taken, the SQLite file cannot
            be written (by the setting's name).
    """
    metrics = Metrics()
    state = _State()
    listener = _listener(settings, state, metrics)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(listener.stop)
        await _listen(listener, settings)
        session = await stack.enter_async_context(
            aiohttp.ClientSession(trust_env=False, trace_configs=[counting("slack", metrics)])
        )
        client = slack_client(settings, session)
        identity = await verified(client)
        state.slack = "the socket is not open yet" if settings.socket_mode else None
        state.standing = glance(client, identity.scopes, settings.channels, stack)
        readings = await stack.enter_async_context(open_readings(settings, metrics))
        files = SlackFiles(client, settings.bot_token.get_secret_value(), settings.slack_files_url)
        delivery = Delivery(client, identity.bot_user_id, settings.slack_hooks_url)
        attachments = Attachments(files, workspaces_of(settings))
        desk = Desk(
            readings.answer, delivery, metrics, state.told_of_token, attachments, standing=state.standing
        )
        jobs = _jobs(settings, desk, metrics, _tracing(settings, stack))
        state.clients = None
        await _until_open(jobs)
        _share(readings.budget, jobs, settings, stack)
        stack.push_async_callback(jobs.stop)
        state.jobs = jobs
        policies = PolicyDesk(readings.answer, desk, jobs.turns)
        stack.push_async_callback(policies.stop)
        recollection = Recollection()
        services = ChannelServices(
            **_facts(settings, identity),
            jobs=jobs,
            files=files,
            policies=policies,
            recollection=recollection,
            suggestions=Suggestions(readings.scope, recollection),
            standing=state.standing,
            desk=desk,
            metrics=metrics,
        )
        _look_back(services, readings, desk)
        bolt = build_app(settings, client, identity, services)
        if settings.socket_mode:
            state.socket = await _open_socket(settings, bolt, client, metrics, stack)
        state.slack = None
        listener.precedence, listener.bolt = jobs.precedence, bolt
        state.serves = True
        try:
            yield RunningBot(listener.port, metrics, jobs, bolt)
        finally:
            listener.refuse()


def _listener(settings: Settings, state: _State, metrics: Metrics) -> Listener:
    secret = settings.signing_secret
    return Listener(
        signing_secret=None if secret is None else secret.get_secret_value(),
        slack_path=not settings.socket_mode,
        readiness=state.missing,
        warnings=state.warnings,
        metrics=metrics,
    )


def _facts(settings: Settings, identity: Identity) -> Facts:
    """What the listeners are told of the settings, and of the workspace."""
    return Facts(
        watched=frozenset(settings.channels),
        first_channel=settings.channels[0],
        known_workspaces=workspaces_of(settings),
        shared=frozenset(settings.shared_channels),
        may_read=reads_of(settings),
        team_url=identity.url,
    )


def _look_back(services: ChannelServices, readings: Readings, desk: Desk) -> None:
    """Let both know of earlier answers, which the store has: it is opened after them."""
    recollection = services.recollection
    readings.look_back(ThreadMemory(recollection).repository)
    desk.look_back(
        Chronicle(
            recollection,
            services.last_reply,
            services.team_url,
            services.suggestions,
            services.policies.reply,
        )
    )


def _tracing(settings: Settings, stack: contextlib.AsyncExitStack) -> Begin | None:
    """What traces diagnoses, where a collector is set; it ends after the jobs, with their last spans."""
    if settings.telemetry.traces_url is None:
        return None
    tracing = Tracing(settings.telemetry)
    stack.push_async_callback(tracing.stop)
    return tracing.begin


def _jobs(settings: Settings, desk: Desk, metrics: Metrics, begin: Begin | None) -> Jobs:
    url = settings.database_url.get_secret_value()
    looking = Looking(desk.look_again, desk.edit, anew=desk.answer_anew)
    jobs = Jobs(url, desk.prepare, desk.deliver, desk.take_back, metrics, looking, desk.find)
    jobs.begin = begin
    return jobs


def _share(budget: Budget, jobs: Jobs, settings: Settings, stack: contextlib.AsyncExitStack) -> None:
    """Where there may be several processes, they spend one budget; one after another, what is left of it."""
    url = settings.database_url.get_secret_value()
    spending: Spending | FileSpending
    if is_postgres(url):
        spending = Spending(url.replace("postgres://", "postgresql://", 1), jobs.executor, budget)
    else:
        spending = FileSpending(url, budget)
    stack.push_async_callback(spending.stop)
    spending.start()


async def _until_open(jobs: Jobs) -> None:
    while True:
        try:
            await jobs.start()
        except SettingsError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the driver raises, the database is not there yet
            log.warning("database does not open yet", error=names_of(error))
            await jobs.abandon()
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return


async def _listen(listener: Listener, settings: Settings) -> None:
    try:
        await listener.start(settings.host, settings.port)
    except (OSError, UnicodeError) as error:
        # The library's own words hold the address.
        number = error.errno if isinstance(error, OSError) and not isinstance(error, gaierror) else None
        why = os.strerror(number).lower() if number else "this is no host's name or address"
        raise SettingsError([f"HOST, PORT: cannot listen there: {why}"]) from None


async def _open_socket(
    settings: Settings,
    bolt: AsyncApp,
    client: AsyncWebClient,
    metrics: Metrics,
    stack: contextlib.AsyncExitStack,
) -> SocketHandler:
    if settings.app_token is None:
        raise SettingsError(["SLACK_APP_TOKEN: is required"])
    handler = SocketHandler(bolt, settings.app_token.get_secret_value(), client)
    await handler.open()
    stack.push_async_callback(handler.close_async)
    metrics.socket.set_function(handler.connected)
    metrics.socket_silence.set_function(handler.silence)
    return handler
