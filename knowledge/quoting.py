"""Evidence out of the pipeline file: a step by reference, a line by its words and its link."""

from __future__ import annotations

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, StepRef
from knowledge.location import InFile, InStep, Position
from knowledge.pipelines.model import PipelineFile, PipelineStep
from knowledge.reading import Known
from knowledge.words import code


def step_ref(step: PipelineStep) -> StepRef:
    """The step as findings name it."""
    return StepRef(step.pipeline, step.index, step.name, step.at.line)


def step_for(suspect: Suspect | None, *, of_the_step: bool) -> StepRef | None:
    """The step, unless it was only inferred and the fault is the same for every step."""
    if suspect is None or not (suspect.certain or of_the_step):
        return None
    return step_ref(suspect.step)


def step_words(suspect: Suspect | None) -> str:
    """The step in a sentence."""
    return f"step {code(suspect.step.label)}" if suspect else "the step"


def file_of(case: CaseFile) -> PipelineFile | None:
    """The pipeline file, if it was read and at least some of it was understood."""
    reading = case.pipeline_file
    return reading.value if isinstance(reading, Known) else None


def in_file(case: CaseFile, at: Position) -> InFile | InStep:
    """A place of the case's pipeline file, with the link to that line where the file has a link; where the
    step is known by its commands alone, the place among these."""
    reading, listing = case.pipeline_file, case.listing
    if listing is not None:
        return InStep(listing.suspect.step.label, at.line, listing.url)
    if not isinstance(reading, Known):
        return InFile("bitbucket-pipelines.yml", at.line, at.column)
    url = f"{reading.url}#lines-{at.line}" if reading.url else None
    return InFile(reading.value.path, at.line, at.column, url)


def quoted(
    case: CaseFile,
    at: Position,
    sentence: str,
    *,
    primary: bool = True,
    comparison: Comparison | None = None,
) -> Evidence:
    """One line of the pipeline file (or of the commands) as evidence, without its indent."""
    file, listing = file_of(case), case.listing
    if listing is not None:
        excerpt = listing.lines[at.line - 1].strip() if 0 < at.line <= len(listing.lines) else ""
    else:
        excerpt = file.line(at.line).strip() if file else ""
    return Evidence(sentence, in_file(case, at), excerpt, primary, comparison)
