"""What could not be seen, and what the text alone shows, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.reading import Unread
from knowledge.symptoms.model import Family, Symptom
from knowledge.words import code

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


def not_seen(unread: Sequence[Unread], limit: int) -> list[str]:
    """One line for each source that could not be read, with its remedy; at most `limit` lines."""
    lines = [
        f"Could not see {item.source}: {_bare(item.reason)}. To change that: {_bare(item.remedy)}."
        for item in unread
    ]
    if len(lines) <= limit:
        return lines
    kept = lines[: limit - 1]
    others = ", ".join(item.source for item in unread[limit - 1 :])
    return [*kept, f"Could not see either: {others}."]


def _bare(sentence: str) -> str:
    return sentence.strip().rstrip(".")
