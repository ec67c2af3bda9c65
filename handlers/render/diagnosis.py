"""The body of a diagnosis: headline, proof, change, what else was learnt; within the limits of a reply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from handlers.render.blocks import Block, Element, context, rich, section
from handlers.render.change import shown as shown_fix
from handlers.render.escape import leaves, link
from handlers.render.evidence import ordered
from handlers.render.evidence import shown as shown_evidence
from handlers.render.limits import (
    LINE,
    MESSAGE_BLOCKS,
    MESSAGE_CHARACTERS,
    characters,
    cut_clauses,
    cut_end,
    cut_phrases,
)
from handlers.render.problems import not_seen, seen_in
from handlers.render.text import beside, first_sentence, headline_of, leading, message_text
from knowledge.answer import Answer
from knowledge.finding import Finding, Fix, Surface, Verdict
from knowledge.frozen import dataclass

_HEADLINE = 300
_MEANING = 400
_NOTHING = "Nothing that was read explains this failure."
_PROVEN = (
    "What was read shows the same as before: the proof stands in the thread linked below, and behind the "
    "button."
)


@dataclass(frozen=True, slots=True)
class Body:
    """The blocks without the buttons, and the text for notifications."""

    blocks: list[Block]
    text: str


@dataclass(frozen=True, slots=True)
class _Room:
    """How much is told in the thread itself. What is left out stands in the modal."""

    evidence: int = 4
    lines: int = 6
    columns: int = LINE
    prose: int = 300
    fix: int = 1_100
    other_fixes: int = 2
    others: int = 3
    unseen: int = 4
    names: int = 8
    unseen_line: int = 480


#: From the fullest to the barest; the first that fits is taken.
_ROOMS = (
    _Room(),
    _Room(evidence=3, lines=4, others=2),
    _Room(evidence=2, lines=3, fix=900, other_fixes=1, others=2, unseen=3, names=6),
    _Room(evidence=1, lines=2, fix=800, other_fixes=1, others=1, unseen=2, prose=220, names=5),
    _Room(evidence=1, lines=1, fix=400, other_fixes=0, others=1, unseen=1, prose=200, columns=160, names=5),
    _Room(
        evidence=1,
        lines=1,
        fix=0,
        other_fixes=0,
        others=0,
        unseen=1,
        prose=120,
        columns=90,
        names=3,
        unseen_line=160,
    ),
)


def diagnosis_body(answer: Answer, block_id: str, closing: Sequence[Block]) -> Body:
    """The diagnosis in at most 12 blocks and 2,900 characters, the `closing` blocks counted in."""
    text = _text(answer)
    blocks: list[Block] = []
    lead = leading(answer.diagnosis)
    again = answer.history is not None and answer.history.same
    for room in _ROOMS:
        if again and lead is not None:
            blocks = list(_same_again(answer, lead, block_id, room))
        else:
            blocks = list(_blocks(answer, block_id, room))
        fits = characters([*blocks, *closing]) <= MESSAGE_CHARACTERS
        if fits and len(blocks) + len(closing) <= MESSAGE_BLOCKS:
            break
    return Body(blocks[: MESSAGE_BLOCKS - len(closing)], text)


def _text(answer: Answer) -> str:
    lead = leading(answer.diagnosis)
    if lead is None:
        first, rest = first_sentence(answer.note or _NOTHING)
        return message_text(first, rest or seen_in(answer.symptoms))
    fix = f"Fix: {lead.fixes[0].title.rstrip('.')}." if lead.fixes else ""
    if answer.diagnosis.lead is None and answer.note:
        # What is merely possible has no remedy of its own before that.
        fix = ""
    return message_text(headline_of(lead), " ".join(part for part in (answer.note, fix) if part))


def _blocks(answer: Answer, block_id: str, room: _Room) -> Iterator[Block]:
    lead = leading(answer.diagnosis)
    if lead is not None:
        yield from _leading(lead, block_id, room, answer.note)
    else:
        first, rest = first_sentence(answer.note or _NOTHING)
        elements = [section(leaves(cut_end(first, _HEADLINE), bold=True))]
        for line, limit in ((rest, room.unseen_line), (seen_in(answer.symptoms), room.prose)):
            if line:
                elements.append(section(leaves(cut_end(line, limit))))
        yield rich(elements, block_id)
    yield from _others(answer.diagnosis.findings[0 if lead is None else 1 :], room)
    if lead is None and answer.asks_for_policy:
        yield from _unseen_policy(answer, room)
    yield from _looked_at(answer, room)
    yield from _aside(answer, room)


def _same_again(answer: Answer, lead: Finding, block_id: str, room: _Room) -> Iterator[Block]:
    """What was proven in an earlier thread by the very same evidence: what is wrong, and what mends it."""
    top = [section(leaves(cut_end(headline_of(lead), _HEADLINE), bold=True))]
    if answer.note:
        top.append(section(leaves(cut_end(answer.note, room.unseen_line))))
    top.append(section(leaves(_PROVEN)))
    yield rich(top, block_id)
    if lead.fixes:
        yield _first_change(lead.fixes[0], room)
    yield from _looked_at(answer, room)
    unseen = not_seen(answer.diagnosis.unread, room.unseen, room.names)
    if unseen:
        yield context(*(cut_end(line, room.unseen_line) for line in unseen))


def _unseen_policy(answer: Answer, room: _Room) -> Iterator[Block]:
    """What the role's trust policy must hold, where it could not be seen: that much is known without it."""
    for finding in answer.diagnosis.findings:
        fix = next((fix for fix in finding.fixes if fix.surface is Surface.ROLE_TRUST), None)
        if finding.verdict is Verdict.UNDETERMINED and fix is not None and room.fix:
            yield rich(shown_fix(fix, room.fix, room.prose).elements)
            return


