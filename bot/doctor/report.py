"""What an examination finds: one check a thing that was looked at, each trouble with its remedy."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.errors import SourceError, SourceNotFound


class State(StrEnum):
    """`PROBLEM` keeps the bot from doing what it is for; a `NOTE` is an ability it goes without, or
    something that cannot be seen from here."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """`area` is `settings`, `slack`, `bitbucket`, `aws`, `azure`, `google` or `database`; `sentence` says
    what was found, `remedy` what to do about it (None when nothing need be done)."""

    area: str
    state: State
    sentence: str
    remedy: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "area": self.area,
            "state": self.state.value,
            "sentence": self.sentence,
            "remedy": self.remedy,
        }


def ok(area: str, sentence: str) -> Check:
    return Check(area, State.OK, sentence)


def note(area: str, sentence: str, remedy: str | None = None) -> Check:
    return Check(area, State.NOTE, sentence, remedy)


def problem(area: str, sentence: str, remedy: str) -> Check:
    return Check(area, State.PROBLEM, sentence, remedy)


def refused(area: str, what: str, error: SourceError) -> Check:
    """What a source said instead of answering."""
    return problem(area, f"{what} could not be read: {error.reason}", error.remedy)


async def refusal_of(reading: Awaitable[object]) -> SourceError | None:
    """What a source said instead of answering; that there is no such thing as was asked for is an answer."""
    try:
        await reading
    except SourceNotFound:
        return None
    except SourceError as error:
        return error
    return None


def problems(checks: Iterable[Check]) -> int:
    return sum(check.state is State.PROBLEM for check in checks)
