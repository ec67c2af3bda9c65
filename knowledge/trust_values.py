"""Values that a trust policy is compared with, known wholly, in part or not at all, and how text and
patterns are compared with them. Results are three-valued: True, False, or None for "cannot tell"."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from knowledge.frozen import dataclass

#: Stand for the wildcards of a pattern once its literal `*` and `?` were told apart from them.
ANY_RUN = "\ue000"
ANY_ONE = "\ue001"
_FRESH = "\ue002"
_HEX = "0123456789abcdef"
_FRESH_UUID = "{" + "-".join(_FRESH * length for length in (8, 4, 4, 4, 12)) + "}"


class Pattern(str):
    """A value of which only the form is known: each `*` stands for one UUID, in braces and lower
    case, that is not known."""

    __slots__ = ()

    @property
    def sample(self) -> str:
        """The value with characters in place of the unknown ones that no policy names."""
        return _sample(str(self))


@dataclass(frozen=True, slots=True)
class OneOf:
    """A value that is one of several; which one is not known."""

    values: tuple[str | tuple[str, ...], ...]


#: One value of a request key. None: the key is there, its value is not known at all.
Value = str | tuple[str, ...] | OneOf | None


@lru_cache(maxsize=512)
def _sample(text: str) -> str:
    return text.replace("*", _FRESH_UUID)


def any_of(results: Iterable[bool | None]) -> bool | None:
    """True when one is true, None when that cannot be told."""
    unknown = False
    for result in results:
        if result:
            return True
        unknown = unknown or result is None
    return None if unknown else False


def all_of(results: Iterable[bool | None]) -> bool | None:
    """False when one is false, None when that cannot be told."""
    unknown = False
    for result in results:
        if result is None:
            unknown = True
        elif not result:
            return False
    return None if unknown else True


def negated(result: bool | None) -> bool | None:
    return None if result is None else not result


def agreed(results: Iterable[bool | None]) -> bool | None:
    """The result that all have in common, None when they differ."""
    seen = set(results)
    return seen.pop() if len(seen) == 1 else None


@lru_cache(maxsize=2048)
def wildcards(text: str) -> str:
    """A policy's pattern with its wildcards made unmistakable."""
    return text.replace("*", ANY_RUN).replace("?", ANY_ONE)


def fits(pattern: str, value: str) -> bool | None:
    """Whether `value` fits a pattern made by `wildcards` (or plain text, which must be equal)."""
    if type(value) is not Pattern:
        return _glob(pattern, value)
    return _fits_partly(pattern, str(value))


@lru_cache(maxsize=1024)
def _fits_partly(pattern: str, form: str) -> bool | None:
    value = Pattern(form)
    if _glob(pattern, value.sample):
        return True
    return None if _can_fit(pattern, value) else False


def _glob(pattern: str, value: str) -> bool:
    if ANY_ONE in pattern:
        return _glob_slowly(pattern, value)
    first, *rest = pattern.split(ANY_RUN)
    if not rest:
        return pattern == value
    last = rest.pop()
    end = len(value) - len(last)
    at = len(first)
    if at > end or not value.startswith(first) or not value.endswith(last):
        return False
    for part in rest:
        found = value.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _glob_slowly(pattern: str, value: str) -> bool:
    """Goes back only to the last run, so the work is bounded by the product of the lengths."""
    at = here = 0
    star, mark = -1, 0
    while here < len(value):
        if at < len(pattern) and pattern[at] == ANY_RUN:
            star, mark = at, here
            at += 1
        elif at < len(pattern) and pattern[at] in (ANY_ONE, value[here]):
            at, here = at + 1, here + 1
        elif star >= 0:
            mark += 1
            at, here = star + 1, mark
        else:
            return False
    return all(character == ANY_RUN for character in pattern[at:])


def _can_fit(pattern: str, value: Pattern) -> bool:
    """Whether some value of that form fits: both are walked at once, all places in the pattern kept."""
    places = _skip_runs(pattern, {0})
    for character in value.sample:
        allowed = _HEX if character == _FRESH else character
        step = set()
        for place in places:
            if place == len(pattern):
                continue
            if pattern[place] == ANY_RUN:
                step.add(place)
            elif pattern[place] == ANY_ONE or pattern[place] in allowed:
                step.add(place + 1)
        places = _skip_runs(pattern, step)
        if not places:
            return False
    return len(pattern) in places


def _skip_runs(pattern: str, places: set[int]) -> set[int]:
    found = set(places)
    for place in places:
        ahead = place
        while ahead < len(pattern) and pattern[ahead] == ANY_RUN:
            ahead += 1
            found.add(ahead)
    return found


def texts_of(value: Value) -> tuple[str, ...]:
    """All texts that a value may consist of, for showing."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, OneOf):
        return tuple(dict.fromkeys(text for one in value.values for text in texts_of(one)))
    return value
