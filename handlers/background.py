"""Work after the acknowledgement that need not survive a crash: opening a form, a word to one person."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError

from handlers.slack_errors import MEANS, name_of

_tasks: set[asyncio.Task[None]] = set()
"""The loop keeps no reference of its own to a running task."""

_SECONDS = 8.0

_VIEW_ERRORS = frozenset(
    ["exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id", "trigger_expired", "view_too_large"]
)

log = structlog.get_logger("rolecall")


def afterwards(what: str, work: Coroutine[Any, Any, Any]) -> None:
    """Run `work` now, beside the acknowledgement; what goes wrong is logged under the name `what`."""
    task = asyncio.create_task(_guarded(what, work))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def settled() -> None:
    """Wait until all that runs now has ended."""
    if _tasks:
        await asyncio.wait(set(_tasks))


async def _guarded(what: str, work: Coroutine[Any, Any, Any]) -> None:
    try:
        async with asyncio.timeout(_SECONDS):
            await work
    except SlackApiError as error:
        name = name_of(getattr(error.response, "data", None))
        # A name that is not in our table could be anything.
        log.warning(
            "slack refused", what=what, error=name if name in _VIEW_ERRORS or name in MEANS else "other"
        )
    except (aiohttp.ClientError, TimeoutError, OSError, SlackClientError) as error:
        log.warning("slack unavailable", what=what, error=type(error).__name__)
    except Exception as error:  # noqa: BLE001 - nobody awaits this task, so nobody else can say it
        # Without the exception itself: its text may hold what a user wrote.
        log.error("failed", what=what, error=type(error).__name__)
