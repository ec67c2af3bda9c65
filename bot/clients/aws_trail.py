"""Reads CloudTrail's records of one role's logins: what AWS was shown when it refused one.

Event history needs no trail; records come some minutes late, and lie in the region of the STS endpoint.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.clients.aws_errors import unintelligible
from knowledge.aws_readings import LoginEvent

LOGIN = "AssumeRoleWithWebIdentity"
_MOST = 50
_LONGEST = 40_000
"""Characters of one record; real ones have some thousands."""


def asked_for(role_arn: str, since: datetime | None) -> dict[str, Any]:
    """The arguments of the one call: the newest records that name the role."""
    asked: dict[str, Any] = {
        "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": role_arn}],
        "MaxResults": _MOST,
    }
    if since is not None:
        # A clock of theirs and one of ours may differ by as much as AWS lets a token's.
        asked["StartTime"] = since.astimezone(UTC) - timedelta(minutes=5)
    return asked


def login_events(answer: Mapping[str, Any], region: str) -> tuple[LoginEvent, ...]:
    """The logins by web identity among the records, the newest first; a record of another shape is none.

    Raises:
        SourceMalformed: the answer is no list of records.
    """
    records = answer.get("Events")
    if not isinstance(records, list):
        raise unintelligible()
    found = (_event(record, region) for record in records if isinstance(record, Mapping))
    return tuple(event for event in found if event is not None)


def _event(record: Mapping[str, Any], region: str) -> LoginEvent | None:
    text, at = record.get("CloudTrailEvent"), record.get("EventTime")
    if record.get("EventName") != LOGIN or not isinstance(at, datetime):
        return None
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    who = said.get("userIdentity") if isinstance(said, Mapping) else None
    if not isinstance(who, Mapping):
        return None
    provider, subject, shown = (
        _text(who.get(key)) for key in ("identityProvider", "userName", "principalId")
    )
    asked = said.get("requestParameters")
    role = _text(asked.get("roleArn")) if isinstance(asked, Mapping) else ""
    head, tail = f"{provider}:", f":{subject}"
    # An audience and a subject hold colons themselves, so only the known ends tell the parts apart.
    if not (provider and subject and shown.startswith(head) and shown.endswith(tail)):
        return None
    return LoginEvent(
        event_id=_text(record.get("EventId")),
        region=region,
        at=at,
        role_arn=role,
        provider_arn=provider,
        audience=shown[len(head) : len(shown) - len(tail)],
        subject=subject,
        request_id=_text(said.get("requestID")) or None,
        source_ip=_text(said.get("sourceIPAddress")) or None,
        error_code=_text(said.get("errorCode")) or None,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
