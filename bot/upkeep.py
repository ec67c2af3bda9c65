"""Stored work beside the answering: that of dead processes is taken over, old work is forgotten."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from dbos import DBOS

from bot.logs import get_logger, names_of
from bot.presence import Presence

_SWEEP_SECONDS = 5.0
_CLEAN_SECONDS = 3_600.0
_KEPT = timedelta(days=30)

log = get_logger()


async def keep_up(presence: Presence | None, executor: str) -> None:
    """Runs until cancelled; needs a launched DBOS. Without `presence` this process is the only one."""
    next_clean = 0.0
    clock = asyncio.get_running_loop().time
    while True:
        try:
            if presence is not None:
                await _take_over(presence, executor)
            if clock() >= next_clean:
                next_clean = clock() + _CLEAN_SECONDS
                await _forget_old()
        except Exception as error:  # noqa: BLE001 - the database may be away; the next round tries again
            log.warning("upkeep failed", error=names_of(error))
        await asyncio.sleep(_SWEEP_SECONDS)


async def _take_over(presence: Presence, executor: str) -> None:
    await presence.announce()
    pending = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
    for other in {work.executor_id for work in pending} - {executor, None}:
        if other and await presence.is_dead(other):
            log.info("taking over unfinished work of a process that is gone")
            await asyncio.to_thread(DBOS._recover_pending_workflows, [other])


async def _forget_old() -> None:
    before = (datetime.now(UTC) - _KEPT).isoformat()
    old = await DBOS.list_workflows_async(
        completed_before=before, load_input=False, load_output=False, limit=500
    )
    if old:
        await DBOS.delete_workflows_async([work.workflow_id for work in old])
