"""The submitted form `diagnose_form`: which repository, and for which question.

Errors are shown in the form (https://docs.slack.dev/surfaces/modals): a mapping from block ids to sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from handlers.forms import CHANNEL, REPOSITORY, TEXT
from handlers.gate import Me
from handlers.payloads import identity, key, mapping, place_of, text
from handlers.ports import Paste, Services
from knowledge.pasted import take
from knowledge.target import Target
from knowledge.target_text import parse_command_target

_NOT_UNDERSTOOD = (
    "Write workspace/repository, workspace/repository#build, or paste the link to the pipeline run."
)
_NOT_KEPT = "This question is no longer kept. Close the form and paste the error again."
_NO_CHANNEL = "Rolecall answers only in the channels that it was set up for. Choose one of them."


async def on_form(body: Mapping[str, Any], me: Me, services: Services) -> dict[str, str]:
    """Errors by block id; empty when the answer was taken.

    Raises:
        StoreDown: it could not be written down.
    """
    view = mapping(body.get("view"))
    values = mapping(mapping(view.get("state")).get("values"))
    blocks = dict(_fields(values))
    where = REPOSITORY if REPOSITORY in blocks or not blocks else next(iter(blocks))
    target = parse_command_target(blocks.get(where, ""))
    if target is None or target.full_name is None:
        return {where: _NOT_UNDERSTOOD}
    job, _, address = text(view.get("private_metadata")).partition("\n")
    stamp = key(text(view.get("id")) or text(body.get("trigger_id")))
    if job:
        paste, error = await _asked(job, address, me, services)
        if paste is None:
            return {where: error}
        answered = replace(
            paste, repository=target.full_name, build_number=target.build_number, way_in="form"
        )
        await services.accept(replace(answered, revision=f"form-{stamp}", unsure=False))
        return {}
    return await _ask(body, blocks, target, stamp, me, services)


async def _asked(job: str, address: str, me: Me, services: Services) -> tuple[Paste | None, str]:
    """The paste whose question the form answers; None, and why, when there is none."""
    place = place_of(job)
    if place is None or place.team != me.team or place.channel not in me.watched:
        return None, _NOT_KEPT
    paste = await services.original(job)
    if paste is None:
        return None, _NOT_KEPT
    if paste.ephemeral and address:
        return replace(paste, response_url=address), ""
    return paste, ""


async def _ask(
    body: Mapping[str, Any], blocks: Mapping[str, str], target: Target, stamp: str, me: Me, services: Services
) -> dict[str, str]:
    """A question that nobody posted: answered at the `response_url` of the chosen channel."""
    urls = body.get("response_urls")
    first = mapping(urls[0]) if isinstance(urls, list) and urls else {}
    url, channel = text(first.get("response_url")), identity(first.get("channel_id"))
    if not url or channel not in me.watched:
        return {CHANNEL: _NO_CHANNEL}
    pasted = take(blocks.get(TEXT, ""))
    await services.accept(
        Paste(
            team=me.team,
            channel=channel,
            ts=stamp,
            user=identity(body.get("user")),
            text=pasted.text,
            way_in="form",
            response_url=url,
            repository=target.full_name,
            build_number=target.build_number,
            redactions=pasted.redactions,
            claims=pasted.claims,
        )
    )
    return {}


def _fields(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Block ids with what was typed there."""
    for block, inner in values.items():
        for element in mapping(inner).values():
            value = mapping(element).get("value")
            if isinstance(value, str):
                yield block, value
