"""The role was assumed, and a later call was refused: permissions, not OIDC.

The wordings: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.roles import ROLE_ARN, role_choices
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family, Symptom
from knowledge.text_evidence import in_text
from knowledge.words import code

_CAUSE = "role-permission-missing"

#: What names the policy, by a word in it: who must change what.
_ORGANISATION = "The organisation's administrators must change it; the role's policies cannot."
_KINDS = (
    ("identity-based", "the role's own policies", "Change the role's permission policies."),
    ("boundar", "the role's permissions boundary", "The boundary must allow it as the role's policies do."),
    ("service control", "a service control policy of the organisation", _ORGANISATION),
    ("resource control", "a resource control policy of the organisation", _ORGANISATION),
    ("session", "the session policy", "The policy that is passed when the role is assumed must allow it."),
    ("resource-based", "the policy of the resource itself", "The resource's own policy must allow the role."),
    ("VPC endpoint", "the policy of a VPC endpoint", "The policy of the endpoint must allow it."),
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
#: These take no ARN: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
_WITHOUT_RESOURCE = frozenset({"ecr:GetAuthorizationToken"})


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if Family.ROLE_REFUSED in case.families:
        return
    refused = [item for item in case.symptoms if item.family is Family.AFTER_ASSUME]
    for symptom in sorted(refused, key=lambda item: "action" not in item.fields)[:1]:
        yield _finding(case, suspect, symptom)


def _finding(case: CaseFile, suspect: Suspect | None, symptom: Symptom) -> Finding:
    fields = symptom.fields
    action, role, resource = fields.get("action"), fields.get("role"), fields.get("resource")
    kind, remedy = _kind(fields.get("policy_kind", ""))
    who = f"Role {code(role)}" if role else "The step's principal"
    what = (
        code(action)
        if action
        else f"the call {code(symptom.operation)}"
        if symptom.operation
        else "this call"
    )
    on = f" on {code(resource)}" if resource and resource != "*" else ""
    by = f" {'A Deny in' if 'explicit' in fields else 'The refusal comes from'} {kind}" if kind else ""
    by = f"{by} refuses it." if kind and "explicit" in fields else f"{by}." if kind else ""
    certain = role is not None and action is not None
    other = _other_role(case, suspect, role)
    works = "The login by OIDC worked; what is missing is a permission." if certain else (
        "The call was signed, so some login worked; who made it is not in the text."
    )  # fmt: skip
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if certain and other is None else Verdict.LIKELY,
        headline=f"{who} was assumed, but may not use {what}{on}."
        if role
        else f"{who} may not use {what}{on}; that is not a failed login.",
        meaning=f"{works}{by}",
        evidence=(
            in_text(
                case,
                symptom,
                f"AWS names the principal and the action: {who.lower() if not role else who}, {what}.",
            ),
            *(other or ()),
        ),
        fixes=(_fix(action, role, resource, remedy, kind),),
    )


def _kind(written: str) -> tuple[str, str]:
    return next(
        ((kind, remedy) for word, kind, remedy in _KINDS if word.lower() in written.lower()), ("", "")
    )


def _other_role(case: CaseFile, suspect: Suspect | None, role: str | None) -> tuple[Evidence, ...] | None:
    """The role that the step names, when that is another than the one which made the call."""
    choices = list(role_choices(case, suspect.step)) if suspect else []
    names = [item for item in choices if item.name]
    if role is None or not names or any(item.name == role for item in names):
        return None
    first = names[0]
    sentence = f"The step names another role, {code(first.name)}, because {first.reason}."
    return (Evidence(sentence, first.location, first.written, primary=False),)


def _fix(action: str | None, role: str | None, resource: str | None, remedy: str, kind: str) -> Fix:
    name = role or "ROLE"
    own = kind in ("", "the role's own policies")
    steps = [remedy] if remedy else []
    commands: tuple[str, ...] = ()
    if action and own:
        target = "*" if action in _WITHOUT_RESOURCE or not resource else resource
        statement = {"Effect": "Allow", "Action": action, "Resource": target}
        steps.append(f"Allow it in a policy of the role: {code(json.dumps(statement), 400)}")
        commands = (
            f"aws iam put-role-policy --role-name {name} --policy-name ci --policy-document file://policy.json",
        )
    elif not steps:
        steps.append("Find the refused call in CloudTrail; it names the principal and the policy.")
    if action in _WITHOUT_RESOURCE:
        steps.append(f"{code(action)} works only with the resource `*`.")
    if ROLE_ARN.fullmatch(resource or "") and action == "sts:AssumeRole" and own:
        steps.append("The trust policy of that other role must admit this one too.")
    return Fix(
        title=f"Allow {code(action)} to role {code(name)}"
        if action and own
        else "Change the policy that refuses the call",
        surface=Surface.ROLE_PERMISSIONS,
        commands=commands,
        steps=tuple(steps),
        verify="Run the step again; leave `oidc`, the token and the trust policy as they are.",
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
