"""Whether the fault is already gone at the tip of the branch: then only another run is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.errors import SourceError
from bot.investigator_calls import may_enrich
from bot.investigator_source import FILE, Definition
from bot.ports import Bitbucket
from knowledge.casefile import CaseFile
from knowledge.engine import diagnose
from knowledge.finding import Diagnosis, Finding, Severity, Surface, Verdict
from knowledge.pipelines import parse
from knowledge.pipelines.model import PipelineFile, PipelineStep
from knowledge.reading import Known
from knowledge.words import code

if TYPE_CHECKING:
    from bot.investigator_notes import Notes

_SHORT = 12


@dataclass(frozen=True, slots=True)
class Tip:
    """The pipeline file of the run's branch as it is now; `commit` is its newest, where that was read."""

    branch: str
    commit: str | None
    file: PipelineFile


def fault_of_file(bitbucket: Bitbucket, notes: Notes) -> bool:
    """Whether there is a call to spare for the tip, and what was read by now shows a fault of the file."""
    if not may_enrich(bitbucket, notes, 1):
        return False
    return any(_in_file(one) for one in diagnose(notes.case()).findings)


async def read_tip(bitbucket: Bitbucket, notes: Notes) -> None:
    """Read the file by the branch's name; where that has a slash, which an address cannot tell from a path,
    by its newest commit, where it is not the one that ran.

    Nothing is said of a branch that could not be read: what ran is what is diagnosed. It is left out where
    it would be one call too many.
    """
    run = notes.run.value if isinstance(notes.run, Known) else None
    if run is None or run.ref_type != "branch" or not run.ref_name or not run.commit or run.pull_request:
        return
    by_name = "/" not in run.ref_name
    if (
        not may_enrich(bitbucket, notes, 1 if by_name else 2)
        or not isinstance(notes.file, Known)
        or notes.definition != Definition()
    ):
        return
    try:
        # A tip that was read before the run began may be older than what ran.
        name, tip = notes.question.name, None
        if by_name:
            raw = await bitbucket.file(name, run.ref_name, FILE, run.created_on)
        else:
            tip = await bitbucket.tip(name, run.ref_name, run.created_on)
            if tip == run.commit:
                return
            raw = await bitbucket.file(name, tip, FILE)
    except SourceError:
        return
    if raw == notes.file.value.text.encode():
        # Nothing was changed; reading it once more would find what was found.
        return
    notes.tip = Tip(run.ref_name, tip, parse(raw, FILE))


def already_changed(notes: Notes, case: CaseFile, diagnosis: Diagnosis) -> str:
    """What to do when the tip's file does not have the leading fault any more; empty when it has it, or the
    fault is not one of the file."""
    lead, tip = diagnosis.lead, notes.tip
    if lead is None or lead.step is None or tip is None:
        return ""
    if not _in_file(lead):
        return ""
    if not without_fault(case, diagnosis, tip.file):
        return ""
    commit = f" {code(tip.commit[:_SHORT])}" if tip.commit else ""
    return (
        f"This was already changed on {code(tip.branch)}, whose newest commit{commit} "
        "does not have this fault any more: run the pipeline again on it."
    )


def without_fault(case: CaseFile, diagnosis: Diagnosis, file: PipelineFile) -> bool:
    """Whether the same steps are in another version of the file, which can be read, without the leading
    fault, and without one that the file that ran does not have."""
    lead = diagnosis.lead
    if lead is None or any(one.fatal for one in file.problems):
        return False
    there = tuple(
        replace(suspect, step=step)
        for suspect in case.suspects
        if (step := step_there(file, suspect.step)) is not None
    )
    if not there:
        return False
    again = diagnose(replace(case, pipeline_file=Known(file, FILE), suspects=there))
    before = {one.cause for one in diagnosis.findings}
    return not any(one.cause == lead.cause or _is_new(one, before) for one in again.findings)


def _is_new(finding: Finding, before: set[str]) -> bool:
    """Whether it is a fault of the file that takes the place of what was mended: the switch that was
    misplaced, say, is now not there at all."""
    return _in_file(finding) and finding.cause not in before


def _in_file(finding: Finding) -> bool:
    """Whether it is told as a fault, and is mended in the file."""
    proven = finding.verdict in (Verdict.CONFIRMED, Verdict.LIKELY)
    of_file = any(fix.surface is Surface.PIPELINE_FILE for fix in finding.fixes)
    return proven and of_file and finding.severity is not Severity.ADVICE


def step_there(file: PipelineFile, wanted: PipelineStep) -> PipelineStep | None:
    """The same step in another version of the file: by its name, or by its place where it has none."""
    same = [step for step in file.steps if step.pipeline == wanted.pipeline]
    named = [step for step in same if wanted.name and step.name == wanted.name]
    placed = [step for step in same if step.index == wanted.index]
    return next(iter(named if wanted.name else placed), None)
