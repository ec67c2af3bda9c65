"""What a diagnosis does, and how long each part takes: told to whoever traces it (`bot.tracing`), or nobody.

A diagnosis has waves, a wave has readings; the post comes last. What is told of each are words that this
program chose (`way_in`, `kind`, `cause`, `verdict`, `wave`, `source`, `status`): no repository, person, text,
path or address.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, Protocol

Done = dict[str, Any]
Tell = Callable[[str, str], None]
"""Takes the name of an attribute and its value."""

_CUT_OFF = "cut-off"


class Span(Protocol):
    """A part that has begun."""

    def set(self, name: str, value: str) -> None: ...

    def end(self) -> None: ...


Begin = Callable[[str, "Span | None", Mapping[str, str]], Span]
"""Begins the part of that name below another one (None: at the top), with its first attributes."""

#: How the sources of readings begin, and what kind each is; the first that fits counts.
_KINDS = (
    ("the repository ", "repository"),
    ("workspace variables", "workspace-variables"),
    ("repository variables", "repository-variables"),
    ("deployment environments", "environments"),
    ("deployment variables", "environment-variables"),
    ("run #", "run"),
    ("the runs of ", "runs"),
    ("the steps of ", "steps"),
    ("its steps", "steps"),
    ("the log of ", "log"),
    ("its log", "log"),
    ("the role's permissions boundary", "boundary"),
    ("the policies of ", "policies"),
    ("the trust policy of ", "role"),
    ("the role ", "role"),
    ("the OIDC providers of ", "providers"),
    ("IAM's policy simulator", "simulator"),
    ("CloudTrail's record", "login-record"),
    ("the application's registration", "azure-application"),
    ("the application's service principal", "azure-principal"),
    ("the federated credentials", "azure-credentials"),
    ("the provider ", "google-provider"),
    ("the service account ", "google-account"),
)
_FILE = ("file", "other")
SOURCES = frozenset({kind for _, kind in _KINDS} | set(_FILE))
"""All that is ever told of where something was read."""


def kind_of(source: str) -> str:
    """The kind of a reading's source, as it is named for people; never a name out of it."""
    for words, kind in _KINDS:
        if source.startswith(words):
            return kind
    return _FILE[0] if " at " in source else _FILE[1]


class _Diagnosis:
    """The parts of one diagnosis that are open."""

    def __init__(self, begin: Begin, way_in: str) -> None:
        self.begin = begin
        self.whole = begin("diagnosis", None, {"way_in": way_in})
        self.wave: Span | None = None

    def next_wave(self, name: str) -> None:
        self.end_wave()
        self.wave = self.begin("wave", self.whole, {"wave": name})

    def end_wave(self) -> None:
        if self.wave is not None:
            self.wave.end()
            self.wave = None


_current: ContextVar[_Diagnosis | None] = ContextVar("diagnosis", default=None)


def _nobody(_name: str, _value: str) -> None:
    """Takes what is told where nobody traces."""


@contextlib.contextmanager
def diagnosis(begin: Begin | None, stored: Mapping[str, Any]) -> Iterator[Callable[[Done], Done]]:
    """The answer to the `stored` paste, from here on and in the tasks that are started meanwhile; without
    `begin` nobody is told. What is yielded is shown the work's outcome, and gives it back."""
    if begin is None:
        yield lambda done: done
        return
    made = _Diagnosis(begin, str(stored.get("way_in", "")))
    _current.set(made)

    def tell(done: Done) -> Done:
        reply = done.get("reply") or {}
        for name in ("kind", "cause", "verdict"):
            made.whole.set(name, str(reply.get(name, "")))
        return done

    try:
        with _told_of_end(made.whole):
            yield tell
    finally:
        _current.set(None)
        made.end_wave()
        made.whole.end()


def wave(name: str) -> None:
    """From now on is the wave of that name; the one before has ended."""
    made = _current.get()
    if made is not None:
        made.next_wave(name)


@contextlib.contextmanager
def part(name: str, **attributes: str) -> Iterator[Tell]:
    """A part of the wave that is on, or of the diagnosis between two."""
    made = _current.get()
    if made is None:
        yield _nobody
        return
    span = made.begin(name, made.wave or made.whole, attributes)
    try:
        with _told_of_end(span):
            yield span.set
    finally:
        span.end()


def ends_waves() -> None:
    """All has been read."""
    made = _current.get()
    if made is not None:
        made.end_wave()


@contextlib.contextmanager
def _told_of_end(span: Span) -> Iterator[None]:
    """What breaks it off is told by its type alone."""
    try:
        yield
    except asyncio.CancelledError:
        span.set("status", _CUT_OFF)
        raise
    except Exception as error:
        span.set("status", type(error).__name__)
        raise
