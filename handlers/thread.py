"""A paste's thread, and our own reply in it: https://docs.slack.dev/reference/methods/conversations.replies"""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.ports import Paste
from handlers.slack_calls import answer
from handlers.slack_errors import BlocksRefused, ChannelRefused

_PAGE = 200
"""Messages of a thread in one read: the most that Slack advises to ask for."""
_READS = 50
"""Reads of one thread, which is what Slack allows in a minute; a longer thread is not searched to its end."""
_NO_THREAD = frozenset({"thread_not_found"})
_BLOCK = "rolecall:"
_JOB = 255 - len(_BLOCK)
"""Characters of a job that a block's id can hold."""
_ENTITY = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


async def find_reply(client: AsyncWebClient, bot_user_id: str, paste: Paste, said: str = "") -> str | None:
    """The `ts` of our reply to the paste, None when its thread holds none. `said` is the reply's text: where
    Slack refused the blocks, it is all there is to know the reply by.

    Raises:
        SlackUnavailable: the thread could not be read now.
        ChannelRefused, TokenRefused: it may not be read, or is too long; so there is no telling.
    """
    by_text: str | None = None
    async for message in _messages(client, paste):
        # A person's message always names its user; a bot's may name its bot alone.
        if message.get("user") not in (bot_user_id, None) or not message.get("ts"):
            continue
        job = _job_of(message)
        if job == paste.job[:_JOB]:
            return str(message["ts"])
        if by_text is None and job is None and said and _plain(message.get("text")) == _plain(said):
            by_text = str(message["ts"])
    return by_text


async def _messages(client: AsyncWebClient, paste: Paste) -> AsyncIterator[Mapping[str, Any]]:
    """The thread from the paste on, page after page. Raises as `find_reply`."""
    more: dict[str, str] = {}
    for _ in range(_READS):
        read = client.conversations_replies(
            channel=paste.channel,
            ts=paste.root,
            oldest=paste.ts,
            inclusive=True,
            limit=_PAGE,
            include_all_metadata=True,
            **more,
        )
        try:
            # Where the thread is gone, so is what was said in it.
            body = await answer(read, fine=_NO_THREAD)
        except BlocksRefused as error:
            raise ChannelRefused(error.category) from None
        found = body.get("messages")
        for message in found if isinstance(found, list) else ():
            if isinstance(message, Mapping):
                yield message
        cursor = _next_page(body)
        if cursor is None:
            return
        more = {"cursor": cursor}
    raise ChannelRefused("thread_too_long")


def _next_page(body: Mapping[str, Any]) -> str | None:
    """Where the next page begins: https://docs.slack.dev/apis/web-api/pagination"""
    more = body.get("response_metadata")
    cursor = more.get("next_cursor") if isinstance(more, Mapping) else None
    return cursor if isinstance(cursor, str) and cursor else None


def _job_of(message: Mapping[str, Any]) -> str | None:
    """The job that a message of ours says it belongs to, as far as a block's id may hold it."""
    blocks = message.get("blocks")
    first = blocks[0] if isinstance(blocks, list) and blocks else {}
    block = first.get("block_id") if isinstance(first, Mapping) else None
    if isinstance(block, str) and block.startswith(_BLOCK):
        return block.removeprefix(_BLOCK)
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
    job = payload.get("job") if isinstance(payload, Mapping) else None
    return job[:_JOB] if isinstance(job, str) else None


def _plain(text: Any) -> str:
    """A message's text without what Slack adds to it: links around what looks like an address."""
    bare = _ENTITY.sub(lambda found: found[2] or found[1], text if isinstance(text, str) else "")
    return " ".join(html.unescape(bare).split())
