"""A provider and a service account's policy out of what `gcloud … --format=json`, or the API, prints.

https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers
https://cloud.google.com/iam/docs/reference/rest/v1/Policy
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from knowledge.gcp_setup import ACTIVE, AccountPolicy, Binding, WorkloadProvider, provider_path


class SetupUnreadableError(ValueError):
    """The object is not what it was handed over as; the message is a sentence that says what to do."""


def read_provider(found: Mapping[str, Any]) -> WorkloadProvider:
    """The provider that the object describes.

    Raises:
        SetupUnreadableError: it has no name of a provider, or a field of another kind than the API's.
    """
    name = _text(found, "name")
    if provider_path(name) is None:
        raise SetupUnreadableError(
            "`name` must be the full name of a provider; give what `gcloud iam workload-identity-pools "
            "providers describe PROVIDER --format=json` prints"
        )
    oidc = found.get("oidc")
    if oidc is not None and not isinstance(oidc, Mapping):
        raise SetupUnreadableError("`oidc` must be an object")
    mapping = found.get("attributeMapping") or {}
    if not isinstance(mapping, Mapping) or not all(isinstance(text, str) for text in mapping.values()):
        raise SetupUnreadableError("`attributeMapping` must be an object of texts")
    audiences = (oidc or {}).get("allowedAudiences") or []
    if not isinstance(audiences, list) or not all(isinstance(item, str) for item in audiences):
        raise SetupUnreadableError("`allowedAudiences` must be a list of texts")
    return WorkloadProvider(
        name=name,
        issuer=_text(oidc, "issuerUri") if oidc else None,
        audiences=tuple(audiences),
        mapping={str(key): text for key, text in mapping.items()},
        condition=_text(found, "attributeCondition") or None,
        state=_text(found, "state") or ACTIVE,
        disabled=found.get("disabled") is True,
        own_keys=bool((oidc or {}).get("jwksJson")),
    )


def read_policy(found: Mapping[str, Any]) -> AccountPolicy:
    """The policy that the object describes. It does not say of itself whose it is.

    Raises:
        SetupUnreadableError: it is no IAM policy.
    """
    bindings = found.get("bindings", [] if "etag" in found else None)
    if not isinstance(bindings, list):
        raise SetupUnreadableError(
            "there are no `bindings` in it; give what `gcloud iam service-accounts get-iam-policy "
            "SERVICE_ACCOUNT --format=json` prints"
        )
    return AccountPolicy("", tuple(_bindings(bindings)))


def _bindings(found: list[Any]) -> Iterator[Binding]:
    for item in found:
        members = item.get("members", []) if isinstance(item, Mapping) else None
        if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
            raise SetupUnreadableError("each of the `bindings` must have a `role` and a list of `members`")
        condition = item.get("condition")
        expression = condition.get("expression", "") if isinstance(condition, Mapping) else ""
        yield Binding(
            _text(item, "role"),
            tuple(members),
            condition is not None,
            expression if isinstance(expression, str) else "",
        )


def _text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key, "")
    if not isinstance(value, str):
        raise SetupUnreadableError(f"`{key}` must be a text")
    return value
