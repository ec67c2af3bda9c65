"""The role was assumed, and a later call was refused: permissions, not OIDC.

The wordings: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.aws_login import KEYS, uses_oidc
from knowledge.aws_other_role import of_the_machine, own_role, own_role_evidence, own_role_fix
from knowledge.aws_permission_findings import policy_view
from knowledge.aws_permission_fixes import permission_fixes
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import InAccount
from knowledge.permissions import Refusal, refusal
from knowledge.reading import Known
from knowledge.roles import ROLE_ARN, RoleChoice
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family, Symptom
from knowledge.text_evidence import in_text
from knowledge.variables import look_up
from knowledge.words import code

_CAUSE = "role-permission-missing"
_OTHER_ACCOUNT = "aws-cdk-other-account"
_REFUSED = frozenset({Family.AFTER_ASSUME, Family.CALL_REFUSED})


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if Family.ROLE_REFUSED in case.families:
        return
    refused = [item for item in case.symptoms if item.family in _REFUSED]
    for symptom in sorted(refused, key=lambda item: "action" not in item.fields)[:1]:
        said = refusal(symptom)
        verdict = _verdict(case, suspect, said)
        if symptom.id == _OTHER_ACCOUNT:
            yield _other_account(case, symptom)
        elif verdict is not None:
            yield _finding(case, suspect, symptom, said, verdict)


def _verdict(case: CaseFile, suspect: Suspect | None, said: Refusal) -> Verdict | None:
    """Whether it is the call of a role that was assumed by OIDC: a step that shows no OIDC may have made it
    with a key pair, and with one at hand it did."""
    if said.named or suspect is None or uses_oidc(case, suspect.step):
        return Verdict.CONFIRMED if said.named else Verdict.LIKELY
    keyed = all(not look_up(case, suspect.step, name).lacks for name in KEYS)
    return None if keyed else Verdict.POSSIBLE


def _finding(
    case: CaseFile, suspect: Suspect | None, symptom: Symptom, said: Refusal, verdict: Verdict
) -> Finding:
    on = f" on {code(said.resource)}" if said.resource and said.resource != "*" else ""
    own = own_role(case, suspect, said.role)
    who = f"role {code(said.role)}" if said.role else "the step's principal"
    sentence = (
        f"AWS names the principal and the action: {who}, {said.what}."
        if said.named
        else f"AWS refused {said.what}, and the text does not say who made it."
    )
    view = policy_view(case, said)
    boundary = () if view.evidence else _boundary(case, said)
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY if own else verdict,
        headline=_headline(said, own, on),
        meaning=" ".join(filter(None, (_login(case, said, own), said.by, view.sentence))),
        evidence=(in_text(case, symptom, sentence), *view.evidence, *own_role_evidence(own), *boundary),
        fixes=_fixes(case, suspect, own, permission_fixes(said, view.read, view.found)),
    )


def _headline(said: Refusal, own: RoleChoice | None, on: str) -> str:
    if own is not None:
        return (
            f"The call was made as role {code(said.role)}, which may not use {said.what}{on}; the step names "
            f"role {code(own.name)}."
        )
    if said.role:
        return f"Role {code(said.role)} was assumed, but may not use {said.what}{on}."
    return f"The step's principal may not use {said.what}{on}; that is not a failed login."


def _login(case: CaseFile, said: Refusal, own: RoleChoice | None) -> str:
    if not said.named:
        return "The call was signed, so some login worked; who made it is not in the text."
    if own is None:
        return "The login by OIDC worked; what is missing is a permission."
    if of_the_machine(case):
        return (
            "The session is named by an instance, so this is most likely the role of the machine that ran "
            "the step: an SDK goes on to it when the login by token was not tried."
        )
    return "Some login worked, but not as the role that the step names; it may be that of the machine."


def _fixes(
    case: CaseFile, suspect: Suspect | None, own: RoleChoice | None, allowing: tuple[Fix, ...]
) -> tuple[Fix, ...]:
    """First the step has to be the one it means to be. What a machine's role may do, all that runs there may
    do, so that is not widened."""
    if own is None or suspect is None:
        return allowing
    first = own_role_fix(case, suspect, own)
    return (first,) if of_the_machine(case) else (first, *allowing)


def _boundary(case: CaseFile, said: Refusal) -> tuple[Evidence, ...]:
    """Which boundary it is, where the role itself was read and the text means its boundary."""
    if not isinstance(case.role, Known) or "boundary" not in said.kind:
        return ()
    role = case.role.value
    found = ROLE_ARN.fullmatch(role.arn)
    if role.boundary_arn is None or found is None or found["name"] != said.role:
        return ()
    place = InAccount(found["account"], "the role's permissions boundary", case.role.url)
    sentence = f"The boundary of role {code(said.role)} is {code(role.boundary_arn, 200)}."
    return (Evidence(sentence, place, role.boundary_arn, primary=False),)


def _other_account(case: CaseFile, symptom: Symptom) -> Finding:
    """CDK compares the account of the credentials with the stack's before it calls anything."""
    wanted, current = (code(symptom.fields.get(name, "?")) for name in ("account", "current"))
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY,
        headline=f"The step has credentials of account {current}, and the stack belongs to account {wanted}.",
        meaning="Some login worked, for another account than the stack's.",
        evidence=(in_text(case, symptom, "CDK names both accounts."),),
        fixes=(
            Fix(
                title=f"Assume a role of account {wanted}",
                surface=Surface.ROLE,
                steps=(
                    f"Name a role of account {wanted}; Bitbucket's OIDC provider must be there too.",
                    f"Or, when {current} is meant, correct the account in the stack's environment.",
                ),
                verify="Run the step again with `aws sts get-caller-identity` first: it prints the account.",
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
