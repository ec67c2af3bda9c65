"""What Slack's interactive requests say, taken apart and checked: https://docs.slack.dev/reference/interaction-payloads

A button's value and a form's `private_metadata` come back through the user's client: they are hints.
A value that does not have the form we gave it, or names another place than the click came from, is None.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_JOB = re.compile(r"(?P<team>[A-Z0-9]{2,40})-(?P<channel>[A-Z0-9]{2,40})-(?P<ts>[A-Za-z0-9._]{1,120})\Z")
_PLAIN = re.compile(r"[A-Za-z0-9._]{1,120}\Z")
_ID = re.compile(r"[A-Z0-9]{2,40}\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """The team and channel that a job belongs to."""

    job: str
    team: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """Somebody pressed a button of ours. `again` is the same for every delivery of one click; `chosen` is
    what the button's value says beside the job."""

    job: str
    chosen: str
    user: str
    trigger: str
    again: str
    response_url: str | None
    ephemeral: bool


def place_of(job: Any) -> Place | None:
    """The place of the job that a value names; None when it is no job's id."""
    match = _JOB.match(job) if isinstance(job, str) else None
    return Place(match[0], match["team"], match["channel"]) if match else None


def click_of(body: Mapping[str, Any], team: str, watched: frozenset[str]) -> Click | None:
    """The click, if its button belongs to a job of `team`, and of the (watched) channel it was seen in."""
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], Mapping) else {}
    value, _, chosen = text(action.get("value")).partition(" ")
    place = place_of(value)
    channel = identity(body.get("channel"))
    container = mapping(body.get("container"))
    channel = channel or text(container.get("channel_id"))
    if place is None or place.team != team or place.channel != channel or channel not in watched:
        return None
    stamp = text(action.get("action_ts")) or text(body.get("trigger_id"))
    return Click(
        job=place.job,
        chosen=chosen,
        user=identity(body.get("user")),
        trigger=text(body.get("trigger_id")),
        again=key(stamp),
        response_url=text(body.get("response_url")) or None,
        ephemeral=container.get("is_ephemeral") is True,
    )


def key(value: str) -> str:
    """`value` if it may stand in an id, else a digest of it."""
    if _PLAIN.match(value):
        return value
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:24]


def identity(value: Any) -> str:
    """A user's, team's or channel's id, given as it is or as an object with an `id`; empty otherwise."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) and _ID.match(found) else ""


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
