"""Which steps are looked at; where the file that defines the failed one was not read, by its commands alone.

A run lists for each step the commands that it ran (`script_commands`), also where its definition is imported,
made while it starts, or in a file that cannot be read:
https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pipelines/
"""

from __future__ import annotations

from bot.investigator_notes import Notes, known
from bot.investigator_runs import block, suspects
from knowledge.casefile import Listing, RunStep, Suspect
from knowledge.imported import import_of
from knowledge.pipelines import find_run_step
from knowledge.pipelines.listing import listed_lines, listed_step
from knowledge.pipelines.model import PipelineFile

LOOKED_AT = "the step is judged by the commands that Bitbucket lists for it, as its definition was not read"


def take_suspects(notes: Notes) -> None:
    """Fill the notes' `suspects`, or their `listing` where the failed step's definition was not read."""
    notes.suspects, notes.listing = suspects(notes), None
    step, file = notes.run_step, known(notes.file)
    if step is None or (file is not None and not _is_elsewhere(notes, file, step)):
        return
    made = listed_step(step.name, step.position, step.commands)
    if made is None:
        return
    suspect = Suspect(made, "it is the step of the run that failed", not notes.inferred, run_step=step)
    imported = import_of(file, known(notes.run)) if file is not None else None
    lines = listed_lines(step.commands)
    notes.suspects, notes.listing = (), Listing(suspect, lines, _page(notes, step), imported)


def _is_elsewhere(notes: Notes, file: PipelineFile, step: RunStep) -> bool:
    """Whether the step is not in the file that was read, and more than that file went into the run."""
    if any(problem.fatal for problem in file.problems):
        return False
    steps = block(file, known(notes.run))
    imported = steps is not None and not steps
    return (imported or notes.definition.partly) and not (
        steps and find_run_step(steps, step.name, step.position)
    )


def _page(notes: Notes, step: RunStep) -> str | None:
    run = known(notes.run)
    if run is None:
        return None
    return notes.question.name.page("pipelines", "results", str(run.build_number), "steps", step.uuid)
