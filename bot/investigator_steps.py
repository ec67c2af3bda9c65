"""What the file says of the run's step, where it is not simply the step of that name."""

from __future__ import annotations

from bot.investigator_notes import Notes, known
from bot.investigator_runs import block
from knowledge.other_block import pipeline_not_in_file
from knowledge.pipelines import find_run_step
from knowledge.pipelines.select import child_steps
from knowledge.words import code, listed

_NAMED = 3


def step_in_file(notes: Notes) -> str:
    """That the step only starts a child pipeline, or is not in the file; empty where it is there, and where
    it is not known which block of the file ran."""
    file, run, step = known(notes.file), known(notes.run), notes.run_step
    if file is None or run is None or step is None or notes.listing is not None:
        return ""
    steps = block(file, run)
    if steps is None:
        ran = pipeline_not_in_file(notes.case(), None)
        return f"{code(file.path)} has no pipeline {code(ran)} at that commit{_taken(notes)}" if ran else ""
    if not steps:
        return ""
    found = find_run_step(steps, step.name, step.position)
    if found is None:
        return f"{code(file.path)} has no such step in what ran{_taken(notes)}"
    if found.child_pipeline is None:
        return ""
    child = code(found.child_pipeline)
    only = f"that step only starts the pipeline {child}, and has no script of its own"
    if not child_steps(file, found):
        return (
            f"{only}; no steps of {child} are in {code(file.path)}; name the run of {child} to have it read"
        )
    return f"{only}{_taken(notes)}; name the run of {child} to have the failed step read"


def _taken(notes: Notes) -> str:
    """Which steps were looked at in its place."""
    labels = list(dict.fromkeys(code(suspect.step.label) for suspect in notes.suspects))
    if not labels:
        return ""
    more = [f"{len(labels) - _NAMED} more"] if len(labels) > _NAMED else []
    is_are = "is" if len(labels) == 1 else "are"
    return f", so {listed([*labels[:_NAMED], *more])} {is_are} inferred"
