"""Slack's limits for what stands inside blocks: https://docs.slack.dev/reference/block-kit/block-elements

Each function yields sentences about what Slack would refuse; none means that it takes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

_LEAVES = {
    "text": "text",
    "link": "url",
    "user": "user_id",
    "usergroup": "usergroup_id",
    "channel": "channel_id",
    "emoji": "name",
    "broadcast": "range",
    "date": "timestamp",
    "color": "value",
    "team": "team_id",
}
_STYLES = {"bold", "italic", "strike", "code", "highlight", "client_highlight", "unlink", "underline"}
_RICH = {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"}

#: Longest `action_id` and `block_id`.
ID = 255


def keys(thing: Any, where: str, allowed: Collection[str]) -> Iterator[str]:
    """Slack refuses what it does not know."""
    for name in thing:
        if name not in allowed and name != "type":
            yield f"{where}: invalid additional property: {name}"


def text(thing: Any, where: str, most: int, *, plain: bool = False, least: int = 1) -> Iterator[str]:
    """A text object of `least` to `most` characters."""
    if not isinstance(thing, dict) or thing.get("type") not in {"plain_text", "mrkdwn"}:
        yield f"{where}: must be a text object"
        return
    if plain and thing["type"] != "plain_text":
        yield f"{where}: must be plain_text"
    content = thing.get("text")
    if not isinstance(content, str):
        yield f"{where}: missing required field: text"
    elif not least <= len(content) <= most:
        yield f"{where}: must be {least} to {most} characters, not {len(content)}"
    allowed = {"text", "emoji"} if thing["type"] == "plain_text" else {"text", "verbatim"}
    yield from keys(thing, where, allowed)


def string(thing: Any, where: str, most: int, *, least: int = 0) -> Iterator[str]:
    if not isinstance(thing, str):
        yield f"{where}: must be a string"
    elif not least <= len(thing) <= most:
        yield f"{where}: must be {least} to {most} characters, not {len(thing)}"


def _button(item: Any, where: str) -> Iterator[str]:
    yield from text(item.get("text"), f"{where}.text", 75, plain=True)
    if "value" in item:
        yield from string(item["value"], f"{where}.value", 2_000)
    if "url" in item:
        yield from string(item["url"], f"{where}.url", 3_000, least=1)
    if item.get("style", "primary") not in {"primary", "danger"}:
        yield f"{where}.style: must be primary or danger"
    if "accessibility_label" in item:
        yield from string(item["accessibility_label"], f"{where}.accessibility_label", 75)


def _option(item: Any, where: str) -> Iterator[str]:
    if not isinstance(item, dict):
        yield f"{where}: must be an option"
        return
    yield from keys(item, where, {"text", "value", "description", "url"})
    yield from text(item.get("text"), f"{where}.text", 75)
    yield from string(item.get("value"), f"{where}.value", 150, least=1)


def _choices(item: Any, where: str, least: int, most: int) -> Iterator[str]:
    options = item.get("options")
    if not isinstance(options, list) or not least <= len(options) <= most:
        yield f"{where}.options: must be {least} to {most}"
        return
    for index, option in enumerate(options):
        yield from _option(option, f"{where}.options[{index}]")


def _select(item: Any, where: str) -> Iterator[str]:
    yield from _choices(item, where, 1, 100)
    if "placeholder" in item:
        yield from text(item["placeholder"], f"{where}.placeholder", 150, plain=True)
    if "initial_option" in item and item["initial_option"] not in (item.get("options") or []):
        yield f"{where}.initial_option: must be one of the options"


def _external(item: Any, where: str) -> Iterator[str]:
    if "placeholder" in item:
        yield from text(item["placeholder"], f"{where}.placeholder", 150, plain=True)
    if not isinstance(item.get("min_query_length", 3), int):
        yield f"{where}.min_query_length: must be an integer"


def _conversations(item: Any, where: str) -> Iterator[str]:
    if "placeholder" in item:
        yield from text(item["placeholder"], f"{where}.placeholder", 150, plain=True)
    for name in ("default_to_current_conversation", "response_url_enabled"):
        if not isinstance(item.get(name, False), bool):
            yield f"{where}.{name}: must be a boolean"
    if "filter" in item:
        include = item["filter"].get("include", ["public"])
        if not include or not set(include) <= {"im", "mpim", "private", "public"}:
            yield f"{where}.filter.include: must be some of im, mpim, private, public"
        allowed = {"include", "exclude_external_shared_channels", "exclude_bot_users"}
        yield from keys(item["filter"], f"{where}.filter", allowed)


def _feedback(item: Any, where: str) -> Iterator[str]:
    for name in ("positive_button", "negative_button"):
        choice = item.get(name)
        if not isinstance(choice, dict):
            yield f"{where}: missing required field: {name}"
            continue
        yield from keys(choice, f"{where}.{name}", {"text", "value", "accessibility_label"})
        yield from text(choice.get("text"), f"{where}.{name}.text", 75, plain=True)
        yield from string(choice.get("value"), f"{where}.{name}.value", 2_000)


def _text_input(item: Any, where: str) -> Iterator[str]:
    for name in ("min_length", "max_length"):
        if name in item and not 0 <= item[name] <= 3_000:
            yield f"{where}.{name}: must be 0 to 3000"
    if "placeholder" in item:
        yield from text(item["placeholder"], f"{where}.placeholder", 150, plain=True)
    if "initial_value" in item:
        yield from string(item["initial_value"], f"{where}.initial_value", item.get("max_length", 3_000))


def _image(item: Any, where: str) -> Iterator[str]:
    yield from string(item.get("image_url"), f"{where}.image_url", 3_000, least=1)
    yield from string(item.get("alt_text"), f"{where}.alt_text", 2_000, least=1)


_COMMON = {"action_id", "confirm", "focus_on_load"}
_KNOWN = {
    "button": (_button, _COMMON | {"text", "value", "url", "style", "accessibility_label"}),
    "static_select": (_select, _COMMON | {"options", "placeholder", "initial_option", "option_groups"}),
    "external_select": (_external, _COMMON | {"placeholder", "initial_option", "min_query_length"}),
    "conversations_select": (
        _conversations,
        _COMMON
        | {"placeholder", "initial_conversation", "default_to_current_conversation", "filter"}
        | {"response_url_enabled"},
    ),
    "radio_buttons": (
        lambda item, where: _choices(item, where, 1, 10),
        _COMMON | {"options", "initial_option"},
    ),
    "checkboxes": (
        lambda item, where: _choices(item, where, 1, 10),
        _COMMON | {"options", "initial_options"},
    ),
    "overflow": (lambda item, where: _choices(item, where, 1, 5), _COMMON | {"options"}),
    "feedback_buttons": (_feedback, {"action_id", "positive_button", "negative_button"}),
    "plain_text_input": (
        _text_input,
        _COMMON
        | {"placeholder", "initial_value", "multiline", "min_length", "max_length", "dispatch_action_config"},
    ),
    "image": (_image, {"image_url", "alt_text"}),
}
_NEEDS_NO_ID = {"image"}


def element(item: Any, where: str, allowed: Collection[str]) -> Iterator[str]:
    """An interactive element, one of `allowed`."""
    kind = item.get("type") if isinstance(item, dict) else None
    if kind not in allowed or kind not in _KNOWN:
        yield f"{where}: unsupported type: {kind}"
        return
    check, names = _KNOWN[kind]
    yield from keys(item, where, names)
    if kind not in _NEEDS_NO_ID and "action_id" in item:
        yield from string(item["action_id"], f"{where}.action_id", ID, least=1)
    yield from check(item, where)


def unique(ids: Iterable[Any], where: str) -> Iterator[str]:
    seen: set[Any] = set()
    for one in ids:
        if one is not None and one in seen:
            yield f"{where}: `{one}` is used twice"
        seen.add(one)


def rich(part: Any, where: str) -> Iterator[str]:
    """One part of a `rich_text` block."""
    kind = part.get("type") if isinstance(part, dict) else None
    items = part.get("elements") if isinstance(part, dict) else None
    if kind not in _RICH:
        yield f"{where}: unsupported type: {kind}"
        return
    if not isinstance(items, list):
        yield f"{where}: missing required field: elements"
        return
    allowed = {"elements", "border", "language"} if kind != "rich_text_section" else {"elements"}
    if kind == "rich_text_list":
        allowed = {"elements", "style", "indent", "offset", "border"}
        if part.get("style") not in {"bullet", "ordered"}:
            yield f"{where}.style: must be bullet or ordered"
    yield from keys(part, where, allowed - ({"language"} if kind != "rich_text_preformatted" else set()))
    for index, item in enumerate(items):
        inner = f"{where}.elements[{index}]"
        if kind == "rich_text_list":
            if not isinstance(item, dict) or item.get("type") != "rich_text_section":
                yield f"{inner}: must be a rich_text_section"
            else:
                yield from rich(item, inner)
        else:
            yield from _leaf(item, inner)


def _leaf(item: Any, where: str) -> Iterator[str]:
    kind = item.get("type") if isinstance(item, dict) else None
    if kind not in _LEAVES:
        yield f"{where}: unsupported type: {kind}"
        return
    needed = _LEAVES[kind]
    if not item.get(needed):
        yield f"{where}: missing required field: {needed}"
    style = item.get("style", {})
    if not isinstance(style, dict) or not set(style) <= _STYLES:
        yield f"{where}.style: must be a mapping of known styles"
    extra = {"link": {"text", "unsafe"}, "emoji": {"unicode"}, "date": {"format", "url", "fallback"}}
    yield from keys(item, where, {needed, "style"} | extra.get(kind, set()))
