"""From a paste to a posted reply: the two steps of a job, and what happens when one goes wrong."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.apology import apology
from bot.attachments import Attachments, Opened
from bot.doctor.channels import channel_refused
from bot.doctor.standing import Standing
from bot.first_mark import FirstMark
from bot.history import Chronicle
from bot.logs import frames_of, get_logger, names_of
from bot.metrics import Metrics
from handlers.delivery import ChannelRefused, Delivery, SlackUnavailable, TokenRefused
from handlers.ports import Paste, Reply
from handlers.render import edited_away, render
from handlers.render.history import POLICY_GONE
from knowledge.answer import Answer, History, Kind, LoginRecord

#: Waits between tries to post while Slack is away, in seconds; the last is repeated.
_WAITS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_TRIES = 40
_TRIES_AT_ADDRESS = 5
"""An address that came with a command or a click is good for five answers, and says no more of them than
whether it took one: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""
_MARK_SECONDS = 2.0
_PARALLEL = 32
"""Investigations at a time; further ones wait, with their `eyes` set."""

_TAKES = "Bitbucket takes questions again, and this was looked at anew."
_LATER = (
    "CloudTrail is asked again by itself for a quarter of an hour: this answer changes if the record comes."
)
_TAKES_AND_LATER = f"Bitbucket takes questions again. {_LATER}"
"""A line of what went before has 160 characters."""
_CAME = "CloudTrail's record of the login has come since; this answer is made anew with it."

log = get_logger()

Investigate = Callable[[Paste], Awaitable[Answer]]


