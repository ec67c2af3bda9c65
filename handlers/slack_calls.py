"""One call to Slack through the library, and what its answer means."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from handlers.slack_errors import SlackUnavailable, refusal, told

CALL_SECONDS = 8.0


async def answer(
    call: Awaitable[Any], within: float = CALL_SECONDS, *, fine: frozenset[str] = frozenset()
) -> Mapping[str, Any]:
    """The body of Slack's answer to one call; errors in `fine` mean that it is so already.

    Raises:
        SlackUnavailable, ChannelRefused, TokenRefused, BlocksRefused: see `handlers.slack_errors`.
    """
    try:
        async with asyncio.timeout(within):
            answered = await call
    except SlackApiError as error:
        status, name, wait = told(error.response)
        if name in fine:
            return {}
        raise refusal(status, name, wait) from None
    except (aiohttp.ClientError, TimeoutError, OSError, SlackClientError) as error:
        raise SlackUnavailable(type(error).__name__) from None
    except (AttributeError, TypeError, ValueError):
        # The library trips over bodies that are no JSON object (a gateway's page of text).
        raise SlackUnavailable("no_json") from None
    return answered.data if isinstance(answered.data, Mapping) else {}
