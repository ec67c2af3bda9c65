"""Slack's limits for blocks, messages and views: https://docs.slack.dev/reference/block-kit/blocks

What a block of an unknown kind would be is not guessed: it is refused, as by Slack.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from bot.playground.slack_elements import ID, element, keys, rich, string, text, unique

#: Blocks in a message and in a view, and all texts of a message together in characters. The last is
#: measured, not documented: https://github.com/slackapi/bolt-js/issues/2509
IN_MESSAGE = 50
IN_VIEW = 100
ALL_TEXT = 13_200
_MARKDOWN = 12_000

_INTERACTIVE = {"button", "static_select", "overflow", "radio_buttons", "checkboxes"}
_ACCESSORY = _INTERACTIVE | {"image"}
_INPUTS = {
    "plain_text_input",
    "static_select",
    "external_select",
    "conversations_select",
    "radio_buttons",
    "checkboxes",
}


def problems_of(blocks: Any, *, view: bool = False) -> list[str]:
    """What Slack would refuse in these blocks, a sentence each."""
    if not isinstance(blocks, list):
        return ["blocks: must be an array"]
    most = IN_VIEW if view else IN_MESSAGE
    found = [f"blocks: no more than {most} items allowed"] if len(blocks) > most else []
    for index, block in enumerate(blocks):
        found += _block(block, f"blocks[{index}]")
    whole = [block for block in blocks if isinstance(block, dict)]
    found += unique((block.get("block_id") for block in whole), "blocks: block_id")
    written = sum(len(str(block.get("text", ""))) for block in whole if block.get("type") == "markdown")
    if written > _MARKDOWN:
        found.append(f"blocks: markdown of {written} characters, no more than {_MARKDOWN} allowed")
    return found


def length_of(blocks: list[Any]) -> int:
    """All text in the blocks, in characters."""
    return sum(len(part) for part in _texts(blocks))


def view_problems(view: Any) -> list[str]:
    """What Slack would refuse in a modal, or in a Home tab: https://docs.slack.dev/reference/views"""
    if isinstance(view, dict) and view.get("type") == "home":
        return _home_problems(view)
    if not isinstance(view, dict) or view.get("type") != "modal":
        return ["view.type: must be modal"]
    found = list(text(view.get("title"), "view.title", 24, plain=True))
    for name in ("submit", "close"):
        if view.get(name) is not None:
            found += text(view[name], f"view.{name}", 24, plain=True)
    for name, most in (("private_metadata", 3_000), ("callback_id", ID), ("external_id", ID)):
        if name in view:
            found += string(view[name], f"view.{name}", most)
    found += problems_of(view.get("blocks"), view=True)
    kinds = {block.get("type") for block in view.get("blocks") or [] if isinstance(block, dict)}
    if "input" in kinds and view.get("submit") is None:
        found.append("view.submit: required when there is an input block")
    allowed = {"title", "submit", "close", "blocks", "private_metadata", "callback_id", "external_id"}
    found += keys(view, "view", allowed | {"clear_on_close", "notify_on_close", "submit_disabled"})
    return found


def _home_problems(view: dict[str, Any]) -> list[str]:
    """A Home tab has no title and nothing to submit: https://docs.slack.dev/reference/views/home-tab-views"""
    found = problems_of(view.get("blocks"), view=True)
    for name, most in (("private_metadata", 3_000), ("callback_id", ID), ("external_id", ID)):
        if name in view:
            found += string(view[name], f"view.{name}", most)
    return [*found, *keys(view, "view", {"blocks", "private_metadata", "callback_id", "external_id"})]


def is_too_large(view: Any) -> bool:
    return len(json.dumps(view).encode()) > 250_000


def _block(block: Any, where: str) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in _KNOWN:
        yield f"{where}: unsupported type: {kind}"
        return
    check, names = _KNOWN[kind]
    yield from keys(block, where, names | {"block_id"})
    if "block_id" in block:
        yield from string(block["block_id"], f"{where}.block_id", ID, least=1)
    found = list(check(block, where))
    yield from found or _by_the_models(block, where)


def _by_the_models(block: dict[str, Any], where: str) -> Iterator[str]:
    """A second opinion: Slack's own models, which know fewer limits but are Slack's."""
    try:
        parsed = Block.parse(block)
        if parsed is not None:
            parsed.validate_json()
    except SlackObjectFormationError as error:
        yield f"{where}: {error}"


