"""How long things may be: Slack's limits, our own stricter ones, and how a text is cut to fit.

https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from handlers.render.escape import visible

MESSAGE_BLOCKS = 12
MESSAGE_CHARACTERS = 2_900
"""Of all texts of a reply together: more than that nobody reads in a thread."""
VIEW_BLOCKS = 60
VIEW_CHARACTERS = 30_000
"""Slack takes 100 blocks and 250 kB; the rest is for what JSON adds."""
FALLBACK = 600
"""Characters of the text that notifications show."""
BLOCK_TEXT = 2_800
"""Characters of one block's text; Slack takes 3,000."""
LINE = 220
"""Characters of one quoted line."""

_MARK = " … "


def cut(text: str, limit: int) -> str:
    """`text`, without its middle where it is longer than `limit`: both ends of a name tell most.

    Here as in `cut_end`, characters that are shown by their names count as such.
    """
    text = visible(text)
    if len(text) <= limit:
        return text
    room = limit - len(_MARK)
    head = (room + 1) // 2
    return f"{text[:head]}{_MARK}{text[len(text) - (room - head) :]}"


def cut_end(text: str, limit: int) -> str:
    """`text`, cut at a word where it is longer than `limit`."""
    text = visible(text)
    if len(text) <= limit:
        return text
    whole = text[: limit - 1]
    head, space, _ = whole.rpartition(" ")
    return f"{head if space and len(head) > limit // 2 else whole}…"


def cut_clauses(text: str, limit: int) -> str:
    """As many whole clauses of `text`, which "; " parts, as fit into `limit` characters: a clause that is cut
    may say the contrary. Only where the first one is longer, it is cut at a word."""
    text = visible(text)
    if len(text) <= limit:
        return text
    whole, parted, _ = text[: limit + 1].rpartition("; ")
    return whole if parted else cut_end(text, limit)


def cut_lines(lines: Sequence[str], limit: int) -> tuple[list[str], int]:
    """As many whole lines from the beginning as fit into `limit` characters, and how many are left."""
    used = 0
    for number, line in enumerate(lines):
        used += len(line) + 1
        if used > limit:
            return list(lines[:number]), len(lines) - number
    return list(lines), 0


def texts(value: Any) -> Iterator[str]:
    """Every text that blocks carry, labels of buttons and addresses of links included."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("text", "url") and isinstance(inner, str):
                yield inner
            else:
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def characters(blocks: Any) -> int:
    """How many characters the blocks carry."""
    return sum(map(len, texts(blocks)))


def cut_phrases(lead: str, phrases: Sequence[str], limit: int) -> str:
    """`lead` and as many whole phrases as fit, parted by semicolons; how many are left is said."""
    kept: list[str] = []
    used = len(lead)
    for phrase in phrases:
        short = cut_end(phrase, limit)
        used += len(short) + 2
        if kept and used > limit:
            return f"{lead} {'; '.join(kept)}; and {len(phrases) - len(kept)} more."
        kept.append(short)
    return f"{lead} {'; '.join(kept)}."
