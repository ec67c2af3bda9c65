"""The files of `--trust-policy` and `--claims`: what a person copies out of AWS, and out of a token."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from bot.offline_files import InputProblem, parse_json_object
from knowledge.casefile import Role
from knowledge.trust_policy import PolicyInvalid, parse_policy

_CONTEXT = ("aws:", "sts:")
_TEXTS = ("iss", "sub", "azp")
_BITBUCKET = "https://api.bitbucket.org/"
#: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
_DEFAULT_SESSION_SECONDS = 3600
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_IAM_SAVES = 4_096
_OF_A_ROLE = re.compile(r"arn:[\w-]+:iam::[^:\s]*:role/\S+")
_LONGEST = 16 * _IAM_SAVES


def read_role(text: str, name: str) -> Role:
    """A role from its trust policy, or from what `aws iam get-role` prints; URL-encoded or not.

    `arn` is empty where the text does not say it. `name` is the file's, for messages.

    Raises:
        InputProblem: the text is no JSON, holds no policy, or one that IAM would not save.
    """
    found = parse_json_object(_decoded(text), f"{name}: the trust policy")
    role = found.get("Role", found)
    if not isinstance(role, Mapping):
        raise InputProblem(f"{name}: `Role` must be an object, as `aws iam get-role` prints it")
    policy = role.get("AssumeRolePolicyDocument", None if "Role" in found else role)
    if isinstance(policy, str):
        policy = parse_json_object(_decoded(policy), f"{name}: `AssumeRolePolicyDocument`")
    if not isinstance(policy, Mapping):
        raise InputProblem(f"{name}: there is no `AssumeRolePolicyDocument` in it")
    _bounded(policy, name)
    try:
        parse_policy(policy)
    except PolicyInvalid as error:
        raise InputProblem(f"{name} is no trust policy that IAM would save: {error}") from None
    boundary = role.get("PermissionsBoundary")
    seconds = role.get("MaxSessionDuration", _DEFAULT_SESSION_SECONDS)
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise InputProblem(f"{name}: `MaxSessionDuration` must be a number of seconds")
    return Role(
        arn=_arn(role.get("Arn", ""), name),
        trust_policy=policy,
        max_session_seconds=seconds,
        boundary_arn=boundary.get("PermissionsBoundaryArn") if isinstance(boundary, Mapping) else None,
    )


def _arn(value: object, name: str) -> str:
    """The role's ARN; its account may be masked, but of another kind it belongs to something else."""
    if not isinstance(value, str) or (value and _OF_A_ROLE.fullmatch(value) is None):
        raise InputProblem(f"{name}: `Arn` must be the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME")
    return value


def _bounded(policy: Mapping[str, Any], name: str) -> None:
    """Judging takes time for each statement, and what is far beyond IAM's own limit is no role's policy."""
    characters = len(json.dumps(policy, separators=(",", ":")))
    if characters > _LONGEST:
        raise InputProblem(
            f"{name} has {characters:,} characters, and IAM saves no trust policy of more than {_IAM_SAVES:,}"
        )


def _decoded(text: str) -> str:
    """The API's own answer carries the policy URL-encoded (RFC 3986)."""
    bare = text.strip().strip('"')
    return unquote(bare) if bare[:3].upper() == "%7B" else text


def read_claims(text: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The token's claims, and the keys of the request (`aws:SourceIp`) that stand beside them.

    What is null is not known.

    Raises:
        InputProblem: the text is no JSON object, or a claim that decides or a request's key has a value that
            it cannot have.
    """
    found = parse_json_object(text, f"{name}: the claims")
    context = {key: value for key, value in found.items() if key.lower().startswith(_CONTEXT)}
    claims = {key: value for key, value in found.items() if key not in context}
    for claim in _TEXTS:
        if not isinstance(claims.get(claim), str | None):
            raise InputProblem(f"{name}: the claim `{claim}` must be a text")
    if not _is_text_or_texts(claims.get("aud")):
        raise InputProblem(f"{name}: the claim `aud` must be a text or a list of texts")
    for key, value in context.items():
        if not (isinstance(value, bool | int | float) or _is_text_or_texts(value)):
            raise InputProblem(f"{name}: {key[:80]!r} must be a text, a number or a list of texts")
    return claims, context


def _is_text_or_texts(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, str | None)


def other_issuer(claims: Mapping[str, Any]) -> str | None:
    """The issuer of claims that no step of Bitbucket carries; None where they may be a step's."""
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) and not issuer.startswith(_BITBUCKET) else None
