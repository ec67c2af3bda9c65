"""An answer that is not whole because Bitbucket takes no more questions for now: when it will be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.errors import SourceRateLimited
from knowledge.answer import Answer
from knowledge.finding import Verdict

_LONGEST = 2 * 3_600.0
"""Seconds after which it is looked at again at the latest, however long Bitbucket asks to be left alone."""


def said_when(answer: Answer, limited: SourceRateLimited, now: datetime, *, lasts: bool) -> Answer:
    """The answer with a sentence on when it is made anew; as it is where nothing of it hangs on Bitbucket any
    more. One that does not last is not made anew: its address ends, or what it is made of is not kept."""
    lead = answer.diagnosis.lead
    if lead is not None and lead.verdict is Verdict.CONFIRMED:
        return answer
    seconds = min(limited.seconds, _LONGEST)
    # To the minute, and not before it.
    at = (now + timedelta(seconds=seconds + 59)).strftime("%H:%M UTC")
    reason = f"{limited.reason[:1].upper()}{limited.reason[1:]}."
    # A note that gives this reason already says no more than what takes its place.
    before = "" if limited.reason in answer.note else answer.note
    if not lasts:
        when = ", when it takes more" if seconds == limited.seconds else " or later"
        return replace(answer, note=f"{before} {reason} Ask again at {at}{when}.".strip())
    note = f"{reason} This is looked at again by itself at about {at}, and this reply is changed then."
    return replace(answer, note=f"{before} {note}".strip(), again_in=seconds)
