"""The short form of `doctor` with which every start begins.

It delays nothing: the scopes stand in an answer that the start needs anyway, and the watched channels are
asked for while the database opens. What has not answered some seconds later stays unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from slack_sdk.web.async_client import AsyncWebClient

from bot.doctor.channels import ASK_AGAIN
from bot.doctor.slack import channel_check, scope_checks
from bot.doctor.standing import Standing
from bot.logs import get_logger, names_of

_SECONDS = 5.0
_MOST = 10
"""Channels that are asked for: https://docs.slack.dev/apis/web-api/rate-limits"""

log = get_logger()


def glance(
    client: AsyncWebClient, scopes: frozenset[str] | None, channels: Sequence[str], stack: AsyncExitStack
) -> Standing:
    """What is known at once; what the channels say comes later. Broken off when the `stack` is left."""
    standing = Standing()
    standing.told_of_scopes(scope_checks(scopes))
    looking = asyncio.create_task(_look(client, channels[:_MOST], standing))
    stack.callback(looking.cancel)
    return standing


async def _look(client: AsyncWebClient, channels: Sequence[str], standing: Standing) -> None:
    async def one(channel: str) -> None:
        check = await channel_check(client, channel)
        if check.remedy != ASK_AGAIN:
            standing.told_of_channel(channel, check)

    try:
        async with asyncio.timeout(_SECONDS):
            await asyncio.gather(*(one(channel) for channel in channels))
    except TimeoutError:
        return
    except Exception as error:  # noqa: BLE001 - nobody awaits this task, and nothing hangs on it
        log.warning("the channels could not be looked at", error=names_of(error))
