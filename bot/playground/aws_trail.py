"""The stand-in's CloudTrail: records of logins, one region a call, two calls a second.

The protocol is AWS's JSON one: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.playground.aws_answers import AwsError

_A_SECOND = 2
TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleLogin:
    """A refused login as CloudTrail has it: `at` in seconds since 1970."""

    region: str
    at: float
    role_arn: str
    provider_arn: str
    audience: str
    subject: str
    request_id: str
    source_ip: str = "203.0.113.10"
    error_code: str | None = "AccessDenied"

    @property
    def event(self) -> dict[str, Any]:
        """As `CloudTrailEvent` holds it."""
        return {
            "eventVersion": "1.08",
            "eventSource": "sts.amazonaws.com",
            "eventName": "AssumeRoleWithWebIdentity",
            "userIdentity": {
                "type": "WebIdentityUser",
                "principalId": f"{self.provider_arn}:{self.audience}:{self.subject}",
                "userName": self.subject,
                "identityProvider": self.provider_arn,
            },
            **(
                {"errorCode": self.error_code, "errorMessage": "An unknown error occurred"}
                if self.error_code
                else {}
            ),
            "requestParameters": {"roleArn": self.role_arn},
            "requestID": self.request_id,
            "sourceIPAddress": self.source_ip,
            "readOnly": True,
        }


class Trail:
    """The records of one account."""

    def __init__(self) -> None:
        self.logins: list[ExampleLogin] = []
        self._asked: dict[str, list[float]] = defaultdict(list)

    def look_up(self, region: str, asked: Mapping[str, Any]) -> web.Response:
        """The newest records of one region that name the resource.

        Raises:
            AwsError: more than two calls a second, or not exactly one attribute.
        """
        now = time.monotonic()
        recent = [at for at in self._asked[region] if now - at < 1]
        self._asked[region] = [*recent, now]
        if len(recent) >= _A_SECOND:
            raise AwsError(400, "ThrottlingException", "Rate exceeded")
        wanted = asked.get("LookupAttributes")
        if not isinstance(wanted, list) or len(wanted) != 1 or not 1 <= asked.get("MaxResults", 50) <= 50:
            raise AwsError(400, "InvalidLookupAttributesException", "You can specify one attribute.")
        since = asked.get("StartTime", 0)
        found = [
            one
            for one in sorted(self.logins, key=lambda one: -one.at)
            if one.region == region and one.role_arn == wanted[0].get("AttributeValue") and one.at >= since
        ]
        events = [
            {
                "EventId": str(uuid.uuid4()),
                "EventName": "AssumeRoleWithWebIdentity",
                "EventTime": one.at,
                "CloudTrailEvent": json.dumps(one.event),
            }
            for one in found[: asked.get("MaxResults", 50)]
        ]
        return _json(200, {"Events": events})


def refused(refusal: AwsError) -> web.Response:
    """An error in AWS's JSON protocol."""
    return _json(refusal.status, {"__type": refusal.code, "message": refusal.message})


def _json(status: int, body: Mapping[str, Any]) -> web.Response:
    return web.Response(
        text=json.dumps(body), status=status, headers={"Content-Type": "application/x-amz-json-1.1"}
    )
