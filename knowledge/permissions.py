"""Which policy refused a call of a role that was assumed, as far as the text tells.

The wordings: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from knowledge.frozen import dataclass
from knowledge.symptoms.model import Symptom
from knowledge.words import code

_OWN = "the role's own policies"
ORGANISATION = "The organisation's administrators must change it; the role's policies cannot."
#: By a word of AWS's sentence: whose policy it is, and who must change what.
_KINDS = (
    ("identity-based", _OWN, "Change the role's permission policies."),
    ("boundar", "the role's permissions boundary", "The boundary must allow it as the role's policies do."),
    ("service control", "a service control policy of the organisation", ORGANISATION),
    ("resource control", "a resource control policy of the organisation", ORGANISATION),
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
#: CDK prints no action; it assumes the roles of its bootstrap stack by this one.
_CDK, ASSUME = "aws-cdk-bootstrap-role", "sts:AssumeRole"


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
    def own(self) -> bool:
        """Whether a missing Allow of the role itself may be what refuses."""
        return self.kind in ("", _OWN) and not self.explicit

    @property
    def of_the_role(self) -> bool:
        """Whether what refuses may hang on the role: its policies, its boundary."""
        return self.kind in ("", _OWN) or "boundary" in self.kind

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
        action=fields.get("action") or (ASSUME if symptom.id == _CDK else None),
        operation=symptom.operation,
        resource=fields.get("resource"),
        kind=kind,
        remedy=remedy,
        explicit="explicit" in fields,
        policy_arn=fields.get("policy_arn"),
    )
