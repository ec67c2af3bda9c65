"""The shortcuts: on a message (`diagnose_message`), and from anywhere (`diagnose_pipeline`)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.attached import attached
from handlers.background import afterwards
from handlers.extract import text_of
from handlers.forms import nothing_found_form, notice, pipeline_form
from handlers.gate import Heard, Ignore, Me, heard, is_time
from handlers.payloads import identity, key, mapping, text
from handlers.ports import Paste, Services, StoreDown
from handlers.usage import NOT_HERE
from knowledge.pasted import take
from knowledge.symptoms import recognise
from knowledge.target_text import find_target

_LOOK_SECONDS = 0.5
"""A form is opened within three seconds of the press."""
_NOT_THIS = "This kind of message cannot be looked at. Use the shortcut on the message that holds the error."


async def on_message_shortcut(
    body: Mapping[str, Any], me: Me, services: Services, client: AsyncWebClient
) -> None:
    """Take the message on: somebody asked for it. Asked again, its reply is edited. Where there is nothing in
    it to be looked at, only the one who asked is told so, in a form that asks for the run.

    Raises:
        StoreDown: it could not be written down.
    """
    trigger = text(body.get("trigger_id"))
    channel = identity(body.get("channel"))
    if channel not in me.watched:
        # Nothing of the message is read in a channel that is not ours.
        _tell(client, trigger, NOT_HERE)
        return
    said = heard({**mapping(body.get("message")), "channel": channel}, me, asked=True)
    if isinstance(said, Ignore):
        _tell(client, trigger, _NOT_THIS)
        return
    paste = _paste(body, said, me)
    newest = await services.original(paste.job)
    if newest is not None:
        # What a form or a reply named in the meantime still holds.
        paste = replace(
            paste,
            repository=newest.repository,
            build_number=newest.build_number,
            step=newest.step,
            edited=max(newest.edited, paste.edited),
            revision=f"shortcut-{key(text(body.get('action_ts')) or trigger)}",
        )
    elif _shows_nothing(paste, me) and trigger:
        services.unknown("shortcut")
        # Nobody else in the channel need know that somebody asked.
        where = f"\n{text(body.get('response_url'))}\n{channel}"
        afterwards("form", client.views_open(trigger_id=trigger, view=nothing_found_form(where)))
        return
    await services.accept(paste)


def _shows_nothing(paste: Paste, me: Me) -> bool:
    """Whether there is nothing in the message to be looked at: no failure, no file, no run."""
    if paste.files or recognise(paste.text):
        return False
    return find_target(paste.text, me.workspaces).full_name is None


def _paste(body: Mapping[str, Any], said: Heard, me: Me) -> Paste:
    asks = said.asking(take(text_of(said.message)), attached(said.message))
    edited = text(mapping(said.message.get("edited")).get("ts"))
    return Paste(
        team=me.team,
        channel=asks.channel,
        ts=asks.ts,
        user=identity(body.get("user")) or asks.user,
        text=asks.text,
        way_in="shortcut",
        edited=edited if is_time(edited) else "",
        thread_ts=asks.thread_ts,
        redactions=asks.redactions,
        claims=asks.claims,
        files=asks.files,
        preview=asks.preview,
        file_urls=asks.file_urls,
    )


async def on_pipeline_shortcut(body: Mapping[str, Any], client: AsyncWebClient, channel: str) -> None:
    """Open the form that asks for the repository and where to answer; `channel` is proposed there."""
    trigger = text(body.get("trigger_id"))
    if trigger:
        afterwards("form", client.views_open(trigger_id=trigger, view=pipeline_form(channel)))


async def usual_channel(body: Mapping[str, Any], services: Services) -> str:
    """Where to answer a person who names no channel: where they were answered last, or else the first that
    is listed."""
    user = identity(body.get("user"))
    with contextlib.suppress(TimeoutError, StoreDown):
        async with asyncio.timeout(_LOOK_SECONDS):
            for past in await services.answered():
                if past.user == user and past.channel in services.watched:
                    return past.channel
    return services.first_channel


def _tell(client: AsyncWebClient, trigger: str, sentence: str) -> None:
    if trigger:
        afterwards("notice", client.views_open(trigger_id=trigger, view=notice(sentence)))
