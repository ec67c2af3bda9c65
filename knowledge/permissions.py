"""Which policy refused a call of a role that was assumed, and what lets the call through.

The wordings: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.finding import Fix, Surface
from knowledge.roles import ROLE_ARN
from knowledge.symptoms.model import Symptom
from knowledge.words import code

_OWN = "the role's own policies"
_ORGANISATION = "The organisation's administrators must change it; the role's policies cannot."
#: By a word of AWS's sentence: whose policy it is, and who must change what.
_KINDS = (
    ("identity-based", _OWN, "Change the role's permission policies."),
    ("boundar", "the role's permissions boundary", "The boundary must allow it as the role's policies do."),
    ("service control", "a service control policy of the organisation", _ORGANISATION),
    ("resource control", "a resource control policy of the organisation", _ORGANISATION),
    ("session", "the session policy", "The policy that is passed when the role is assumed must allow it."),
    (
        "resource-based",
        "the policy of the resource itself",
        "The resource's own policy must allow the role; whoever owns the resource can change it.",
    ),
    (
        "VPC endpoint",
        "the policy of a VPC endpoint",
        "The endpoint's policy must allow it; it belongs to the network of a self-hosted runner.",
    ),
    (
        "trust",
        "the trust policy of the role that is assumed next",
        "That role must name this one as principal.",
    ),
    (
        "the resource does not exist",
        "the key's own policy or its region",
        "Check the region, and the key's policy.",
    ),
    ("public ACLs", "the bucket's Block Public Access", "Upload without a public ACL."),
)
#: These take no ARN: https://github.com/awsdocs/amazon-ecr-user-guide/pull/19
_WITHOUT_RESOURCE = frozenset({"ecr:GetAuthorizationToken"})
_HINTS = {
    "s3:ListBucket": "It is allowed on the ARN of the bucket, without `/*` at its end.",
    "s3:PutObjectAcl": "It is asked for only when an ACL is passed: leave the ACL out where none is meant.",
}
#: CDK prints no action; it assumes the roles of its bootstrap stack by this one.
_CDK, _ASSUME = "aws-cdk-bootstrap-role", "sts:AssumeRole"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that was refused, as far as the text tells. `kind` and `remedy` are empty where the text names
    no policy; `explicit` is true when a Deny refused it; `policy_arn` is that policy's."""

    role: str | None
    action: str | None
    operation: str | None
    resource: str | None
    kind: str
    remedy: str
    explicit: bool
    policy_arn: str | None

    @property
    def named(self) -> bool:
        """Whether the text says who was refused and what."""
        return self.role is not None and self.action is not None

    @property
    def what(self) -> str:
        if self.action:
            return code(self.action)
        return f"the call {code(self.operation)}" if self.operation else "this call"

    @property
    def by(self) -> str:
        """Which policy refused, as a sentence; empty where the text does not say."""
        if not self.kind:
            return ""
        return (
            f"A Deny in {self.kind} refuses it." if self.explicit else f"The refusal comes from {self.kind}."
        )


def refusal(symptom: Symptom) -> Refusal:
    """What the recognised text says of the refused call."""
    fields = symptom.fields
    written = fields.get("policy_kind", "").lower()
    kind, remedy = next(
        ((kind, remedy) for word, kind, remedy in _KINDS if word.lower() in written), ("", "")
    )
    return Refusal(
        role=fields.get("role"),
        action=fields.get("action") or (_ASSUME if symptom.id == _CDK else None),
        operation=symptom.operation,
        resource=fields.get("resource"),
        kind=kind,
        remedy=remedy,
        explicit="explicit" in fields,
        policy_arn=fields.get("policy_arn"),
    )


def permission_fix(said: Refusal) -> Fix:
    """Let the call through, in the place that the text names."""
    own = said.kind in ("", _OWN) and not said.explicit
    allows = said.action is not None and own
    role = f"role {code(said.role)}" if said.role else "the role"
    # A policy of the same name would be replaced, so the name tells what is in it.
    name = f"allow-{(said.action or '').replace(':', '-')}"
    put = f"aws iam put-role-policy --role-name {said.role or 'ROLE'} --policy-name {name}"
    return Fix(
        title=f"Allow {code(said.action)} to {role}" if allows else "Change the policy that refuses the call",
        surface=Surface.ROLE_PERMISSIONS,
        commands=(f"{put} --policy-document file://policy.json",) if allows else (),
        steps=tuple(_narrowed(said) if said.explicit else _allowed(said, own=own)),
        verify="Run the step again; leave `oidc`, the token and the trust policy as they are.",
    )


def _narrowed(said: Refusal) -> Iterator[str]:
    if said.remedy == _ORGANISATION:
        yield said.remedy
    whose = said.kind or "the policy"
    which = f", {code(said.policy_arn, 200)}," if said.policy_arn else ""
    yield f"Narrow the Deny in {whose}{which} so that it no longer meets {said.what}; no Allow outweighs it."


def _allowed(said: Refusal, *, own: bool) -> Iterator[str]:
    if said.remedy:
        yield said.remedy
    if said.action and own:
        anywhere = said.action in _WITHOUT_RESOURCE or not said.resource
        statement = {
            "Effect": "Allow",
            "Action": said.action,
            "Resource": "*" if anywhere else said.resource,
        }
        document = {"Version": "2012-10-17", "Statement": [statement]}
        yield f"Allow it in a policy of the role, saved as `policy.json`: {code(json.dumps(document), 3000)}"
    elif not said.remedy:
        yield "Find the refused call in CloudTrail; it names the principal."
    if said.action in _WITHOUT_RESOURCE:
        yield f"{code(said.action)} works only with the resource `*`."
    if said.action in _HINTS:
        yield _HINTS[said.action]
    if ROLE_ARN.fullmatch(said.resource or "") and said.action == _ASSUME and own:
        yield "The trust policy of that other role must admit this one too."
