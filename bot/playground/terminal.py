"""A posted message on a terminal: Block Kit as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_LINK = re.compile(r"<(https?://[^|>\s]+)(?:\|([^>]*))?>")

Block = Mapping[str, Any]


def as_lines(message: Mapping[str, Any]) -> list[str]:
    """The message's blocks as lines without line ends; its `text` when there are no blocks."""
    blocks = message.get("blocks") or []
    if not blocks:
        return _mrkdwn(str(message.get("text", ""))).split("\n")
    lines: list[str] = []
    for block in blocks:
        part = list(_block(block))
        if part and lines and lines[-1]:
            lines.append("")
        lines += part
    return lines


def _block(block: Block) -> Iterable[str]:
    match block.get("type"):
        case "header":
            yield from _text(block["text"])
        case "section":
            for item in (block.get("text"), *block.get("fields", ())):
                yield from _text(item) if item else ()
        case "context":
            for item in block["elements"]:
                yield from _text(item) if "text" in item else ()
        case "rich_text":
            for element in block["elements"]:
                yield from _rich(element)
        case "actions" | "context_actions":
            labels = [label for item in block["elements"] for label in _labels(item)]
            if labels:
                yield "  ".join(f"[{label}]" for label in labels)
        case "divider":
            yield "-" * 24


def _labels(item: Block) -> Iterable[str]:
    if item.get("type") == "feedback_buttons":
        yield str(item["positive_button"]["text"]["text"])
        yield str(item["negative_button"]["text"]["text"])
    elif "text" in item:
        yield str(item["text"]["text"])


def _text(item: Block) -> Iterable[str]:
    text = str(item.get("text", ""))
    yield from (_mrkdwn(text) if item.get("type") == "mrkdwn" else text).split("\n")


def _rich(element: Block) -> Iterable[str]:
    kind = element.get("type")
    if kind == "rich_text_list":
        for number, item in enumerate(element["elements"], start=1 + int(element.get("offset", 0))):
            mark = f"{number}." if element.get("style") == "ordered" else "-"
            indent = "  " * int(element.get("indent", 0))
            first, *rest = _leaves(item).split("\n")
            yield f"{indent}{mark} {first}"
            yield from (f"{indent}{' ' * len(mark)} {line}" for line in rest)
        return
    before = {"rich_text_preformatted": "    ", "rich_text_quote": "> "}.get(str(kind), "")
    text = _leaves(element)
    yield from (f"{before}{line}".rstrip() for line in text.rstrip("\n").split("\n"))


def _leaves(element: Block) -> str:
    return "".join(_leaf(item) for item in element["elements"])


def _leaf(item: Block) -> str:
    match item.get("type"):
        case "link":
            label = item.get("text")
            return f"{label} ({item['url']})" if label and label != item["url"] else str(item["url"])
        case "emoji":
            return f":{item['name']}:"
        case "user":
            return f"@{item['user_id']}"
        case _:
            return str(item.get("text", ""))


def _mrkdwn(text: str) -> str:
    """Links spelt out and entities decoded, in Slack's order: the brackets first."""
    spelt = _LINK.sub(lambda found: f"{found[2]} ({found[1]})" if found[2] else found[1], text)
    return spelt.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
