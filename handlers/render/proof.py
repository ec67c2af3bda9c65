"""The whole proof as blocks of a modal: every finding, what was read for it, every change, every source."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.render.blocks import Block, Element, context, header, items, preformatted, rich, section
from handlers.render.change import shown as shown_fix
from handlers.render.conditions import condition_blocks
from handlers.render.escape import leaves, link
from handlers.render.evidence import ordered
from handlers.render.evidence import shown as shown_evidence
from handlers.render.limits import BLOCK_TEXT, VIEW_BLOCKS, VIEW_CHARACTERS, characters
from handlers.render.problems import not_seen
from handlers.render.text import age, headline_of
from handlers.render.variables import variable_blocks
from knowledge.answer import Answer, Source
from knowledge.finding import Finding

_AGE = "“Check again” reads anew what may have changed since it was read."
_VERDICT = {
    "confirmed": "Confirmed: what was read shows it.",
    "likely": "Likely: shown, but something that decides it is missing.",
    "possible": "Possible: typical of this text; nothing that was read speaks for or against it.",
    "undetermined": "Not decided: what decides it could not be read.",
}


def proof_blocks(answer: Answer) -> list[Block]:
    """Blocks for the modal, without the modal around them; empty when there is nothing more to show."""
    diagnosis = answer.diagnosis
    blocks: list[Block] = []
    for number, finding in enumerate(diagnosis.findings, start=1):
        blocks += _finding(number, finding)
    blocks += condition_blocks(answer.statements)
    blocks += variable_blocks(answer.variables)
    if diagnosis.ruled_out:
        blocks.append(header("Ruled out"))
        for some in _slices([leaves(finding.headline) for finding in diagnosis.ruled_out]):
            blocks.append(rich([items(some)]))
    if diagnosis.checked:
        blocks.append(header("Checked and fine"))
        blocks.append(rich([items([leaves(phrase) for phrase in diagnosis.checked])]))
    if diagnosis.unread:
        blocks.append(header("Could not see"))
        for some in _slices([leaves(line) for line in not_seen(diagnosis.unread, 60, names=60)]):
            blocks.append(rich([items(some)]))
    if answer.sources:
        blocks.append(header("What was read"))
        for some in _slices([_source(source) for source in answer.sources]):
            blocks.append(rich([items(some)]))
        blocks.append(context(_AGE))
    return _bounded(blocks)


def _source(source: Source) -> list[Element]:
    """The source, linked where there is a page, and how old its reading was when the answer was made."""
    name = link(source.url, source.label)
    named = leaves(source.label or "?") if name is None else [name]
    read = f", {age(source.age)} before this answer" if source.age >= 1 else ", for this answer"
    return [*named, *leaves(read)]


def _finding(number: int, finding: Finding) -> Iterable[Block]:
    yield rich([section(leaves(f"{number}. {headline_of(finding)}", bold=True))])
    said = _VERDICT.get(finding.verdict.value, "")
    about = [finding.meaning, said, f"Cause: `{finding.cause}`."]
    yield rich([section(leaves(" ".join(part for part in about if part)))])
    for evidence in ordered(finding.evidence):
        elements = shown_evidence(evidence, lines=40)
        if elements:
            yield rich(elements)
    for fix in finding.fixes:
        yield from _split(shown_fix(fix, 12_000).elements)


def _split(elements: list[Element]) -> Iterable[Block]:
    """The elements in as many blocks as Slack's limit of one block's text needs."""
    some: list[Element] = []
    for element in elements:
        for part in _parts(element):
            if some and characters([*some, part]) > BLOCK_TEXT:
                yield rich(some)
                some = []
            some.append(part)
    if some:
        yield rich(some)


def _parts(element: Element) -> Iterable[Element]:
    if element["type"] != "rich_text_preformatted" or characters(element) <= BLOCK_TEXT:
        yield element
        return
    lines: list[str] = []
    for line in str(element["elements"][0]["text"]).split("\n"):
        short = line[:BLOCK_TEXT]
        if lines and sum(len(one) + 1 for one in lines) + len(short) > BLOCK_TEXT:
            yield preformatted("\n".join(lines))
            lines = []
        lines.append(short)
    yield preformatted("\n".join(lines))


def _slices(lines: list[list[Element]], size: int = 20) -> Iterable[list[list[Element]]]:
    for start in range(0, len(lines), size):
        yield lines[start : start + size]


def _bounded(blocks: list[Block]) -> list[Block]:
    """As much as one modal holds; that there was more is said."""
    kept: list[Block] = []
    room = VIEW_CHARACTERS
    for block in blocks:
        room -= characters(block)
        if room < 0 or len(kept) == VIEW_BLOCKS - 1:
            return [*kept, context("There is more than fits here; the first findings matter most.")]
        kept.append(block)
    return kept
