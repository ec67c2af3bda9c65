"""The text of a message: what a person sees of it, each part once, entities decoded, in bounds.

`rich_text` comes first, because its leaves are raw (https://docs.slack.dev/messaging/formatting-message-text
is only about `text`). Posts of other apps keep their words in attachments and blocks. Of a file the preview
is taken where it is the whole file; the others are for `handlers.attached`. Nothing is downloaded here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from handlers.attached import previews

MAX_CHARACTERS = 200_000
_MAX_ITEMS = 500
"""Blocks, elements and attachments looked at."""
_MAX_DEPTH = 8

_UNFURL = ("from_url", "original_url", "app_unfurl_url", "is_app_unfurl", "is_msg_unfurl", "service_name")
"""Fields that only attachments made for links have: https://docs.slack.dev/messaging/unfurling-links-in-messages"""

_BRACKETED = re.compile(r"<([^<>\n]{1,3000})>")
_SPACE = re.compile(r"\s+")


def text_of(message: Mapping[str, Any], *, shared: bool = True) -> str:
    """Everything readable in the message (an event, or a `message` of a shortcut), at most 200,000
    characters. Whatever has another form than it should is left out, and so are previews of links;
    without `shared` also the messages that Slack shows below links to them."""
    budget = _Budget()
    blocks = message.get("blocks")
    raw = message.get("text")
    plain = raw if isinstance(raw, str) else ""
    parts: list[str] = []
    if isinstance(blocks, list) and blocks:
        parts += _blocks(blocks, budget, 0)
    if plain and not _is_repeated(plain, message, parts):
        parts.insert(0, decoded(plain))
    attachments = message.get("attachments")
    if isinstance(attachments, list):
        for attachment in attachments:
            if not _is_preview(attachment, shared):
                parts += _attachment(attachment, budget)
    parts += previews(message.get("files"), max(0, budget.items))
    return "\n".join(part for part in parts if part)[:MAX_CHARACTERS]


def decoded(text: str) -> str:
    """`mrkdwn` as it is read: `<...>` unwrapped first, entities after that."""
    if "<" in text:
        text = _BRACKETED.sub(_unwrapped, text[:MAX_CHARACTERS])
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text


def _unwrapped(found: re.Match[str]) -> str:
    inside, bar, label = found[1].partition("|")
    if inside[:1] == "@":
        return f"@{label or inside[1:]}"
    if inside[:1] == "#":
        return f"#{label or inside[1:]}"
    if inside[:1] == "!":
        return label or f"@{inside[1:].partition('^')[0]}"
    if not bar or not label:
        return inside.removeprefix("mailto:")
    # Slack makes links of names like `sts.amazonaws.com` in the midst of an error's text.
    if inside.endswith((label, f"{label}/")):
        return label
    return f"{label} {inside}"


class _Budget:
    """Counts what was looked at, so that no message costs more than its share."""

    def __init__(self) -> None:
        self.items = _MAX_ITEMS

    def take(self, values: Any) -> Iterator[Mapping[str, Any]]:
        if not isinstance(values, list):
            return
        for value in values:
            if self.items <= 0:
                return
            self.items -= 1
            if isinstance(value, Mapping):
                yield value


def _is_repeated(plain: str, message: Mapping[str, Any], parts: Sequence[str]) -> bool:
    """Whether the blocks say already what `text` says."""
    if not parts:
        return False
    if not message.get("bot_id"):
        # The client writes both from the same words.
        return any(
            block.get("type") == "rich_text" for block in message["blocks"] if isinstance(block, Mapping)
        )
    wanted = _SPACE.sub(" ", decoded(plain)).strip()
    return wanted in _SPACE.sub(" ", "\n".join(parts))


