"""What Slack sends to an app: https://docs.slack.dev/reference/interaction-payloads, and its events."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any

from bot.playground.slack_state import (
    APP,
    BOT_USER,
    CHANNEL_NAMES,
    TEAM,
    USER_NAMES,
    Message,
    View,
)

Json = dict[str, Any]

#: The deprecated verification token that every payload still carries.
_TOKEN = "verification-token"


def envelope(event: Json) -> Json:
    """The outer part of an event, with an id of its own."""
    return {
        "token": _TOKEN,
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{secrets.token_hex(16)}",
    }


def message_event(message: Message, parent: Message | None = None) -> Json:
    event = {
        **message.as_api(),
        "channel": message.channel,
        "channel_type": "channel",
        "event_ts": message.ts,
    }
    if parent is not None and parent is not message:
        event["parent_user_id"] = parent.user
    return envelope(event)


def mention_event(message: Message) -> Json:
    kept = ("user", "text", "ts", "team", "blocks", "client_msg_id", "thread_ts", "files")
    inner = {name: value for name, value in message.as_api().items() if name in kept}
    return envelope({"type": "app_mention", **inner, "channel": message.channel, "event_ts": message.ts})


def changed_event(message: Message, before: Json, ts: str) -> Json:
    """`message_changed`: `ts` is the edit's own."""
    return envelope(
        {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "channel": message.channel,
            "channel_type": "channel",
            "ts": ts,
            "event_ts": ts,
            "message": message.as_api(),
            "previous_message": before,
        }
    )


def deleted_event(message: Message, ts: str) -> Json:
    return envelope(
        {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "channel": message.channel,
            "channel_type": "channel",
            "ts": ts,
            "event_ts": ts,
            "deleted_ts": message.ts,
            "previous_message": message.as_api(),
        }
    )


def home_opened(user: str, view: View | None, at: str) -> Json:
    """Somebody looks at the app's Home tab; with the view that was published for them before."""
    event: Json = {"type": "app_home_opened", "user": user, "channel": "D0ROLECALL", "tab": "home"}
    return envelope({**event, "event_ts": at, **({"view": view.as_api()} if view else {})})


def slash_command(command: str, text: str, channel: str, user: str, trigger: str, response_url: str) -> Json:
    return {
        "token": _TOKEN,
        "team_id": TEAM,
        "team_domain": "acme",
        "channel_id": channel,
        "channel_name": CHANNEL_NAMES.get(channel, "privategroup"),
        "user_id": user,
        "user_name": USER_NAMES.get(user, "somebody").lower(),
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger,
    }


def _interaction(kind: str, user: str, trigger: str) -> Json:
    name = USER_NAMES.get(user, "somebody").lower()
    return {
        "type": kind,
        "api_app_id": APP,
        "token": _TOKEN,
        "trigger_id": trigger,
        "team": {"id": TEAM, "domain": "acme"},
        "user": {"id": user, "username": name, "name": name, "team_id": TEAM},
        "enterprise": None,
        "is_enterprise_install": False,
        "action_ts": f"{time.time():.6f}",
    }


def _channel(channel: str) -> Json:
    return {"id": channel, "name": CHANNEL_NAMES.get(channel, "privategroup")}


def block_actions(user: str, trigger: str, action: Mapping[str, Any]) -> Json:
    """Without the place of the control: see `in_message` and `in_view`."""
    base = _interaction("block_actions", user, trigger)
    return {
        **base,
        "state": {"values": {}},
        "actions": [{**action, "action_ts": base["action_ts"]}],
    }


def in_message(message: Message, response_url: str) -> Json:
    """What a click on a message adds. An ephemeral message does not come along."""
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.ephemeral,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    made: Json = {"channel": _channel(message.channel), "container": container, "response_url": response_url}
    return made if message.ephemeral else {**made, "message": message.as_api()}


def in_view(view: View) -> Json:
    return {"container": {"type": "view", "view_id": view.id}, "view": view.as_api()}


def block_suggestion(user: str, view: View, block_id: str, action_id: str, typed: str) -> Json:
    """Somebody types into a select whose options the app gives; there is no trigger in it."""
    made = {**_interaction("block_suggestion", user, ""), **in_view(view)}
    del made["trigger_id"]
    return {**made, "block_id": block_id, "action_id": action_id, "value": typed}


def view_submission(user: str, trigger: str, view: View, values: Json, response_urls: list[Json]) -> Json:
    return {
        **_interaction("view_submission", user, trigger),
        "view": view.as_api(values),
        "response_urls": response_urls,
    }


def view_closed(user: str, view: View) -> Json:
    return {**_interaction("view_closed", user, ""), "view": view.as_api(), "is_cleared": False}


def message_shortcut(callback_id: str, user: str, trigger: str, message: Message, response_url: str) -> Json:
    return {
        **_interaction("message_action", user, trigger),
        "callback_id": callback_id,
        "message_ts": message.ts,
        "channel": _channel(message.channel),
        "message": message.as_api(),
        "response_url": response_url,
    }


def global_shortcut(callback_id: str, user: str, trigger: str) -> Json:
    return {**_interaction("shortcut", user, trigger), "callback_id": callback_id}
