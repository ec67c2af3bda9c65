"""What lets a refused call of a role through: one statement, that action on that resource, tried first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from knowledge.aws_permissions import Clause, Decision, Permission, permission
from knowledge.aws_readings import RolePolicies, RolePolicy
from knowledge.finding import Fix, Surface
from knowledge.permissions import ASSUME, ORGANISATION, Refusal
from knowledge.roles import ROLE_ARN
from knowledge.words import code

_VERIFY = "Run the step again; leave `oidc`, the token and the trust policy as they are."
#: These take no ARN: https://github.com/awsdocs/amazon-ecr-user-guide/pull/19
_WITHOUT_RESOURCE = frozenset({"ecr:GetAuthorizationToken"})
_HINTS = {
    "s3:ListBucket": "It is allowed on the ARN of the bucket, without `/*` at its end.",
    "s3:PutObjectAcl": "It is asked for only when an ACL is passed: leave the ACL out where none is meant.",
}
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}")
_ARN_OF_RESOURCE = "ARN_OF_THE_RESOURCE"
_UNSURE = (Decision.ALLOWED, Decision.UNDETERMINED)


def permission_fixes(
    said: Refusal, read: RolePolicies | None = None, found: Permission | None = None
) -> tuple[Fix, ...]:
    """The changes that are needed, the first obstacle first.

    `said` is what the text tells; `read` the role's policies and `found` what they come to, where they were
    read. An Allow is of no use before a Deny or a boundary that stands in its way is changed.
    """
    denied = found is not None and found.decision is Decision.DENIED
    if said.explicit or denied:
        return (_narrow(said, found.clause if found is not None and denied else None),)
    bounded = found is not None and found.bounds is Decision.BOUNDARY
    if bounded or "boundary" in said.kind:
        widened = _widen(said, read)
        lacking = found is not None and found.identity is Decision.MISSING
        return (widened, _allow(said, _without_boundary(read))) if lacking else (widened,)
    if not said.own:
        return (_elsewhere(said),)
    if found is not None and found.decision is Decision.ALLOWED:
        return (_look_above(said),)
    return (_allow(said, read),)


def _narrow(said: Refusal, clause: Clause | None) -> Fix:
    return Fix(
        title="Change the policy that refuses the call",
        surface=Surface.ROLE_PERMISSIONS,
        steps=tuple(_narrowed(said, clause)),
        verify=_VERIFY,
    )


def _narrowed(said: Refusal, clause: Clause | None) -> Iterator[str]:
    if said.remedy == ORGANISATION:
        yield said.remedy
    if clause is not None:
        whose = f"statement {clause.index} of {named(clause.policy, boundary=clause.boundary)}"
        arn = clause.policy.arn
    else:
        whose, arn = said.kind or "the policy", said.policy_arn
    which = f", {code(arn, 200)}," if arn else ""
    yield f"Narrow the Deny in {whose}{which} so that it no longer meets {said.what}; no Allow outweighs it."


def named(policy: RolePolicy, *, boundary: bool = False) -> str:
    """The policy in words."""
    kind = "boundary" if boundary else "policy"
    return f"the {kind} {code(policy.name)}"


def _widen(said: Refusal, read: RolePolicies | None) -> Fix:
    """Let the boundary allow what the role's policies may."""
    statement = _statement(said)
    boundary = read.boundary if read else None
    steps = ["The boundary must allow it as the role's policies do."]
    if boundary is not None and boundary.arn is not None:
        steps.append(f"It is {code(boundary.arn, 200)}; every role that it bounds is affected.")
    if statement is not None and boundary is not None and _bounds_hold(boundary, statement, said):
        steps.append(f"Add this statement to the boundary: {code(json.dumps(statement), 3000)}")
    steps.append("Whoever owns the boundary can change it; it may be kept on purpose.")
    return Fix(
        title=f"Let the permissions boundary allow {said.what}",
        surface=Surface.ROLE_PERMISSIONS,
        steps=tuple(steps),
        verify=_VERIFY,
    )


def _bounds_hold(boundary: RolePolicy, statement: dict[str, Any], said: Refusal) -> bool:
    """Whether the boundary with this statement allows the call."""
    present = boundary.document.get("Statement")
    statements = list(present) if isinstance(present, list | tuple) else [present]
    changed = replace(boundary, document={**boundary.document, "Statement": [*statements, statement]})
    tried = permission(RolePolicies(role_arn="", policies=(changed,)), said.action or "", said.resource)
    return tried.identity in _UNSURE


