"""The request that a trust policy judges: who asks, and the condition keys that AWS fills for it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any

from knowledge.frozen import dataclass
from knowledge.trust_values import OneOf, Value, fits, texts_of, wildcards

ACTION = "sts:assumerolewithwebidentity"

#: Claims of a generic OIDC provider that AWS offers as condition keys.
CLAIM_KEYS = ("aud", "oaud", "sub", "email", "amr")

#: Filled at every call; the value is known only where somebody hands it over.
_ALWAYS = (
    "aws:currenttime",
    "aws:epochtime",
    "aws:useragent",
    "aws:requestedregion",
    "sts:rolesessionname",
)
#: Filled by the way that the call takes: an address of the internet, or a network of AWS.
_PUBLIC = ("aws:sourceip",)
_PRIVATE = ("aws:vpcsourceip", "aws:sourcevpce", "aws:sourcevpc")
#: Filled from session tags or a source identity, which Bitbucket's token does not carry, or by browsers.
NOT_BITBUCKETS = ("aws:requesttag/", "aws:tagkeys", "sts:sourceidentity", "aws:referer")
_PRESENT = frozenset(
    {*_ALWAYS, *_PUBLIC, *_PRIVATE, *NOT_BITBUCKETS, "aws:securetransport", "aws:federatedprovider"}
)
_NOT_GIVEN: Mapping[str, Value] = {
    **dict.fromkeys((*_ALWAYS, *_PUBLIC, *_PRIVATE)),
    # STS takes no call without TLS.
    "aws:securetransport": "true",
}
_ARN = re.compile(r"arn:(?P<partition>[\w-]*):iam::(?P<account>[^:]*):oidc-provider/(?P<path>.+)", re.DOTALL)
_DEFAULT_AUDIENCE = re.compile(r"ari:cloud:bitbucket::workspace/([0-9a-f-]{36})")


class KeyKind(StrEnum):
    """What AWS makes of a condition key at this call."""

    CLAIM = "claim"
    """A claim of this provider that AWS offers."""
    CLAIM_NEVER = "claim-never"
    """A claim of this provider that AWS does not offer."""
    OTHER_PROVIDER = "other-provider"
    """A claim of another provider, or of this one with its name written otherwise."""
    REQUEST = "request"
    """A key of the request itself, which AWS fills."""
    NEVER = "never"
    """A key about an AWS principal; there is none yet at this call. Or no key of AWS at all."""


@dataclass(frozen=True, slots=True)
class Request:
    """`keys` in lower case. `prefix` is the provider's URL without `https://`, as written."""

    provider_arn: str | None
    prefix: str
    keys: Mapping[str, Value]
    claims: Mapping[str, Any]

    @property
    def workspace_uuid(self) -> str | None:
        """With braces, lower case, where the claims tell it."""
        return workspace_uuid_in(self.claims)

    def is_filled(self, key: str) -> bool:
        """Whether AWS fills this key (in lower case) for certain, also where its value is not known."""
        return key in _ALWAYS or (key.endswith((":sub", ":aud")) and key[:-4] == self.prefix.lower())

    def kind_of(self, key: str) -> KeyKind:
        """What AWS makes of this key (in lower case) here."""
        return _kind(key, self.prefix.lower())


@lru_cache(maxsize=1024)
def _kind(key: str, prefix: str) -> KeyKind:
    head, colon, name = key.rpartition(":")
    if colon and prefix and head == prefix:
        return KeyKind.CLAIM if name in CLAIM_KEYS else KeyKind.CLAIM_NEVER
    if key in _PRESENT or key.startswith("aws:requesttag/"):
        return KeyKind.REQUEST
    if head in ("aws", "sts") or "/" not in head:
        bare = head in ("aws", "sts") or "." not in head
        return KeyKind.NEVER if bare else KeyKind.OTHER_PROVIDER
    return KeyKind.OTHER_PROVIDER


@lru_cache(maxsize=512)
def covers_login(action: str) -> bool:
    """Whether an action of a policy, wildcards and all, includes the exchange of a token."""
    return covers(action, ACTION)


def covers(action: str, wanted: str) -> bool:
    """Whether an action of a policy, wildcards and all, includes another; capitals do not count."""
    return fits(wildcards(action.lower()), wanted.lower()) is True


@lru_cache(maxsize=512)
def provider_path(arn: str) -> str | None:
    """The provider's URL without its scheme, from its ARN; None when the text is no such ARN."""
    match = _ARN.fullmatch(arn)
    return match["path"] if match else None


def account_of(arn: str) -> str | None:
    """The account number of any ARN, None when it has none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[0] == "arn" and parts[4] else None


def request_for(
    claims: Mapping[str, Any], provider_arn: str | None, issuer_path: str, context: Mapping[str, Any]
) -> Request:
    """Collect the keys of one request.

    A claim that is None is there with an unknown value; one that is not in the mapping is absent. What AWS
    fills of the request itself is unknown where `context` does not say it. `aud` is the token's `azp` where
    it has one, and `oaud` then its `aud`.
    """
    prefix = (provider_path(provider_arn) if provider_arn else None) or issuer_path
    head = prefix.lower()
    keys: dict[str, Value] = dict(_NOT_GIVEN)
    for name in ("sub", "email", "amr", "aud"):
        if name in claims:
            keys[f"{head}:{name}"] = request_value(claims[name])
    if "aud" in claims:
        keys[f"{head}:oaud"] = keys[f"{head}:aud"]
    if "azp" in claims:
        keys[f"{head}:aud"] = request_value(claims["azp"])
    if provider_arn:
        keys["aws:federatedprovider"] = provider_arn
    if not context:
        return Request(provider_arn, prefix, keys, claims)
    for name, value in context.items():
        keys[name.lower()] = request_value(value)
    if keys["aws:sourceip"] is not None:
        _drop_unknown(keys, _PRIVATE)
    elif any(keys[name] is not None for name in _PRIVATE):
        _drop_unknown(keys, _PUBLIC)
    return Request(provider_arn, prefix, keys, claims)


def _drop_unknown(keys: dict[str, Value], names: tuple[str, ...]) -> None:
    """A call takes one way, so what belongs to the other is absent."""
    for name in names:
        if keys[name] is None:
            del keys[name]


def workspace_uuid_in(claims: Mapping[str, Any]) -> str | None:
    """The workspace's UUID with braces: a claim of its own, else part of the default audience."""
    named = claims.get("workspaceUuid")
    if isinstance(named, str):
        return named.lower()
    for text in texts_of(request_value(claims.get("aud"))):
        match = _DEFAULT_AUDIENCE.fullmatch(text)
        if match:
            return "{" + match[1] + "}"
    return None


def request_value(value: object) -> Value:
    """A JSON value as the value of a request key; what has no text counts as unknown."""
    if value is None or isinstance(value, str | OneOf):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        texts = [request_value(item) for item in value]
        return tuple(text for text in texts if isinstance(text, str))
    return None
