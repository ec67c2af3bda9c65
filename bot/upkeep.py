"""Stored work beside the answering: that of dead processes is taken over, old work is forgotten."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

from dbos import DBOS

from bot.logs import get_logger, names_of
from bot.metrics import Metrics
from bot.presence import Presence
from bot.works import WORKFLOW

SWEEP_SECONDS = 5.0
LOOKS = 3
"""Sweeps in a row that must find a process gone: after a restart of the database all come back, each when
it sweeps next, and their work goes on meanwhile."""
_CLEAN_SECONDS = 3_600.0
_KEPT = timedelta(days=30)
_COUNTED = 10_000

log = get_logger()


async def keep_up(presence: Presence | None, executor: str, metrics: Metrics, seconds: float) -> None:
    """Runs every so many `seconds` until cancelled; needs a launched DBOS. Without `presence` this process is
    the only one."""
    next_clean = 0.0
    gone: Counter[str] = Counter()
    clock = asyncio.get_running_loop().time
    while True:
        try:
            if presence is not None:
                await take_over(presence, executor, gone)
            await measure(metrics)
            if clock() >= next_clean:
                next_clean = clock() + _CLEAN_SECONDS
                await _forget_old()
        except Exception as error:  # noqa: BLE001 - the database may be away; the next round tries again
            log.warning("upkeep failed", error=names_of(error))
        await asyncio.sleep(seconds)


async def measure(metrics: Metrics) -> None:
    """What is not finished, of all processes, and since when."""
    unfinished = await DBOS.list_workflows_async(
        status=["PENDING", "ENQUEUED"], name=WORKFLOW, load_input=False, load_output=False, limit=_COUNTED
    )
    began = [work.created_at for work in unfinished if work.created_at is not None]
    oldest = datetime.now(UTC).timestamp() - min(began) / 1000 if began else 0.0
    metrics.waiting.set(len(unfinished))
    metrics.oldest_seconds.set(max(oldest, 0.0))


async def take_over(presence: Presence, executor: str, gone: Counter[str]) -> None:
    """One sweep. `gone` counts for how many sweeps in a row each other process has been found dead."""
    await presence.announce()
    pending = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
    others = {work.executor_id for work in pending if work.executor_id} - {executor}
    for other in {*gone, *others}:
        if other not in others or not await presence.is_dead(other):
            del gone[other]
            continue
        gone[other] += 1
        if gone[other] >= LOOKS:
            log.info("taking over unfinished work of a process that is gone")
            await asyncio.to_thread(DBOS._recover_pending_workflows, [other])


async def _forget_old() -> None:
    before = (datetime.now(UTC) - _KEPT).isoformat()
    while old := await DBOS.list_workflows_async(
        completed_before=before, load_input=False, load_output=False, limit=500
    ):
        await DBOS.delete_workflows_async([work.workflow_id for work in old])
