"""What AWS says of a role beside its trust policy: its permissions, a simulation, a login that failed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from knowledge.frozen import dataclass
from knowledge.reading import Unread


@dataclass(frozen=True, slots=True)
class RolePolicy:
    """A permission policy, or a boundary: its default version. `arn` is None for an inline policy."""

    name: str
    arn: str | None
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePolicies:
    """The policies of one role, attached and inline, and its permissions boundary.

    `role_arn` is empty where the role itself was not read: a session's name does not tell the role's path.
    `unread` are those whose text could not be had, so that nothing may be said to be missing in them;
    `boundary_unread` is set where the role has a boundary, or may have one, whose text could not be had.
    """

    role_arn: str
    policies: tuple[RolePolicy, ...]
    role_name: str = ""
    boundary: RolePolicy | None = None
    unread: tuple[Unread, ...] = ()
    boundary_unread: Unread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What IAM's own simulator says of one action on one resource.

    `decision` is `allowed`, `explicitDeny` or `implicitDeny`; `matched` names the policies whose statements
    decided; `boundary_allows` and `organisation_allows` are None where AWS does not say.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
    """

    decision: str
    matched: tuple[str, ...] = ()
    boundary_allows: bool | None = None
    organisation_allows: bool | None = None
    missing_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginEvent:
    """CloudTrail's record of one `AssumeRoleWithWebIdentity`: what AWS was shown, none of it computed.

    `matched` completes "taken because ...". `error_code` is None for a login that worked.
    """

    event_id: str
    region: str
    at: datetime
    role_arn: str
    provider_arn: str
    audience: str
    subject: str
    matched: str = ""
    request_id: str | None = None
    source_ip: str | None = None
    error_code: str | None = None
