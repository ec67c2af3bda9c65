"""Posting: the marks on a paste, its one reply, its edits, and finding that reply again.

Slack has no key that would make posting twice harmless (https://docs.slack.dev/reference/methods/chat.postMessage).
So nothing here repeats a call by itself: whoever gets `SlackUnavailable` looks for the reply first.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from handlers.ports import Paste, Reply
from handlers.slack_calls import CALL_SECONDS, answer
from handlers.slack_errors import (
    BlocksRefused,
    ChannelRefused,
    SlackUnavailable,
    TokenRefused,
    name_of,
    seconds,
)
from handlers.thread import find_reply

__all__ = ["ChannelRefused", "Delivery", "SlackUnavailable", "TokenRefused"]

_MARK_SECONDS = 3.0
_ACCEPTED = "eyes"
_FINAL = ("white_check_mark", "grey_question", "warning")
_HAD_ALREADY = frozenset({"already_reacted", "no_reaction"})
_GONE_ALREADY = frozenset({"message_not_found"})

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
        """Leave the mark `name` on the paste in place of the one before, or none when it is empty; false
        when that failed.

        Never raises: a reaction is worth less than the answer.
        """
        lock = self._marking.setdefault(paste.job, asyncio.Lock())
        # In order: a slow `eyes` must not arrive after the mark that replaces it.
        async with lock:
            done = not name or await self._react(self._client.reactions_add, paste, name)
            if name != _ACCEPTED:
                before = (_ACCEPTED, *(_FINAL if paste.revision else ()))
                for earlier in before:
                    if earlier != name:
                        await self._react(self._client.reactions_remove, paste, earlier)
            return done

    async def _react(self, react: Sent, paste: Paste, name: str) -> bool:
        call = react(channel=paste.channel, timestamp=paste.ts, name=name)
        try:
            await answer(call, _MARK_SECONDS, fine=_HAD_ALREADY)
        except _REFUSED:
            return False
        return True

    # -- the reply ------------------------------------------------------------------------------------

    async def post(self, paste: Paste, reply: Reply, look_first: bool = False) -> str:
        """Post the reply in the paste's thread and return its `ts`. With `look_first`, a reply of ours
        that is there already is edited instead; where there is no telling whether one is there, nothing is
        posted. A reply that is `only_in_place` is never posted; without one to edit, the `ts` is empty.

        Raises:
            SlackUnavailable: it may or may not be posted.
            ChannelRefused, TokenRefused: it is not.
        """
        if look_first:
            earlier = await self.find_reply(paste, reply.text)
            if earlier is not None:
                await self.update(paste, earlier, reply)
                return earlier
        if reply.only_in_place:
            return ""
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
        message = {**place, "text": reply.text}
        if reply.metadata:
            message["metadata"] = reply.metadata
        try:
            return await answer(send(**message, blocks=reply.blocks))
        except BlocksRefused:
            pass
        try:
            # Once, in plain text. By this text the reply is found again: metadata needs a scope to be read.
            return await answer(send(**message, mrkdwn=False))
        except BlocksRefused as error:
            raise ChannelRefused(error.category) from None

    async def delete(self, channel: str, ts: str) -> None:
        """Take our message `ts` back; that it is gone already is fine. Raises as `post` does."""
        try:
            await answer(self._client.chat_delete(channel=channel, ts=ts), fine=_GONE_ALREADY)
        except BlocksRefused as error:
            raise ChannelRefused(error.category) from None

    async def try_token(self) -> None:
        """Ask who we are.

        Raises:
            TokenRefused: Slack does not take the token any more.
            SlackUnavailable, ChannelRefused: there is no telling.
        """
        try:
            await answer(self._client.auth_test())
        except BlocksRefused as error:
            raise ChannelRefused(error.category) from None

    async def find_reply(self, paste: Paste, said: str = "") -> str | None:
        """The `ts` of our reply in the paste's thread. See `handlers.thread.find_reply`."""
        return await find_reply(self._client, self._bot_user_id, paste, said)

    async def respond(self, paste: Paste, reply: Reply) -> None:
        """Answer at the paste's `response_url`, for the asker's eyes only. Raises as `post` does.

        A repeated question (`revision`) replaces the message that it was asked from.
        """
        url = paste.response_url or ""
        if not url and paste.way_in == "form":
            # Such a message cannot be edited; a click on it brings an address.
            place = {"channel": paste.channel, "user": paste.user}
            await self._send(self._client.chat_postEphemeral, place, replace(reply, metadata={}))
            return
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
                asyncio.timeout(CALL_SECONDS),
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