def _elsewhere(said: Refusal) -> Fix:
    """A policy that is not the role's."""
    steps = [said.remedy] if said.remedy else ["Find the refused call in CloudTrail; it names the principal."]
    return Fix(
        title="Change the policy that refuses the call",
        surface=Surface.ROLE_PERMISSIONS,
        steps=(*steps, *_hints(said)),
        verify=_VERIFY,
    )


def _look_above(said: Refusal) -> Fix:
    return Fix(
        title=f"Find out what else refuses {said.what}",
        surface=Surface.ROLE_PERMISSIONS,
        steps=(
            "Run the step again: the policies allow it now, and may have been changed after the run.",
            (
                "Else ask whoever owns the resource for its policy, and the organisation's administrators "
                "for theirs; a session policy that is passed at the login limits it, too."
            ),
            *_hints(said),
        ),
        verify=_VERIFY,
    )


def _allow(said: Refusal, read: RolePolicies | None) -> Fix:
    """The statement, as JSON, for the AWS command line and for Terraform; in words where it is not certain
    what it must say, or where it would not do."""
    statement = _statement(said)
    document = {"Version": "2012-10-17", "Statement": [statement]} if statement else None
    if document is None or not _holds(document, said, read):
        steps = (
            (said.remedy,)
            if said.remedy
            else ("Find the refused call in CloudTrail; it names the principal.",)
        )
        return Fix(
            title="Change the policy that refuses the call",
            surface=Surface.ROLE_PERMISSIONS,
            steps=(*steps, *_hints(said)),
            verify=_VERIFY,
        )
    # What is copied into a shell is a role's name and nothing else.
    role = said.role if said.role and _ROLE_NAME.fullmatch(said.role) else "ROLE"
    # A policy of the same name would be replaced, so the name tells what is in it.
    name = f"allow-{(said.action or '').replace(':', '-')}"
    certain = statement is not None and statement["Resource"] != _ARN_OF_RESOURCE
    to = f"role {code(said.role)}" if said.role else "the role"
    return Fix(
        title=f"Allow {said.what} to {to}",
        surface=Surface.ROLE_PERMISSIONS,
        commands=(
            (
                f"aws iam put-role-policy --role-name {role} --policy-name {name} "
                "--policy-document file://policy.json"
            ),
        )
        if certain
        else (),
        steps=tuple(_allowed(said, document, name, role, certain=certain)),
        verify=_VERIFY,
    )


def _allowed(
    said: Refusal, document: dict[str, Any], name: str, role: str, *, certain: bool
) -> Iterator[str]:
    if said.remedy:
        yield said.remedy
    yield f"Allow it in a policy of the role, saved as `policy.json`: {code(json.dumps(document), 3000)}"
    if not certain:
        yield f"In place of {code(_ARN_OF_RESOURCE)} put what the call was about; the text does not name it."
    called, held = code(f'name = "{name}"'), code(f'role = "{role}"')
    yield (
        f"In Terraform: a resource `aws_iam_role_policy` with {called}, {held} and "
        '`policy = file("policy.json")`.'
    )
    yield from _hints(said)


def _hints(said: Refusal) -> Iterator[str]:
    if said.action in _WITHOUT_RESOURCE or said.resource == "*":
        yield f"{code(said.action)} works only with the resource `*`."
    if said.action in _HINTS:
        yield _HINTS[said.action]
    if ROLE_ARN.fullmatch(said.resource or "") and said.action == ASSUME and said.own:
        yield "The trust policy of that other role must admit this one too."


def _statement(said: Refusal) -> dict[str, Any] | None:
    """The least that lets the call through. `*` stands as resource only where AWS takes no other."""
    if said.action is None:
        return None
    if said.action in _WITHOUT_RESOURCE or said.resource == "*":
        resource = "*"
    elif said.resource and "***" not in said.resource:
        resource = said.resource
    else:
        resource = _ARN_OF_RESOURCE
    return {"Effect": "Allow", "Action": said.action, "Resource": resource}


def _holds(document: dict[str, Any], said: Refusal, read: RolePolicies | None) -> bool:
    """Whether the role with this policy beside its others is allowed the call, as far as can be told."""
    new = RolePolicy("new", None, document)
    base = read or RolePolicies(role_arn="", policies=())
    wanted = document["Statement"][0]["Resource"]
    tried = permission(replace(base, policies=(*base.policies, new)), said.action or "", wanted)
    return tried.decision in _UNSURE


def _without_boundary(read: RolePolicies | None) -> RolePolicies | None:
    return replace(read, boundary=None, boundary_unread=None) if read else None
