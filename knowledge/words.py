"""How sentences carry names that came from outside.

A sentence is plain text in which code and names stand between back-ticks. Values from outside go
through `code`, so a back-tick, a line break or an overlong name of theirs cannot break the
sentence; renderers turn the marked parts into code style and never parse the rest.
"""

from __future__ import annotations

import re

_LIMIT = 120
_PLACE = re.compile(r"\{([a-z_]+)\}")


def code(value: object, limit: int = _LIMIT) -> str:
    """`value` between back-ticks, on one line, cut in the middle above `limit` characters."""
    text = " ".join(str(value).split()).replace("`", "'")
    if len(text) > limit:
        keep = (limit - 1) // 2
        text = f"{text[:keep]}…{text[-keep:]}"
    return f"`{text}`" if text else "(empty)"


def capitalised(text: str) -> str:
    """The text with a capital first letter; the other letters stay."""
    return text[:1].upper() + text[1:]


def listed(values: list[str], joint: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`; the values are already sentences' parts."""
    if len(values) < 2:
        return "".join(values)
    return f"{', '.join(values[:-1])} {joint} {values[-1]}"


def filled(template: str, **names: str) -> str:
    """The template with each `{name}` replaced by what is given for it.

    Every other brace stays, and what was put in is not looked at again: unlike `str.format`, this takes
    values of a policy, which are full of braces.
    """
    return _PLACE.sub(lambda place: names.get(place[1], place[0]), template)


def amount(number: int, unit: str) -> str:
    """`1 second`, `2 seconds`: a number with its unit, which forms its plural by an `s`."""
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
