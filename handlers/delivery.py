"""Posting: the marks on a paste, its one reply, its edits, and finding that reply again.

Slack has no key that would make posting twice harmless (https://docs.slack.dev/reference/methods/chat.postMessage).
So nothing here repeats a call by itself: whoever gets `SlackUnavailable` looks for the reply first.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.ports import Paste, Reply
from handlers.slack_errors import (
    BlocksRefused,
    ChannelRefused,
    SlackUnavailable,
    TokenRefused,
    name_of,
    refusal,
    seconds,
    told,
)

__all__ = ["ChannelRefused", "Delivery", "SlackUnavailable", "TokenRefused"]

_CALL_SECONDS = 8.0
_MARK_SECONDS = 3.0
_REPLIES = 200
"""Messages of a thread looked at, in one read."""
_ACCEPTED = "eyes"
_FINAL = ("white_check_mark", "grey_question", "warning")
_HAD_ALREADY = frozenset({"already_reacted", "no_reaction"})
_GONE_ALREADY = frozenset({"message_not_found"})
_BLOCK = "rolecall:"
_ENTITY = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")

_ENDED = frozenset({"used_url", "expired_url"})
"""What a `response_url` says that was good once: whatever came of that, nothing more comes of it."""
_SAID_BYTES = 2_000

Sent = Callable[..., Awaitable[Any]]

_REFUSED = (SlackUnavailable, ChannelRefused, TokenRefused, BlocksRefused)


class Delivery:
    """Posts for one bot. `hooks_url` is the only place where a `response_url` may point."""

    def __init__(self, client: AsyncWebClient, bot_user_id: str, hooks_url: str) -> None:
        if client.session is None:
            raise ValueError("delivery needs a client with a session")
        # The library would repeat a post whose connection broke, and so post twice.
        client.retry_handlers = []
        self._client = client
        self._session = client.session
        self._bot_user_id = bot_user_id
        self._hooks = hooks_url
        # Kept as long as somebody holds or awaits them.
        self._marking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    # -- marks ----------------------------------------------------------------------------------------

    async def mark(self, paste: Paste, name: str) -> bool:
        """Leave the mark `name` on the paste in place of the one before; false when that failed.

        Never raises: a reaction is worth less than the answer.
        """
        lock = self._marking.setdefault(paste.job, asyncio.Lock())
        # In order: a slow `eyes` must not arrive after the mark that replaces it.
        async with lock:
            done = await self._react(self._client.reactions_add, paste, name)
            if name != _ACCEPTED:
                before = (_ACCEPTED, *(_FINAL if paste.revision else ()))
                for earlier in before:
                    if earlier != name:
                        await self._react(self._client.reactions_remove, paste, earlier)
            return done

    async def _react(self, react: Sent, paste: Paste, name: str) -> bool:
        call = react(channel=paste.channel, timestamp=paste.ts, name=name)
        try:
            await _answer(call, _MARK_SECONDS, fine=_HAD_ALREADY)
        except _REFUSED:
            return False
        return True

    # -- the reply ------------------------------------------------------------------------------------

    async def post(self, paste: Paste, reply: Reply, look_first: bool = False) -> str:
        """Post the reply in the paste's thread and return its `ts`. With `look_first`, a reply of ours
        that is there already is edited instead.

        Raises:
            SlackUnavailable: it may or may not be posted.
            ChannelRefused, TokenRefused: it is not.
        """
        if look_first:
            earlier = await self.find_reply(paste, reply.text)
            if earlier is not None:
                await self.update(paste, earlier, reply)
                return earlier
        place = {
            "channel": paste.channel,
            "thread_ts": paste.root,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        return str((await self._send(self._client.chat_postMessage, place, reply)).get("ts") or "")

    async def update(self, paste: Paste, ts: str, reply: Reply) -> None:
        """Put the reply in the place of our message `ts`. Raises as `post` does."""
        await self._send(self._client.chat_update, {"channel": paste.channel, "ts": ts}, reply)

    async def _send(self, send: Sent, place: dict[str, Any], reply: Reply) -> Mapping[str, Any]:
        message = {**place, "text": reply.text, "metadata": reply.metadata}
        try:
            return await _answer(send(**message, blocks=reply.blocks))
        except BlocksRefused:
            pass
        try:
            # Once, in plain text. By this text the reply is found again: metadata needs a scope to be read.
            return await _answer(send(**message, mrkdwn=False))
        except BlocksRefused as error:
            raise ChannelRefused(error.category) from None

    async def delete(self, channel: str, ts: str) -> None:
        """Take our message `ts` back; that it is gone already is fine. Raises as `post` does."""
        try:
            await _answer(self._client.chat_delete(channel=channel, ts=ts), fine=_GONE_ALREADY)
        except BlocksRefused as error:
            raise ChannelRefused(error.category) from None

    async def find_reply(self, paste: Paste, said: str = "") -> str | None:
        """The `ts` of our reply to this paste, out of one read of its thread; None when there is none,
        or when the thread may not be read. `said` is the reply's text: where Slack refused the blocks, it is
        all there is to know the reply by.

        Raises:
            SlackUnavailable: the thread could not be read now.
        """
        read = self._client.conversations_replies(
            channel=paste.channel,
            ts=paste.root,
            oldest=paste.ts,
            inclusive=True,
            limit=_REPLIES,
            include_all_metadata=True,
        )
        try:
            body = await _answer(read)
        except (ChannelRefused, TokenRefused, BlocksRefused):
            return None
        messages = body.get("messages")
        ours = [
            message
            for message in (messages if isinstance(messages, list) else ())
            if isinstance(message, Mapping) and self._is_ours(message)
        ]
        jobs = [_job_of(message) for message in ours]
        wanted = paste.job[: 255 - len(_BLOCK)]
        for message, job in zip(ours, jobs, strict=True):
            if job == wanted:
                return str(message["ts"])
        for message, job in zip(ours, jobs, strict=True):
            if job is None and said and _plain(message.get("text")) == _plain(said):
                return str(message["ts"])
        return None

    def _is_ours(self, message: Mapping[str, Any]) -> bool:
        # A person's message always names its user; a bot's may name its bot alone.
        return message.get("user") in (self._bot_user_id, None) and bool(message.get("ts"))

    async def respond(self, paste: Paste, reply: Reply) -> None:
        """Answer at the paste's `response_url`, for the asker's eyes only. Raises as `post` does.

        A repeated question (`revision`) replaces the message that it was asked from.
        """
        url = paste.response_url or ""
        if not below(url, self._hooks):
            raise ChannelRefused("response_url")
        message = {
            "response_type": "ephemeral",
            "replace_original": bool(paste.revision),
            "text": reply.text,
            "blocks": reply.blocks,
        }
        if not await self._respond(url, message) and not await self._respond(url, {**message, "blocks": []}):
            raise ChannelRefused("response_url")

    async def _respond(self, url: str, message: dict[str, Any]) -> bool:
        """Whether the message was taken; false when its form was not."""
        try:
            async with (
                asyncio.timeout(_CALL_SECONDS),
                self._session.post(url, json=message, allow_redirects=False) as response,
            ):
                status, wait = response.status, response.headers.get("Retry-After")
                named = _error_in(await response.content.read(_SAID_BYTES))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackUnavailable(type(error).__name__) from None
        if named in _ENDED:
            raise ChannelRefused(named)
        if status == 429 or status >= 500:
            raise SlackUnavailable(f"http_{status}", seconds(wait))
        if status >= 300 and status != 400:
            raise ChannelRefused("response_url")
        return status < 300


def _error_in(body: bytes) -> str:
    """The error's name in what the address answers, which is JSON or the bare name; empty without one."""
    text = body.decode("utf-8", errors="replace").strip()
    try:
        return name_of(json.loads(text))
    except (ValueError, RecursionError):
        return text


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
    return job[: 255 - len(_BLOCK)] if isinstance(job, str) else None


