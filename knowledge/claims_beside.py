"""Claims that somebody handed over, beside what a text quotes of the token: they may be another token's."""

from __future__ import annotations

import re

from knowledge.casefile import CaseFile
from knowledge.printed_values import masked


def other_claim(case: CaseFile, name: str, quoted: str | None) -> str | None:
    """The claim (`iss`, `sub`, `aud`) as it was given, where the text quotes another value; None where they
    agree, or one of them is not there or hidden. Several audiences stand with commas between them, in the
    text as well."""
    claimed = (case.claims or {}).get(name)
    told = [claimed] if isinstance(claimed, str) else list(claimed) if isinstance(claimed, list) else []
    if quoted is None or masked(quoted) or not told or set(re.split(r"[,\s]+", quoted)) <= set(told):
        return None
    return ", ".join(map(str, told))
