"""What others wrote, made harmless: it can neither ping, link, format nor pretend to be ours.

Sentences of `knowledge` mark code by back-ticks; only these marks are understood here. Leaves of
`rich_text` and `plain_text` are not parsed by Slack at all; in `mrkdwn` the three characters of
https://docs.slack.dev/messaging/formatting-message-text are escaped.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffc\ud800-\udfff\U000e0000-\U000e0fff]"
)
_FORMATTING = re.compile(r"[*_~]|:[a-z0-9_+-]+:|^[>•-]|\n")


def visible(text: str) -> str:
    """`text` with characters that nobody sees (zero width, direction marks, controls) named instead:
    they may hide something, and they may be the very fault."""
    return _INVISIBLE.sub(lambda found: f"[U+{ord(found[0]):04X}]", text.replace("\r\n", "\n"))


def parts(sentence: str) -> list[tuple[str, bool]]:
    """The sentence in pieces; true for those between back-ticks. Marks without a partner mark nothing."""
    pieces = visible(sentence).split("`")
    if len(pieces) % 2 == 0:
        return [("'".join(pieces), False)]
    return [(piece, number % 2 == 1) for number, piece in enumerate(pieces) if piece]


def leaves(sentence: str, **style: bool) -> list[dict[str, Any]]:
    """The sentence as elements of a `rich_text_section`, code in code style."""
    found: list[dict[str, Any]] = []
    for piece, is_code in parts(sentence):
        styles = {**style, **({"code": True} if is_code else {})}
        found.append({"type": "text", "text": piece, **({"style": styles} if styles else {})})
    return found


def entities(text: str) -> str:
    """The three characters that `mrkdwn` gives a meaning."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def small(sentence: str) -> dict[str, Any]:
    """The sentence as a text object for a `context` block: `mrkdwn` for its code, unless something else
    in it would be taken for formatting."""
    found = parts(sentence)
    if any(_FORMATTING.search(piece) for piece, is_code in found if not is_code) or not any(
        is_code for _, is_code in found
    ):
        return {"type": "plain_text", "text": plain(sentence), "emoji": False}
    text = "".join(f"`{entities(piece)}`" if is_code else entities(piece) for piece, is_code in found)
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(sentence: str) -> str:
    """The sentence for `plain_text`: code between quotation marks."""
    return "".join(f"“{piece}”" if is_code else piece for piece, is_code in parts(sentence))


def fallback(sentence: str) -> str:
    """The sentence for a message's `text`, which is `mrkdwn`: escaped, without formatting."""
    return entities(plain(sentence))


def link(url: str | None, label: str) -> dict[str, Any] | None:
    """A link element, for addresses that we built: https alone, without blanks or marks of `mrkdwn`."""
    if not url or len(url) > 600 or not url.isascii() or re.search(r"[\s<>|\"\\^`]", url):
        return None
    try:
        address = urlsplit(url)
    except ValueError:
        return None
    if address.scheme != "https" or not address.hostname or address.username or address.password:
        return None
    return {"type": "link", "url": url, "text": visible(label) or url}


def width(text: str) -> int:
    """Columns of `text` in a fixed-width font."""
    wide = sum(1 for sign in text if unicodedata.east_asian_width(sign) in "WF")
    return len(text) + wide - sum(1 for sign in text if unicodedata.combining(sign))
