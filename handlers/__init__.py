"""The Slack edge: may we speak, what was said, how it looks. Knows neither Bitbucket nor clouds.

Slack's libraries are loaded when a bot is built, not with this package: the command line renders replies
without them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from handlers.ports import Services

if TYPE_CHECKING:
    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.authorization import AuthorizeResult

__all__ = ["authorization", "register"]


def register(app: AsyncApp, services: Services) -> None:
    """Register every listener at the app. It must have been made with `process_before_response`: an
    event is acknowledged only when its paste was stored."""
    from handlers.listeners import register_all

    register_all(app, services)


def authorization(
    token: str, bot_id: str, bot_user_id: str, team: str
) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Bolt's `authorize` for a bot of one team, made of what `auth.test` said at the start: it calls
    nobody. Requests of other teams get a result without a token, and `register` drops them."""
    from handlers.listeners import authorize_one

    return authorize_one(token, bot_id, bot_user_id, team)
