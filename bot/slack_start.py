"""What Slack is asked before anything else, and asked again until it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import Identity
from bot.logs import get_logger, names_of
from bot.settings import Settings, SettingsError
from handlers.slack_errors import SlackUnavailable, TokenRefused, refusal, told

_RETRY_SECONDS = 3.0
_ANSWER_SECONDS = 10.0

T = TypeVar("T")

log = get_logger()


def slack_client(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    """A client of the Web API that makes each call once, and through no proxy."""
    client = AsyncWebClient(
        token=settings.bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        session=session,
        # A post that may have arrived is looked for before it is sent again (`handlers.delivery`).
        retry_handlers=[],
    )
    # The library takes the environment's.
    client.proxy = None
    return client


async def verified(client: AsyncWebClient) -> Identity:
    """Who we are, asked until Slack answers.

    Raises:
        SettingsError: Slack refuses the bot's token.
    """

    async def ask() -> Identity:
        who = await client.auth_test()
        if not who.get("team_id") or not who.get("user_id"):
            raise ValueError("no identity")
        return Identity(
            team=str(who["team_id"]),
            bot_user_id=str(who["user_id"]),
            bot_id=str(who.get("bot_id") or ""),
            url=str(who.get("url") or ""),
            scopes=scopes_in(who.headers),
        )

    return await until_answered(ask, "SLACK_BOT_TOKEN")


def scopes_in(headers: Any) -> frozenset[str] | None:
    """The scopes of the token, as the header of every answer lists them; None without the header."""
    if not isinstance(headers, Mapping):
        return None
    found = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    if found is None:
        return None
    return frozenset(scope.strip() for scope in str(found).split(",") if scope.strip())


async def until_answered(ask: Callable[[], Awaitable[T]], token: str) -> T:
    """What Slack answers, asked for until it does.

    Raises:
        SettingsError: Slack refuses the token, which is the setting `token`.
    """
    while True:
        wait = _RETRY_SECONDS
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await ask()
        except SlackApiError as error:
            status, name, retry_after = told(error.response)
            refused = refusal(status, name, retry_after)
            if isinstance(refused, TokenRefused):
                raise SettingsError([f"{token}: Slack refuses it ({name})"]) from None
            if isinstance(refused, SlackUnavailable):
                wait = max(wait, refused.retry_after or 0.0)
            log.warning("slack does not answer yet", error=refused.category)
        except (aiohttp.ClientError, TimeoutError, OSError, SlackClientError) as error:
            log.warning("slack does not answer yet", error=names_of(error))
        except (AttributeError, TypeError, ValueError):
            # The library trips over bodies that are no JSON object (a gateway's page of text).
            log.warning("slack does not answer yet", error="no_json")
        await asyncio.sleep(wait)
