"""The composition root: the only module that builds clients and puts the parts together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import Identity, build_app
from bot.desk import Desk
from bot.jobs import Jobs
from bot.logs import get_logger, names_of
from bot.metrics import Metrics
from bot.readings import Readings, open_readings
from bot.settings import Settings, SettingsError
from bot.web import Listener
from handlers.delivery import Delivery

_RETRY_SECONDS = 3.0
_PING_SECONDS = 3.0

#: Answers of Slack that say the token itself is no good: https://docs.slack.dev/reference/methods/auth.test
_TOKEN_ERRORS = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "no_permission",
        "not_allowed_token_type",
        "missing_scope",
    }
)

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

    def __init__(self, metrics: Metrics) -> None:
        self.slack: str | None = "not verified yet"
        self.clients: str | None = "not built yet"
        self.jobs: Jobs | None = None
        self.socket: AsyncSocketModeHandler | None = None
        self._metrics = metrics

    async def missing(self) -> dict[str, str]:
        missing: dict[str, str] = {}
        if self.slack is not None:
            missing["slack"] = self.slack
        elif self.socket is not None:
            connected = await self.socket.client.is_connected()
            self._metrics.socket.set(1 if connected else 0)
            if not connected:
                missing["slack"] = "the socket is not connected"
        if self.clients is not None:
            missing["clients"] = self.clients
        if self.jobs is None or not await self.jobs.ping():
            missing["database"] = "does not answer"
        return missing

    def token_refused(self, category: str) -> None:
        self.slack = f"the bot token is refused ({category})"


@contextlib.asynccontextmanager
async def running_bot(settings: Settings) -> AsyncIterator[RunningBot]:
    """The whole bot, from the listener to the workers; leaves when the block ends.

    Raises:
        SettingsError: Slack refuses a token (by the setting's name).
        OSError: the listener's address cannot be taken.
    """
    metrics = Metrics()
    state = _State(metrics)
    listener = Listener(
        signing_secret=None
        if settings.signing_secret is None
        else settings.signing_secret.get_secret_value(),
        slack_path=not settings.socket_mode,
        readiness=state.missing,
        metrics=metrics,
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(listener.stop)
        await listener.start(settings.host, settings.port)
        session = await stack.enter_async_context(aiohttp.ClientSession(trust_env=False))
        client = AsyncWebClient(
            token=settings.bot_token.get_secret_value(),
            base_url=settings.slack_api_url,
            session=session,
            # A post that may have arrived is looked for before it is sent again (`handlers.delivery`).
            retry_handlers=[],
        )
        identity = await _verify(client)
        readings = await stack.enter_async_context(open_readings(settings, metrics))
        desk = Desk(
            readings.answer,
            Delivery(client, identity.bot_user_id, settings.slack_hooks_url),
            metrics,
            state.token_refused,
        )
        jobs = Jobs(settings.database_url.get_secret_value(), desk.prepare, desk.deliver, metrics)
        await _until_open(jobs)
        stack.push_async_callback(jobs.stop)
        state.jobs, state.clients = jobs, None
        bolt = build_app(settings, client, identity, jobs)
        if settings.socket_mode:
            state.socket = await _open_socket(settings, bolt, client)
            stack.push_async_callback(state.socket.close_async)
        state.slack = None
        listener.bolt = bolt
        try:
            yield RunningBot(listener.port, metrics, jobs, bolt)
        finally:
            listener.refuse()


async def _verify(client: AsyncWebClient) -> Identity:
    """Who we are, asked until Slack answers."""
    while True:
        try:
            who = await client.auth_test()
            return Identity(
                team=str(who["team_id"]), bot_user_id=str(who["user_id"]), bot_id=str(who.get("bot_id") or "")
            )
        except SlackApiError as error:
            category = str(error.response.get("error", ""))
            if category in _TOKEN_ERRORS:
                raise SettingsError([f"SLACK_BOT_TOKEN: Slack refuses it ({category})"]) from None
            log.warning("slack does not answer yet", error=category)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("slack does not answer yet", error=names_of(error))
        await asyncio.sleep(_RETRY_SECONDS)


async def _until_open(jobs: Jobs) -> None:
    while True:
        try:
            await jobs.start()
        except Exception as error:  # noqa: BLE001 - whatever the driver raises, the database is not there yet
            log.warning("database does not open yet", error=names_of(error))
            await jobs.abandon()
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return


async def _open_socket(settings: Settings, bolt: AsyncApp, client: AsyncWebClient) -> AsyncSocketModeHandler:
    if settings.app_token is None:
        raise SettingsError(["SLACK_APP_TOKEN: is required"])
    handler = AsyncSocketModeHandler(
        bolt, settings.app_token.get_secret_value(), web_client=client, ping_interval=_PING_SECONDS
    )
    while handler.client.wss_uri is None:
        # The handler's own `connect` would go on asking for ever with a token that is refused.
        try:
            handler.client.wss_uri = await handler.client.issue_new_wss_url()
        except SlackApiError as error:
            category = str(error.response.get("error", ""))
            if category in _TOKEN_ERRORS:
                await handler.close_async()  # type: ignore[no-untyped-call]
                raise SettingsError([f"SLACK_APP_TOKEN: Slack refuses it ({category})"]) from None
            log.warning("slack gives no socket yet", error=category)
            await asyncio.sleep(_RETRY_SECONDS)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("slack gives no socket yet", error=names_of(error))
            await asyncio.sleep(_RETRY_SECONDS)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    return handler


__all__ = ["Readings", "RunningBot", "running_bot"]
