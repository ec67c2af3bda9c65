"""People and channels beyond the own workspace: nothing is looked at for them, and they are told so.

What the bot can read belongs to the workspace that it was installed in. In a channel shared with another
organisation its answers would be read there too: https://docs.slack.dev/apis/slack-connect
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.payloads import identity, mapping, place_of, text
from handlers.ports import Services

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


class SharedChannels:
    """Which watched channels another organisation shares. Events say so, clicks and commands do not
    (https://docs.slack.dev/apis/events-api): what the last event of a channel said holds for them. Until the
    first one after a start a channel counts as our own."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._shared: set[str] = set()

    def is_closed(self, body: Mapping[str, Any]) -> bool:
        """Whether a request belongs to a channel that is shared, and that the settings do not allow."""
        channels = channels_of(body)
        if body.get("type") == "event_callback":
            self._note(body, channels & self._services.watched)
            if body.get("is_ext_shared_channel") is True:
                return not channels <= self._services.shared
            return False
        return bool(channels & (self._shared - self._services.shared))

    def _note(self, body: Mapping[str, Any], channels: frozenset[str]) -> None:
        if body.get("is_ext_shared_channel") is True:
            self._shared |= channels
        elif body.get("is_ext_shared_channel") is False:
            self._shared -= channels


def channels_of(body: Mapping[str, Any]) -> frozenset[str]:
    """The channels that a request is about: where it comes from, and where a form's answer would go."""
    view, urls = mapping(body.get("view")), body.get("response_urls")
    metadata = text(view.get("private_metadata"))
    job, _, rest = metadata.partition("\n")
    place = place_of(job)
    named = [
        mapping(body.get("event")).get("channel"),
        body.get("channel"),
        body.get("channel_id"),
        mapping(body.get("container")).get("channel_id"),
        place.channel if place is not None else rest.partition("\n")[2],
        *(mapping(url).get("channel_id") for url in (urls if isinstance(urls, list) else ())),
    ]
    return frozenset(filter(None, map(identity, named)))