def _plain(text: Any) -> str:
    """A message's text without what Slack adds to it: links around what looks like an address."""
    bare = _ENTITY.sub(lambda found: found[2] or found[1], text if isinstance(text, str) else "")
    return " ".join(html.unescape(bare).split())


async def _answer(
    call: Awaitable[Any], within: float = _CALL_SECONDS, *, fine: frozenset[str] = frozenset()
) -> Mapping[str, Any]:
    """The body of Slack's answer to one call; errors in `fine` mean that it is so already.

    Raises:
        SlackUnavailable, ChannelRefused, TokenRefused, BlocksRefused: see `handlers.slack_errors`.
    """
    try:
        async with asyncio.timeout(within):
            answer = await call
    except SlackApiError as error:
        status, name, wait = told(error.response)
        if name in fine:
            return {}
        raise refusal(status, name, wait) from None
    except (aiohttp.ClientError, TimeoutError, OSError, SlackClientError) as error:
        raise SlackUnavailable(type(error).__name__) from None
    except (AttributeError, TypeError, ValueError):
        # The library trips over bodies that are no JSON object (a gateway's page of text).
        raise SlackUnavailable("no_json") from None
    return answer.data if isinstance(answer.data, Mapping) else {}


def below(url: str, prefix: str) -> bool:
    """Whether `url` is at or below `prefix`: same scheme, host and port, and a path inside its path."""
    if not url.isascii() or any(sign.isspace() or sign in '\\<>"' for sign in url):
        return False
    try:
        one, other = urlsplit(url), urlsplit(prefix)
        same = (one.scheme, one.hostname, one.port) == (other.scheme, other.hostname, other.port)
    except ValueError:
        return False
    folder = other.path if other.path.endswith("/") else f"{other.path}/"
    inside = one.path.startswith(folder) and not {"..", "."} & set(one.path.split("/"))
    return same and inside and "@" not in one.netloc and "%2e" not in one.path.lower()
