"""What could not be seen, and what the text alone shows, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.reading import Unread
from knowledge.symptoms.model import Family, Symptom
from knowledge.words import code, listed

_SHOWN: dict[Family, str] = {
    Family.ROLE_REFUSED: "AWS got a token and refused the role {role}",
    Family.PROVIDER_REFUSED: "AWS has no OIDC provider that fits the token's issuer, or cannot use it",
    Family.AUDIENCE_REFUSED: "the OIDC provider in AWS does not list the token's audience",
    Family.TOKEN_INVALID: "what was sent as the OIDC token is not a usable token",
    Family.TOKEN_EXPIRED: "the OIDC token had expired when it was used",
    Family.TOKEN_EMPTY: "an empty OIDC token was sent: the step was given none, or did not hand it on",
    Family.TOKEN_FILE_NOT_FOUND: "the file that should hold the OIDC token is not there",
    Family.ROLE_ARN_MISSING: "the login was not told which role to take",
    Family.ROLE_ARN_MALFORMED: "the role's ARN is not well formed",
    Family.NO_CREDENTIALS: "the tool found no credentials at all",
    Family.REGION_MISSING: "the tool was not told a region",
    Family.STATIC_KEYS: "other credentials than the OIDC login were used",
    Family.PROFILE_MISSING: "a profile was asked for that is not there",
    Family.SESSION_ARGUMENT: "the session's name or duration was refused",
    Family.AFTER_ASSUME: "the login worked, and a later call was refused",
    Family.CALL_REFUSED: "a call to the cloud was refused, and not whose call it was",
    Family.SESSION_EXPIRED: "the login worked, and its session ended before the work was done",
    Family.UNAVAILABLE: "a service was not available for a moment",
    Family.HIDDEN: "a tool failed to log in and hides the reason",
    Family.OTHER: "a cloud login failed",
}


#: What is known of the families is worded for AWS.
_OTHER_CLOUDS = {"azure": "Microsoft Entra (Azure)", "gcp": "Google Cloud"}


def seen_in(symptoms: Sequence[Symptom]) -> str:
    """One sentence about what the text shows; empty when it shows nothing known."""
    if not symptoms:
        return ""
    first = symptoms[0]
    if first.provider in _OTHER_CLOUDS:
        return f"The text shows that the login to {_OTHER_CLOUDS[first.provider]} failed."
    role = first.fields.get("role_arn")
    said = _SHOWN[first.family].replace(" {role}", f" {code(role)}" if role else "")
    return f"The text shows that {said}."


def not_seen(unread: Sequence[Unread], limit: int, names: int = 4) -> list[str]:
    """One line for each source that could not be read, with its remedy; at most `limit` lines.

    Sources that one reason and one remedy hold for share a line, which names at most `names` of them. What
    does not fit is named at the end of the last line.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for item in unread:
        sources = groups.setdefault((_bare(item.reason), _bare(item.remedy)), [])
        if item.source not in sources:
            sources.append(item.source)
    lines = [
        f"Could not see {_named(sources, names)}: {reason}. To change that: {remedy}."
        for (reason, remedy), sources in groups.items()
    ]
    if len(lines) <= limit:
        return lines
    # The first is always told with its remedy.
    kept = lines[: max(limit - 1, 1)]
    others = [source for sources in list(groups.values())[len(kept) :] for source in sources]
    rest = f"Could not see either: {_named(others, names)}; the proof says why."
    return [*kept, rest] if limit > 1 else [f"{kept[0]} {rest}"]


def _named(sources: Sequence[str], most: int) -> str:
    left = len(sources) - most
    return listed([*sources[:most], f"{left} more"] if left > 0 else list(sources))


def _bare(sentence: str) -> str:
    return sentence.strip().rstrip(".")
