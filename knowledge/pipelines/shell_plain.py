"""Commands so simple that their words can be told without the grammar.

One simple command or one `export` on one line: plain words, `$NAME`, quotes with nothing nested, at
most one redirection at its end. What is told here is what the grammar tells; anything else is left to it.
"""

from __future__ import annotations

import re

from knowledge.pipelines.shell_events import Assignment, Call, Event, Redirect, Use, Word

_NAMED = r"\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\}"
_PART = rf"[\w./:@%+,\-]|{_NAMED}|\"(?:[^\"\\`$]|{_NAMED})*\"|'[^']*'"
_WORD = re.compile(rf"(?:{_PART})(?:{_PART}|=)*")
_SIMPLE = re.compile(
    rf"(?P<call>(?:{_PART})(?:{_PART}|=)*(?:[ ]+(?:{_PART})(?:{_PART}|=)*)*)"
    rf"(?:[ ]+(?P<sign>>>?)[ ]*(?P<target>(?:{_PART})+))?[ ]*",
    re.ASCII,
)
_EXPORT = re.compile(rf"export[ ]+(?P<name>[A-Za-z_]\w*)=(?P<value>(?:{_PART}|=)*)[ ]*", re.ASCII)
_USE = re.compile(r"'[^']*'|\$(?:\{(?P<braced>[A-Za-z_]\w*)\}|(?P<plain>[A-Za-z_]\w*))")
#: Words that begin something else than a simple command.
_NOT_SIMPLE = frozenset([
    "export", "declare", "typeset", "readonly", "local", "unset", "unsetenv", "if", "then", "else", "elif",
    "fi", "for", "while", "until", "do", "done", "case", "esac", "function", "select", "coproc", "time",
    "in",
])  # fmt: skip


def plain_events(text: str) -> list[Event] | None:
    """The events of a simple command; None for any other."""
    if len(text) > 1_000 or not text.isascii() or "\n" in text:
        return None
    export = _EXPORT.fullmatch(text)
    if export is not None:
        start, end = export.start("name"), export.end("value")
        value = Assignment(export["name"], export["value"], start, end, 0, end, (), exported=True)
        return [*_uses(text, start, end), value]
    found = _SIMPLE.fullmatch(text)
    if found is None:
        return None
    words = tuple(Word(word[0], word.start()) for word in _WORD.finditer(text, 0, found.end("call")))
    first = words[0].raw
    if "=" in first or first in _NOT_SIMPLE:
        return None
    call = Call(words, 0, found.end("call"), (), 0)
    events: list[Event] = [*_uses(text, 0, found.end("call")), call]
    if found["target"] is not None:
        call.redirects.append(
            Redirect(Word(found["target"], found.start("target")), append=found["sign"] == ">>")
        )
        events += _uses(text, found.start("target"), found.end("target"))
    return events


def _uses(text: str, start: int, end: int) -> list[Use]:
    if "$" not in text:
        return []
    return [
        Use(found["braced"] or found["plain"], found.start())
        for found in _USE.finditer(text, start, end)
        if found["braced"] or found["plain"]
    ]
