"""Whether the fault is already gone at the tip of the branch: then only another run is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.errors import SourceError
from bot.ports import Bitbucket
from knowledge.casefile import CaseFile, Suspect
from knowledge.engine import diagnose
from knowledge.finding import Diagnosis, Surface, Verdict
from knowledge.pipelines import parse
from knowledge.pipelines.model import PipelineFile, PipelineStep
from knowledge.reading import Known
from knowledge.words import code

if TYPE_CHECKING:
    from bot.investigator_notes import Notes

FILE = "bitbucket-pipelines.yml"
_CALLS = 9
_SHORT = 12


@dataclass(frozen=True, slots=True)
class Tip:
    """The newest commit of the run's branch, and its pipeline file."""

    branch: str
    commit: str
    file: PipelineFile


async def read_tip(bitbucket: Bitbucket, notes: Notes) -> None:
    """Read the branch's newest commit, and its file where it is not the one that ran.

    Nothing is said of a branch that could not be read: what ran is what is diagnosed. It is left out where
    it would be one call too many.
    """
    run = notes.run.value if isinstance(notes.run, Known) else None
    if run is None or run.ref_type != "branch" or not run.ref_name or not run.commit or run.pull_request:
        return
    if bitbucket.calls >= _CALLS or not isinstance(notes.file, Known):
        return
    try:
        # A tip that was read before the run began may be older than what ran.
        tip = await bitbucket.tip(notes.question.name, run.ref_name, run.created_on)
        if tip == run.commit:
            return
        raw = await bitbucket.file(notes.question.name, tip, FILE)
    except SourceError:
        return
    notes.tip = Tip(run.ref_name, tip, parse(raw, FILE))


def already_changed(notes: Notes, case: CaseFile, diagnosis: Diagnosis) -> str:
    """What to do when the tip's file does not have the leading fault any more; empty when it has it, or the
    fault is not one of the file."""
    lead, tip = diagnosis.lead, notes.tip
    if lead is None or lead.step is None or tip is None or any(one.fatal for one in tip.file.problems):
        return ""
    if not any(fix.surface is Surface.PIPELINE_FILE for fix in lead.fixes):
        return ""
    there = tuple(filter(None, (_there(tip.file, suspect) for suspect in case.suspects)))
    if not there:
        return ""
    reading = Known(tip.file, f"{FILE} at {tip.commit[:_SHORT]}")
    again = diagnose(replace(case, pipeline_file=reading, suspects=there))
    if any(one.cause == lead.cause and one.verdict is not Verdict.RULED_OUT for one in again.findings):
        return ""
    return (
        f"This was already changed on {code(tip.branch)}, whose newest commit {code(tip.commit[:_SHORT])} "
        "does not have this fault any more: run the pipeline again on it."
    )


def _there(file: PipelineFile, suspect: Suspect) -> Suspect | None:
    """The same step in the other file: by its name, else by its place."""
    wanted = suspect.step
    same = [step for step in file.steps if step.pipeline == wanted.pipeline]
    named = [step for step in same if wanted.name and step.name == wanted.name]
    placed = [step for step in same if step.index == wanted.index]
    step: PipelineStep | None = next(iter(named or placed), None)
    return None if step is None else replace(suspect, step=step)
