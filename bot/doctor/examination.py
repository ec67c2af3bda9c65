"""All services at once, each within its time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.doctor import aws, azure, bitbucket, database, google, slack
from bot.doctor.report import Check, ok, problem
from bot.settings import Settings

_SECONDS = 25.0

Examine = Callable[[Settings], Awaitable[list[Check]]]
_SERVICES: dict[str, Examine] = {
    "slack": slack.examine,
    "bitbucket": bitbucket.examine,
    "aws": aws.examine,
    "azure": azure.examine,
    "google": google.examine,
    "database": database.examine,
}


async def examine(settings: Settings) -> list[Check]:
    """Everything that `serve` with these settings would need."""
    mode = "Socket Mode" if settings.socket_mode else "HTTP"
    groups = await asyncio.gather(
        *(_within_its_time(area, service, settings) for area, service in _SERVICES.items())
    )
    return [
        ok("settings", f"the settings are sound ({mode}, {_channels(len(settings.channels))})"),
        *(check for group in groups for check in group),
    ]


async def _within_its_time(area: str, service: Examine, settings: Settings) -> list[Check]:
    try:
        async with asyncio.timeout(_SECONDS):
            return await service(settings)
    except TimeoutError:
        return [problem(area, f"no answer within {_SECONDS:.0f} seconds", "check the way there, ask again")]


def _channels(count: int) -> str:
    return "one channel" if count == 1 else f"{count} channels"
