"""A call's arguments as Slack judges them: message contents, metadata, views."""

from __future__ import annotations

import json
from typing import Any

from bot.playground.slack_blocks import ALL_TEXT, is_too_large, length_of, problems_of, view_problems

Json = dict[str, Any]

_LONGEST_TEXT = 40_000


class ApiError(Exception):
    """Slack says no: `code` is its `error`, `more` what else stands in the answer."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


def content_of(arguments: Json) -> tuple[str, list[Json], Json]:
    """Text and blocks of a message, with the warning that goes with a text that is cut.

    Raises:
        ApiError: there is neither, or Slack would not take them.
    """
    if arguments.get("markdown_text") and (arguments.get("text") or arguments.get("blocks")):
        raise ApiError("markdown_text_conflict")
    text, blocks = str(arguments.get("text") or ""), _parsed(arguments.get("blocks"), "invalid_blocks") or []
    if not text and not blocks:
        raise ApiError("no_text")
    if problems := problems_of(blocks):
        raise ApiError(
            "invalid_blocks", response_metadata={"messages": [f"[ERROR] {one}" for one in problems]}
        )
    if length_of(blocks) > ALL_TEXT:
        raise ApiError("msg_blocks_too_long")
    if len(text) > _LONGEST_TEXT:
        warned = {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
        return text[:_LONGEST_TEXT], blocks, warned
    return text, blocks, {}


def numbered(blocks: list[Json]) -> list[Json]:
    """Slack gives a `block_id` to each block, and an `action_id` to each element, that has none."""
    return [
        block if "block_id" in block else {**block, "block_id": f"b{index}"}
        for index, block in enumerate(blocks)
    ]


def metadata_of(arguments: Json) -> Json | None:
    metadata = _parsed(arguments.get("metadata"), "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise ApiError("invalid_metadata_format")
    payload = metadata.get("event_payload")
    if not isinstance(payload, dict) or not all(_is_plain(value) for value in payload.values()):
        raise ApiError("invalid_metadata_format")
    return metadata


def _is_plain(value: Any, depth: int = 0) -> bool:
    """A string, a number or a boolean; or one level of a list or mapping of such."""
    if isinstance(value, str | int | float | bool):
        return True
    if depth or not isinstance(value, list | dict):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return all(_is_plain(item, 1) for item in inner)


def view_of(arguments: Json, kind: str) -> Json:
    """A view of that kind, `modal` or `home`.

    Raises:
        ApiError: Slack would not take it.
    """
    view = _parsed(arguments.get("view"), "invalid_arguments")
    if is_too_large(view):
        raise ApiError("view_too_large")
    problems = view_problems(view)
    if not problems and view["type"] != kind:
        problems = [f"view.type: must be {kind}"]
    if problems:
        raise ApiError(
            "invalid_arguments", response_metadata={"messages": [f"[ERROR] {one}" for one in problems]}
        )
    return dict(view)


def _parsed(value: Any, refusal: str) -> Any:
    """A JSON argument: given as such, or as a string in a form."""
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError:
        raise ApiError(refusal) from None
