"""Answers sent to a `response_url`: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""

from __future__ import annotations

import time
from typing import Any

from bot.playground.slack_arguments import ApiError, content_of
from bot.playground.slack_state import (
    BOT_ID,
    BOT_USER,
    RESPONSE_SECONDS,
    RESPONSE_USES,
    Message,
    ResponseUrl,
    Workspace,
)


def answer_by_url(workspace: Workspace, path: str, body: dict[str, Any]) -> Message | None:
    """Post, replace or delete as the body says; None when there was something to delete.

    Raises:
        ApiError: the address is unknown, expired or used up, or Slack would not take the content.
    """
    address = workspace.response_urls.get(path)
    if address is None:
        raise ApiError("invalid_url")
    if time.monotonic() - address.born > RESPONSE_SECONDS:
        raise ApiError("expired_url")
    if address.uses >= RESPONSE_USES:
        raise ApiError("used_url")
    original = address.original
    if body.get("delete_original"):
        address.uses += 1
        if original is not None:
            workspace.remove(original)
        return None
    text, blocks, _ = content_of(body)
    address.uses += 1
    if body.get("replace_original") and original is not None and original.bot_id == BOT_ID:
        original.text, original.blocks, original.edited = text, blocks, workspace.new_ts()
        return original
    message = _message(workspace, address, body, text, blocks)
    workspace.messages.append(message)
    return message


def _message(
    workspace: Workspace, address: ResponseUrl, body: dict[str, Any], text: str, blocks: list[dict[str, Any]]
) -> Message:
    thread = body.get("thread_ts")
    if thread is None and address.original is not None:
        thread = address.original.thread_ts
    return Message(
        channel=address.channel,
        ts=workspace.new_ts(),
        user=BOT_USER,
        bot_id=BOT_ID,
        text=text,
        blocks=blocks,
        thread_ts=thread,
        ephemeral=body.get("response_type", "ephemeral") != "in_channel",
    )
