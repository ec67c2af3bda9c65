"""Reads the run that a paste means: its steps, the pipeline file at its commit, the failed step's log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.investigator_calls import WARM
from bot.investigator_logs import LogReader
from bot.investigator_notes import VAGUE, Notes, follows, known, read, waiting
from bot.investigator_older import older_that_shows
from bot.investigator_runs import (
    failed_runs,
    failed_steps,
    named_of,
    of_target,
    steps_meant,
    with_guess,
)
from bot.investigator_source import definition_of, parsed
from bot.ports import Bitbucket, RunList
from knowledge.casefile import Run
from knowledge.reading import Absent, Known, Reading
from knowledge.target import Target
from knowledge.words import code

_LOG_SECONDS = 3.0
"""How long a log is waited for before anything else, where it decides which run is meant."""
_NEWEST = "the newest failed run"
_INFERRED = "(inferred, as no build number was named)"


class RunReader:
    """Fills the notes' `run`, `run_steps`, `run_step`, `file`, `log`, and how they were found.

    `log_read` is called whenever a log has been read. Nothing of the run is used that was read before
    `since`.
    """

    def __init__(
        self,
        bitbucket: Bitbucket,
        notes: Notes,
        repository: asyncio.Task[None],
        log_read: Callable[[], None],
        since: datetime | None = None,
    ) -> None:
        self._bitbucket = bitbucket
        self._notes = notes
        self._repository = repository
        self._logs = LogReader(bitbucket, notes, log_read)
        self._since = since
        self._reading_log: asyncio.Task[None] | None = None
        self._file_asked = False
        self.settled = asyncio.Event()
        """Set once it is known which run is meant, as far as it is found out."""
        self._name = notes.question.name
        self._target = notes.question.target

    async def read(self, group: asyncio.TaskGroup) -> None:
        """Everything but the log of the one failed step, which goes on in the `group`."""
        try:
            await self._read(group)
        finally:
            self.settled.set()

    async def _read(self, group: asyncio.TaskGroup) -> None:
        number = self._target.build_number
        if number is None and self._target.run_uuid is not None:
            await self._named_by_uuid(self._target.run_uuid, group)
            return
        if number is None:
            await self._newest(group)
            return
        self._notes.run, _ = await asyncio.gather(
            read(
                f"run #{number} of {self._name}",
                lambda: self._bitbucket.run(self._name, number, self._since),
                url=self._name.page("pipelines", "results", str(number)),
                missing=True,
            ),
            self._steps(number),
        )
        if isinstance(self._notes.run, Absent):
            self._notes.run_how = f"{code(self._name)}, which has no run #{number}"
        await self._of_run(group)

    async def _named_by_uuid(self, uuid: str, group: asyncio.TaskGroup) -> None:
        """The run tells its number, by which its steps are asked for."""
        notes = self._notes
        notes.run = await read(
            f"the run {uuid} of {self._name}",
            lambda: self._bitbucket.run(self._name, uuid, self._since),
            missing=True,
        )
        run = known(notes.run)
        if run is None:
            notes.run_steps = follows("the run's steps", "no run has this UUID", notes.run)
            if isinstance(notes.run, Absent):
                notes.run_how = f"{code(self._name)}, which has no run {code(uuid)}"
        else:
            await self._steps(run.build_number)
            self._target = replace(self._target, build_number=run.build_number)
            notes.question = replace(notes.question, target=self._target)
        await self._of_run(group)

    async def _newest(self, group: asyncio.TaskGroup) -> None:
        """The newest failed run; an older one only if the newest does not show the pasted failure and that
        one does."""
        notes, target = self._notes, self._target
        runs = await self._runs()
        listed = known(runs)
        notes.newest_runs = newest = listed.runs if listed is not None else ()
        failed = failed_runs(newest)
        target = self._target = with_guess(target, newest)
        meant, how = of_target(failed, target), f"{_NEWEST} {_INFERRED}"
        named = named_of(target)
        if named and listed is not None:
            if not meant and not listed.whole:
                asked_for = known(await self._runs(target))
                meant = of_target(failed_runs(asked_for.runs if asked_for is not None else ()), target)
            notes.not_as_named = not meant
            of = f"{_NEWEST} of {named}"
            how = f"{of} {_INFERRED}" if meant else f"{how[:-1]}; no failed run of {named} was found)"
        failed = meant or failed
        if not failed:
            source = f"failed runs of {self._name}"
            notes.run = Absent(source) if isinstance(runs, Known) else replace(runs, source=source)
            notes.run_steps = follows("the run's steps", "no failed run was found", runs)
            if isinstance(runs, Known):
                notes.run_how = f"{code(self._name)}, none of whose newest runs failed"
            await self._of_run(group)
            return
        notes.failed_runs = failed
        # Another may be meant: then the file of this one would be a call for nothing.
        await self._take(failed[0], how, group, only_log=bool(failed[1:] and notes.question.symptoms))
        if failed[1:] and self._reading_log is not None:
            await asyncio.wait({self._reading_log}, timeout=_LOG_SECONDS)
        if failed[1:] and notes.log_holds is False and await self._older(failed, how, group):
            return
        if not self._file_asked:
            await self._file(failed[0])

    async def _older(self, failed: Sequence[Run], how: str, group: asyncio.TaskGroup) -> bool:
        """Whether an older one shows the failure; then that is taken."""
        notes = self._notes
        older = await older_that_shows(self._bitbucket, notes, failed[1:])
        notes.older_runs, notes.older_left, notes.failed_steps = older.looked_at, older.left, older.steps
        if older.found is not None:
            in_part = {} if notes.log_part is None else {failed[0].build_number: notes.log_part}
            notes.passed_over = {**in_part, **older.in_part}
            await self._take(older.found, how.replace(" (", " whose log shows this error (", 1), group)
        return older.found is not None

    async def _runs(self, target: Target | None = None) -> Reading[RunList]:
        """The newest runs; with a target those of the branch, tag or commit that it names."""
        branch = (target.tag or target.branch) if target is not None else None
        commit = target.commit if target is not None and len(target.commit or "") == 40 else None
        if target is not None and branch is None and commit is None:
            # A pull request, or the beginning of a commit's hash, cannot be asked for.
            return Absent(f"runs of {self._name}")
        return await read(
            f"the runs of {self._name}",
            lambda: self._bitbucket.newest_runs(
                self._name, branch=branch, commit=commit, since=self._notes.question.not_before
            ),
        )

    async def until_log_read(self) -> None:
        if self._reading_log is not None:
            await asyncio.wait({self._reading_log})

    async def _take(self, run: Run, how: str, group: asyncio.TaskGroup, *, only_log: bool = False) -> None:
        notes = self._notes
        notes.run, notes.run_how = Known(run, f"run #{run.build_number} of {self._name}", run.url), how
        notes.run_steps, notes.run_step = waiting("the run's steps"), None
        notes.log, notes.log_symptoms, notes.log_holds, notes.log_part = None, (), None, None
        self._reading_log, self._file_asked = None, False
        await self._steps(run.build_number)
        await self._of_run(group, only_log=only_log)

    async def _steps(self, number: int) -> None:
        self._notes.run_steps = await read(
            f"the steps of run #{number}",
            lambda: self._bitbucket.steps(self._name, number, self._since),
            missing=True,
        )

    async def _of_run(self, group: asyncio.TaskGroup, *, only_log: bool = False) -> None:
        """The file and the log; which step it was. With `only_log` the log of the one that failed alone."""
        notes = self._notes
        run, steps = known(notes.run), known(notes.run_steps) or ()
        named = steps_meant(self._target, run, steps)
        candidates = named or failed_steps(steps)
        notes.candidates = len(candidates)
        asked = self._target.step or self._target.step_named
        notes.step_not_there = bool(steps) and not named and asked is not None
        if run is not None and len(candidates) == 1:
            notes.run_step = candidates[0]
            # Of a repository that was read a moment ago it has so few calls by now, and of no other.
            frugal = self._is_said_already() and self._bitbucket.calls < WARM
            if frugal:
                await self._file(run)
            notes.log_spared = frugal and self._bitbucket.calls >= WARM
            if not notes.log_spared:
                self._reading_log = group.create_task(self._logs.read(run, candidates[0]))
            if not frugal and not only_log:
                await self._file(run)
            return
        await self._file(run)
        if run is not None and candidates:
            await self._logs.of_failed(run, candidates)
        elif run is not None and isinstance(notes.run_steps, Known) and notes.question.symptoms:
            await self._logs.of_unfinished(run, steps)

    def _is_said_already(self) -> bool:
        """Whether the log would tell nothing that decides: the run is named, and the text is telling."""
        asked = self._notes.question
        return (
            self._target.build_number is not None
            and not asked.anew
            and not self._notes.step_not_there
            and any(symptom.family not in VAGUE for symptom in asked.symptoms)
        )

    # -- the file ---------------------------------------------------------------------------------------

    async def _file(self, run: Run | None) -> None:
        """At the commit that ran: a fix may have been pushed since. If no run failed, at the main branch."""
        notes = self._notes
        self._file_asked = True
        self.settled.set()
        at = run.commit if run is not None else await self._main_branch()
        if at is None:
            why = (
                "the commit that ran is not known"
                if run is not None
                else "the run it belongs to is not known"
            )
            notes.file = follows("the pipeline file", why, notes.run)
            return
        sources = run.configuration_sources if run is not None else ()
        notes.definition = definition_of(sources, self._name, known(notes.repository))
        path = notes.definition.path
        source = f"{path} at {at[:12] if run is not None else at}"
        raw: Reading[bytes] = await read(
            source,
            lambda: self._bitbucket.file(self._name, at, path),
            url=self._name.page("src", at, *path.split("/")),
            missing=True,
        )
        notes.file = parsed(raw, path) if isinstance(raw, Known) else raw

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
