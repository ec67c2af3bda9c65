"""Reads the role that the step asks for, and its account's OIDC providers, as soon as its ARN is known."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from typing import Any

from bot.investigator_notes import Notes, known, read, waiting
from bot.investigator_permissions import PermissionReader, refused_call
from bot.investigator_trail import look_up_login
from bot.ports import Aws
from knowledge.casefile import CaseFile
from knowledge.claims import provider_path
from knowledge.engine import diagnose
from knowledge.finding import Verdict
from knowledge.location import InStep
from knowledge.reading import Known, Unread
from knowledge.roles import ROLE_ARN, RoleChoice, role_choices
from knowledge.symptoms.model import Family, Symptom
from knowledge.words import code

_ROLE = "the role's trust policy"
_PROVIDERS = "the account's OIDC providers"
_ENRICHING_SECONDS = 2.0
"""How much longer than Bitbucket AWS is waited for, where the cause is proven without it."""


class RoleReader:
    """Fills the notes' `role`, `role_arn` and `providers`; the role's permissions where it was assumed and a
    later call refused; and CloudTrail's record of the login where the trust policy leaves it open.

    The role that the pasted text names goes first, then that of the log, then that of the step.
    """

    def __init__(
        self, aws: Aws, notes: Notes, repository: asyncio.Task[None], group: asyncio.TaskGroup
    ) -> None:
        self._aws = aws
        self._notes = notes
        self._repository = repository
        self._group = group
        self._started = False
        self._after_login = False
        self._reading: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def named_by_paste(self) -> None:
        """Start at once where the paste names the role; else learn who the bot is meanwhile."""
        symptoms = self._notes.question.symptoms
        self._refused(symptoms)
        self._first(_named(symptoms))
        if not self._started and (not symptoms or any(one.provider == "aws" for one in symptoms)):
            self._start(self._aws.prepare())

    def named_by_log(self) -> None:
        self._refused(self._notes.symptoms)
        self._first(_named(self._notes.log_symptoms))

    def named_by_step(self) -> None:
        """What the steps under suspicion name, once their variables are known."""
        if self._started:
            return
        case = self._notes.case()
        choices = [choice for suspect in case.suspects for choice in role_choices(case, suspect.step)]
        choices += _written_out(case)
        self._first((choice.arn or "").strip() for choice in choices)
        if choices and not self._started:
            first = choices[0]
            if first.arn is None:
                named = code(first.variable or first.written)
                reason = f"what names the role, {named}, has no value that can be read"
                remedy = "paste the role's ARN, or keep it in a variable that is not secured"
            else:
                reason, remedy = "what names the role is no role ARN", "correct the ARN"
            self._notes.role = Unread(_ROLE, reason, remedy)
            self._notes.providers = Unread(_PROVIDERS, reason, remedy)

    def look_up_login(self) -> None:
        """Ask CloudTrail, once the role is there; everything of the step must be."""
        if self._reading is not None:
            self._start(self._login(self._reading))

    async def read_in_time(self) -> None:
        """Wait for what was asked of AWS: to the end where the cause may hang on it, else for a moment. What
        has not come by then stays `Unread`."""
        pending = {task for task in self._tasks if not task.done()}
        if pending:
            _, pending = await asyncio.wait(pending, timeout=_ENRICHING_SECONDS)
        if pending and self._is_proven():
            for task in pending:
                task.cancel()

    def _is_proven(self) -> bool:
        """Of a call that was refused after the login the text itself tells the cause."""
        lead = diagnose(self._notes.case()).lead
        return lead is not None and (self._after_login or lead.verdict is Verdict.CONFIRMED)

    def _start(self, reading: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._group.create_task(reading)
        self._tasks.add(task)
        return task

    async def _login(self, role: asyncio.Task[None]) -> None:
        await asyncio.wait({role})
        await look_up_login(self._aws, self._notes)

    def _refused(self, symptoms: Sequence[Symptom]) -> None:
        """Of a role that was assumed it is asked what it may do, and neither its trust nor the providers."""
        if self._started or not symptoms:
            return
        call = refused_call(symptoms)
        # Who was let in, and refused by what does not hang on the role, is not helped by looking at it.
        self._started = call is not None or all(one.family is Family.AFTER_ASSUME for one in symptoms)
        if call is not None:
            self._after_login = True
            self._notes.role = waiting("the role")
            self._start(PermissionReader(self._aws, self._notes).read(*call))

    def _first(self, arns: Iterable[str]) -> None:
        if self._started:
            return
        arn = next((arn for arn in arns if ROLE_ARN.fullmatch(arn)), None)
        if arn is None:
            return
        self._started = True
        self._notes.role_arn = arn
        self._notes.role, self._notes.providers = waiting(_ROLE), waiting(_PROVIDERS)
        self._reading = self._start(self._role(arn))
        self._start(self._providers(arn))

    async def _role(self, arn: str) -> None:
        name = arn.rpartition("/")[2]
        self._notes.role = await read(
            f"the trust policy of the role {name}", lambda: self._aws.role(arn), missing=True
        )

    async def _providers(self, arn: str) -> None:
        found = ROLE_ARN.fullmatch(arn)
        await asyncio.wait({self._repository})
        repository = known(self._notes.repository)
        if found is None:
            return
        # Without the repository the workspace's own name is not known but as it was written.
        slug = repository.workspace_slug if repository is not None else self._notes.question.name.workspace
        account, partition = found["account"], found["partition"]
        reading = await read(
            f"the OIDC providers of the account {account}",
            lambda: self._aws.providers(account, partition, provider_path(slug)),
        )
        if isinstance(reading, Known):
            self._notes.providers_unread = reading.value.unread
            self._notes.providers = Known(reading.value.found, reading.source, reading.url)
        else:
            self._notes.providers = reading


def _written_out(case: CaseFile) -> list[RoleChoice]:
    """Roles that the listed commands spell out: what stands for a variable may be its environment's."""
    if case.listing is None:
        return []
    choices = role_choices(case, case.listing.suspect.step)
    return [one for one in choices if isinstance(one.location, InStep) and one.arn == one.written]


def _named(symptoms: Iterable[Symptom]) -> Iterator[str]:
    return (symptom.fields["role_arn"].strip() for symptom in symptoms if "role_arn" in symptom.fields)
