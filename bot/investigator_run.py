"""Reads the run that a paste means: its steps, the pipeline file at its commit, the failed step's log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.investigator_notes import FILE, Notes, follows, known, read, waiting
from bot.investigator_runs import block, failed_runs, failed_steps, likeliest_first, shows
from bot.ports import Bitbucket
from knowledge.casefile import Run, RunStep
from knowledge.pipelines import parse
from knowledge.reading import Absent, Known, Reading
from knowledge.symptoms import recognise
from knowledge.words import code

_CALLS = 9
"""Calls to Bitbucket for one diagnosis; further runs and logs are only looked at within them."""
_RUNS = 3
_LOGS = 4


class RunReader:
    """Fills the notes' `run`, `run_steps`, `run_step`, `file`, `log`, and how they were found.

    `log_read` is called whenever a log has been read.
    """

    def __init__(
        self,
        bitbucket: Bitbucket,
        notes: Notes,
        repository: asyncio.Task[None],
        log_read: Callable[[], None],
    ) -> None:
        self._bitbucket = bitbucket
        self._notes = notes
        self._repository = repository
        self._log_read = log_read
        self._reading_log: asyncio.Task[None] | None = None
        self._name = notes.question.name
        self._target = notes.question.target

    async def read(self, group: asyncio.TaskGroup) -> None:
        """Everything but the log of the one failed step, which goes on in the `group`."""
        number = self._target.build_number
        if number is None:
            await self._newest(group)
            return
        self._notes.run, _ = await asyncio.gather(
            read(
                f"run #{number} of {self._name}",
                lambda: self._bitbucket.run(self._name, number),
                url=self._name.page("pipelines", "results", str(number)),
                missing=True,
            ),
            self._steps(number),
        )
        if isinstance(self._notes.run, Absent):
            self._notes.run_how = f"{code(self._name)}, which has no run #{number}"
        await self._of_run(group)

    async def _newest(self, group: asyncio.TaskGroup) -> None:
        """The newest failed run; an older one only if the newest does not show the pasted failure and that
        one does."""
        notes = self._notes
        runs = await read(f"the runs of {self._name}", lambda: self._bitbucket.newest_runs(self._name))
        newest = known(runs)
        failed = () if newest is None else failed_runs(newest, self._target)
        if not failed:
            source = f"failed runs of {self._name}"
            notes.run = Absent(source) if isinstance(runs, Known) else replace(runs, source=source)
            notes.run_steps = follows("the run's steps", "no failed run was found", runs)
            if isinstance(runs, Known):
                notes.run_how = f"{code(self._name)}, none of whose newest runs failed"
            await self._of_run(group)
            return
        await self._take(failed[0], "the newest failed run", group)
        others = failed[1:_RUNS]
        if not others or not self._may_look_further():
            return
        await self.until_log_read()
        if notes.log_holds is not False:
            return
        for older in others:
            if not self._may_look_further():
                break
            await self._take(older, "the newest failed run whose log shows this error", group)
            await self.until_log_read()
            if notes.log_holds:
                return
        await self._take(failed[0], "the newest failed run", group)

    def _may_look_further(self) -> bool:
        """Another run costs its steps, its log and its file."""
        return self._bitbucket.calls + 3 <= _CALLS

    async def until_log_read(self) -> None:
        if self._reading_log is not None:
            await asyncio.wait({self._reading_log})

    async def _take(self, run: Run, how: str, group: asyncio.TaskGroup) -> None:
        notes = self._notes
        notes.run, notes.run_how = Known(run, f"run #{run.build_number} of {self._name}", run.url), how
        notes.run_steps, notes.run_step = waiting("the run's steps"), None
        notes.log, notes.log_symptoms, notes.log_holds = None, (), None
        self._reading_log = None
        await self._steps(run.build_number)
        await self._of_run(group)

    async def _steps(self, number: int) -> None:
        self._notes.run_steps = await read(
            f"the steps of run #{number}", lambda: self._bitbucket.steps(self._name, number), missing=True
        )

    async def _of_run(self, group: asyncio.TaskGroup) -> None:
        """The file and the log; which step it was."""
        notes = self._notes
        run, steps = known(notes.run), known(notes.run_steps) or ()
        named = next((step for step in steps if step.uuid == self._target.step), None)
        candidates = (named,) if named is not None else failed_steps(steps)
        notes.candidates = len(candidates)
        if run is not None and len(candidates) == 1:
            notes.run_step = candidates[0]
            self._reading_log = group.create_task(self._log(run, candidates[0]))
            await self._file(run)
            return
        await self._file(run)
        if run is not None and candidates:
            await self._logs(run, candidates)
        elif isinstance(notes.run_steps, Known) and notes.question.symptoms:
            # A run without a failed step did not fail of what was pasted.
            notes.log_holds = False

    # -- the file ---------------------------------------------------------------------------------------

    async def _file(self, run: Run | None) -> None:
        """At the commit that ran: a fix may have been pushed since. If no run failed, at the main branch."""
        notes = self._notes
        at = run.commit if run is not None else await self._main_branch()
        if at is None:
            why = (
                "the commit that ran is not known"
                if run is not None
                else "the run it belongs to is not known"
            )
            notes.file = follows("the pipeline file", why, notes.run)
            return
        source = f"{FILE} at {at[:12] if run is not None else at}"
        raw: Reading[bytes] = await read(
            source,
            lambda: self._bitbucket.file(self._name, at, FILE),
            url=self._name.page("src", at, FILE),
            missing=True,
        )
        notes.file = Known(parse(raw.value, FILE), raw.source, raw.url) if isinstance(raw, Known) else raw

    async def _main_branch(self) -> str | None:
        """The main branch, where no run was named and it is known that none failed; a name with a slash is
        ambiguous in an address: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-source/"""
        if self._target.build_number is not None:
            return None
        await asyncio.wait({self._repository})
        repository = known(self._notes.repository)
        if repository is None or not isinstance(self._notes.run, Absent):
            return None
        branch = repository.main_branch
        return None if branch is None or "/" in branch else branch

    # -- logs -------------------------------------------------------------------------------------------

    async def _log(self, run: Run, step: RunStep) -> None:
        notes = self._notes
        source = f"the log of the step {step.name or step.position + 1}"
        notes.log = waiting(source)
        notes.log = await read(
            source,
            lambda: self._bitbucket.log(self._name, run.build_number, step),
            url=self._name.page("pipelines", "results", str(run.build_number), "steps", step.uuid),
            missing=True,
        )
        log = known(notes.log)
        notes.log_symptoms = recognise(log.text) if log is not None else ()
        notes.log_holds = shows(notes.log_symptoms, notes.question.symptoms) if log is not None else None
        self._log_read()

    async def _logs(self, run: Run, failed: Sequence[RunStep]) -> None:
        """Of several failed steps, the one whose log shows the pasted failure (or any, if none was)."""
        notes = self._notes
        file = known(notes.file)
        steps = block(file, run) if file is not None else None
        ordered = likeliest_first(failed, steps, notes.question.symptoms)
        notes.run_step = ordered[0]
        for number, step in enumerate(ordered[:_LOGS]):
            if number and self._bitbucket.calls + 2 > _CALLS:
                break
            await self._log(run, step)
            if notes.log_holds or (not notes.question.symptoms and notes.log_symptoms):
                notes.run_step = step
                return
        await self._log(run, ordered[0])
