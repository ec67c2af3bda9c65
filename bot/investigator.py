"""Reads what a diagnosis needs, in waves: everything whose inputs are known starts at once.

A reading that fails or is late becomes `Unread` with its reason and remedy, and the rest goes on. One
deadline holds for all of it; then the answer is made of what is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

from bot.investigator_notes import Notes, Question, known, read, waiting
from bot.investigator_policy import take_pasted
from bot.investigator_role import RoleReader
from bot.investigator_run import RunReader
from bot.investigator_runs import begun, suspects
from bot.investigator_tip import read_tip
from bot.investigator_words import answer
from bot.ports import Aws, Bitbucket
from knowledge.answer import Answer
from knowledge.casefile import Environment
from knowledge.cloud_needs import needs_of_other_clouds
from knowledge.reading import Absent, Known, Reading, Unread
from knowledge.symptoms.model import Family
from knowledge.variable_levels import environment_of
from knowledge.variable_needs import needs, region_needs

#: Seconds for all the reading of one diagnosis.
DEADLINE = 8.0

_ENVIRONMENTS = 10
"""Environments whose variables are read when a name is looked for everywhere."""


async def investigate(
    bitbucket: Bitbucket, aws: Aws, question: Question, *, deadline: float = DEADLINE
) -> Answer:
    """Read, judge, and answer; raises nothing for what a source did."""
    notes = Notes(question)
    try:
        async with asyncio.timeout(deadline):
            await _Investigation(bitbucket, aws, notes).read_all()
    except TimeoutError:
        # What is missing says so itself: it has been `Unread` from the beginning.
        pass
    notes.settle()
    if question.role is not None:
        take_pasted(notes, question.role)
    # Only now is it known what the log shows, and so how certain the step is.
    notes.suspects = suspects(notes)
    return answer(notes)


class _Investigation:
    """One diagnosis' reading, from the repository to the role."""

    def __init__(self, bitbucket: Bitbucket, aws: Aws, notes: Notes) -> None:
        self._bitbucket = bitbucket
        self._aws = aws
        self._notes = notes
        self._name = notes.question.name

    async def read_all(self) -> None:
        notes = self._notes
        async with asyncio.TaskGroup() as group:
            repository = group.create_task(self._repository())
            environments = group.create_task(self._environments())
            stored = group.create_task(self._stored())
            role = RoleReader(self._aws, notes, repository, group)
            role.named_by_paste()
            run = RunReader(self._bitbucket, notes, repository, role.named_by_log)
            await run.read(group)
            if not notes.question.symptoms:
                await run.until_log_read()
            notes.suspects = suspects(notes)
            steps = known(notes.run_steps)
            since = begun(known(notes.run), () if steps is None else steps)
            await environments
            await self._of_own_environments(since)
            await stored
            if since is not None:
                # What was read for an earlier diagnosis may be older than this run.
                await self._stored(since)
            lacking = self._lacks_something()
            if not lacking and (notes.question.anew or not any(self._own())):
                # A click may come after a change; else this is the call that an environment would cost.
                group.create_task(read_tip(self._bitbucket, notes))
            if lacking:
                await self._of_other_environments(since)
            role.named_by_step()
            await role.look_up_login()

    async def _repository(self) -> None:
        self._notes.repository = await read(
            f"the repository {self._name}", lambda: self._bitbucket.repository(self._name)
        )

    async def _stored(self, since: datetime | None = None) -> None:
        """The variables of workspace and repository."""
        notes, name, bitbucket = self._notes, self._name, self._bitbucket
        notes.workspace_variables, notes.repository_variables = await asyncio.gather(
            read(
                f"workspace variables of {name.workspace}",
                lambda: bitbucket.workspace_variables(name.workspace, since),
            ),
            read(f"repository variables of {name}", lambda: bitbucket.repository_variables(name, since)),
        )

    async def _environments(self, since: datetime | None = None) -> None:
        self._notes.environments = await read(
            f"deployment environments of {self._name}",
            lambda: self._bitbucket.environments(self._name, since),
        )

    # -- the variables of environments ------------------------------------------------------------------

    async def _of_own_environments(self, since: datetime | None) -> None:
        """Those of the environments that the steps deploy to."""
        own = self._own()
        if any(isinstance(reading, Absent) for reading in own):
            # Unless this very diagnosis read the list, one may have been added since.
            await self._environments(datetime.now(UTC))
            own = self._own()
        await self._of_each((reading.value for reading in own if isinstance(reading, Known)), since)

    def _own(self) -> list[Reading[Environment] | None]:
        case = self._notes.case()
        return [environment_of(case, suspect.step) for suspect in case.suspects]

    async def _of_other_environments(self, since: datetime | None) -> None:
        """Those of all environments: one of them may have what a step lacks."""
        listed = known(self._notes.environments) or ()
        await self._of_each(listed[:_ENVIRONMENTS], since)
        for one in listed[_ENVIRONMENTS:]:
            left_out = Unread(
                _source(one),
                f"the repository has more than {_ENVIRONMENTS} environments",
                "look there by hand: Repository settings > Pipelines > Deployments",
            )
            self._notes.environment_variables.setdefault(one.uuid, left_out)

    async def _of_each(self, environments: Iterable[Environment], since: datetime | None) -> None:
        readings = self._notes.environment_variables
        wanted = {one.uuid: one for one in environments if one.uuid not in readings}
        for uuid, one in wanted.items():
            readings[uuid] = waiting(_source(one))

        async def of(one: Environment) -> None:
            readings[one.uuid] = await read(
                _source(one),
                lambda: self._bitbucket.environment_variables(self._name, one.uuid, since),
            )

        await asyncio.gather(*(of(one) for one in wanted.values()))

    def _lacks_something(self) -> bool:
        case = self._notes.case()
        for suspect in case.suspects:
            wanted = [*needs(case, suspect.step), *needs_of_other_clouds(case, suspect.step)]
            if Family.REGION_MISSING in case.families:
                wanted += region_needs(case, suspect.step)
            if any(not need.lookup.settings for need in wanted):
                return True
        return False


def _source(environment: Environment) -> str:
    return f"deployment variables of the environment {environment.name}"
