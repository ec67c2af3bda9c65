"""The text of a reply for notifications, screen readers and search: headline and remedy, nothing else."""

from __future__ import annotations

from handlers.render.escape import fallback
from handlers.render.limits import FALLBACK, cut_end
from knowledge.finding import Diagnosis, Finding, Severity, Verdict
from knowledge.words import amount

_SPOKEN_FOR = (Verdict.CONFIRMED, Verdict.LIKELY, Verdict.POSSIBLE)
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_HOW_SURE = {
    Verdict.LIKELY: "Likely: ",
    Verdict.POSSIBLE: "Possible: ",
    Verdict.UNDETERMINED: "Not decided: ",
}


def leading(diagnosis: Diagnosis) -> Finding | None:
    """The finding that the reply is built on: it stops the build, and at least something speaks for it."""
    first = diagnosis.findings[0] if diagnosis.findings else None
    if first is None or first.severity is not Severity.BLOCKER:
        return None
    return first if first.verdict in _SPOKEN_FOR else None


def beside(finding: Finding) -> str:
    """A further finding in one line."""
    if finding.severity is Severity.ADVICE:
        return f"By the way: {finding.headline}"
    also = {
        Verdict.LIKELY: "Also likely: ",
        Verdict.POSSIBLE: "Also possible: ",
        Verdict.UNDETERMINED: "Not decided: ",
    }
    return f"{also.get(finding.verdict, 'Also: ')}{finding.headline}"


def headline_of(finding: Finding) -> str:
    """The finding's headline; when it is not certain, that stands first."""
    return f"{_HOW_SURE.get(finding.verdict, '')}{finding.headline}"


def first_sentence(note: str) -> tuple[str, str]:
    """The first sentence and the rest; a full stop inside code ends nothing."""
    at = 0
    while (end := note.find(". ", at)) >= 0:
        if note.count("`", 0, end) % 2 == 0:
            return note[: end + 1], note[end + 2 :]
        at = end + 1
    return note, ""


def age(seconds: float) -> str:
    """How long ago something was, in the largest unit that fits: "40 seconds", "3 minutes"."""
    for unit, length in _UNITS:
        if seconds >= length:
            return amount(int(seconds // length), unit)
    return "a moment"


def message_text(headline: str, remedy: str = "") -> str:
    """The message's `text` (mrkdwn, escaped): what is wrong, and what mends it."""
    head = cut_end(headline, FALLBACK // 2)
    rest = f" {cut_end(remedy, FALLBACK // 2)}" if remedy else ""
    return fallback(f"{head}{rest}")
