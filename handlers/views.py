"""The submitted forms: which repository (`diagnose_form`), the role's trust policy (`policy_form`).

Errors are shown in the form (https://docs.slack.dev/surfaces/modals): a mapping from block ids to sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from handlers.forms import (
    BUILD,
    CHANNEL,
    LONGEST_REMARK,
    LONGEST_STEP,
    POLICY,
    REMARK,
    REPOSITORY,
    STEP,
    SUGGESTED,
    TEXT,
)
from handlers.gate import Me
from handlers.pasted_policy import PolicyRefused, role_in
from handlers.payloads import identity, key, mapping, place_of, text
from handlers.ports import Paste, Services
from handlers.render.escape import plain
from handlers.render.limits import cut_end
from knowledge.pasted import take
from knowledge.target_text import parse_command_target

_NOT_UNDERSTOOD = (
    "Write workspace/repository, workspace/repository#build, or paste the link to the pipeline run."
)
_LONGEST_ERROR = 300
_NO_NUMBER = "Write the run's number, such as 1234, or leave this empty."
_NUMBER = re.compile(r"#?([0-9]{1,9})\Z")
_NOT_KEPT = "This question is no longer kept. Close the form and paste the error again."
_NO_CHANNEL = "Rolecall answers only in the channels that it was set up for. Choose one of them."


async def on_form(body: Mapping[str, Any], me: Me, services: Services, usual: str) -> dict[str, str]:
    """Errors by block id; empty when the answer was taken. `usual` is the channel that is meant where the
    form asks for one and none was chosen.

    Raises:
        StoreDown: it could not be written down.
    """
    view = mapping(body.get("view"))
    values = mapping(mapping(view.get("state")).get("values"))
    blocks = dict(_fields(values))
    where = REPOSITORY if REPOSITORY in values or not blocks else next(iter(blocks))
    target = parse_command_target(blocks.get(where, "").strip() or _suggested(values))
    if target is None or target.full_name is None:
        return {where: _NOT_UNDERSTOOD}
    typed = blocks.get(BUILD, "").strip()
    if typed:
        number = _NUMBER.match(typed)
        if number is None:
            return {BUILD: _NO_NUMBER}
        target = replace(target, build_number=int(number[1]))
    step = " ".join(take(blocks.get(STEP, "")).text.split())[:LONGEST_STEP] or None
    job, _, address = text(view.get("private_metadata")).partition("\n")
    stamp = key(text(view.get("id")) or text(body.get("trigger_id")))
    if job:
        paste, error = await _asked(job, address, me, services)
        if paste is None:
            return {where: error}
        answered = replace(
            paste, repository=target.full_name, build_number=target.build_number, step=step, way_in="form"
        )
        await services.accept(replace(answered, revision=f"form-{stamp}", unsure=False))
        return {}
    url, channel = _place(body, address)
    if not address and not channel and not _chosen(values):
        channel = usual
    elif not url:
        channel = ""
    if channel not in me.watched:
        return {where if address else CHANNEL: _NO_CHANNEL}
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
            step=step,
            redactions=pasted.redactions,
            claims=pasted.claims,
        )
    )
    return {}


async def on_policy(body: Mapping[str, Any], me: Me, services: Services) -> dict[str, str]:
    """The submitted `policy_form`: errors by block id; empty when the policy was taken. It goes no further
    than this process' memory."""
    view = mapping(body.get("view"))
    typed = dict(_fields(mapping(mapping(view.get("state")).get("values"))))
    where = POLICY if POLICY in typed or not typed else next(iter(typed))
    job, _, address = text(view.get("private_metadata")).partition("\n")
    paste, error = await _asked(job, address, me, services)
    if paste is None:
        return {where: error}
    try:
        role = role_in(typed.get(where, ""))
    except PolicyRefused as refusal:
        return {where: plain(cut_end(str(refusal), _LONGEST_ERROR))}
    stamp = key(text(view.get("id")) or text(body.get("trigger_id")))
    await services.judge_policy(replace(paste, revision=f"policy-{stamp}", unsure=False), role)
    return {}


async def on_remark(body: Mapping[str, Any], me: Me, services: Services) -> None:
    """The submitted `remark_form`: kept redacted, with the cause and verdict of the reply; nothing is posted.

    Raises:
        StoreDown: it could not be written down.
    """
    view = mapping(body.get("view"))
    place, user = place_of(view.get("private_metadata")), identity(body.get("user"))
    if place is None or place.team != me.team or place.channel not in me.watched or not user:
        return
    typed = dict(_fields(mapping(mapping(view.get("state")).get("values"))))
    remark = " ".join(take(typed.get(REMARK, "")).text.split())[:LONGEST_REMARK]
    if remark and await services.known(place.job):
        await services.feedback(place.job, user, helpful=False, remark=remark)


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


def _place(body: Mapping[str, Any], metadata: str) -> tuple[str, str]:
    """The address and the channel of an answer that only its asker sees: of the channel chosen in the form,
    or those that the form was opened with."""
    urls = body.get("response_urls")
    if isinstance(urls, list) and urls:
        first = mapping(urls[0])
        return text(first.get("response_url")), identity(first.get("channel_id"))
    url, _, channel = metadata.partition("\n")
    return url, identity(channel)


def _chosen(values: Mapping[str, Any]) -> str:
    """The channel that was chosen in the form."""
    return identity(mapping(mapping(values.get(CHANNEL)).get(CHANNEL)).get("selected_conversation"))


def _suggested(values: Mapping[str, Any]) -> str:
    """The repository that was chosen among the suggestions; a hint, judged as what is typed."""
    field = mapping(mapping(values.get(SUGGESTED)).get(SUGGESTED))
    return text(mapping(field.get("selected_option")).get("value"))


def _fields(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Block ids with what was typed there."""
    for block, inner in values.items():
        for element in mapping(inner).values():
            value = mapping(element).get("value")
            if isinstance(value, str):
                yield block, value
