"""The account has no role of that ARN.

That AWS then says the same as for a role that refuses is what users report; its own pages do not say it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import InAccount
from knowledge.printed_values import word
from knowledge.reading import Absent, Known, Unread
from knowledge.roles import ROLE_ARN, RoleChoice, role_choices
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.trust_reasons import common_length
from knowledge.words import code

_CAUSE = "role-not-found"
_SAME = "As users report, AWS gives the same answer as for a role that refuses."
_VERIFY = "`aws sts get-caller-identity` in the step prints `assumed-role/` and the role's name."
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
            arn = case.role.value.arn
            elsewhere = _of_another_path(case, suspect, arn)
            if elsewhere is not None:
                yield _misplaced(case, elsewhere, arn)
            elif refused and ROLE_ARN.fullmatch(arn):
                yield Finding(cause=_CAUSE, verdict=Verdict.RULED_OUT, headline=f"{code(arn)} exists.")
        case Unread():
            if refused:
                yield Finding(
                    cause=_CAUSE,
                    verdict=Verdict.UNDETERMINED,
                    headline="Whether the role exists could not be seen.",
                    meaning=_SAME,
                )


def _choice(case: CaseFile, suspect: Suspect | None) -> RoleChoice | None:
    """The place that names the role which was looked up; None when another role is this step's."""
    choices = list(role_choices(case, suspect.step)) if suspect else []
    if case.role_arn is None:
        return next((item for item in choices if item.account), None)
    return next((item for item in choices if item.arn and item.arn.strip() == case.role_arn), None)


def _names_another(case: CaseFile, suspect: Suspect | None) -> bool:
    return suspect is not None and any(item.account for item in role_choices(case, suspect.step))


def _of_another_path(case: CaseFile, suspect: Suspect | None, arn: str) -> RoleChoice | None:
    """The place that names the role by its name and account, but not by its path. IAM finds a role by its
    name alone; the exchange of a token takes the whole ARN."""
    there = ROLE_ARN.fullmatch(arn)
    choices = [item for item in role_choices(case, suspect.step) if item.account] if suspect else []
    if there is None or any(item.arn and item.arn.strip() == arn for item in choices):
        return None
    same = (there["account"], there["name"])
    return next((item for item in choices if (item.account, item.name) == same), None)


def _misplaced(case: CaseFile, choice: RoleChoice, arn: str) -> Finding:
    asked = (choice.arn or "").strip()
    compared = Comparison("role ARN", arn, asked, common_length(arn, asked))
    return Finding(
        cause=_CAUSE,
        verdict=_verdict(case),
        headline=f"The ARN of role {code(choice.name)} is {code(arn)}; the step asks for another path.",
        meaning=f"The path is part of the ARN, so there is no role of the ARN that is asked for. {_SAME}",
        evidence=(replace(_asked(choice), primary=True, comparison=compared),),
        fixes=(
            Fix(
                title=f"Name the role by {code(arn)}",
                surface=Surface.ROLE,
                steps=(f"Set {_what(choice)} to {code(arn)}.",),
                verify=_VERIFY,
            ),
        ),
    )


def _verdict(case: CaseFile) -> Verdict:
    proven = not case.families or Family.ROLE_REFUSED in case.families
    return Verdict.CONFIRMED if proven else Verdict.LIKELY


def _asked(choice: RoleChoice) -> Evidence:
    sentence = f"The step asks for this role, because {choice.reason}."
    return Evidence(sentence, choice.location, choice.written, primary=False)


def _what(choice: RoleChoice | None) -> str:
    return code(choice.variable) if choice and choice.variable else "the ARN in the pipeline"


def _missing(case: CaseFile, reading: Absent, choice: RoleChoice | None) -> Finding:
    arn = case.role_arn or (choice.arn if choice else None) or ""
    found = ROLE_ARN.fullmatch(arn.strip())
    account, name = (found["account"], found["name"]) if found else ("", arn)
    path = f" Its path, {code(found['path'])}, counts as part of the ARN." if found and found["path"] else ""
    return Finding(
        cause=_CAUSE,
        verdict=_verdict(case),
        headline=f"Account {code(account or '?')} has no role {code(name)}.",
        meaning=f"It may have been deleted or renamed, or be in another account.{path} {_SAME}",
        evidence=(
            Evidence(
                f"IAM has no role of this name in account {code(account or '?')}.",
                InAccount(account, f"role {name}", reading.url),
                arn,
            ),
            *((_asked(choice),) if choice else ()),
        ),
        fixes=(
            Fix(
                title="Name a role that exists, or create this one",
                surface=Surface.ROLE,
                commands=(f"aws iam get-role --role-name {word(name, 'ROLE')}",),
                steps=(
                    f"In account {code(account or '?')}: IAM > Roles shows the roles and their ARNs.",
                    f"Then correct {_what(choice)}, or create a role that trusts Bitbucket's OIDC provider.",
                ),
                verify=_VERIFY,
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
