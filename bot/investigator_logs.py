"""Reads the logs of a run's steps, and finds the step whose log shows the pasted failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.investigator_calls import may_search
from bot.investigator_notes import Notes, known, read, waiting
from bot.investigator_runs import block, likeliest_first, shows, unfinished_steps
from bot.ports import Bitbucket
from knowledge.casefile import Run, RunStep
from knowledge.reading import Unread
from knowledge.symptoms import recognise

_LOGS = 4
"""Steps of one run whose logs are looked at."""


class LogReader:
    """Fills the notes' `log`, and what it shows; `log_read` is called whenever one has been read."""

    def __init__(self, bitbucket: Bitbucket, notes: Notes, log_read: Callable[[], None]) -> None:
        self._bitbucket = bitbucket
        self._notes = notes
        self._log_read = log_read

    async def read(self, run: Run, step: RunStep) -> None:
        notes, name = self._notes, self._notes.question.name
        source = f"the log of the step {step.name or step.position + 1}"
        notes.log = waiting(source)
        notes.log = await read(
            source,
            lambda: self._bitbucket.log(name, run.build_number, step),
            url=name.page("pipelines", "results", str(run.build_number), "steps", step.uuid),
            missing=True,
        )
        log = known(notes.log)
        notes.log_symptoms = recognise(log.text) if log is not None else ()
        notes.log_holds = shows(notes.log_symptoms, notes.question.symptoms) if log is not None else None
        if log is not None and log.part is not None:
            notes.log_part = log.part
        self._log_read()

    async def of_failed(self, run: Run, failed: Sequence[RunStep]) -> None:
        """Of several failed steps, the one whose log shows the pasted failure (or any, if none was)."""
        notes = self._notes
        file = known(notes.file)
        steps = block(file, run) if file is not None else None
        ordered = likeliest_first(failed, steps, notes.question.symptoms)
        notes.run_step = ordered[0]
        looked_at = 0
        for number, step in enumerate(ordered[:_LOGS]):
            # An environment's variables may have to be read as well.
            spare = 1 if known(notes.environments) == () else 2
            if number and not may_search(self._bitbucket, notes, spare):
                notes.logs_left = len(ordered) - number
                break
            await self.read(run, step)
            looked_at += notes.log_holds is not None
            if notes.log_holds or (not notes.question.symptoms and notes.log_symptoms):
                notes.run_step = step
                return
        await self.read(run, ordered[0])
        if looked_at < len(ordered) and notes.log_holds is False:
            notes.log_holds = None

    async def of_unfinished(self, run: Run, steps: Sequence[RunStep]) -> None:
        """Of a run in which no step failed, the step that is still going, was stopped or expired, and whose
        log shows the pasted failure; without one, a run without a failed step did not fail of it."""
        notes = self._notes
        looked_at = 0
        for step in unfinished_steps(steps)[:_LOGS]:
            if not may_search(self._bitbucket, notes, 2):
                break
            await self.read(run, step)
            if notes.log_holds:
                notes.run_step, notes.candidates = step, 1
                return
            looked_at += notes.log_holds is False
        if not isinstance(notes.log, Unread):
            notes.log = None
        notes.log_symptoms, notes.log_holds = (), False
        notes.unfinished_logs = looked_at
