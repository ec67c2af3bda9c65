"""Azure: whether a token is to be had for each listed tenant, and whether applications may be read there.

An application that does not exist is asked for: Microsoft Graph answers 404 to whoever may ask, and 403 to
whoever may not: https://learn.microsoft.com/graph/errors
"""

from __future__ import annotations

import asyncio

from bot.clients.azure import AzureClient
from bot.doctor.report import Check, ok, refusal_of, refused
from bot.errors import SourceError
from bot.metrics import Metrics
from bot.settings import Settings

_AREA = "azure"
_NOBODY = "00000000-0000-0000-0000-000000000000"


async def examine(settings: Settings) -> list[Check]:
    """Try the reads of a diagnosis in each listed tenant; nothing where none is listed."""
    if settings.clouds.azure is None:
        return []
    client = AzureClient(settings.clouds.azure, Metrics())
    try:
        return list(
            await asyncio.gather(*(_tenant(client, tenant) for tenant in settings.clouds.azure.tenants))
        )
    finally:
        await client.close()


async def _tenant(client: AzureClient, tenant: str) -> Check:
    try:
        await client.token(tenant)
    except SourceError as error:
        return refused(_AREA, f"the tenant {tenant}", error)
    refusal = await refusal_of(client.application(tenant, _NOBODY))
    if refusal is not None:
        return refused(_AREA, f"applications in the tenant {tenant}", refusal)
    return ok(_AREA, f"in the tenant {tenant} the bot reads applications and their federated credentials")
