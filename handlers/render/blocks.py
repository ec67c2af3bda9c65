"""Block Kit as plain dictionaries: the few kinds that replies are made of.

https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from handlers.render.escape import small, visible

Block = dict[str, Any]
Element = dict[str, Any]


def section(leaves: Sequence[Element]) -> Element:
    """A line of running text inside a `rich_text` block."""
    return {"type": "rich_text_section", "elements": list(leaves)}


def preformatted(text: str) -> Element:
    """Text in which nothing is parsed, in a fixed-width font."""
    return {
        "type": "rich_text_preformatted",
        "border": 0,
        "elements": [{"type": "text", "text": visible(text) or " "}],
    }


def items(lines: Iterable[Sequence[Element]], *, ordered: bool = False) -> Element:
    return {
        "type": "rich_text_list",
        "style": "ordered" if ordered else "bullet",
        "indent": 0,
        "elements": [section(line) for line in lines],
    }


def rich(elements: Iterable[Element], block_id: str | None = None) -> Block:
    """A `rich_text` block."""
    block: Block = {"type": "rich_text", "elements": list(elements)}
    return {**block, "block_id": block_id} if block_id else block


def context(*sentences: str) -> Block:
    """Small lines; at most ten (Slack's limit)."""
    return {"type": "context", "elements": [small(sentence) for sentence in sentences[:10]]}


def header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": visible(text)[:150], "emoji": False}}


def button(action_id: str, label: str, value: str, *, primary: bool = False) -> Element:
    """A button; `value` comes back with the click and is only a hint then."""
    made: Element = {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": label, "emoji": False},
        "value": value,
    }
    return {**made, "style": "primary"} if primary else made


def actions(buttons: Iterable[Element], block_id: str) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(buttons)}
