"""`block_suggestion`: repositories for the form's field, as somebody types.

https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from handlers.gate import Me
from handlers.payloads import mapping, place_of, text
from handlers.ports import Services, StoreDown
from handlers.render.escape import plain
from handlers.render.limits import cut

_SECONDS = 2.0
"""Slack waits three."""
_MOST = 20
_LABEL = 75


async def on_suggestion(body: Mapping[str, Any], me: Me, services: Services) -> list[dict[str, Any]]:
    """Options that hold what was typed; none where the form belongs to no channel that is watched, or the
    store is away. Only what the channel may speak about is among them."""
    channel = _channel(text(mapping(body.get("view")).get("private_metadata")), me)
    if channel is None:
        return []
    typed = text(body.get("value")).strip().lower()
    try:
        async with asyncio.timeout(_SECONDS):
            names = await services.suggested(channel)
    except (TimeoutError, StoreDown):
        return []
    return [_option(name) for name in names if typed in name and len(name) <= 150][:_MOST]


def _channel(metadata: str, me: Me) -> str | None:
    """The channel that the form answers in, empty for the form that asks for one; None when it is not one of
    ours."""
    job, _, rest = metadata.partition("\n")
    if job:
        place = place_of(job)
        ours = place is not None and place.team == me.team
        channel = place.channel if place is not None and ours else ""
    elif rest:
        channel = rest.partition("\n")[2]
    else:
        return ""
    return channel if channel in me.watched else None


def _option(name: str) -> dict[str, Any]:
    label = {"type": "plain_text", "text": plain(cut(name, _LABEL)), "emoji": False}
    return {"text": label, "value": name}
