"""Which role a step tries to assume."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.casefile import CaseFile, Role, Suspect
from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.location import InPaste, Location, Position
from knowledge.once import once_per_case
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import in_file
from knowledge.variables import expand, look_up, where
from knowledge.words import code

#: A role's ARN: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
ROLE_ARN = late(
    r"arn:(?P<partition>aws[\w-]*):iam::(?P<account>\d{12}):role/(?P<path>(?:[\w+=,.@/-]+/)?)(?P<name>[\w+=,.@-]+)"
)
_CONFIGURED = late(r"aws\s+configure\s+set\s+(?:[\w.-]+\.)?role_arn\s+(?P<value>\"[^\"]*\"|'[^']*'|\S+)")


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """The role that a step tries to assume, as far as it can be told.

    `arn` is None when the value cannot be known (secured, not set, made by a command); `written` is
    what stands at its place. `account` and `name` are those of a well-formed ARN, else None. `reason`
    completes "this role, because ...".
    """

    arn: str | None
    written: str
    variable: str | None
    location: Location
    account: str | None
    name: str | None
    reason: str


def role_page(arn: str | None) -> str | None:
    """The page of the role in AWS's console, for people; None for another partition, which has its own."""
    found = ROLE_ARN.fullmatch(arn or "")
    if found is None or found["partition"] != "aws":
        return None
    return f"https://console.aws.amazon.com/iam/home#/roles/details/{found['name']}"


def role_choice(case: CaseFile, step: PipelineStep) -> RoleChoice | None:
    """The role of the pasted text first, then that of a pipe, of `--role-arn`, of `AWS_ROLE_ARN`.

    None when nothing in the step names a role.
    """
    return next(iter(role_choices(case, step)), None)


@once_per_case
def role_choices(case: CaseFile, step: PipelineStep) -> tuple[RoleChoice, ...]:
    """All roles that the text and the step name, the most telling first."""
    return tuple(_choices(case, step))


def is_its_role(case: CaseFile, role: Role, suspect: Suspect | None) -> bool:
    """False only when the step is known to assume another role than this one, which was read."""
    if suspect is None or not ROLE_ARN.fullmatch(role.arn):
        return True
    named = [
        choice.arn.strip() for choice in role_choices(case, suspect.step) if choice.account and choice.arn
    ]
    return not named or role.arn in named


def named_beside(case: CaseFile, suspect: Suspect | None) -> RoleChoice | None:
    """The role that the step itself names, where the text names another one; None when they agree, or one of
    them names none. A tool may name its role in a file that is not read, so neither excludes the other."""
    choices = [choice for choice in role_choices(case, suspect.step) if choice.account] if suspect else []
    pasted = {_identity(choice) for choice in choices if isinstance(choice.location, InPaste)}
    own = [choice for choice in choices if not isinstance(choice.location, InPaste)]
    if not pasted or any(_identity(choice) in pasted for choice in own):
        return None
    return next(iter(own), None)


def asked_in_place_of(case: CaseFile, role: Role) -> RoleChoice | None:
    """The role that is asked for, where `role` was handed over and is known to be another, by its name or its
    account; None where it may be the right one. Of another path alone is a finding, not another role."""
    read = ROLE_ARN.fullmatch(role.arn)
    if read is None:
        return None
    asked = [item for suspect in case.suspects for item in role_choices(case, suspect.step)]
    named = [item for item in (asked or _pasted(case)) if item.account]
    right = any(_identity(item) == (read["account"], read["name"]) for item in named)
    some_unnamed = any(not any(c.account for c in role_choices(case, s.step)) for s in case.suspects)
    return None if right or some_unnamed else next(iter(named), None)


def _identity(choice: RoleChoice) -> tuple[str | None, str | None]:
    # A session's ARN, as some texts have it, drops the path of the role.
    return choice.account, choice.name


def _choices(case: CaseFile, step: PipelineStep) -> Iterator[RoleChoice]:
    yield from _pasted(case)
    yield from _piped(case, step)
    yield from _named(case, step)
    for name in ("AWS_ROLE_ARN", "AWS_OIDC_ROLE_ARN"):
        winner = look_up(case, step, name).winner
        if winner is not None:
            reason = f"{code(name)} is set {where(winner)}"
            yield _choice(winner.value, winner.written or "", name, winner.location, reason)


def _pasted(case: CaseFile) -> Iterator[RoleChoice]:
    for symptom in case.symptoms:
        arn = symptom.fields.get("role_arn")
        if arn:
            yield _choice(arn, arn, None, InPaste(*symptom.span), "the pasted text names it")


def _piped(case: CaseFile, step: PipelineStep) -> Iterator[RoleChoice]:
    for pipe in step.script.pipes:
        value = pipe.variable("AWS_OIDC_ROLE_ARN")
        if value is not None:
            reason = f"the pipe {code(pipe.name)} is given it as `AWS_OIDC_ROLE_ARN`"
            yield _written(case, step, value.text, value.at, reason)


def _named(case: CaseFile, step: PipelineStep) -> Iterator[RoleChoice]:
    for command in step.script.commands:
        if command.cloud != "aws":
            continue
        given = dict(command.arguments).get("--role-arn")
        if given and command.kind == "login":
            yield _written(case, step, given, command.at, f"line {command.at.line} asks for it")
    for text, at in step.script_text:
        found = _CONFIGURED.search(text)
        if found:
            yield _written(case, step, found["value"], at, f"line {at.line} writes it into the profile")


def _written(case: CaseFile, step: PipelineStep, text: str, at: Position, reason: str) -> RoleChoice:
    bare = text.strip("\"'")
    arn = bare if text.startswith("'") else expand(case, step, bare, at).value
    variable = re.fullmatch(r"\$\{?(?P<name>[A-Za-z_]\w*)\}?", bare)
    return _choice(arn, bare, variable["name"] if variable else None, in_file(case, at), reason)


def _choice(
    arn: str | None, written: str, variable: str | None, location: Location, reason: str
) -> RoleChoice:
    found = ROLE_ARN.fullmatch(arn.strip()) if arn else None
    account, name = (found["account"], found["name"]) if found else (None, None)
    return RoleChoice(arn or None, written, variable, location, account, name, reason)
