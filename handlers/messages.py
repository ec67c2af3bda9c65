"""Messages and mentions: the same job for both, because one post can raise both events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.background import afterwards
from handlers.continuation import continues
from handlers.extract import text_of
from handlers.gate import Heard, Ignore, Me, Proceed, decide, deleted, heard
from handlers.ports import Paste, Services, job_of
from handlers.strangers import SHARED
from handlers.usage import MANY_REASONS, MENTION_HELP, NOTHING_FOUND
from knowledge.pasted import take
from knowledge.target_text import find_target

# Possessive, so that no text can make it try its pieces in every combination.
_HELP = re.compile(r"(?:@\w++|[\W_]|\b(?:help|hi|hello|please)\b)*+\Z", re.IGNORECASE)


async def on_message(event: Mapping[str, Any], me: Me, services: Services) -> None:
    """Take the message on, if it asks; when it is deleted, take the answer back; else do nothing at all.

    Raises:
        StoreDown: it asks, and could not be written down.
    """
    gone = deleted(event, me)
    if gone is not None:
        channel = str(event["channel"])
        await services.withdraw(job_of(me.team, channel, gone), channel)
        return
    asks = decide(event, me)
    if isinstance(asks, Proceed):
        await _take(asks, "message", me, services)
    else:
        await continues(event, me, services)


async def on_mention(event: Mapping[str, Any], me: Me, services: Services, client: AsyncWebClient) -> None:
    """The same for a mention; without a failure in it, whoever asked gets a word that only they see. In a
    channel that is not listed nobody gets one.

    Raises:
        StoreDown: it asks, and could not be written down.
    """
    asks = decide(event, me)
    if isinstance(asks, Proceed):
        await _take(asks, "mention", me, services)
        return
    said = heard(event, me)
    if isinstance(said, Ignore) or event.get("bot_id") or await continues(event, me, services):
        return
    if asks.reason == "common-text":
        _whisper(event, client, MANY_REASONS)
    elif asks.reason == "no-failure":
        await _without_failure(said, me, services, client)


async def _without_failure(said: Heard, me: Me, services: Services, client: AsyncWebClient) -> None:
    raw = text_of(said.message)
    if find_target(raw, me.workspaces).full_name is not None:
        await _take(said.asking(take(raw)), "mention", me, services)
    elif _HELP.match(raw):
        _whisper(said.message, client, MENTION_HELP)
    else:
        services.unknown("mention")
        _whisper(said.message, client, NOTHING_FOUND)


def refuse_shared(event: Mapping[str, Any], me: Me, client: AsyncWebClient) -> None:
    """Tell a member who mentions the bot in a channel that it leaves alone, because others share it."""
    said = heard(event, me)
    if not isinstance(said, Ignore) and not event.get("bot_id"):
        _whisper(event, client, SHARED)


def _whisper(message: Mapping[str, Any], client: AsyncWebClient, sentence: str) -> None:
    channel, user, thread = message.get("channel"), message.get("user"), message.get("thread_ts")
    if not isinstance(channel, str) or not isinstance(user, str):
        return
    root = thread if isinstance(thread, str) else None
    afterwards(
        "whisper", client.chat_postEphemeral(channel=channel, user=user, thread_ts=root, text=sentence)
    )


async def _take(asks: Proceed, way_in: str, me: Me, services: Services) -> None:
    paste = Paste(
        team=me.team,
        channel=asks.channel,
        ts=asks.ts,
        user=asks.user,
        text=asks.text,
        way_in=way_in,
        thread_ts=asks.thread_ts,
        redactions=asks.redactions,
        claims=asks.claims,
        files=asks.files,
        preview=asks.preview,
        unsure=asks.unsure,
        harmless=asks.harmless,
        file_urls=asks.file_urls,
    )
    if asks.edit is not None:
        edited = await _edited(paste, asks, me, services)
        if edited is None:
            return
        paste = edited
    await services.accept(paste)


async def _edited(paste: Paste, asks: Proceed, me: Me, services: Services) -> Paste | None:
    """The work that an edit makes: the first one of a message that was harmless before, a further one on
    a message that asked already, None when its text is the one that is being answered. What a form or a reply
    named stays meant, unless the text now names a repository itself."""
    edit = asks.edit or ""
    newest = await services.original(paste.job)
    if newest is None:
        return None if asks.only_known else replace(paste, edited=edit)
    if asks.only_known and newest.ephemeral:
        # Answered for one person's eyes; there is nothing in the channel to bring up to date.
        return None
    if newest.edited > edit:
        # Slack promises no order: https://docs.slack.dev/apis/events-api
        return None
    known = (newest.text, newest.files, newest.harmless) == (paste.text, paste.files, paste.harmless)
    # A known text in place of one that is not: the edit between them is still to come, and must find a
    # later one.
    if known and (newest.edited == edit or asks.before in (None, newest.text)):
        return None
    edited = replace(paste, way_in=newest.way_in, revision=f"edit-{edit}", edited=edit)
    named = find_target(paste.text, me.workspaces)
    if named.full_name is not None and named != find_target(newest.text, me.workspaces):
        return edited
    return replace(edited, repository=newest.repository, build_number=newest.build_number, step=newest.step)
