"""People and channels beyond the own workspace: nothing is looked at for them, and they are told so.

What the bot can read belongs to the workspace that it was installed in. In a channel shared with another
organisation its answers would be read there too: https://docs.slack.dev/apis/slack-connect
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.payloads import identity, mapping, text

STRANGER = (
    "Rolecall answers only members of the workspace that it was installed in, because it can read what "
    "belongs to that workspace. Ask somebody there to look at this."
)
SHARED = (
    "This channel is shared with another organisation, so Rolecall reads and answers nothing here. Whoever "
    "runs it can allow that (ROLECALL_CONFIG, shared_channels)."
)


def is_stranger(body: Mapping[str, Any], team: str) -> bool:
    """Whether an interaction comes from somebody of another workspace. Slack names a person's own one; where
    it names none, it is this."""
    home = text(mapping(body.get("user")).get("team_id"))
    return bool(home) and home != team


def is_closed(body: Mapping[str, Any], shared: frozenset[str]) -> bool:
    """Whether an event comes from a channel that another organisation shares, and that is not among the
    `shared` ones of the settings."""
    if body.get("is_ext_shared_channel") is not True:
        return False
    return identity(mapping(body.get("event")).get("channel")) not in shared
