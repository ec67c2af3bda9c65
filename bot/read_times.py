"""When a reading was made: now, or some minutes ago, where a client gave what it had kept.

A client's methods give values alone. So a client that gives a kept one notes its time here, for whoever is
reading in the same task; what it asks for just now it need not note.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from knowledge.reading import Known


@dataclass(slots=True)
class ReadTime:
    """`at` is the time of the oldest kept value that the reading is made of; None when all is of now."""

    at: datetime | None = None


_reading: ContextVar[ReadTime | None] = ContextVar("reading", default=None)


@contextmanager
def read_time() -> Iterator[ReadTime]:
    """What is noted while the block reads."""
    noted = ReadTime()
    token = _reading.set(noted)
    try:
        yield noted
    finally:
        _reading.reset(token)


def was_kept(at: datetime) -> None:
    """What is given now was read at that time."""
    noted = _reading.get()
    if noted is not None and (noted.at is None or at < noted.at):
        noted.at = at


def age_of(reading: Known[object], now: datetime) -> float:
    """Seconds since the source was asked; 0 for what was asked just now."""
    return 0.0 if reading.read_at is None else max(0.0, (now - reading.read_at).total_seconds())
