"""A role as people copy it out of AWS: its trust policy alone, what `aws iam get-role` prints around it, and
the URL-encoded form of the API.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from knowledge.casefile import Role
from knowledge.json_text import JsonRefused, json_object
from knowledge.trust_policy import PolicyInvalid, parse_policy

#: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
_DEFAULT_SESSION_SECONDS = 3600
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_IAM_SAVES = 4_096
_LONGEST = 16 * _IAM_SAVES
_OF_A_ROLE = re.compile(r"arn:[\w-]+:iam::[^:\s]*:role/\S+")


class RoleRefused(ValueError):
    """The text cannot be used. The message is a sentence without its capital letter and its full stop."""


class PolicyLacking(RoleRefused):
    """There may be a role in the text, but no trust policy."""


def parse_role(text: str) -> Role:
    """The role; `arn` is empty where the text does not say it.

    Raises:
        RoleRefused: the text is no JSON, holds no policy, or one that IAM would not save.
    """
    found = _object(text, "the trust policy")
    role = found.get("Role", found)
    if not isinstance(role, Mapping):
        raise RoleRefused("`Role` must be an object, as `aws iam get-role` prints it")
    policy = role.get("AssumeRolePolicyDocument", None if "Role" in found else role)
    if isinstance(policy, str):
        policy = _object(policy, "`AssumeRolePolicyDocument`")
    if not isinstance(policy, Mapping):
        raise PolicyLacking("there is no `AssumeRolePolicyDocument` in it")
    if "Statement" not in policy:
        raise PolicyLacking("it has no `Statement`, so it is no trust policy")
    _bounded(policy)
    try:
        parse_policy(policy)
    except PolicyInvalid as error:
        raise RoleRefused(f"IAM would not save it as a trust policy: {str(error).rstrip('.')}") from None
    return Role(
        arn=_arn(role.get("Arn", "")),
        trust_policy=policy,
        max_session_seconds=_seconds(role.get("MaxSessionDuration", _DEFAULT_SESSION_SECONDS)),
        boundary_arn=_boundary(role.get("PermissionsBoundary")),
    )


def _object(text: str, what: str) -> dict[str, Any]:
    """The JSON object in a text, which the API's own answer carries URL-encoded (RFC 3986)."""
    bare = text.strip().strip('"')
    try:
        return json_object(unquote(bare) if bare[:3].upper() == "%7B" else text)
    except JsonRefused as refusal:
        raise RoleRefused(f"{what} {refusal}") from None


def _bounded(policy: Mapping[str, Any]) -> None:
    """Judging takes time for each statement, and what is far beyond IAM's own limit is no role's policy."""
    characters = len(json.dumps(policy, separators=(",", ":")))
    if characters > _LONGEST:
        raise RoleRefused(
            f"it has {characters:,} characters, and IAM saves no trust policy of more than {_IAM_SAVES:,}"
        )


def _arn(value: object) -> str:
    """The role's ARN; its account may be masked, but of another kind it belongs to something else."""
    if not isinstance(value, str) or (value and _OF_A_ROLE.fullmatch(value) is None):
        raise RoleRefused("`Arn` must be the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME")
    return value


def _seconds(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise RoleRefused("`MaxSessionDuration` must be a number of seconds")
    return value


def _boundary(value: object) -> str | None:
    arn = value.get("PermissionsBoundaryArn") if isinstance(value, Mapping) else None
    return arn if isinstance(arn, str) else None
