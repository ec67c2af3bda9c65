"""What Google Cloud holds for a login from Bitbucket: a provider of a pool, and a service account's bindings.

https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from knowledge.frozen import dataclass

IMPERSONATE = "roles/iam.workloadIdentityUser"
ACTIVE = "ACTIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadProvider:
    """A provider as `gcloud iam workload-identity-pools providers describe` prints it.

    `name` is `projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`; `issuer` is
    None for a provider that is not of OIDC. `mapping` goes from `google.subject` or `attribute.NAME` to a
    CEL expression. `state` is `ACTIVE`, `DELETED`, ...; `own_keys` says that keys were uploaded. What is said
    of the pool is only so where the pool was read, too.
    """

    name: str
    issuer: str | None
    audiences: tuple[str, ...] = ()
    mapping: Mapping[str, str]
    condition: str | None = None
    state: str = ACTIVE
    disabled: bool = False
    own_keys: bool = False
    pool_state: str = ACTIVE
    pool_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """A role and the members that have it; `conditional` when an IAM condition limits it further, which is
    `condition` (CEL) where it was read."""

    role: str
    members: tuple[str, ...]
    conditional: bool = False
    condition: str = ""


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """The IAM policy of a service account; `email` is empty where the text did not say it. `disabled` is only
    known where the account itself was read."""

    email: str
    bindings: tuple[Binding, ...] = ()
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class GoogleChange:
    """What a fix makes of them; None leaves it as it is."""

    provider: WorkloadProvider | None = None
    policy: AccountPolicy | None = None


@dataclass(frozen=True, slots=True)
class ProviderPath:
    """The full name of a provider, taken apart."""

    project: str
    pool: str
    provider: str

    @property
    def name(self) -> str:
        return f"{self.pool_name}/providers/{self.provider}"

    @property
    def pool_name(self) -> str:
        return f"projects/{self.project}/locations/global/workloadIdentityPools/{self.pool}"

    @property
    def own_audiences(self) -> tuple[str, str]:
        """What Google takes as audience when a provider lists none."""
        return f"//iam.googleapis.com/{self.name}", f"https://iam.googleapis.com/{self.name}"


_PREFIX = r"(?:(?:https:)?//iam\.googleapis\.com/)?"
_POOL = (
    r"projects/(?P<project>[^/\s\"']{1,80})/locations/global/workloadIdentityPools/(?P<pool>[^/\s\"':]{1,80})"
)
#: Compiled at their first use: every command loads this module, and few cases are about Google Cloud.
_PATH = rf"{_PREFIX}{_POOL}/providers/(?P<provider>[\w-]{{1,80}})"


def provider_path(text: str) -> ProviderPath | None:
    """The provider that `text` is the full name of, with or without Google's host before it."""
    found = re.fullmatch(_PATH, text.strip())
    return ProviderPath(found["project"], found["pool"], found["provider"]) if found else None


def provider_path_in(text: str) -> ProviderPath | None:
    """The only provider that a text names; None when it names several, or none."""
    found = {(m["project"], m["pool"], m["provider"]) for m in re.finditer(_PATH, text)}
    return ProviderPath(*found.pop()) if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Member:
    """A federated member of a binding.

    `kind` is `subject`, `attribute`, `group` or `pool` (everybody in it); `key` is the attribute's name.
    `value` stands as written.
    """

    text: str
    project: str
    pool: str
    kind: str
    key: str = ""
    value: str = ""


_MEMBER = (
    rf"principal(?:Set)?://iam\.googleapis\.com/{_POOL}/"
    r"(?:(?P<all>\*)|subject/(?P<subject>.+)|group/(?P<group>.+)|attribute\.(?P<key>[^/]+)/(?P<value>.+))"
)


def member_of(text: str) -> Member | None:
    """The federated member that `text` writes; None for users, service accounts and what is malformed."""
    found = re.fullmatch(_MEMBER, text)
    if found is None:
        return None
    project, pool = found["project"], found["pool"]
    if found["all"]:
        return Member(text, project, pool, "pool")
    if found["subject"] is not None:
        return Member(text, project, pool, "subject", "", found["subject"])
    if found["group"] is not None:
        return Member(text, project, pool, "group", "", found["group"])
    return Member(text, project, pool, "attribute", found["key"], found["value"])


def principal_set(path: ProviderPath, key: str, value: str) -> str:
    """The member for all identities of the pool whose attribute has this value."""
    return f"principalSet://iam.googleapis.com/{path.pool_name}/attribute.{key}/{value}"
