"""Text without its secrets: the types, apart from `knowledge.redact`, which takes the secrets out.

What only carries such text is loaded without the forms that secrets have.
"""

from __future__ import annotations

from typing import NewType

from knowledge.frozen import dataclass

CleanText = NewType("CleanText", str)


@dataclass(frozen=True, slots=True)
class Redacted:
    """The text without its secrets, and how many of each kind were taken out (`{"jwt": 1}`)."""

    text: CleanText
    counts: dict[str, int]
