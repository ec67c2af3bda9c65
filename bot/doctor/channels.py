"""What keeps the bot out of a watched channel, by the name of Slack's error, and what to do about it."""

from __future__ import annotations

from bot.doctor.report import Check, problem
from knowledge.words import code

_AREA = "slack"
PRIVATE = "groups:history"
"""The scope for private channels."""
ASK_AGAIN = "ask again in a minute"
"""The remedy for what may pass by itself."""
REINSTALL = "add it under OAuth & Permissions > Scopes, then install the app again"


def channel_refused(channel: str, error: str) -> Check | None:
    """What keeps the bot out of a watched channel, by the name of Slack's error; None where it names nothing
    that stays so."""
    shown = code(channel)
    match error:
        case "not_in_channel" | "channel_not_found":
            return problem(
                _AREA,
                f"the bot is not in the channel {shown}, or there is no such channel ({error})",
                "invite it there (`/invite @rolecall`), or correct `CI_HELP_CHANNELS`",
            )
        case "is_archived" | "channel_is_archived":
            return problem(_AREA, f"the channel {shown} is archived", "take it out of `CI_HELP_CHANNELS`")
        case "missing_scope":
            return problem(
                _AREA,
                f"the bot may not read the channel {shown} (missing_scope)",
                f"a public channel needs `channels:history`, a private one {code(PRIVATE)}: {REINSTALL}",
            )
    return None