def _blocks(blocks: Any, budget: _Budget, depth: int) -> list[str]:
    parts: list[str] = []
    if depth > _MAX_DEPTH:
        return parts
    for block in budget.take(blocks):
        kind = block.get("type")
        if kind == "rich_text":
            parts += _rich(block.get("elements"), budget, depth + 1)
        elif kind in ("section", "header"):
            parts.append(_object(block.get("text")))
            parts += [_object(item) for item in budget.take(block.get("fields"))]
        elif kind == "context":
            parts.append(" ".join(_object(item) for item in budget.take(block.get("elements"))))
        elif kind == "markdown":
            parts.append(_string(block.get("text")))
        elif kind == "table":
            parts += _table(block.get("rows"), budget, depth + 1)
        elif kind in ("container", "card", "carousel"):
            parts += _blocks(block.get("blocks") or block.get("elements"), budget, depth + 1)
    return parts


def _table(rows: Any, budget: _Budget, depth: int) -> Iterator[str]:
    for row in rows if isinstance(rows, list) else ():
        cells: list[str] = []
        for cell in budget.take(row):
            cells += (
                [_string(cell.get("text"))] if "text" in cell else _rich(cell.get("elements"), budget, depth)
            )
        yield " ".join(cells)


def _object(item: Any) -> str:
    """A text object: `mrkdwn` decoded, `plain_text` as it is."""
    if not isinstance(item, Mapping):
        return ""
    text = _string(item.get("text"))
    return decoded(text) if item.get("type") == "mrkdwn" else text


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _rich(elements: Any, budget: _Budget, depth: int) -> list[str]:
    """Sections, code blocks, quotations and list items, one string each."""
    parts: list[str] = []
    if depth > _MAX_DEPTH:
        return parts
    for element in budget.take(elements):
        if element.get("type") == "rich_text_list":
            parts += _rich(element.get("elements"), budget, depth + 1)
        else:
            parts.append("".join(_leaf(leaf) for leaf in budget.take(element.get("elements"))).strip("\n"))
    return parts


def _leaf(leaf: Mapping[str, Any]) -> str:
    kind = leaf.get("type")
    if kind == "text":
        return _string(leaf.get("text"))
    if kind == "link":
        url, label = _string(leaf.get("url")), _string(leaf.get("text"))
        if not label or label == url:
            return url
        return label if url.endswith((label, f"{label}/")) else f"{label} {url}"
    names = {
        "user": "user_id",
        "usergroup": "usergroup_id",
        "broadcast": "range",
        "emoji": "name",
        "color": "value",
    }
    name = _string(leaf.get(names.get(str(kind), "")))
    if kind == "emoji":
        return f":{name}:"
    if kind == "color":
        return name
    return f"@{name}" if name else _string(leaf.get("fallback"))


def _is_preview(attachment: Any, shared: bool) -> bool:
    """Whether Slack, or an app, added the attachment for a link: nobody wrote it, and it comes later."""
    if not isinstance(attachment, Mapping) or not any(attachment.get(name) for name in _UNFURL):
        return False
    return not (shared and (attachment.get("is_msg_unfurl") or attachment.get("is_share")))


def _attachment(attachment: Any, budget: _Budget) -> Iterable[str]:
    if not isinstance(attachment, Mapping) or budget.items <= 0:
        return ()
    budget.items -= 1
    parts = [decoded(_string(attachment.get(name))) for name in ("pretext", "title", "text")]
    parts.append(_string(attachment.get("title_link")))
    for field in budget.take(attachment.get("fields")):
        parts += [decoded(_string(field.get(name))) for name in ("title", "value")]
    inner = _blocks(attachment.get("blocks"), budget, 1)
    # A forwarded message brings its own blocks along.
    for message in budget.take(attachment.get("message_blocks")):
        content = message.get("message")
        inner += _blocks(content.get("blocks") if isinstance(content, Mapping) else None, budget, 1)
    found = [part for part in parts if part]
    seen = _SPACE.sub(" ", "\n".join(found))
    found += [part for part in inner if part and _SPACE.sub(" ", part) not in seen]
    if not found:
        found = [decoded(_string(attachment.get("fallback")))]
    footer = decoded(_string(attachment.get("footer")))
    return [*found, footer] if footer else found
