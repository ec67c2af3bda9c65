"""The account has no role of that name: AWS says the same as for a role that refuses.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import InAccount
from knowledge.reading import Absent, Known, Unread
from knowledge.roles import ROLE_ARN, RoleChoice, role_choices
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.words import code

_CAUSE = "role-not-found"
#: A role that was assumed is there.
_THERE = frozenset({Family.AFTER_ASSUME, Family.SESSION_EXPIRED})


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    refused = Family.ROLE_REFUSED in case.families
    if case.families & _THERE and not refused:
        return
    match case.role:
        case Absent():
            choice = _choice(case, suspect)
            if choice is not None or (case.role_arn is not None and not _names_another(case, suspect)):
                yield _missing(case, case.role, choice)
        case Known():
            if refused and ROLE_ARN.fullmatch(case.role.value.arn):
                yield Finding(
                    cause=_CAUSE, verdict=Verdict.RULED_OUT, headline=f"{code(case.role.value.arn)} exists."
                )
        case Unread():
            if refused:
                yield Finding(
                    cause=_CAUSE,
                    verdict=Verdict.UNDETERMINED,
                    headline="Whether the role exists could not be seen.",
                    meaning="AWS says the same about a role that refuses and about one that does not exist.",
                )


def _choice(case: CaseFile, suspect: Suspect | None) -> RoleChoice | None:
    """The place that names the role which was looked up; None when another role is this step's."""
    choices = list(role_choices(case, suspect.step)) if suspect else []
    if case.role_arn is None:
        return next((item for item in choices if item.account), None)
    return next((item for item in choices if item.arn and item.arn.strip() == case.role_arn), None)


def _names_another(case: CaseFile, suspect: Suspect | None) -> bool:
    return suspect is not None and any(item.account for item in role_choices(case, suspect.step))


def _missing(case: CaseFile, reading: Absent, choice: RoleChoice | None) -> Finding:
    arn = case.role_arn or (choice.arn if choice else None) or ""
    found = ROLE_ARN.fullmatch(arn.strip())
    account, name = (found["account"], found["name"]) if found else ("", arn)
    proven = not case.families or Family.ROLE_REFUSED in case.families
    path = f" Its path, {code(found['path'])}, counts as part of the ARN." if found and found["path"] else ""
    named = (
        (
            Evidence(
                f"The step asks for this role, because {choice.reason}.",
                choice.location,
                choice.written,
                primary=False,
            ),
        )
        if choice
        else ()
    )
    what = code(choice.variable) if choice and choice.variable else "the ARN in the pipeline"
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if proven else Verdict.LIKELY,
        headline=f"Account {code(account or '?')} has no role {code(name)}.",
        meaning=(
            "AWS does not tell whether a role exists: it answers as if the role had refused. The "
            "role may have "
            f"been deleted or renamed, or be in another account.{path}"
        ),
        evidence=(
            Evidence(
                f"IAM has no role of this name in account {code(account or '?')}.",
                InAccount(account, f"role {name}", reading.url),
                arn,
            ),
            *named,
        ),
        fixes=(
            Fix(
                title="Name a role that exists, or create this one",
                surface=Surface.ROLE,
                commands=(f"aws iam get-role --role-name {name}",),
                steps=(
                    f"In account {code(account or '?')}: IAM > Roles shows the roles and their ARNs.",
                    (
                        f"Then correct {what}, or create the role with a trust policy for Bitbucket's "
                        "OIDC provider."
                    ),
                ),
                verify=(
                    "`aws sts get-caller-identity` in the step prints `assumed-role/` and the role's name."
                ),
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
