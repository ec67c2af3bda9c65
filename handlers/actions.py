"""The reply's buttons. What a value claims is checked first; a forged or stale one does nothing harmful."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.background import afterwards
from handlers.forms import notice, proof_view, repository_form
from handlers.gate import Me
from handlers.payloads import Click, click_of
from handlers.ports import Reply, Services
from handlers.usage import NO_LONGER_KEPT

#: Together well below the three seconds that a trigger lives; the wait between two looks is in seconds.
_LOOKS = 8
_BETWEEN_LOOKS = 0.2


async def on_recheck(body: Mapping[str, Any], me: Me, services: Services, client: AsyncWebClient) -> None:
    """Look at the paste once more; its one reply is edited.

    Raises:
        StoreDown: the wish could not be written down.
    """
    click = click_of(body, me.team, me.watched)
    if click is None:
        return
    paste = await services.original(click.job)
    if paste is None:
        _tell(click, client, NO_LONGER_KEPT)
        return
    # The address of the first answer lives half an hour; the click brings a new one.
    where = click.response_url if paste.ephemeral else None
    if paste.ephemeral and where is None:
        return
    await services.accept(replace(paste, revision=f"click-{click.again}", response_url=where, unsure=False))


async def on_proof(body: Mapping[str, Any], me: Me, services: Services, client: AsyncWebClient) -> None:
    """Open the modal with the whole proof."""
    click = click_of(body, me.team, me.watched)
    if click is not None and click.trigger:
        afterwards("proof", _open_proof(click, services, client))


async def _open_proof(click: Click, services: Services, client: AsyncWebClient) -> None:
    reply = await _recorded(click.job, services)
    view = proof_view(reply.proof) if reply is not None and reply.proof else notice(NO_LONGER_KEPT)
    await client.views_open(trigger_id=click.trigger, view=view)


async def _recorded(job: str, services: Services) -> Reply | None:
    """The job's newest reply. A click may come between the post and its record."""
    for _ in range(_LOOKS):
        reply = await services.last_reply(job)
        if reply is not None or not await services.known(job):
            return reply
        await asyncio.sleep(_BETWEEN_LOOKS)
    return None


async def on_choose_repository(body: Mapping[str, Any], me: Me, client: AsyncWebClient) -> None:
    """Open the form at once: the trigger lives three seconds."""
    click = click_of(body, me.team, me.watched)
    if click is None or not click.trigger:
        return
    # What one person sees is edited at the address that the click on it brought.
    where = click.response_url if click.ephemeral else None
    form = repository_form(f"{click.job}\n{where}" if where else click.job)
    afterwards("form", client.views_open(trigger_id=click.trigger, view=form))


async def on_feedback(body: Mapping[str, Any], me: Me, services: Services, *, helpful: bool) -> None:
    """Count the vote; nothing is posted."""
    click = click_of(body, me.team, me.watched)
    if click is not None and click.user:
        await services.feedback(click.job, click.user, helpful)


def _tell(click: Click, client: AsyncWebClient, sentence: str) -> None:
    if click.trigger:
        afterwards("notice", client.views_open(trigger_id=click.trigger, view=notice(sentence)))
