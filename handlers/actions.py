"""The reply's buttons. What a value claims is checked first; a forged or stale one does nothing harmful."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.background import afterwards
from handlers.forms import notice, policy_form, proof_view, remark_form, repository_form
from handlers.gate import Me
from handlers.payloads import Click, click_of, key, mapping
from handlers.ports import Reply, Services, StoreDown
from handlers.render import WITH_POLICY
from handlers.render.blocks import Block, context
from handlers.render.text import age
from handlers.usage import NO_LONGER_KEPT, NO_PROOF, NOT_READABLE, POLICY_GONE
from knowledge.target_text import parse_command_target

_AT_HAND = 0.5
"""Seconds in which a reply that is kept is there; what takes longer is announced."""
_LOOKS = 30
_BETWEEN_LOOKS = 0.2
_READING = "Looking the answer up. This takes a few seconds."


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
    again = replace(paste, revision=f"click-{click.again}", response_url=where, unsure=False)
    await services.accept(replace(again, after_policy=click.chosen == WITH_POLICY))


async def on_proof(body: Mapping[str, Any], me: Me, services: Services, client: AsyncWebClient) -> None:
    """Open the modal with the whole proof."""
    click = click_of(body, me.team, me.watched)
    if click is not None and click.trigger:
        afterwards("proof", _open_proof(click, services, client))


async def _open_proof(click: Click, services: Services, client: AsyncWebClient) -> None:
    """At once where the reply is at hand; else a placeholder first: the trigger lives three seconds."""
    reading = asyncio.create_task(_proof(click, services))
    done, _ = await asyncio.wait({reading}, timeout=_AT_HAND)
    if done:
        await client.views_open(trigger_id=click.trigger, view=await reading)
        return
    opened = await client.views_open(trigger_id=click.trigger, view=proof_view([context(_READING)]))
    view = mapping(opened.get("view"))
    await client.views_update(view_id=view.get("id"), hash=view.get("hash"), view=await reading)


async def _proof(click: Click, services: Services) -> dict[str, Any]:
    try:
        reply = await _recorded(click.job, services)
    except StoreDown:
        return notice(NOT_READABLE)
    if reply is None:
        return notice(NO_LONGER_KEPT)
    if click.chosen == WITH_POLICY and not reply.with_policy:
        return notice(POLICY_GONE)
    return proof_view([*_made(reply), *reply.proof]) if reply.proof else notice(NO_PROOF)


def _made(reply: Reply) -> list[Block]:
    """How old the answer is: the ages of its sources are counted from when it was made."""
    try:
        made = datetime.fromisoformat(reply.made_at)
    except ValueError:
        # Kept by an earlier version, which did not note it.
        return []
    ago = age(max(0.0, (datetime.now(UTC) - made).total_seconds()))
    return [context(f"This answer was made {ago} ago, on {made.day} {made:%B at %H:%M:%S} UTC.")]


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
    form = repository_form(_answers(click))
    afterwards("form", client.views_open(trigger_id=click.trigger, view=form))


async def on_choose_run(body: Mapping[str, Any], me: Me, services: Services, client: AsyncWebClient) -> None:
    """Look at what was chosen; whether it may be spoken about is asked as for every other name. However many
    people press the same button, it is one work.

    Raises:
        StoreDown: the wish could not be written down.
    """
    click = click_of(body, me.team, me.watched)
    target = parse_command_target(click.chosen) if click is not None else None
    if click is None or target is None or target.full_name is None:
        return
    paste = await services.original(click.job)
    where = click.response_url if paste is not None and paste.ephemeral else None
    if paste is None or (paste.ephemeral and where is None):
        _tell(click, client, NO_LONGER_KEPT)
        return
    chosen = replace(
        paste,
        repository=target.full_name,
        build_number=target.build_number,
        # A step is named of one repository's pipeline.
        step=paste.step if _is_same(target.full_name, paste.repository) else None,
        revision=f"choice-{key(click.chosen)}",
        response_url=where,
        unsure=False,
    )
    await services.accept(chosen)


def _is_same(one: str, other: str | None) -> bool:
    return one.lower() == (other or "").lower()


async def on_paste_policy(body: Mapping[str, Any], me: Me, client: AsyncWebClient) -> None:
    """Open the form for the role's trust policy at once."""
    click = click_of(body, me.team, me.watched)
    if click is not None and click.trigger:
        form = policy_form(_answers(click))
        afterwards("form", client.views_open(trigger_id=click.trigger, view=form))


def _answers(click: Click) -> str:
    """A form's `private_metadata`: which job it answers. What one person sees is edited at the address that
    the click on it brought."""
    where = click.response_url if click.ephemeral else None
    return f"{click.job}\n{where}" if where else click.job


async def on_feedback(
    body: Mapping[str, Any], me: Me, services: Services, client: AsyncWebClient, *, helpful: bool
) -> None:
    """Count the vote; nothing is posted. A "no" opens a form for one line. What an answer said that is no
    longer kept cannot be counted.

    Raises:
        StoreDown: it could not be written down.
    """
    click = click_of(body, me.team, me.watched)
    if click is None or not click.user:
        return
    if not await services.known(click.job):
        _tell(click, client, NO_LONGER_KEPT)
        return
    if not helpful and click.trigger:
        afterwards("form", client.views_open(trigger_id=click.trigger, view=remark_form(click.job)))
    await services.feedback(click.job, click.user, helpful)


def _tell(click: Click, client: AsyncWebClient, sentence: str) -> None:
    if click.trigger:
        afterwards("notice", client.views_open(trigger_id=click.trigger, view=notice(sentence)))
