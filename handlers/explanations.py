"""`/oidc explain`: the page of one cause out of the catalogue."""

from __future__ import annotations

import difflib
from typing import Any

from handlers.render.blocks import Block, context, header, preformatted, rich, section
from handlers.render.escape import fallback, leaves, plain
from handlers.render.limits import BLOCK_TEXT, cut_end
from handlers.usage import said
from knowledge.catalogue import CATALOGUE, Cause
from knowledge.redact import redact
from knowledge.words import code, listed

_SECTIONS = ("What you see", "Why it happens", "How the bot decides", "Fix", "Check", "Not this when")
_NEAR = 5
_LONGEST = 100
"""Characters of a name that the others are compared with."""


def explained(wanted: str) -> dict[str, Any]:
    """The ephemeral answer: the page, or the names that were perhaps meant."""
    name = wanted.strip().strip("`'\"“”‘’").lower().replace("_", "-").replace(" ", "-")
    if not name:
        return said(f"Write a cause after `explain`. There are {_all()}.")
    if name not in CATALOGUE:
        near = difflib.get_close_matches(name[:_LONGEST], list(CATALOGUE), n=_NEAR, cutoff=0.5)
        meant = f"Perhaps {listed([code(one) for one in near], 'or')}?" if near else f"There are {_all()}."
        return said(f"There is no cause {code(redact(wanted).text)}. {meant}")
    cause = CATALOGUE[name]
    return {
        "response_type": "ephemeral",
        "text": fallback(f"{cause.title} ({cause.id})"),
        "blocks": _page(cause),
    }


def _all() -> str:
    return listed([code(name) for name in CATALOGUE])


def _page(cause: Cause) -> list[Block]:
    blocks: list[Block] = [{**header(plain(cause.title)), "block_id": f"cause:{cause.id}"}]
    for heading in _SECTIONS:
        body = cause.section(heading).strip()
        if body:
            blocks.append(_section(heading, body))
    blocks.append(context(f"Cause: {cause.id}. Sources: {', '.join(cause.sources[:4])}"))
    return blocks


def _section(heading: str, body: str) -> Block:
    """A section of the page; its fenced parts stay as they are."""
    elements = [section(leaves(heading, bold=True))]
    for number, part in enumerate(body[:BLOCK_TEXT].split("```")):
        if not part.strip():
            continue
        if number % 2:
            elements.append(preformatted(part.partition("\n")[2].rstrip("\n")))
        else:
            elements.append(section(leaves(cut_end(part.strip("\n"), BLOCK_TEXT))))
    return rich(elements)
