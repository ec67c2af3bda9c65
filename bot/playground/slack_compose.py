"""What Slack's client makes of typed text: `text` with entities, and the same as `rich_text`.

https://docs.slack.dev/messaging/formatting-message-text, https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]

_FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_TOKEN = re.compile(
    r"<@(?P<user>[UW]\w+)>|(?P<url>https?://[^\s<>|`]+[^\s<>|`.,;:!?)\]'\"])|`(?P<code>[^`\n]+)`"
)
_BEGIN = re.compile(r"^(?=.)", re.MULTILINE)
_QUOTE = re.compile(r"^> ?", re.MULTILINE)


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def composed(typed: str) -> tuple[str, list[Json]]:
    """`text` and `blocks` of a message as its author typed it."""
    text: list[str] = []
    elements: list[Json] = []
    end = 0
    for fence in _FENCE.finditer(typed):
        _prose(typed[end : fence.start()], text, elements)
        text.append(f"```{escape(fence[1])}```")
        if fence[1]:
            elements.append(
                {
                    "type": "rich_text_preformatted",
                    "border": 0,
                    "elements": [{"type": "text", "text": fence[1]}],
                }
            )
        end = fence.end()
    _prose(typed[end:], text, elements)
    blocks = [{"type": "rich_text", "block_id": "typed", "elements": elements}] if elements else []
    return "".join(text), blocks


def _prose(typed: str, text: list[str], elements: list[Json]) -> None:
    for quoted, lines in _runs(typed):
        bare = _QUOTE.sub("", lines) if quoted else lines
        written = "".join(part for _, part in _leaves(bare))
        text.append(_BEGIN.sub("&gt; ", written) if quoted else written)
        # The line end that closes a block of code or a quotation belongs to that block.
        leaves = _leaves(bare.removeprefix("\n") if elements else bare)
        if not leaves:
            continue
        kind = "rich_text_quote" if quoted else "rich_text_section"
        elements.append({"type": kind, "elements": [leaf for leaf, _ in leaves]})


def _runs(typed: str) -> list[tuple[bool, str]]:
    """Quoted lines and other lines, each run with its line ends."""
    runs: list[tuple[bool, str]] = []
    for line in typed.splitlines(keepends=True):
        quoted = line.startswith(">")
        if runs and runs[-1][0] == quoted:
            runs[-1] = (quoted, runs[-1][1] + line)
        else:
            runs.append((quoted, line))
    return runs


def _leaves(typed: str) -> list[tuple[Json, str]]:
    leaves: list[tuple[Json, str]] = []
    end = 0
    for token in _TOKEN.finditer(typed):
        if before := typed[end : token.start()]:
            leaves.append(({"type": "text", "text": before}, escape(before)))
        if token["user"]:
            leaves.append(({"type": "user", "user_id": token["user"]}, token[0]))
        elif token["url"]:
            leaves.append(({"type": "link", "url": token["url"]}, f"<{escape(token['url'])}>"))
        else:
            leaf = {"type": "text", "text": token["code"], "style": {"code": True}}
            leaves.append((leaf, f"`{escape(token['code'])}`"))
        end = token.end()
    if rest := typed[end:]:
        leaves.append(({"type": "text", "text": rest}, escape(rest)))
    return leaves
