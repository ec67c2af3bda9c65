"""What a source gave. "Could not read" is never "missing": three outcomes, kept apart by type."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Generic, TypeVar

from knowledge.frozen import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """The source was read and this is what it holds."""

    value: T
    source: str
    """What was read, in words: `workspace variables of acme`."""
    url: str | None = None
    """A page on which a person can see the same thing."""
    read_at: datetime | None = field(default=None, compare=False)
    """When the source was asked, where the answer was kept from then; None for what was asked just now."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The source was read, and the thing is not there (an answer, not a failure)."""

    source: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """The source was not read. Nothing follows from it but the remedy."""

    source: str
    reason: str
    """Why, in a sentence without a full stop at its end."""
    remedy: str
    """What a person can do so that it is read next time."""
    refused: bool = field(default=False, compare=False)
    """Whether the source knows the bot and does not allow it: that stays so until somebody changes it."""


Reading = Known[T] | Absent | Unread


def not_given(source: str, option: str) -> Unread:
    """The reading of a source that an offline command was not handed."""
    return Unread(source, "not given", f"pass {option}")
