"""Commands so simple that their words can be told without the grammar.

On each line one simple command, assignment or `export`: plain words, `$NAME`, quotes with nothing nested,
at most one redirection at its end. What is told here is what the grammar tells; anything else is left to it.
"""

from __future__ import annotations

import re

from knowledge.late_pattern import late
from knowledge.pipelines.shell_events import Assignment, Call, Event, Redirect, Use, Word

_NAMED = r"\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\}"
_PART = rf"[\w./:@%+,\-]|{_NAMED}|\"(?:[^\"\\`$]|{_NAMED})*\"|'[^']*'"
_WORD = late(rf"(?:{_PART})(?:{_PART}|=)*")
_SIMPLE = late(
    rf"(?P<call>(?:{_PART})(?:{_PART}|=)*(?:[ ]+(?:{_PART})(?:{_PART}|=)*)*)"
    rf"(?:[ ]+(?P<sign>>>?)[ ]*(?P<target>(?:{_PART})+))?[ ]*",
    re.ASCII,
)
_ASSIGNED = late(
    rf"(?P<export>export[ ]+)?(?P<whole>(?P<name>[A-Za-z_]\w*)=(?P<value>(?:{_PART}|=)*))[ ]*", re.ASCII
)
_USE = late(r"'[^']*'|\$(?:\{(?P<braced>[A-Za-z_]\w*)\}|(?P<plain>[A-Za-z_]\w*))")
#: Words that begin something else than a simple command.
_NOT_SIMPLE = frozenset([
    "export", "declare", "typeset", "readonly", "local", "unset", "unsetenv", "if", "then", "else", "elif",
    "fi", "for", "while", "until", "do", "done", "case", "esac", "function", "select", "coproc", "time",
    "in", "-",
])  # fmt: skip


def plain_events(text: str) -> list[Event] | None:
    """The events of simple commands, one on a line; None when one of them is not simple."""
    if len(text) > 1_000 or not text.isascii():
        return None
    if "\n" not in text:
        return _of_line(text, 0, len(text))
    events: list[Event] = []
    at = 0
    for line in text.split("\n"):
        bare = line.lstrip(" ")
        if bare and bare[0] != "#":
            found = _of_line(text, at + len(line) - len(bare), at + len(line))
            if found is None:
                return None
            events += found
        at += len(line) + 1
    return events


def _of_line(text: str, begin: int, stop: int) -> list[Event] | None:
    assigned = _ASSIGNED.fullmatch(text, begin, stop)
    if assigned is not None:
        start, end = assigned.span("whole")
        exported = assigned["export"] is not None
        value = Assignment(assigned["name"], assigned["value"], start, end, begin, end, (), exported)
        return [*_uses(text, start, end), value]
    found = _SIMPLE.fullmatch(text, begin, stop)
    if found is None:
        return None
    end = found.end("call")
    words = tuple([Word(word[0], word.start()) for word in _WORD.finditer(text, begin, end)])
    first = words[0].raw
    if "=" in first or first in _NOT_SIMPLE:
        return None
    call = Call(words, begin, end, (), begin)
    events: list[Event] = [*_uses(text, begin, end), call]
    if found["target"] is not None:
        call.redirects.append(
            Redirect(Word(found["target"], found.start("target")), append=found["sign"] == ">>")
        )
        events += _uses(text, found.start("target"), found.end("target"))
    return events


def _uses(text: str, start: int, end: int) -> list[Use]:
    if text.find("$", start, end) < 0:
        return []
    return [
        Use(found["braced"] or found["plain"], found.start())
        for found in _USE.finditer(text, start, end)
        if found["braced"] or found["plain"]
    ]
