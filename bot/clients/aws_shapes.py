"""IAM's answers as plain values. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.clients.aws_errors import unintelligible
from knowledge.casefile import OidcProvider, Role

_PROVIDER = re.compile(r"arn:aws[\w-]*:iam::\d{12}:oidc-provider/(?P<url>.+)\Z")


def role_of(answer: Mapping[str, Any]) -> Role:
    role = answer.get("Role") or {}
    arn, policy = role.get("Arn"), role.get("AssumeRolePolicyDocument")
    if not arn or not isinstance(policy, Mapping):
        raise unintelligible()
    boundary = role.get("PermissionsBoundary") or {}
    return Role(
        arn=str(arn),
        trust_policy=policy,
        max_session_seconds=int(role.get("MaxSessionDuration") or 3600),
        boundary_arn=boundary.get("PermissionsBoundaryArn"),
    )


def provider_of(arn: str, answer: Mapping[str, Any]) -> OidcProvider:
    ids = tuple(str(item) for item in answer.get("ClientIDList", ()))
    return OidcProvider(arn, str(answer.get("Url", "")).removeprefix("https://"), ids)


def listed_provider(arn: str) -> OidcProvider:
    """A provider of which only the ARN is known; its URL is the ARN's end."""
    found = _PROVIDER.match(arn)
    return OidcProvider(arn, found["url"] if found else "", None)
