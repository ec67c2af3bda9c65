"""Slack: the tokens, what they may do, and the channels that are watched.

https://docs.slack.dev/reference/methods/auth.test and the scopes of `manifest.http.yaml`. The answer's header
`x-oauth-scopes` lists what the token was given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.doctor.channels import ASK_AGAIN, PRIVATE, REINSTALL, channel_refused
from bot.doctor.report import Check, State, note, ok, problem
from bot.settings import Settings
from bot.slack_start import scopes_in, slack_client
from handlers.slack_errors import told
from knowledge.words import code, listed

_AREA = "slack"
_SECONDS = 10.0

#: Scope to what does not work without it.
SCOPES: Mapping[str, str] = {
    "app_mentions:read": "mentions are not seen",
    "channels:history": "messages in public channels are not seen",
    "chat:write": "nothing can be answered",
    "commands": "the slash command and the shortcuts do not work",
    "files:read": "snippets and text files cannot be read",
    "reactions:write": "no marks are left on messages",
}


async def examine(settings: Settings) -> list[Check]:
    """Ask Slack who we are, what the token may do, and for one message of every watched channel."""
    async with aiohttp.ClientSession(
        trust_env=False, timeout=aiohttp.ClientTimeout(total=_SECONDS)
    ) as session:
        client = slack_client(settings, session)
        checks = await _identity(client)
        if checks[0].state is not State.OK:
            return checks
        channels = await asyncio.gather(*(channel_check(client, channel) for channel in settings.channels))
        return [*checks, *channels, await _transport(client, settings)]


async def _identity(client: AsyncWebClient) -> list[Check]:
    answer = await _asked(client.auth_test())
    if isinstance(answer, str):
        return [_refusal("SLACK_BOT_TOKEN", answer)]
    team, user = answer.get("team_id"), answer.get("user_id")
    if not team or not user:
        return [problem(_AREA, "Slack's answer does not say who the bot is", "check `SLACK_API_URL`")]
    checks = [ok(_AREA, f"the bot token is accepted (team {team}, bot user {user})")]
    return checks + scope_checks(scopes_in(answer.headers))


def scope_checks(granted: frozenset[str] | None) -> list[Check]:
    """Which of the scopes that the bot needs it was given; `granted` is None where Slack does not say."""
    if granted is None:
        return [note(_AREA, "Slack does not say which scopes the bot token has")]
    missing = [scope for scope in SCOPES if scope not in granted]
    if not missing:
        checks = [ok(_AREA, f"all scopes are there: {listed([code(scope) for scope in SCOPES])}")]
    else:
        checks = [
            problem(_AREA, f"the scope {code(scope)} is missing: {SCOPES[scope]}", REINSTALL)
            for scope in missing
        ]
    more = sorted(granted - set(SCOPES) - {PRIVATE})
    if more:
        checks.append(
            note(
                _AREA,
                f"the token has more than the bot needs: {listed([code(s[:60]) for s in more])}",
                "take away what nothing else of the app needs",
            )
        )
    return checks


async def channel_check(client: AsyncWebClient, channel: str) -> Check:
    """Whether one message of the channel can be read."""
    answer = await _asked(client.conversations_history(channel=channel, limit=1))
    if not isinstance(answer, str):
        return ok(_AREA, f"the bot reads the channel {code(channel)}")
    return channel_refused(channel, answer) or problem(
        _AREA, f"the channel {code(channel)} could not be read ({answer})", ASK_AGAIN
    )


async def _transport(client: AsyncWebClient, settings: Settings) -> Check:
    """Socket Mode's token is tried by asking for an address, to which nobody connects."""
    if settings.app_token is None:
        return note(
            _AREA,
            "whether Slack reaches this bot cannot be seen from here",
            "in the app's settings, Event Subscriptions and Interactivity & Shortcuts name "
            "https://<your host>/slack/events, and Slack says Verified there",
        )
    answer = await _asked(client.apps_connections_open(app_token=settings.app_token.get_secret_value()))
    if isinstance(answer, str):
        return _refusal("SLACK_APP_TOKEN", answer)
    return ok(_AREA, "the app token opens Socket Mode")


def _refusal(setting: str, answer: str) -> Check:
    if answer in {"no_answer", "no_json"} or answer.startswith("http_"):
        return problem(_AREA, f"Slack does not answer ({answer})", "check `SLACK_API_URL` and the way there")
    remedy = {
        "missing_scope": "it needs `connections:write` (Basic Information > App-Level Tokens)",
        "ratelimited": "ask again in a minute",
    }.get(answer, f"copy {code(setting)} again from the app's settings")
    return problem(_AREA, f"Slack refuses {code(setting)} ({answer})", remedy)


async def _asked(call: Any) -> Any:
    """Slack's answer, or the name of what was wrong."""
    try:
        return await call
    except SlackApiError as error:
        status, name, _ = told(error.response)
        return "ratelimited" if status == 429 else name[:60] or f"http_{status}"
    except (aiohttp.ClientError, TimeoutError, OSError, SlackClientError):
        return "no_answer"
    except (AttributeError, TypeError, ValueError):
        # The library trips over bodies that are no JSON object (a gateway's page of text).
        return "no_json"
