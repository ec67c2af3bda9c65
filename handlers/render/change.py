"""The change that mends it: a diff, a policy, commands, what to press."""

from __future__ import annotations

import json
from collections.abc import Sequence

from handlers.render.blocks import Element, items, preformatted, section
from handlers.render.escape import leaves, link, visible
from handlers.render.limits import cut, cut_end, cut_lines
from knowledge.finding import Disposition, Fix
from knowledge.frozen import dataclass

_TITLE = 200
_STEP = 300
_VALUE = 120


@dataclass(frozen=True, slots=True)
class Shown:
    """A fix as elements of a `rich_text` block; `whole` is false when something was left out."""

    elements: list[Element]
    whole: bool


def shown(fix: Fix, room: int, prose: int = _STEP) -> Shown:
    """The fix in about `room` characters of texts and as many of steps, sentences of at most `prose`
    characters; what is long is cut at whole lines."""
    title = cut_end(fix.title, min(_TITLE, prose))
    if fix.disposition is Disposition.NEEDS_REVIEW and (fix.diff or fix.policy_after is not None):
        title = f"{title.rstrip('.')}. Look it over before you apply it."
    elements = [section([*leaves("Fix: ", bold=True), *leaves(title, bold=True)])]
    whole = True
    left = room
    for text in _bodies(fix):
        lines = visible(text).rstrip("\n").split("\n")
        kept, more = cut_lines(lines, max(left, 0))
        whole = whole and not more
        left -= sum(len(line) + 1 for line in kept)
        if kept:
            elements.append(preformatted("\n".join([*kept, *([f"… {more} more lines"] if more else [])])))
    steps, more = cut_lines([cut_end(step, prose) for step in fix.steps if step.strip()], max(room, prose))
    whole = whole and not more
    if len(steps) == 1:
        elements.append(section(leaves(steps[0])))
    elif steps:
        elements.append(items([leaves(step) for step in steps], ordered=True))
    closing = leaves(cut_end(f"To check: {_lowered(fix.verify)}", prose)) if fix.verify else []
    page = link(fix.url, _page(fix.url or ""))
    if page is not None:
        closing += [*leaves(" ")] if closing else []
        closing.append(page)
    if closing:
        elements.append(section(closing))
    return Shown(elements, whole)


def _page(url: str) -> str:
    """What a link of a fix leads to: a page of documentation, or the place itself."""
    return "Documentation" if url.startswith(("https://support.", "https://docs.")) else "Open the page"


def _lowered(sentence: str) -> str:
    """The sentence as it goes on after a colon; names and code keep their case."""
    first = sentence.partition(" ")[0]
    return sentence[:1].lower() + sentence[1:] if first[1:].islower() else sentence


def _bodies(fix: Fix) -> Sequence[str]:
    found: list[str] = []
    if fix.diff:
        found.append(fix.diff)
    if fix.policy_after is not None:
        found.append(json.dumps(fix.policy_after, indent=2, ensure_ascii=False))
    if fix.variables and not fix.diff:
        found.append(
            "\n".join(f"{edit.name} = {cut(edit.value, _VALUE)}  (for example)" for edit in fix.variables)
        )
    if fix.commands:
        found.append("\n".join(fix.commands))
    return found
