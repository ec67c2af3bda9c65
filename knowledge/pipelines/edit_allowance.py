"""How many changes of a file are worked out: each reads the whole text again, and faults may be many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Concatenate, ParamSpec

from knowledge.pipelines.model import PipelineFile

P = ParamSpec("P")

_LEFT: ContextVar[int | None] = ContextVar("changes_left", default=None)


@contextmanager
def at_most(changes: int) -> Iterator[None]:
    """Inside, only so many changes are worked out; who asks for more gets the text as it is."""
    before = _LEFT.set(changes)
    try:
        yield
    finally:
        _LEFT.reset(before)


def counted(
    change: Callable[Concatenate[PipelineFile, P], str | None],
) -> Callable[Concatenate[PipelineFile, P], str | None]:
    """A function that changes a file's text, held to the allowance."""

    @wraps(change)
    def held(file: PipelineFile, /, *args: P.args, **kwargs: P.kwargs) -> str | None:
        left = _LEFT.get()
        if left is not None:
            if left <= 0:
                return file.text
            _LEFT.set(left - 1)
        return change(file, *args, **kwargs)

    return held