def _leading(finding: Finding, block_id: str, room: _Room, note: str) -> Iterator[Block]:
    """The finding with its proof and its changes; `note` says what kept it from being proven."""
    top = [section(leaves(cut_end(headline_of(finding), _HEADLINE), bold=True))]
    if finding.meaning:
        top.append(section(leaves(cut_end(finding.meaning, min(_MEANING, 2 * room.prose)))))
    if note:
        top.append(section(leaves(cut_end(note, room.unseen_line))))
    yield rich(top, block_id)
    proof: list[Element] = []
    for evidence in ordered(finding.evidence)[: room.evidence]:
        proof += shown_evidence(evidence, lines=room.lines, columns=room.columns, prose=room.prose)
    if proof:
        yield rich(proof)
    if finding.fixes:
        yield _first_change(finding.fixes[0], room)
    for fix in finding.fixes[1 : 1 + room.other_fixes]:
        yield _other_change(fix, room)


def _first_change(fix: Fix, room: _Room) -> Block:
    change = shown_fix(fix, room.fix, room.prose)
    if change.whole:
        return rich(change.elements)
    return rich(
        [*change.elements, section(leaves("The whole change is in the proof, behind the button below."))]
    )


def _other_change(fix: Fix, room: _Room) -> Block:
    """A second way: its title and what to press; its texts are in the modal."""
    bare = replace(fix, diff=None, policy_after=None, variables=(), commands=(), verify="", url=None)
    elements = shown_fix(bare, 0, room.prose).elements
    title = section([*leaves("Or: ", bold=True), *leaves(cut_end(fix.title, room.prose))])
    return rich([title, *elements[1:]])


def _others(findings: tuple[Finding, ...], room: _Room) -> Iterator[Block]:
    lines = [beside(finding) for finding in findings[: room.others]]
    left = len(findings) - len(lines)
    if left > 0:
        lines.append(f"{left} more in the proof.")
    if lines:
        yield context(*(cut_end(line, room.prose) for line in lines))


def _looked_at(answer: Answer, room: _Room) -> Iterator[Block]:
    if not answer.run_line:
        return
    said = cut_clauses(answer.run_line, room.prose).rstrip(".")
    line = leaves(f"Looked at {said}" if said.endswith("…") else f"Looked at {said}.")
    place = link(answer.run_url, "Open the run")
    if place is not None:
        line += [*leaves(" "), place]
    yield rich([section(line)])


def _aside(answer: Answer, room: _Room) -> Iterator[Block]:
    diagnosis = answer.diagnosis
    if diagnosis.checked:
        yield context(cut_phrases("Checked and fine:", diagnosis.checked, room.prose))
    unseen = not_seen(diagnosis.unread, room.unseen, room.names)
    if unseen:
        yield context(*(cut_end(line, room.unseen_line) for line in unseen))
