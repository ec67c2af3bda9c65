"""Scripts inside scripts: `bash -c '...'`, `sh -c`, `eval '...'`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from knowledge.pipelines.shell_events import (
    Assignment,
    Call,
    Declaration,
    Event,
    FunctionDefinition,
    Redirect,
    Scope,
    Use,
    Word,
)
from knowledge.pipelines.shell_programs import program_of
from knowledge.pipelines.shell_syntax import UnreadableError
from knowledge.pipelines.shell_walk import tree_events

_SHELLS = frozenset({"bash", "sh", "zsh", "dash"})
_DEEPEST = 3


def with_nested(events: list[Event], depth: int = 0) -> Iterator[Event]:
    """The events, each nested script's own behind the command that runs it."""
    for event in events:
        yield event
        if isinstance(event, Call) and depth < _DEEPEST:
            inner = _inner(event)
            if inner is None:
                continue
            word, lasting = inner
            try:
                nested = tree_events(word.raw[1:-1])
            except UnreadableError:
                continue
            scope = event.scope if lasting else (*event.scope, -1)
            expanded = word.raw.startswith('"')
            moved = [_moved(item, word.start + 1, scope) for item in nested]
            if event.captured or event.redirects or event.piped_to is not None:
                for item in moved:
                    if isinstance(item, Call):
                        item.captured = True
            # Between double quotes the outer shell has put the variables in already.
            yield from with_nested([m for m in moved if not (expanded and isinstance(m, Use))], depth + 1)


def _inner(call: Call) -> tuple[Word, bool] | None:
    """The word that holds a script, and whether what it sets lasts."""
    if not any(word.raw.startswith(("'", '"')) for word in call.words[1:]):
        return None
    program = program_of(call)
    if program is None:
        return None
    arguments = program.arguments
    if program.name == "eval" and len(arguments) == 1:
        return (arguments[0], True) if _simple(arguments[0].raw) else None
    if program.name in _SHELLS:
        for option, word in pairwise(arguments):
            if re.fullmatch(r"-[a-z]*c", option.raw):
                return (word, False) if _simple(word.raw) else None
    return None


def _simple(raw: str) -> bool:
    """Whether what stands between the quotes is the script to the letter."""
    single = len(raw) > 2 and raw[0] == raw[-1] == "'" and "'" not in raw[1:-1]
    return single or re.fullmatch(r'"[^"\\`]+"', raw) is not None


def _moved(event: Event, by: int, scope: Scope) -> Event:
    match event:
        case Use() | FunctionDefinition():
            return replace(event, start=event.start + by)
        case Call():
            words = tuple(Word(word.raw, word.start + by) for word in event.words)
            redirects = [Redirect(Word(r.target.raw, r.target.start + by), r.append) for r in event.redirects]
            return replace(
                event,
                words=words,
                redirects=redirects,
                start=event.start + by,
                end=event.end + by,
                statement=event.statement + by,
                fed_at=event.fed_at + by,
                scope=(*scope, *event.scope),
            )
        case Assignment():
            return replace(
                event,
                start=event.start + by,
                end=event.end + by,
                statement=event.statement + by,
                statement_end=event.statement_end + by,
                scope=(*scope, *event.scope),
            )
        case Declaration():
            return replace(event, start=event.start + by, end=event.end + by, scope=(*scope, *event.scope))
