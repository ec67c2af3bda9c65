"""Is a changed trust policy a cure? It must let this step in, in every run, and nobody it need not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from knowledge.claims import Claims
from knowledge.trust import evaluate
from knowledge.trust_policy import PolicyInvalid, parse_policy
from knowledge.trust_reasons import tidied
from knowledge.trust_request import provider_path
from knowledge.trust_values import Pattern, Value
from knowledge.trust_width import Opening

_OTHER = "{0badc0de-1111-4111-8111-0123456789ab}"
_OTHER_WORKSPACE = "rolecall-no-such-workspace"
_WORKSPACE = re.compile(r"(?<=/workspaces/)[^/]+(?=/)")
_UUID = re.compile(r"\{[0-9a-f-]{36}\}")


def fix_holds(before: Mapping[str, Any], after: Mapping[str, Any], claims: Claims, provider_arn: str) -> bool:
    """Whether `after` allows this step now and in another run, and lets in nobody new.

    Tried as strangers: another repository, each repository that `after` names, another workspace, another
    audience; where `before` limited the environment also another environment and a step without one. They
    stay denied unless `before` allowed them. False as well when a value that decides it is not known, or
    when `after` earns a warning that `before` did not.
    """
    if not _allows(after, claims.values, provider_arn):
        return False
    if not _allows(after, {**claims.values, "sub": _next_run(claims)}, provider_arn):
        return False
    if _warnings(after, claims, provider_arn) - _warnings(before, claims, provider_arn):
        return False
    return not any(
        _may_allow(after, token, arn) and not _allows(before, token, arn)
        for token, arn in (
            *_strangers(before, claims, provider_arn),
            *_named_strangers(after, claims, provider_arn),
        )
    )


def _warnings(policy: Mapping[str, Any], claims: Claims, arn: str) -> frozenset[Opening]:
    return frozenset(evaluate(policy, claims.values, provider_arn=arn, context=_CONTEXT).openings)


def _named_strangers(
    policy: Mapping[str, Any], claims: Claims, arn: str
) -> list[tuple[dict[str, Value], str]]:
    """A token of each other repository that the policy names."""
    named = {value.split(":")[0] for value in _values(policy, "sub")}
    others = sorted(uuid for uuid in named if _UUID.fullmatch(uuid) and uuid != claims.repository_uuid)
    return [({**claims.values, "sub": Pattern(f"{uuid}:*")}, arn) for uuid in others]


def _allows(policy: Mapping[str, Any], token: Mapping[str, Any], arn: str) -> bool:
    return evaluate(policy, token, provider_arn=arn, context=_CONTEXT).decision == "allowed"


def _may_allow(policy: Mapping[str, Any], token: Mapping[str, Any], arn: str) -> bool:
    return evaluate(policy, token, provider_arn=arn, context=_CONTEXT).decision in ("allowed", "undetermined")


#: Keys that AWS fills with values of its own at every call.
_CONTEXT: Mapping[str, Any] = {"aws:SecureTransport": "true"}


def _next_run(claims: Claims) -> Value:
    """The subject with the step's UUID unknown."""
    sub = claims.values.get("sub")
    if not isinstance(sub, str) or not sub.startswith("{"):
        return sub
    return Pattern(f"{sub.rpartition(':')[0]}:*")


def _strangers(
    before: Mapping[str, Any], claims: Claims, provider_arn: str
) -> list[tuple[dict[str, Value], str]]:
    own = dict(claims.values)
    home = claims.repository_uuid or "{*}"
    environment = claims.environment_uuid or _OTHER
    found: list[tuple[dict[str, Value], str]] = [
        ({**own, "sub": Pattern(f"{_OTHER}:*")}, provider_arn),
        ({**own, "sub": Pattern(f"{_OTHER}:{environment}:*")}, provider_arn),
    ]
    path = provider_path(provider_arn)
    if path and _WORKSPACE.search(path):
        elsewhere = _WORKSPACE.sub(_OTHER_WORKSPACE, path)
        audience = f"ari:cloud:bitbucket::workspace/{_OTHER.strip('{}')}"
        token: dict[str, Value] = {**own, "iss": f"https://{elsewhere}", "aud": audience}
        arn = provider_arn.removesuffix(path) + elsewhere
        found += [(token, arn), ({**token, "sub": Pattern(f"{_OTHER}:*")}, arn)]
    if _limits(before, "aud"):
        found.append(({**own, "aud": "https://another-audience.example"}, provider_arn))
    if limits_environment(before, claims):
        found.append(({**own, "sub": Pattern(f"{home}:{_OTHER}:*")}, provider_arn))
        found.append(({**own, "sub": Pattern(f"{home}:*")}, provider_arn))
    return [item for item in found if item[0] != own]


def _values(policy: Mapping[str, Any], claim: str) -> list[str]:
    try:
        statements = parse_policy(policy).statements
    except PolicyInvalid:
        return []
    return [
        value
        for statement in statements
        for condition in statement.conditions
        if condition.key.lower().endswith(f":{claim}")
        for value in condition.values
    ]


def _limits(policy: Mapping[str, Any], claim: str) -> bool:
    return bool(_values(policy, claim))


def limits_environment(policy: Mapping[str, Any], claims: Claims) -> bool:
    """Whether some subject of the policy names an environment, typing slips aside."""
    for value in _values(policy, "sub"):
        parts = tidied(value)[0].split(":")
        if len(parts) > 2 and _UUID.fullmatch(parts[1]) and parts[1] != claims.repository_uuid:
            return True
        environment = claims.environment_uuid
        if len(parts) == 2 and environment is not None and parts[1].rstrip("*") == environment:
            return True
    return False
