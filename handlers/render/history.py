"""The line about what went before: "Checked again: ...", or where the same was answered already."""

from __future__ import annotations

from typing import Any

from handlers.ports import Reply
from handlers.render.blocks import Block, rich, section
from handlers.render.escape import leaves, link
from handlers.render.likeness import differing
from handlers.render.limits import cut_end
from knowledge.answer import Answer
from knowledge.catalogue import CATALOGUE
from knowledge.words import code

HISTORY = "history"
"""Block id of the line."""
POLICY_GONE = (
    "The cause was proven by the trust policy that was pasted, and that is not kept. "
    "Press Paste the trust policy to have it compared once more."
)
"""The headline of what was checked again without the policy that had proven it."""
_SENTENCE = 240
_LAST, _PROOF = "The last answer to it", "The answer with the proof"


def history_blocks(answer: Answer) -> list[Block]:
    """The line as a block; none without one."""
    if answer.history is None:
        return []
    said = leaves(cut_end(answer.history.sentence, _SENTENCE))
    place = link(answer.history.url, _PROOF if answer.history.same else _LAST)
    return [rich([section([*said, *leaves(" "), place] if place else said)], HISTORY)]


def changed(before: Reply, now: Reply) -> str:
    """What a second look found, in a sentence."""
    if (before.kind, before.cause, before.verdict) != (now.kind, now.cause, now.verdict):
        if before.cause == now.cause and before.cause:
            return f"Checked again: before, this was {before.verdict}, now it is {now.verdict}."
        return f"Checked again: before, {_named(before)}."
    other = differing(before.evidence, now.evidence) if before.evidence and now.evidence else ""
    if other:
        return f"Checked again: the same cause; what differs: {other}."
    if before.text.startswith(POLICY_GONE) and _shown(before)[1:] == _shown(now)[1:]:
        return "Checked again: nothing has changed."
    # An answer that leaves the proof to another thread looks otherwise than one that holds it.
    if before.short or now.short or _shown(before) == _shown(now):
        return "Checked again: nothing has changed."
    return "Checked again: the same cause, and what was read for it has changed."


def without_policy(now: Reply) -> str:
    """What to say of a second look where the earlier one was made with a pasted trust policy."""
    said = "Checked again without the trust policy that was pasted: it is not kept."
    buttons = (element for block in now.blocks for element in block.get("elements", ()))
    if any(button.get("action_id") == "paste_policy" for button in buttons):
        return f"{said} Paste it once more to have it compared."
    return said


def _named(before: Reply) -> str:
    if before.cause:
        title = CATALOGUE[before.cause].title if before.cause in CATALOGUE else ""
        told = f" ({title[:1].lower()}{title[1:].rstrip('.')})" if title else ""
        return f"the answer was {code(before.cause)}{told}, which is not found any more"
    return {
        "question": "it was not known which repository was meant",
        "refusal": "nothing was looked at",
        "apology": "the look was broken off",
    }.get(before.kind, "no cause was found")


def _shown(reply: Reply) -> list[dict[str, Any]]:
    """The blocks as far as they tell of the failure."""
    return [block for block in reply.blocks if block.get("block_id") != HISTORY]