class Desk:
    """Prepares and delivers replies. `told_of_token` is called with the reason when Slack refuses the bot's
    token, and with None when it takes it; `standing` learns what was read and what was refused."""

    def __init__(
        self,
        investigate: Investigate,
        delivery: Delivery,
        metrics: Metrics,
        told_of_token: Callable[[str | None], None],
        attachments: Attachments | None = None,
        waits: Sequence[float] = _WAITS,
        standing: Standing | None = None,
    ) -> None:
        self._investigate = investigate
        self._delivery = delivery
        self._metrics = metrics
        self._told_of_token = told_of_token
        self._attachments = attachments
        self._waits = waits
        self._standing = standing or Standing()
        self._chronicle: Chronicle | None = None
        self._slots = asyncio.Semaphore(_PARALLEL)

    def look_back(self, chronicle: Chronicle) -> None:
        """Say from now on what went before an answer. It is set late: the store needs the desk first."""
        self._chronicle = chronicle

    async def prepare(self, paste: Paste, investigate: Investigate | None = None) -> Reply | None:
        """The rendered answer; an apology with a reference when our own code failed, which is posted nowhere
        as long as only its files could tell whether the message asks. None when they show that it does not.
        `investigate` is asked in place of the desk's own."""
        if paste.harmless:
            return edited_away(paste.job)
        look, asks = investigate or self._investigate, not paste.unsure
        started = asyncio.get_running_loop().time()
        mark = FirstMark(self._delivery, paste)
        try:
            async with self._slots:
                opened = Opened(paste) if self._attachments is None else await self._attachments.open(paste)
                if opened.paste is None:
                    await mark.take_away()
                    return edited_away(paste.job) if paste.revision else None
                mark.confirm()
                asks = True
                answer = opened.answer or opened.told(await look(opened.paste))
            self._standing.told_of_answer(answer)
            if not answer.symptoms and answer.kind is not Kind.REFUSAL:
                self._metrics.unknown_texts.labels(paste.way_in).inc()
            reply = _dated(await self._with_history(render(answer, paste.job), answer, paste))
        except asyncio.CancelledError:
            await mark.left()
            raise
        except Exception as error:  # noqa: BLE001 - after `eyes` there is never silence, whatever broke
            reference = secrets.token_hex(4)
            self._metrics.faults.labels("answer").inc()
            log.error("answer failed", reference=reference, error=names_of(error), frames=frames_of(error))
            reply = replace(render(apology(reference), paste.job), only_in_place=not asks)
            if not asks:
                await mark.take_away()
        mark.confirm()
        # A mark that hangs never holds up the answer.
        await mark.wait(_MARK_SECONDS)
        self._metrics.answer_seconds.observe(asyncio.get_running_loop().time() - started)
        self._count(paste, reply)
        log.info(
            "prepared",
            job=paste.job,
            kind=reply.kind,
            cause=reply.cause,
            verdict=reply.verdict,
            seconds=round(asyncio.get_running_loop().time() - started, 3),
        )
        return reply

    def _count(self, paste: Paste, reply: Reply) -> None:
        self._metrics.diagnoses.labels(reply.cause, reply.verdict, reply.kind, paste.way_in).inc()
        if not paste.revision:
            for kind, count in paste.redactions.items():
                self._metrics.redactions.labels(kind).inc(count)

    async def _with_history(self, reply: Reply, answer: Answer, paste: Paste) -> Reply:
        """The reply with what went before it, where there is something to say of that."""
        if self._chronicle is None:
            return reply
        if answer.kind is Kind.QUESTION and not answer.choices:
            answer = replace(answer, choices=await self._chronicle.choices(paste))
            reply = render(answer, paste.job)
        history = await self._chronicle.before(paste, reply)
        clicked = paste.after_policy and paste.revision.startswith("click-")
        if clicked and answer.asks_for_policy and not reply.cause:
            answer = replace(answer, note=POLICY_GONE)
        if history is None and reply.awaits_record and not reply.again_in and not paste.ephemeral:
            # Only where it is what is looked at next (`SecondLooks.follow`).
            history = History(_LATER)
        told = reply if history is None else render(replace(answer, history=history), paste.job)
        self._chronicle.note(paste, told)
        return told

    async def deliver(self, paste: Paste, reply: Reply, earlier: str | None, look_first: bool) -> str | None:
        """Post the reply, or edit the one at `earlier`; keeps trying while Slack is away, or refuses the
        token: a start with another one posts what is still stored."""
        for attempt in range(_TRIES_AT_ADDRESS if paste.ephemeral else _TRIES):
            try:
                return await self._once(paste, reply, earlier, look_first)
            except SlackUnavailable as error:
                look_first = look_first or not error.is_certain
                wait = error.retry_after or self._wait_after(attempt)
                self._metrics.retries.labels("slack").inc()
                log.warning("slack unavailable", job=paste.job, error=error.category, wait=wait)
            except TokenRefused as error:
                wait = self._waits[-1]
                self._told_of_token(error.category)
                log.error("slack refused the token", job=paste.job, error=error.category)
            except ChannelRefused as error:
                refused = channel_refused(paste.channel, error.category)
                if refused is not None:
                    self._standing.told_of_channel(paste.channel, refused)
                log.warning("slack refused the channel", job=paste.job, error=error.category)
                break
            await asyncio.sleep(wait)
        else:
            log.error("gave up posting", job=paste.job)
        self._metrics.faults.labels("delivery").inc()
        if self._chronicle is not None:
            self._chronicle.unsaid(paste)
        if not paste.ephemeral:
            # Nothing may be said here; the mark at least can tell that nothing will be.
            await self._delivery.mark(paste, "warning")
        return None

    async def look_again(self, paste: Paste, run: str) -> Reply | None:
        """The reply made anew, once CloudTrail's record of the login has come and the answer is still about
        the `run` (the link to it, or empty); None otherwise, and when our own code failed."""
        answer = await self._later_answer(paste)
        found = (
            answer is not None and answer.login_record is LoginRecord.FOUND and (answer.run_url or "") == run
        )
        log.info("looked again", job=paste.job, found=found)
        return (
            _dated(render(replace(answer, history=History(_CAME)), paste.job)) if found and answer else None
        )

    async def answer_anew(self, paste: Paste) -> Reply | None:
        """The reply made anew, where Bitbucket took no more questions; None while it still takes none, and
        when our own code failed."""
        answer = await self._later_answer(paste)
        answered = answer is not None and not answer.again_in
        log.info("answered anew", job=paste.job, answered=answered)
        if not answered or answer is None:
            return None
        said = _TAKES_AND_LATER if answer.login_record is LoginRecord.AWAITED else _TAKES
        return _dated(render(replace(answer, history=History(said)), paste.job))

    async def _later_answer(self, paste: Paste) -> Answer | None:
        try:
            async with self._slots:
                opened = Opened(paste) if self._attachments is None else await self._attachments.open(paste)
                if opened.paste is None:
                    return None
                answer = opened.told(await self._investigate(opened.paste))
        except Exception as error:  # noqa: BLE001 - the reply that stands is right as it is
            self._metrics.faults.labels("second look").inc()
            log.error("second look failed", job=paste.job, error=names_of(error), frames=frames_of(error))
            return None
        self._standing.told_of_answer(answer)
        return answer

    async def edit(self, paste: Paste, ts: str, reply: Reply) -> bool:
        """Put the reply in the place of our message `ts`, without a mark; whether it stands there. Keeps
        trying for a minute while Slack is away: the one that stands there is right as it is."""
        for attempt in range(len(_WAITS)):
            try:
                await self._delivery.update(paste, ts, reply)
            except SlackUnavailable as error:
                await asyncio.sleep(error.retry_after or self._wait_after(attempt))
            except (TokenRefused, ChannelRefused) as error:
                log.warning("slack refused the edit", job=paste.job, error=error.category)
                return False
            else:
                if self._chronicle is not None:
                    self._chronicle.note(paste, reply)
                return True
        log.warning("gave up editing", job=paste.job)
        return False

    async def find(self, paste: Paste) -> str | None:
        """The `ts` of our reply in the paste's thread, None when it holds none or may not be read; keeps
        trying while Slack is away."""
        for attempt in range(_TRIES):
            try:
                return await self._delivery.find_reply(paste)
            except SlackUnavailable as error:
                wait = error.retry_after or self._wait_after(attempt)
            except TokenRefused as error:
                wait = self._waits[-1]
                self._told_of_token(error.category)
            except ChannelRefused as error:
                log.warning("slack does not show the thread", job=paste.job, error=error.category)
                return None
            await asyncio.sleep(wait)
        return None

    async def try_token(self) -> None:
        """Tell what Slack says of the token now; that it does not answer says nothing."""
        try:
            await self._delivery.try_token()
        except TokenRefused as error:
            self._told_of_token(error.category)
            log.error("slack refused the token", error=error.category)
        except (SlackUnavailable, ChannelRefused) as error:
            log.warning("slack does not tell of the token", error=error.category)

    async def take_back(self, channel: str, ts: str) -> None:
        """Delete our message, whose paste is gone; keeps trying while Slack is away."""
        for attempt in range(_TRIES):
            try:
                await self._delivery.delete(channel, ts)
            except SlackUnavailable as error:
                wait = error.retry_after or self._wait_after(attempt)
            except TokenRefused as error:
                wait = self._waits[-1]
                self._told_of_token(error.category)
            except ChannelRefused as error:
                log.warning("slack keeps the reply to a deleted message", error=error.category)
                return
            else:
                return
            await asyncio.sleep(wait)
        log.error("gave up deleting")

    def _wait_after(self, attempt: int) -> float:
        return self._waits[min(attempt, len(self._waits) - 1)]

    async def _once(self, paste: Paste, reply: Reply, earlier: str | None, look_first: bool) -> str | None:
        if paste.ephemeral:
            # Answered at an address of its own, without the token.
            await self._delivery.respond(paste, reply)
            return None
        if earlier is None:
            earlier = await self._delivery.post(paste, reply, look_first)
        else:
            await self._delivery.update(paste, earlier, reply)
        self._told_of_token(None)
        self._standing.told_of_channel(paste.channel, None)
        if earlier or not reply.only_in_place:
            await self._delivery.mark(paste, reply.reaction)
        return earlier


def _dated(reply: Reply) -> Reply:
    return replace(reply, made_at=datetime.now(UTC).isoformat(timespec="seconds"))
