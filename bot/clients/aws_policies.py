"""Reads the permission policies of a role, its boundary, and what IAM's simulator says.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html and its neighbours
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from bot.clients.aws_errors import unintelligible
from bot.errors import SourceError
from knowledge.aws_readings import RolePolicies, RolePolicy, Simulation
from knowledge.reading import Unread

T = TypeVar("T")

#: Runs one call of an IAM client; the first argument is the permission that it needs.
Ask = Callable[[str, Callable[[Any], dict[str, Any]]], Awaitable[dict[str, Any]]]

_PAGES = 3
"""Pages of a list; a role has 20 attached policies at most, and seldom more than a few of its own."""
_DOCUMENTS = 12
"""Policies whose text is read for one question."""


async def role_policies(ask: Ask, name: str) -> RolePolicies:
    """The role's policies, attached and inline, without its boundary; what could not be had is named.

    Raises:
        SourceNotFound: there is no such role.
        SourceError: neither list could be read.
    """
    attached, inline = await asyncio.gather(
        outcome(_all(ask, "iam:ListAttachedRolePolicies", "AttachedPolicies", name)),
        outcome(_all(ask, "iam:ListRolePolicies", "PolicyNames", name)),
    )
    if isinstance(attached, SourceError) and isinstance(inline, SourceError):
        raise attached
    unread: list[Unread] = []
    readings: list[tuple[str, Callable[[], Awaitable[RolePolicy]]]] = []
    if isinstance(inline, SourceError):
        unread.append(inline.unread(f"the inline policies of the role {name}"))
    else:
        readings += [(str(one), partial(_inline, ask, name, str(one))) for one in inline]
    if isinstance(attached, SourceError):
        unread.append(attached.unread(f"the policies attached to the role {name}"))
    else:
        arns = [str(one.get("PolicyArn", "")) for one in attached if isinstance(one, Mapping)]
        readings += [(arn.rpartition("/")[2], partial(managed_policy, ask, arn)) for arn in arns]
    for left_out, _ in readings[_DOCUMENTS:]:
        unread.append(
            Unread(
                f"the policy {left_out}",
                f"the role has more than {_DOCUMENTS} policies",
                "look there by hand: IAM > Roles > Permissions",
            )
        )
    found = await asyncio.gather(*(outcome(reading()) for _, reading in readings[:_DOCUMENTS]))
    policies: list[RolePolicy] = []
    for (label, _), one in zip(readings, found, strict=False):
        if isinstance(one, SourceError):
            unread.append(one.unread(f"the policy {label}"))
        else:
            policies.append(one)
    return RolePolicies(role_arn="", role_name=name, policies=tuple(policies), unread=tuple(unread))


async def managed_policy(ask: Ask, arn: str) -> RolePolicy:
    """A managed policy in its default version; AWS's own are read the same way.

    Raises:
        SourceError: it could not be read.
    """
    answer = await ask("iam:GetPolicy", lambda iam: iam.get_policy(PolicyArn=arn))
    policy = answer.get("Policy")
    version = policy.get("DefaultVersionId") if isinstance(policy, Mapping) else None
    if not isinstance(version, str):
        raise unintelligible()
    got = await ask(
        "iam:GetPolicyVersion", lambda iam: iam.get_policy_version(PolicyArn=arn, VersionId=version)
    )
    held = got.get("PolicyVersion")
    document = held.get("Document") if isinstance(held, Mapping) else None
    return RolePolicy(arn.rpartition("/")[2], arn, _document(document))


async def _inline(ask: Ask, role: str, name: str) -> RolePolicy:
    answer = await ask("iam:GetRolePolicy", lambda iam: iam.get_role_policy(RoleName=role, PolicyName=name))
    return RolePolicy(name, None, _document(answer.get("PolicyDocument")))


def _document(value: object) -> Mapping[str, Any]:
    """boto3 decodes a policy where it can, and leaves it a text where it cannot."""
    if not isinstance(value, Mapping):
        raise unintelligible()
    return value


async def _all(ask: Ask, permission: str, member: str, role: str) -> list[Any]:
    """A whole list, page by page."""
    method = {"AttachedPolicies": "list_attached_role_policies", "PolicyNames": "list_role_policies"}[member]
    found: list[Any] = []
    page: dict[str, str] = {}
    for _ in range(_PAGES):
        answer = await ask(permission, partial(_page, method, {"RoleName": role, **page}))
        items = answer.get(member)
        if not isinstance(items, list):
            raise unintelligible()
        found += items
        if not answer.get("IsTruncated") or not answer.get("Marker"):
            return found
        page = {"Marker": str(answer["Marker"])}
    # What is on further pages is unknown, and must not count as not there.
    raise unintelligible()


def _page(method: str, arguments: dict[str, str], iam: Any) -> dict[str, Any]:
    answer: dict[str, Any] = getattr(iam, method)(**arguments)
    return answer


async def simulation(ask: Ask, role_arn: str, action: str, resource: str | None) -> Simulation:
    """What IAM's simulator decides for one action; it takes the boundary and the organisation into account.

    Raises:
        SourceError: it did not say.
    """
    about = {"ResourceArns": [resource]} if resource and resource != "*" else {}
    answer = await ask(
        "iam:SimulatePrincipalPolicy",
        lambda iam: iam.simulate_principal_policy(PolicySourceArn=role_arn, ActionNames=[action], **about),
    )
    results = answer.get("EvaluationResults")
    if not isinstance(results, list) or not results or not isinstance(results[0], Mapping):
        raise unintelligible()
    first = results[0]
    boundary = first.get("PermissionsBoundaryDecisionDetail") or {}
    organisation = first.get("OrganizationsDecisionDetail") or {}
    names = [
        str(one["SourcePolicyId"]) for one in first.get("MatchedStatements", ()) if one.get("SourcePolicyId")
    ]
    return Simulation(
        decision=str(first.get("EvalDecision", "")),
        matched=tuple(dict.fromkeys(names)),
        boundary_allows=boundary.get("AllowedByPermissionsBoundary"),
        organisation_allows=organisation.get("AllowedByOrganizations"),
        missing_keys=tuple(str(key) for key in first.get("MissingContextValues", ())),
    )


async def outcome(reading: Awaitable[T]) -> T | SourceError:
    """What was read, or why it was not: for readings of which one may fail without the others."""
    try:
        return await reading
    except SourceError as error:
        return error
