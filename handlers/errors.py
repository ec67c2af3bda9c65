"""The one error listener: what an exception on the way to an ack means for Slack.

Slack delivers again what is not acknowledged (https://docs.slack.dev/apis/events-api#retries). That is
wanted when the store is down, or our own code failed; an odd body stays odd, however often it comes.
"""

from __future__ import annotations

from types import TracebackType

import structlog
from slack_bolt.response import BoltResponse

from handlers.ports import StoreDown

log = structlog.get_logger("rolecall")


async def on_error(error: Exception) -> BoltResponse:
    """Acknowledge what Bolt itself stumbled over.

    Raises:
        StoreDown, Exception: as they came; the listener of HTTP answers for them, and a socket stays
            without an ack.
    """
    if isinstance(error, StoreDown) or _is_ours(error.__traceback__):
        raise error
    log.warning("odd request", error=type(error).__name__)
    return BoltResponse(status=200, body="")


def _is_ours(trace: TracebackType | None) -> bool:
    """Whether the exception came out of a listener of ours."""
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", ""))
        if name.startswith("handlers.") and name != __name__:
            return True
        trace = trace.tb_next
    return False
