"""`app_home_opened`: the Home tab is published anew whenever somebody opens it.

https://docs.slack.dev/reference/events/app_home_opened
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.background import afterwards
from handlers.payloads import identity, text
from handlers.ports import Services
from handlers.render.home import Home, home_view


async def on_home(event: Mapping[str, Any], services: Services, client: AsyncWebClient) -> None:
    """Publish the viewer's tab beside the acknowledgement; the Messages tab has none."""
    viewer = identity(event.get("user"))
    if viewer and text(event.get("tab")) in ("home", ""):
        afterwards("home", _publish(viewer, services, client))


async def _publish(viewer: str, services: Services, client: AsyncWebClient) -> None:
    home = Home(
        viewer=viewer,
        channels=sorted(services.watched),
        reads=services.may_read,
        found=services.found(),
        answered=await services.answered(),
        team_url=services.team_url,
    )
    await client.views_publish(user_id=viewer, view=home_view(home))
