"""What was read, quoted: lines with their numbers, expected beside actual, a link to the place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from handlers.render.blocks import Element, preformatted, section
from handlers.render.escape import leaves, link, visible, width
from handlers.render.limits import LINE, cut, cut_end
from knowledge.finding import Comparison, Evidence
from knowledge.location import (
    InAccount,
    InFile,
    InLog,
    InPaste,
    InPolicy,
    InRun,
    InStep,
    InVariables,
    Location,
)
from knowledge.words import code

_SENTENCE = 300
_EXCERPT_LINES = 12
_LABEL = "expected  "
_BEFORE = 60
"""Characters kept before the place where two long values part."""


def shown(
    evidence: Evidence, *, lines: int = _EXCERPT_LINES, columns: int = LINE, prose: int = _SENTENCE
) -> list[Element]:
    """The evidence as elements of a `rich_text` block: its sentence with a link, then the quotation of
    at most `lines` lines, each of at most `columns` characters."""
    where = evidence.location
    place = None if isinstance(where, InPaste) else link(where.url, place_of(where))
    sentence = leaves(cut_end(evidence.sentence, prose))
    if place is not None:
        sentence += [{"type": "text", "text": " ("}, place, {"type": "text", "text": ")"}]
    found = [section(sentence)] if sentence else []
    quotation = quote(evidence, lines, columns)
    return [*found, preformatted(quotation)] if quotation else found


def quote(evidence: Evidence, lines: int = _EXCERPT_LINES, columns: int = LINE) -> str:
    """The excerpt as it stands at its place, and the comparison below it."""
    parts: list[str] = []
    if evidence.excerpt and not _is_told(evidence):
        parts += _numbered(evidence.excerpt, evidence.location, lines, columns)
    if evidence.comparison is not None:
        parts += compared(evidence.comparison, columns)
    return "\n".join(parts)


def _is_told(evidence: Evidence) -> bool:
    """Whether the excerpt stands already in the comparison, or as a name in the sentence."""
    comparison = evidence.comparison
    if comparison is not None and evidence.excerpt in (comparison.expected, comparison.actual):
        return True
    quoted = isinstance(evidence.location, InFile | InLog | InPaste | InStep)
    return not quoted and code(evidence.excerpt) in evidence.sentence


def _numbered(excerpt: str, location: Location, limit: int, columns: int) -> list[str]:
    lines = excerpt.rstrip("\n").split("\n")
    first = location.line if isinstance(location, InFile | InLog | InStep) else None
    kept = [cut(visible(text), columns) for text in lines[:limit]]
    if first is not None:
        digits = len(str(first + len(kept) - 1))
        kept = [f"{first + number:>{digits}} | {text}".rstrip() for number, text in enumerate(kept)]
    if len(lines) > limit:
        kept.append(f"… {len(lines) - limit} more lines")
    return kept


def compared(comparison: Comparison, columns: int = LINE) -> list[str]:
    """Expected above actual, and a mark under the place where they part."""
    expected, actual = visible(comparison.expected), visible(comparison.actual)
    at = comparison.differs_at
    if at is not None and (expected, actual) != (comparison.expected, comparison.actual):
        at = _parting(expected, actual)
    if at is None:
        one, other = cut(expected, columns), cut(actual, columns)
        return [f"{_LABEL}{one or '(nothing)'}", f"actual    {other or '(nothing)'}"]
    start = at - _BEFORE if max(len(expected), len(actual)) > columns and at > _BEFORE else 0
    before = "…" if start else ""
    one, other = (f"{before}{_clipped(text[start:], columns)}" for text in (expected, actual))
    mark = " " * (len(_LABEL) + width(before + actual[start:at])) + "^"
    return [f"{_LABEL}{one or '(nothing)'}", f"actual    {other or '(nothing)'}", f"{mark} they part here"]


def _clipped(text: str, columns: int) -> str:
    return text if len(text) <= columns else f"{text[: columns - 1]}…"


def _parting(one: str, other: str) -> int:
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))


def place_of(location: Location) -> str:
    """The place in words, for the text of a link."""
    match location:
        case InFile(path, line):
            return f"{path}, line {line}"
        case InPaste():
            return "the message"
        case InLog(step, line):
            return f"log of {step}" + (f", line {line}" if line else "")
        case InStep(step, line):
            return f"commands of the run's step {step}, line {line}"
        case InRun(build_number):
            return f"run #{build_number}"
        case InVariables(level, _, environment):
            return f"variables of {environment}" if environment else f"{level} variables"
        case InPolicy(role, statement):
            name = role.rpartition("/")[2] or role
            return f"trust policy of {name}" + ("" if statement is None else f", statement {statement}")
        case InAccount(account, what):
            return what or f"account {account}"
        case _:
            assert_never(location)


def ordered(evidence: Iterable[Evidence]) -> Sequence[Evidence]:
    """The primary piece first, the others as they came."""
    return sorted(evidence, key=lambda item: not item.primary)
