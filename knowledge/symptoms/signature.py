"""One row of the tables of known failure texts."""

from __future__ import annotations

import re
from functools import lru_cache

from knowledge.frozen import dataclass
from knowledge.symptoms.model import Family, Reach

OIDC, COMMON = Reach.OIDC, Reach.COMMON

#: A quotation mark in a pattern: programs log each other's JSON as a string, and each escapes it once more.
DOUBLE, SINGLE = r"\\{0,15}\"", r"\\{0,15}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A failure text that tools print, and what it proves.

    `needle` is a literal that each match holds, or several of which each match holds one, with `|`
    between them: they are looked for first, and `pattern` is tried only around them (`before` and
    `after` characters of them). Patterns are for flattened text: one line,
    single blanks, straight quotes. Their named groups become the symptom's fields; `code` and
    `operation` become those members. `details` are searched in the text right behind the match, `leads` in
    that right before it, where the last one counts.
    `examples` are real outputs, one per dialect, with invented names.

    `generic` marks a text that only wraps or hides another one: it is left out as soon as anything
    more telling stands in the same text.
    """

    id: str
    provider: str
    family: Family
    reach: Reach
    needle: str
    pattern: str
    meaning: str
    source: str
    examples: tuple[str, ...]
    code: str | None = None
    operation: str | None = None
    details: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    generic: bool = False
    before: int = 400
    after: int = 700

    @property
    def needles(self) -> tuple[str, ...]:
        return tuple(self.needle.split("|"))


@lru_cache(maxsize=1024)
def compiled(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """The pattern, compiled when it is first needed, because most never are."""
    return re.compile(pattern, flags)
