"""The files of `--trust-policy` and `--claims`: what a person copies out of AWS, and out of a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.offline_files import InputProblem, parse_json_object
from knowledge.casefile import Role
from knowledge.role_document import RoleRefused, parse_role

_CONTEXT = ("aws:", "sts:")
_TEXTS = ("iss", "sub", "azp")
_BITBUCKET = "https://api.bitbucket.org/"


def read_role(text: str, name: str) -> Role:
    """A role from its trust policy, or from what `aws iam get-role` prints; URL-encoded or not.

    `arn` is empty where the text does not say it. `name` is the file's, for messages.

    Raises:
        InputProblem: the text is no JSON, holds no policy, or one that IAM would not save.
    """
    try:
        return parse_role(text)
    except RoleRefused as refusal:
        raise InputProblem(f"{name}: {refusal}") from None


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
