"""A text from outside as it may be kept: its secrets taken out, and what a token in it says read before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from knowledge.clean_text import CleanText
from knowledge.frozen import dataclass
from knowledge.redact import redact
from knowledge.token_claims import ClaimValue, claims_in


@dataclass(frozen=True, slots=True)
class Pasted:
    """The redacted text, how many secrets of each kind it held, and the claims of Bitbucket's token in it
    (None without one)."""

    text: CleanText
    redactions: Mapping[str, int] = field(default_factory=dict)
    claims: Mapping[str, ClaimValue] | None = None


def take(raw: str) -> Pasted:
    """The first call on any text from outside that asks for a diagnosis."""
    claims = claims_in(raw)
    redacted = redact(raw)
    return Pasted(redacted.text, redacted.counts, claims)
