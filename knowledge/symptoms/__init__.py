"""What a text shows: the tables of known failure texts, and the search for them.

Only the types are loaded with this package; the tables come with the first text that is looked at,
because commands that read no text start without them.
"""

from __future__ import annotations

from knowledge.clean_text import CleanText
from knowledge.symptoms.model import Family, Reach, Symptom

__all__ = ["Family", "Reach", "Symptom", "may_concern", "recognise"]


def may_concern(raw: str) -> bool:
    """See `knowledge.symptoms.tables.may_concern`."""
    from knowledge.symptoms import tables

    return tables.may_concern(raw)


def recognise(text: CleanText) -> tuple[Symptom, ...]:
    """See `knowledge.symptoms.recognition.recognise`."""
    from knowledge.symptoms import recognition

    return recognition.recognise(text)
