"""What is said of an answer that Bitbucket kept from being whole, and when it is looked at again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.errors import SourceRateLimited
from bot.readings_later import said_when
from knowledge.answer import Answer, Kind
from knowledge.target import Target

NOW = datetime(2026, 1, 2, 10, 0, tzinfo=UTC)
REASON = "Bitbucket takes no more questions from the bot for now (429)"


def said(note: str, seconds: float, *, lasts: bool = True) -> Answer:
    answer = Answer(kind=Kind.DIAGNOSIS, target=Target(), note=note)
    return said_when(answer, SourceRateLimited(REASON, "wait", seconds), NOW, lasts=lasts)


@pytest.mark.parametrize("lasts", [True, False])
def test_what_the_note_says_stays_and_a_reason_is_given_once(lasts: bool) -> None:
    assert said("Run it again.", 60, lasts=lasts).note.startswith(f"Run it again. {REASON}. ")
    assert said(f"It could not be read: {REASON}. To change that: wait.", 60, lasts=lasts).note.startswith(
        f"{REASON}. "
    )


def test_it_is_looked_at_again_within_two_hours() -> None:
    answer = said("", 999_999)

    assert answer.again_in == 7_200
    assert "at about 12:00 UTC" in answer.note
    assert "Ask again at 12:00 UTC or later." in said("", 999_999, lasts=False).note
