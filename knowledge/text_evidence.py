"""Evidence out of the pasted text: the words that were recognised, at their place."""

from __future__ import annotations

from collections.abc import Collection

from knowledge.casefile import CaseFile
from knowledge.finding import Comparison, Evidence
from knowledge.location import InPaste
from knowledge.symptoms.model import Family, Symptom


def first_of(case: CaseFile, *families: Family, ids: Collection[str] = ()) -> Symptom | None:
    """The first symptom of these families, and where ids are given of these signatures."""
    return next(
        (item for item in case.symptoms if item.family in families and (not ids or item.id in ids)), None
    )


def in_text(
    case: CaseFile,
    symptom: Symptom,
    sentence: str,
    *,
    primary: bool = True,
    comparison: Comparison | None = None,
) -> Evidence:
    """The words of the redacted text that a symptom was made of."""
    start, end = symptom.span
    excerpt = " ".join(case.paste[start:end].split())
    return Evidence(sentence, InPaste(start, end), excerpt, primary, comparison)
