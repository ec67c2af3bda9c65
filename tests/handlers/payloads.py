"""What Slack sends, as its documentation shows it: https://docs.slack.dev/reference/interaction-payloads"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

TEAM, CHANNEL, PERSON, BOT, BOT_USER = "T1", "C1", "U9", "B1", "UBOT"
TS = "1795400000.000100"
ERROR = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)
RUN = "https://bitbucket.org/acme/widget/pipelines/results/42"


def rich_text(*parts: Json) -> list[Json]:
    return [{"type": "rich_text", "block_id": "b1", "elements": list(parts)}]


def words(text: str, kind: str = "rich_text_section") -> Json:
    return {"type": kind, "elements": [{"type": "text", "text": text}]}


def message(text: str | None = ERROR, **more: Any) -> Json:
    """The inner event of a person's message."""
    return {
        "client_msg_id": "6c1f",
        "type": "message",
        "user": PERSON,
        "team": TEAM,
        "channel": CHANNEL,
        "channel_type": "channel",
        "ts": TS,
        "event_ts": TS,
        "text": text,
        "blocks": rich_text(words(text or "")),
        **more,
    }


def changed(new: str, old: str, *, edited: str | None = "1795400100.000000", **more: Any) -> Json:
    """The inner event of an edit."""
    after = {**message(new), **({"edited": {"user": PERSON, "ts": edited}} if edited else {}), **more}
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": CHANNEL,
        "channel_type": "channel",
        "ts": "1795400100.000300",
        "event_ts": "1795400100.000300",
        "message": after,
        "previous_message": message(old),
    }


def deleted(ts: str = TS, **before: Any) -> Json:
    """The inner event of a deletion."""
    return {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "channel": CHANNEL,
        "channel_type": "channel",
        "ts": "1795400300.000100",
        "event_ts": "1795400300.000100",
        "deleted_ts": ts,
        "previous_message": {**message(), "ts": ts, **before},
    }


def tombstone() -> Json:
    """The inner event of a deletion where the message has replies."""
    grave = {"subtype": "tombstone", "hidden": True, "user": "USLACKBOT", "thread_ts": TS}
    return changed("This message was deleted.", ERROR, edited=None, **grave)


def event(inner: Json, **outer: Any) -> Json:
    """The whole body of a delivered event."""
    return {
        "token": "verification",
        "team_id": TEAM,
        "api_app_id": "A1",
        "event": inner,
        "type": "event_callback",
        "event_id": "Ev1",
        "event_time": 1795400000,
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
        **outer,
    }


def mention(text: str = f"<@{BOT_USER}> {ERROR}", **more: Any) -> Json:
    inner = message(text, **more)
    return {**inner, "type": "app_mention"}


def command(text: str, **more: Any) -> Json:
    """The fields of a slash command's form."""
    return {
        "token": "verification",
        "team_id": TEAM,
        "team_domain": "acme",
        "channel_id": CHANNEL,
        "channel_name": "ci-help",
        "user_id": PERSON,
        "user_name": "dana",
        "command": "/oidc",
        "text": text,
        "api_app_id": "A1",
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T1/1/x",
        "trigger_id": "1.2.abc",
        **more,
    }


def _interaction(kind: str, **more: Any) -> Json:
    return {
        "type": kind,
        "api_app_id": "A1",
        "token": "verification",
        "trigger_id": "1.2.abc",
        "is_enterprise_install": False,
        "enterprise": None,
        "team": {"id": TEAM, "domain": "acme"},
        "user": {"id": PERSON, "username": "dana", "name": "dana", "team_id": TEAM},
        **more,
    }


def click(
    action_id: str, value: str, *, ephemeral: bool = False, channel: str = CHANNEL, **more: Any
) -> Json:
    return _interaction(
        "block_actions",
        response_url="https://hooks.slack.com/actions/T1/1/x",
        channel={"id": channel, "name": "ci-help"},
        container={
            "type": "message",
            "message_ts": "1795400010.000100",
            "channel_id": channel,
            "is_ephemeral": ephemeral,
        },
        state={"values": {}},
        actions=[
            {
                "type": "button",
                "action_id": action_id,
                "block_id": "act",
                "value": value,
                "text": {"type": "plain_text", "text": "x"},
                "action_ts": "1795400210.1",
            }
        ],
        **more,
    )


def submission(repository: str, metadata: str = "", **more: Any) -> Json:
    view = {
        "id": "V1",
        "team_id": TEAM,
        "type": "modal",
        "callback_id": "diagnose_form",
        "private_metadata": metadata,
        "hash": "1.ab",
        "state": {"values": {"repo": {"repo": {"type": "plain_text_input", "value": repository}}}},
        "blocks": [],
    }
    return _interaction("view_submission", view=view, **{"response_urls": [], **more})


def message_shortcut(inner: Json | None = None, *, channel: str = CHANNEL) -> Json:
    inner = message() if inner is None else inner
    return _interaction(
        "message_action",
        callback_id="diagnose_message",
        message_ts=inner.get("ts"),
        response_url="https://hooks.slack.com/app/T1/1/x",
        action_ts="1795400200.1",
        channel={"id": channel, "name": "ci-help"},
        message=inner,
    )


def global_shortcut() -> Json:
    return _interaction("shortcut", callback_id="diagnose_pipeline", action_ts="1795400200.1")
