"""One JSON object out of a text that a person handed over: read strictly, and in words why it is none.

Python's reader lets pass what JSON does not know (`NaN`) or leaves open (a key that stands twice).
"""

from __future__ import annotations

import json
from typing import Any


class JsonRefused(ValueError):
    """The text is no JSON object. The message goes on behind whatever the text is called: "is empty; ..."."""


def json_object(text: str) -> dict[str, Any]:
    """The object.

    Raises:
        JsonRefused: the text is anything else than one JSON object with each key once.
    """
    if not text.strip():
        raise JsonRefused("is empty; it must be a JSON object")
    try:
        value = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise JsonRefused(
            f"is not valid JSON: {_said(error.msg)} in line {error.lineno}, column {error.colno}"
        ) from None
    except _OddityError as error:
        raise JsonRefused(f"is not valid JSON: {error}") from None
    except (RecursionError, ValueError):
        raise JsonRefused("is nested too deeply, or holds a number that is too long") from None
    if not isinstance(value, dict):
        raise JsonRefused(f"must be a JSON object, not {_KINDS.get(type(value), 'a value')}")
    return value


class _OddityError(ValueError):
    """What Python's reader lets pass and JSON does not."""


_KINDS = {
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "a truth value",
    type(None): "null",
}


def _said(message: str) -> str:
    if message == "Extra data":
        return "more text follows the object (extra data)"
    return f"{message[:1].lower()}{message[1:]}"


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _OddityError(f"the key {key[:80]!r} stands in one object twice; keep the one that holds")
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise _OddityError(f"{name} is no JSON value")
