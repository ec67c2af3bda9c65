"""Reads what hangs on a role that was assumed and then refused a call: its policies and its boundary."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

from bot.investigator_notes import Notes, known, read, waiting
from bot.ports import Aws
from knowledge.aws_permissions import Decision, permission
from knowledge.aws_readings import RolePolicies, RolePolicy
from knowledge.casefile import Role
from knowledge.permissions import Refusal, refusal
from knowledge.reading import Absent, Known, Reading, Unread
from knowledge.roles import role_page
from knowledge.symptoms.model import Family, Symptom

_PRINCIPAL = re.compile(
    r"arn:(?P<partition>aws[\w-]*):sts::(?P<account>\d{12}):assumed-role/(?P<name>[\w+=,.@-]{1,64})/"
)
_BOUNDARY = "the role's permissions boundary"
_SIMULATOR = "IAM's policy simulator"
#: What the role's own policies leave open; only then another is asked.
_OPEN = (Decision.UNDETERMINED, Decision.ALLOWED)


def refused_call(symptoms: Sequence[Symptom]) -> tuple[str, Refusal] | None:
    """The ARN of the role (its path is not in the text) and what it was refused, where that may hang on the
    role, and the text is not about the login itself."""
    if any(one.family is Family.ROLE_REFUSED for one in symptoms):
        return None
    for symptom in symptoms:
        said = refusal(symptom)
        found = _PRINCIPAL.match(symptom.fields.get("principal", ""))
        if symptom.family is Family.AFTER_ASSUME and said.named and said.of_the_role and found:
            return f"arn:{found['partition']}:iam::{found['account']}:role/{found['name']}", said
    return None


class PermissionReader:
    """Fills the notes' `role`, `role_policies` and `simulation`."""

    def __init__(self, aws: Aws, notes: Notes) -> None:
        self._aws = aws
        self._notes = notes

    async def read(self, arn: str, said: Refusal) -> None:
        """The role and its lists at once, then the texts; IAM's simulator only where these leave it open, and
        the text tells the resource."""
        notes, name = self._notes, arn.rpartition("/")[2]
        source = f"the policies of the role {name}"
        notes.role_policies = waiting(source)
        (_, boundary), policies = await asyncio.gather(
            self._role(arn, name), read(source, lambda: self._aws.policies(arn), url=role_page(arn))
        )
        role = known(notes.role)
        notes.role_policies = _together(policies, boundary, name, role)
        judged = known(notes.role_policies)
        if role is None or said.action is None or said.resource is None or "***" in said.resource:
            # Without the resource the simulator decides for `*`, about which nobody asked.
            return
        if judged is None or permission(judged, said.action, said.resource).decision in _OPEN:
            action = said.action
            notes.simulation = waiting(_SIMULATOR)
            notes.simulation = await read(
                _SIMULATOR, lambda: self._aws.simulation(role.arn, action, said.resource)
            )

    async def _role(self, arn: str, name: str) -> tuple[Reading[Role], Reading[RolePolicy]]:
        """The role, and the text of its boundary where it has one."""
        notes = self._notes
        notes.role = await read(f"the role {name}", lambda: self._aws.role(arn), missing=True)
        match notes.role:
            case Known(value=role) if role.boundary_arn is not None:
                notes.role_arn = role.arn
                account, boundary = arn.split(":")[4], role.boundary_arn
                return notes.role, await read(_BOUNDARY, lambda: self._aws.policy(account, boundary))
            case Known(value=role):
                notes.role_arn = role.arn
                return notes.role, Absent(_BOUNDARY)
            case Unread(_, reason, remedy):
                return notes.role, Unread(_BOUNDARY, reason, remedy)
        return notes.role, Absent(_BOUNDARY)


def _together(
    policies: Reading[RolePolicies], boundary: Reading[RolePolicy], name: str, role: Role | None
) -> Reading[RolePolicies]:
    """Both as one reading, as far as they were had; unread only when nothing was."""
    if not isinstance(policies, Known) and not isinstance(boundary, Known):
        return policies
    base = (
        policies.value
        if isinstance(policies, Known)
        else RolePolicies(
            role_arn="",
            role_name=name,
            policies=(),
            unread=(policies,) if isinstance(policies, Unread) else (),
        )
    )
    whole = replace(
        base,
        role_arn=role.arn if role else "",
        boundary=known(boundary),
        boundary_unread=boundary if isinstance(boundary, Unread) else None,
    )
    return Known(whole, policies.source, role_page(role.arn if role else None))
