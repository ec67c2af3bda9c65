"""From a paste to a posted reply: the two steps of a job, and what happens when one goes wrong."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from bot.logs import frames_of, get_logger, names_of
from bot.metrics import Metrics
from handlers.delivery import ChannelRefused, Delivery, SlackUnavailable, TokenRefused
from handlers.ports import Paste, Reply
from handlers.render import render
from knowledge.answer import Answer, Kind
from knowledge.target import Target

#: Waits between tries to post while Slack is away, in seconds; the last is repeated.
_WAITS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_TRIES = 40
_MARK_SECONDS = 2.0

log = get_logger()

Investigate = Callable[[Paste], Awaitable[Answer]]


class Desk:
    """Prepares and delivers replies. `token_refused` is called when Slack refuses the bot's token."""

    def __init__(
        self,
        investigate: Investigate,
        delivery: Delivery,
        metrics: Metrics,
        token_refused: Callable[[str], None],
    ) -> None:
        self._investigate = investigate
        self._delivery = delivery
        self._metrics = metrics
        self._token_refused = token_refused

    async def prepare(self, paste: Paste) -> Reply:
        """The rendered answer; an apology with a reference when our own code failed."""
        started = asyncio.get_running_loop().time()
        marking = None
        if not paste.ephemeral and not paste.revision:
            marking = asyncio.create_task(self._delivery.mark(paste, "eyes"))
        try:
            reply = render(await self._investigate(paste), paste.job)
        except Exception as error:  # noqa: BLE001 - after `eyes` there is never silence, whatever broke
            reference = secrets.token_hex(4)
            self._metrics.faults.labels("answer").inc()
            log.error("answer failed", reference=reference, error=names_of(error), frames=frames_of(error))
            reply = render(_apology(reference), paste.job)
        if marking is not None:
            # A mark that hangs never holds up the answer.
            await asyncio.wait({marking}, timeout=_MARK_SECONDS)
        self._metrics.answer_seconds.observe(asyncio.get_running_loop().time() - started)
        self._metrics.diagnoses.labels(reply.cause, reply.verdict, reply.kind, paste.way_in).inc()
        log.info(
            "prepared",
            job=paste.job,
            kind=reply.kind,
            cause=reply.cause,
            verdict=reply.verdict,
            seconds=round(asyncio.get_running_loop().time() - started, 3),
        )
        return reply

    async def deliver(self, paste: Paste, reply: Reply, earlier: str | None, look_first: bool) -> str | None:
        """Post the reply, or edit the one at `earlier`; keeps trying while Slack is away."""
        for attempt in range(_TRIES):
            try:
                return await self._once(paste, reply, earlier, look_first)
            except SlackUnavailable as error:
                look_first = True
                wait = error.retry_after or _WAITS[min(attempt, len(_WAITS) - 1)]
                log.warning("slack unavailable", job=paste.job, error=error.category, wait=wait)
                await asyncio.sleep(wait)
            except ChannelRefused as error:
                log.warning("slack refused the channel", job=paste.job, error=error.category)
                return None
            except TokenRefused as error:
                self._token_refused(error.category)
                log.error("slack refused the token", job=paste.job, error=error.category)
                return None
        self._metrics.faults.labels("delivery").inc()
        log.error("gave up posting", job=paste.job)
        return None

    async def _once(self, paste: Paste, reply: Reply, earlier: str | None, look_first: bool) -> str | None:
        if paste.ephemeral:
            await self._delivery.respond(paste, reply)
            return None
        if earlier is None and look_first:
            earlier = await self._delivery.find_reply(paste)
        if earlier is not None:
            await self._delivery.update(paste, earlier, reply)
            ts = earlier
        else:
            ts = await self._delivery.post(paste, reply, look_first=False)
        await self._delivery.mark(paste, reply.reaction)
        return ts


def _apology(reference: str) -> Answer:
    return Answer(
        kind=Kind.APOLOGY,
        target=Target(),
        note=(
            "Something in this bot broke while it was looking at this, so there is no diagnosis. "
            f"Press Check again to try once more; whoever runs the bot finds the fault under `{reference}`."
        ),
    )
