"""Reads what a diagnosis needs, in waves: everything whose inputs are known starts at once.

A reading that fails or is late becomes `Unread` with its reason and remedy, and the rest goes on. One
deadline holds for all of it; then the answer is made of what is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

from bot.investigator_calls import WARM, may_search
from bot.investigator_clouds import CloudReader
from bot.investigator_green import with_green
from bot.investigator_listing import take_suspects
from bot.investigator_notes import Notes, Question, known, read, waiting
from bot.investigator_policy import take_pasted
from bot.investigator_role import RoleReader
from bot.investigator_run import RunReader
from bot.investigator_runs import begun, hangs_on_kept_variables
from bot.investigator_tip import fault_of_file, read_tip
from bot.investigator_words import answer
from bot.ports import Aws, Bitbucket, Clouds
from bot.spans import ends_waves, wave
from knowledge.answer import Answer
from knowledge.casefile import Environment
from knowledge.cloud_needs import needs_of_other_clouds
from knowledge.reading import Absent, Known, Reading, Unread
from knowledge.symptoms.model import Family
from knowledge.variable_levels import environment_of
from knowledge.variable_needs import needs, region_needs
from knowledge.words import amount

#: Seconds for all the reading of one diagnosis, the question for the repository's name included. With the
#: four that an attached file may take (`bot.clients.slack_files`) that leaves some to post the reply in.
DEADLINE = 8.0

_NONE = Clouds()
_ENVIRONMENTS = 10
"""Environments whose variables are read when a name is looked for everywhere."""


async def investigate(
    bitbucket: Bitbucket,
    aws: Aws,
    question: Question,
    *,
    clouds: Clouds = _NONE,
    deadline: float = DEADLINE,
) -> Answer:
    """Read, judge, and answer; raises nothing for what a source did."""
    notes = Notes(question)
    until = asyncio.get_running_loop().time() + deadline
    try:
        async with asyncio.timeout(deadline):
            if not await _Investigation(bitbucket, aws, clouds, notes).read_all():
                # What was remembered of the run is no longer so: all is made of what is there now.
                notes = Notes(question)
                await _Investigation(bitbucket, aws, clouds, notes, question.not_before).read_all()
    except TimeoutError:
        # What is missing says so itself: it has been `Unread` from the beginning.
        pass
    ends_waves()
    notes.settle()
    if question.role is not None:
        take_pasted(notes, question.role)
    # Only now is it known what the log shows, and so how certain the step is.
    take_suspects(notes)
    return await with_green(bitbucket, notes, answer(notes), until)


class _Investigation:
    """One diagnosis' reading, from the repository to the role.

    The run is made of nothing that was read before `run_since`; without one, of what is remembered, which is
    then compared with what is there.
    """

    def __init__(
        self,
        bitbucket: Bitbucket,
        aws: Aws,
        clouds: Clouds,
        notes: Notes,
        run_since: datetime | None = None,
    ) -> None:
        self._bitbucket = bitbucket
        self._aws = aws
        self._clouds = clouds
        self._notes = notes
        self._run_since = run_since
        self._name = notes.question.name

    async def read_all(self) -> bool:
        """Whether all holds: what was remembered of the run's steps may be outdated."""
        notes = self._notes
        wave("run")
        async with asyncio.TaskGroup() as group:
            repository = group.create_task(self._repository())
            stored = group.create_task(self._stored())
            role = RoleReader(self._aws, notes, repository, group)
            role.named_by_paste()
            clouds = CloudReader(self._clouds, notes, group)
            clouds.named()
            run = RunReader(self._bitbucket, notes, repository, role.named_by_log, self._run_since)
            environments = group.create_task(self._environments_of(run))
            await run.read(group)
            if not notes.question.symptoms:
                await run.until_log_read()
            take_suspects(notes)
            steps = known(notes.run_steps)
            since = begun(known(notes.run), () if steps is None else steps)
            wave("variables")
            await environments
            await self._of_own_environments()
            await stored
            wave("lacking")
            lacking = await self._still_lacks(since)
            if not lacking:
                # Nothing more is learnt of the step: AWS need not wait for what follows.
                role.named_by_step()
                clouds.named()
            if (not lacking or self._bitbucket.calls < WARM) and not await self._run_as_remembered():
                # What is under way is read to its end: broken off, it would be asked for once more.
                return False
            if lacking:
                await self._of_other_environments(since)
            tip = None
            if notes.question.anew or not any(self._own()) or fault_of_file(self._bitbucket, notes):
                # A click may come after a change; else these are calls that the answer has to spare.
                tip = group.create_task(read_tip(self._bitbucket, notes))
            role.named_by_step()
            wave("login")
            role.look_up_login()
            clouds.named()
            await run.until_log_read()
            # The log may show what the paste does not.
            clouds.named()
            if tip is not None:
                await asyncio.wait({tip})
            await role.read_in_time()
            await clouds.read_in_time()
        return True

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

    async def _environments_of(self, run: RunReader) -> None:
        """At once where the run is named; else what the search for it leaves calls for."""
        question = self._notes.question
        if question.target.build_number is None and question.symptoms:
            await run.settled.wait()
            if not may_search(self._bitbucket, self._notes, 1):
                self._notes.environments = _spent(self._notes.environments.source)
                return
        await self._environments()

    async def _environments(self, since: datetime | None = None) -> None:
        self._notes.environments = await read(
            f"deployment environments of {self._name}",
            lambda: self._bitbucket.environments(self._name, since),
        )

    # -- the variables of environments ------------------------------------------------------------------

    async def _of_own_environments(self) -> None:
        """Those of the environments that the steps deploy to."""
        own = self._own()
        if any(isinstance(reading, Absent) for reading in own):
            # Unless this very diagnosis read the list, one may have been added since.
            await self._environments(datetime.now(UTC))
            own = self._own()
        there = [reading.value for reading in own if isinstance(reading, Known)]
        question = self._notes.question
        if question.target.build_number is None and not may_search(self._bitbucket, self._notes, 1):
            left_out = {one.uuid: _spent(_source(one)) for one in there}
            self._notes.environment_variables.update(left_out)
        await self._of_each(there, None)

    def _own(self) -> list[Reading[Environment] | None]:
        case = self._notes.case()
        return [environment_of(case, suspect.step) for suspect in case.suspects]

    async def _of_other_environments(self, since: datetime | None) -> None:
        """Those of all environments: one of them may have what a step lacks."""
        listed = known(self._notes.environments) or ()
        await self._of_each(listed[:_ENVIRONMENTS], since)
        rest = [one for one in listed[_ENVIRONMENTS:] if one.uuid not in self._notes.environment_variables]
        # One reading for all of them, and so one line.
        left_out = Unread(
            f"deployment variables of {amount(len(rest), 'further environment')}",
            f"the repository has more than {_ENVIRONMENTS} environments",
            "look there by hand: Repository settings > Pipelines > Deployments",
        )
        for one in rest:
            self._notes.environment_variables[one.uuid] = left_out

    async def _still_lacks(self, since: datetime | None) -> bool:
        """Whether a step lacks a variable; not by what was remembered of the levels it sees, if that is older
        than the message or than the run, which began at `since`: one may have been added or mended since."""
        asked = max(filter(None, (self._notes.question.not_before, since)), default=None)
        lacks = self._lacks_something()
        if asked is None or not (lacks or hangs_on_kept_variables(self._notes, asked)):
            return lacks
        own = [reading.value for reading in self._own() if isinstance(reading, Known)]
        for one in own:
            self._notes.environment_variables.pop(one.uuid, None)
        await asyncio.gather(self._stored(asked), self._of_each(own, asked))
        return self._lacks_something()

    async def _run_as_remembered(self) -> bool:
        """Whether the steps are what is there, where they were remembered from before the message.

        A step that was run again keeps its run's number and its UUID, and began at another time. What a
        step still lacks it lacked in whatever run of it: then that is not asked for.
        """
        notes, asked = self._notes, self._notes.question.not_before
        run, steps = known(notes.run), known(notes.run_steps)
        if run is None or steps is None or asked is None:
            return True
        source = f"the steps of run #{run.build_number}"
        now = await read(
            source, lambda: self._bitbucket.steps(self._name, run.build_number, asked), missing=True
        )
        if isinstance(now, Known) and now.value != steps:
            return False
        notes.run_steps = now
        return True

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


def _spent(source: str) -> Unread:
    return Unread(
        source,
        "what was read before took the calls to Bitbucket that an answer has",
        "press “Check again”, or name the run by its number",
    )


def _source(environment: Environment) -> str:
    return f"deployment variables of the environment {environment.name}"