def _elements(block: Any, where: str, most: int) -> Iterator[tuple[Any, str]]:
    """The elements with their places; nothing where their number is wrong, which `_count` says."""
    items = block.get("elements")
    if isinstance(items, list) and 1 <= len(items) <= most:
        yield from ((item, f"{where}.elements[{index}]") for index, item in enumerate(items))


def _count(block: Any, where: str, most: int) -> Iterator[str]:
    items = block.get("elements")
    if not isinstance(items, list) or not 1 <= len(items) <= most:
        yield f"{where}.elements: must be 1 to {most}"


def _section(block: Any, where: str) -> Iterator[str]:
    if "text" not in block and not block.get("fields"):
        yield f"{where}: missing required field: text or fields"
    if "text" in block:
        yield from text(block["text"], f"{where}.text", 3_000)
    fields = block.get("fields", [])
    if len(fields) > 10:
        yield f"{where}.fields: no more than 10 items allowed"
    for index, item in enumerate(fields):
        yield from text(item, f"{where}.fields[{index}]", 2_000)
    if "accessory" in block:
        yield from element(block["accessory"], f"{where}.accessory", _ACCESSORY)


def _header(block: Any, where: str) -> Iterator[str]:
    yield from text(block.get("text"), f"{where}.text", 150, plain=True)


def _context(block: Any, where: str) -> Iterator[str]:
    yield from _count(block, where, 10)
    for item, place in _elements(block, where, 10):
        if isinstance(item, dict) and item.get("type") == "image":
            yield from element(item, place, {"image"})
        else:
            yield from text(item, place, 3_000)


def _actions(block: Any, where: str) -> Iterator[str]:
    yield from _count(block, where, 25)
    yield from _controls(block, where, 25, _INTERACTIVE)


def _context_actions(block: Any, where: str) -> Iterator[str]:
    yield from _count(block, where, 5)
    yield from _controls(block, where, 5, {"feedback_buttons"})


def _controls(block: Any, where: str, most: int, allowed: set[str]) -> Iterator[str]:
    items = list(_elements(block, where, most))
    yield from chain.from_iterable(element(item, place, allowed) for item, place in items)
    ids = (item.get("action_id") for item, _ in items if isinstance(item, dict))
    yield from unique(ids, f"{where}: action_id")


def _rich_text(block: Any, where: str) -> Iterator[str]:
    if not isinstance(block.get("elements"), list) or not block["elements"]:
        yield f"{where}: missing required field: elements"
    for index, part in enumerate(block.get("elements") or []):
        yield from rich(part, f"{where}.elements[{index}]")


def _input(block: Any, where: str) -> Iterator[str]:
    yield from text(block.get("label"), f"{where}.label", 2_000, plain=True)
    if "hint" in block:
        yield from text(block["hint"], f"{where}.hint", 2_000, plain=True)
    yield from element(block.get("element"), f"{where}.element", _INPUTS)


def _markdown(block: Any, where: str) -> Iterator[str]:
    yield from string(block.get("text"), f"{where}.text", _MARKDOWN, least=1)


def _image(block: Any, where: str) -> Iterator[str]:
    yield from string(block.get("image_url"), f"{where}.image_url", 3_000, least=1)
    yield from string(block.get("alt_text"), f"{where}.alt_text", 2_000, least=1)


def _divider(_block: Any, _where: str) -> Iterator[str]:
    yield from ()


_KNOWN: dict[Any, tuple[Callable[[Any, str], Iterator[str]], set[str]]] = {
    "section": (_section, {"text", "fields", "accessory", "expand"}),
    "header": (_header, {"text", "level"}),
    "context": (_context, {"elements"}),
    "actions": (_actions, {"elements"}),
    "context_actions": (_context_actions, {"elements"}),
    "rich_text": (_rich_text, {"elements"}),
    "input": (_input, {"label", "hint", "element", "optional", "dispatch_action"}),
    "markdown": (_markdown, {"text"}),
    "image": (_image, {"image_url", "alt_text", "title"}),
    "divider": (_divider, set()),
}


def _texts(thing: Any) -> Iterator[str]:
    if isinstance(thing, list):
        for item in thing:
            yield from _texts(item)
    elif isinstance(thing, dict):
        for name, inner in thing.items():
            if name == "text" and isinstance(inner, str):
                yield inner
            elif isinstance(inner, dict | list):
                yield from _texts(inner)
