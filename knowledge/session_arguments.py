"""What a step asks of the session that it gets for its token: its name, its length, the role.

Limits: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

import re

from knowledge.aws_login import exchanges
from knowledge.casefile import CaseFile, Role, Suspect
from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.location import Location, Position
from knowledge.pipelines.model import CloudCommand
from knowledge.quoting import in_file
from knowledge.reading import Known
from knowledge.roles import is_its_role, role_choice
from knowledge.symptoms.model import Family, Symptom
from knowledge.variables import Expansion, expand, look_up, where
from knowledge.words import code

SHORTEST, LONGEST = 900, 43_200
NAME_OPTION, NAME_VARIABLE = "--role-session-name", "AWS_ROLE_SESSION_NAME"
_BY_CLIENT = "aws-client-session-argument"
_NAME = late(r"[\w+=,.@-]{2,64}", re.ASCII)
#: Of a run's own values these have only letters, digits and hyphens; UUIDs carry their braces.
_PLAIN = late(r"\$\{?BITBUCKET_(?:BUILD_NUMBER|STEP_RUN_NUMBER)\}?(?!\w)")
_BRACED = late(r"\$(?:BITBUCKET_\w*UUID\b|\{BITBUCKET_\w*UUID\})")


@dataclass(frozen=True, slots=True)
class Asked:
    """An option of the command that exchanges the token: as written, and with its variables put in."""

    command: CloudCommand
    written: str
    expansion: Expansion


def asked(case: CaseFile, suspect: Suspect | None, option: str) -> Asked | None:
    """The option where a command of the step exchanges the token itself; None when none is given."""
    if suspect is None:
        return None
    for command in exchanges(suspect.step):
        written = dict(command.arguments).get(option)
        if written is not None:
            bare = written.strip("\"'")
            return Asked(command, bare, expand(case, suspect.step, bare, command.at))
    return None


def refused(case: CaseFile, argument: str, *ids: str) -> Symptom | None:
    """The text that refuses the argument (`RoleSessionName`, `DurationSeconds`): of one of these signatures,
    or of a client that looked at it before anything was sent."""
    return next(
        (
            item
            for item in case.symptoms
            if item.family is Family.SESSION_ARGUMENT
            and (item.id in ids or (item.id == _BY_CLIENT and item.fields.get("argument") == argument))
        ),
        None,
    )


def role_asked_for(case: CaseFile, suspect: Suspect | None) -> tuple[str | None, Role | None]:
    """The ARN of the role that the exchange names, and the role itself where just that one was read."""
    option = asked(case, suspect, "--role-arn")
    choice = role_choice(case, suspect.step) if suspect else None
    arn = option.expansion.value if option else choice.arn if choice else case.role_arn
    arn = arn.strip() if arn else None
    role = case.role.value if isinstance(case.role, Known) else None
    if role is None or not is_its_role(case, role, suspect) or arn not in (None, role.arn):
        return arn, None
    return role.arn, role


@dataclass(frozen=True, slots=True)
class SessionName:
    """Where the step takes the session's name from; `value` is None while a part of it is not known."""

    written: str
    value: str | None
    words: str
    location: Location
    at: Position | None

    @property
    def right(self) -> bool | None:
        """None while that cannot be told."""
        text = _PLAIN.sub("12", self.written) if self.value is None else self.value
        if self.value is None and "$" in text:
            return False if _BRACED.search(text) else None
        # Nothing at all is what is left of a variable that is set nowhere; another cause tells that.
        return _NAME.fullmatch(text) is not None if text else None


def session_name(case: CaseFile, suspect: Suspect | None) -> SessionName | None:
    """The name that the step gives: by an option of the exchange, else by the variable that SDKs read."""
    option = asked(case, suspect, NAME_OPTION)
    if option is not None:
        at = option.command.at
        words = f"line {at.line} gives it by {code(NAME_OPTION)}"
        return SessionName(option.written, option.expansion.value, words, in_file(case, at), at)
    winner = look_up(case, suspect.step, NAME_VARIABLE).winner if suspect else None
    if winner is None:
        return None
    words = f"{code(NAME_VARIABLE)} is set {where(winner)}"
    return SessionName(winner.written or winner.value or "", winner.value, words, winner.location, winner.at)
