"""What calls in a provider's expressions give for values that are known.

CEL's own: https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions
`extract`: https://cloud.google.com/iam/docs/conditions-attribute-reference#extract
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod

from knowledge.gcp_cel_kinds import Beginning, Lacking, Unknown, Value, not_known_in, odd

_Given = str | bool | int | tuple[object, ...]

#: Patterns of RE2 that mean the same here: no groups that repeat, few open repetitions.
_ATOM = r"(?:\\[^\w\s]|\\[dw]|[^\\()\[\]{}*+?|^$]|\[\^?[\w.:@/{}-]+\]|\{(?!\d+(?:,\d*)?\})|\})"
_TIMES = r"(?:[*+?]|\{\d{1,2}(?:,\d{0,2})?\})?"
_ROW = rf"(?:{_ATOM}{_TIMES})*"
_READ = rf"\^?(?:{_ATOM}{_TIMES}|\({_ROW}(?:\|{_ROW})*\)(?![*+?{{]))*\$?"
_LONGEST, _OPEN, _TRIES = 300, 2, 500_000

_OF_BEGINNING = frozenset({"startsWith", "endsWith", "contains", "matches", "extract", "split"})
_OF_ANY = frozenset({"size", "string", "lowerAscii", "upperAscii"})


def given_by(name: str, values: tuple[Value, ...], *, method: bool) -> Value:
    """What the call gives, its receiver first among the values."""
    if name in _OF_BEGINNING and len(values) == 2 and isinstance(values[0], Beginning):
        return _of_beginning(name, values[0], values[1])
    if name not in _OF_BEGINNING | _OF_ANY:
        return Unknown(f"`{name}` is not evaluated here")
    if any(isinstance(value, Unknown | Lacking) for value in values):
        return odd(*values)
    unknown = not_known_in(*values)
    if unknown is not None:
        return unknown
    known = tuple(value for value in values if not isinstance(value, Unknown | Lacking))
    given = called(name, known) if method or name in _OF_ANY else None
    return Unknown(f"`{name}` is not evaluated here") if given is None else given


def _of_beginning(name: str, one: Beginning, other: Value) -> Value:
    if not isinstance(other, str):
        return odd(other)
    given = called_on_beginning(name, one.text, other)
    if given is None:
        return Unknown(one.why)
    return (*given, Unknown(one.why)) if isinstance(given, tuple) else given


def called(name: str, values: tuple[_Given, ...]) -> _Given | None:
    """What the call gives, receiver first; None where it is not evaluated."""
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) == len(values) == 1 and name in _OF_ONE:
        return _OF_ONE[name](texts[0])
    if name == "size" and len(values) == 1 and isinstance(values[0], str | tuple):
        return len(values[0])
    if len(texts) == len(values) == 2 and name in _OF_TWO:
        return _OF_TWO[name](*texts)
    return None


def _matches(text: str, pattern: str) -> bool | None:
    if len(pattern) > _LONGEST or "\n" in text or not re.fullmatch(_READ, pattern):
        return None
    if _may_take_long(text, pattern):
        return None
    try:
        return re.search(pattern, text, re.ASCII) is not None
    except re.error:
        return None


def _may_take_long(text: str, pattern: str) -> bool:
    """Whether there are too many ways to try the pattern: unlike RE2, Python may go through all of them."""
    bare = re.sub(r"\[[^\]]*\]", "x", re.sub(r"\\.", "x", pattern))
    repeated = len(re.findall(r"[*+]|\{\d+,\d*\}", bare))
    starts = 0 if bare.startswith("^") else 1
    chosen = (group.count("|") + 1 for group in re.findall(r"\([^)]*\)", bare))
    ways = prod(chosen) << bare.count("?")
    return repeated > _OPEN or ways * max(len(text), 1) ** (repeated + starts) > _TRIES


def _extract(text: str, template: str) -> str | None:
    """What stands in the place of the template's name in braces; empty where the template does not fit."""
    found = re.fullmatch(r"(?P<before>[^{}]*)\{\w+\}(?P<behind>[^{}]*)", template)
    if found is None:
        return None
    at = text.find(found["before"])
    if at < 0:
        return ""
    start = at + len(found["before"])
    end = text.find(found["behind"], start) if found["behind"] else len(text)
    return text[start:end] if end >= 0 else ""


def _split(text: str, sign: str) -> tuple[object, ...] | None:
    return tuple(text.split(sign)) if sign else None


_OF_ONE: dict[str, Callable[[str], _Given]] = {
    "lowerAscii": lambda text: text.lower(),
    "upperAscii": lambda text: text.upper(),
    "string": lambda text: text,
}
_OF_TWO: dict[str, Callable[[str, str], _Given | None]] = {
    "startsWith": lambda text, other: text.startswith(other),
    "endsWith": lambda text, other: text.endswith(other),
    "contains": lambda text, other: other in text,
    "matches": _matches,
    "extract": _extract,
    "split": _split,
}

_LITERAL = r"\\[^\w\s]|[^\\()\[\]{}*+?|^$.]|\{(?!\d)|\}"


def called_on_beginning(name: str, begins: str, other: str) -> bool | str | tuple[str, ...] | None:
    """The same for a text of which only the beginning is known, and that goes on behind it; None where that
    does not decide. Of `split` the parts that are known to their end."""
    match name:
        case "startsWith":
            return True if begins.startswith(other) else None if other.startswith(begins) else False
        case "contains":
            return True if other in begins else None
        case "matches":
            found = re.fullmatch(rf"\^(?P<text>(?:{_LITERAL})*)(?:(?P<open>\.[*+])?\$?)", other)
            if found is None:
                return None
            ends = other.endswith("$") and not found["open"]
            starts = called_on_beginning("startsWith", begins, re.sub(r"\\(.)", r"\1", found["text"]))
            return starts if starts is False or not ends else None
        case "extract":
            return _extract(begins, other) or None if not other.endswith("}") else None
        case "split":
            return tuple(begins.split(other)[:-1]) if other else None
        case _:
            return None
