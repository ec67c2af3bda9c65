"""Whether a request's body has the shape that Bolt takes for granted.

Bolt looks into bodies before any listener or middleware of ours, and stumbles over what Slack never sends
(an `event` that is a text, a `team` that is a number). Such a body is acknowledged and dropped instead:
however often it came again, it would stay odd.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TEXTS = ("type", "command", "callback_id", "action_id", "subtype", "bot_id")
_NAMED = (
    "team",
    "user",
    "channel",
    "enterprise",
    "thread_ts",
    "team_id",
    "enterprise_id",
    "user_id",
    "channel_id",
)
"""Ids, given as a text or as an object with an `id`."""
_INNER = ("message", "previous_message", "item", "view", "container", "function_data", "assistant_thread")
_LISTS = ("authorizations", "actions", "response_urls")
_DEPTH = 4


def is_sound(body: Any) -> bool:
    """Whether Bolt can be handed `body`: the JSON of an event or of a form's `payload`, or the form."""
    if not isinstance(body, Mapping) or body.get("response_urls", ()) is None:
        return False
    return _has_fitting_fields(body, 0) and _is_whole(body)


def _has_fitting_fields(body: Mapping[str, Any], depth: int) -> bool:
    if depth > _DEPTH:
        return False
    if not all(isinstance(body.get(name), str | None) for name in _TEXTS):
        return False
    if not all(isinstance(body.get(name), str | Mapping | None) for name in _NAMED):
        return False
    inner = [body[name] for name in _INNER if body.get(name) is not None]
    for name in _LISTS:
        values = body.get(name)
        if not isinstance(values, list | None):
            return False
        inner += (values or [])[:50]
    if "event" in body:
        inner.append(body["event"])
    return all(isinstance(value, Mapping) and _has_fitting_fields(value, depth + 1) for value in inner)


def _is_whole(body: Mapping[str, Any]) -> bool:
    """Whether there is what Bolt reads of this kind of request without asking."""
    kind = body.get("type")
    if "event" in body:
        event = body["event"]
        called = event.get("type") != "function_executed" or isinstance(event.get("function"), Mapping)
        return called and isinstance(event.get("type"), str)
    match kind:
        case "event_callback":
            return False
        case "block_actions":
            actions = body.get("actions") or [{}]
            return isinstance(actions[0].get("action_id"), str)
        case "message_action" | "shortcut":
            return isinstance(body.get("callback_id"), str)
        case "interactive_message":
            return bool(body.get("actions"))
        case "view_submission" | "view_closed":
            view = body.get("view") or {}
            return isinstance(view.get("type"), str) and isinstance(view.get("callback_id"), str)
        case "workflow_step_edit":
            return isinstance(body.get("workflow_step"), Mapping)
        case _:
            return True
