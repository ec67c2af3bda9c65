"""Two steps of one pipeline deploy to the same environment, which Bitbucket refuses when the pipeline starts.

Told by Atlassian's own tracker, and by no page of the documentation, so it is never more than likely until
a run says so: https://jira.atlassian.com/browse/BCLOUD-18931
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from knowledge.casefile import CaseFile, Run, Suspect
from knowledge.finding import Disposition, Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import InRun, Position
from knowledge.once import once_per_case
from knowledge.pipelines.edit import replace_span
from knowledge.pipelines.model import PipelineFile, PipelineStep
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.reading import Known
from knowledge.rules.rule import Rule
from knowledge.words import code, listed

_CAUSE = "deployment-used-twice"
_KEY = "deployment"
_SAYS = "occurs multiple times in the pipeline"
_BEFORE = re.compile(rf"\b{_KEY}[\"']?\s*:\s*[\"']?$")
_STAGES = "https://support.atlassian.com/bitbucket-cloud/docs/stage-options/"


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    file, step = file_of(case), suspect.step
    run = case.run.value if isinstance(case.run, Known) else None
    told = run is not None and run.error is not None and _SAYS in run.error
    started = bool(case.symptoms) or (isinstance(case.run_steps, Known) and bool(case.run_steps.value))
    if file is None or step.deployment is None or (started and not told):
        # A pipeline of which a step ran was not refused.
        return
    if _lock(file, step) is not None:
        found = _found(case, None, step.pipeline, _name(step), told)
        if found is not None:
            yield found


@once_per_case
def _found(case: CaseFile, _: None, pipeline: str, environment: str, told: bool) -> Finding | None:
    """The finding about one environment of one pipeline, which is the same for each step that uses it."""
    file, run = file_of(case), case.run
    uses = _uses(file, pipeline, environment) if file is not None else []
    if file is None or len(uses) < 2:
        return None
    return _finding(case, file, uses, run.value if told and isinstance(run, Known) else None)


def _uses(file: PipelineFile, pipeline: str, environment: str) -> list[tuple[PipelineStep, Position]]:
    """The steps and stages of the pipeline that lock this environment, each with the place of the key
    (of a stage: its value); steps of one stage share its lock."""
    found: dict[Position, tuple[PipelineStep, Position]] = {}
    for other in file.steps:
        lock = _lock(file, other) if other.pipeline == pipeline and _name(other) == environment else None
        if lock is not None:
            found.setdefault(lock, (other, other.key_at(_KEY) or lock))
    return list(found.values())


def _lock(file: PipelineFile, step: PipelineStep) -> Position | None:
    """What tells one use of an environment from another: the step, or the value of its stage. None where the
    environment is named by `environment`, which gives the variables alone."""
    if step.key_at(_KEY) is not None:
        return step.at
    if step.deployment is None or step.stage is None:
        return None
    at = step.deployment.at
    return at if _BEFORE.search(file.line(at.line)[: at.column - 1]) else None


def _name(step: PipelineStep) -> str:
    return step.deployment.text if step.deployment is not None else ""


def _finding(
    case: CaseFile, file: PipelineFile, uses: list[tuple[PipelineStep, Position]], told: Run | None
) -> Finding:
    (first, first_at), (second, second_at) = uses[:2]
    if second_at == first_at:
        # One anchored step, used twice: each use has a line of its own.
        first_at, second_at = first.at, second.at
    name = code(_name(first))
    said = []
    if told is not None:
        sentence = f"Run #{told.build_number} ended before its first step."
        place = InRun(told.build_number, told.url)
        said = [Evidence(sentence, place, told.error or "", primary=False)]
    names = listed(list(dict.fromkeys(code(step.label) for step, _ in uses)))
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY if told is None else Verdict.CONFIRMED,
        headline=f"Pipeline {code(first.pipeline)} deploys to {name} more than once ({names}).",
        meaning=(
            "Bitbucket takes an environment once in a pipeline, and refuses the run otherwise. Steps that "
            "share one go into a stage, or name it with `environment`."
        ),
        step=step_ref(second),
        evidence=(
            quoted(case, second_at, f"Line {second_at.line} deploys to {name} again."),
            quoted(case, first_at, f"Line {first_at.line} deploys to {name} first.", primary=False),
            *said,
        ),
        fixes=(_fix(file, uses),),
    )


def _fix(file: PipelineFile, uses: list[tuple[PipelineStep, Position]]) -> Fix:
    """`environment` on all but the last: it gives the variables and takes no lock."""
    after: str | None = file.text
    for step, at in uses[:-1]:
        if step.key_at(_KEY) == at and after is not None:
            after = replace_span(replace(file, text=after), at, _KEY, "environment")
    changed = after if after != file.text else None
    names = listed(list(dict.fromkeys(code(step.label) for step, _ in uses[:-1])))
    return Fix(
        title=f"Name the environment of {names} with `environment`, which gives its variables alone",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.NEEDS_REVIEW,
        file_after=changed,
        steps=("Or put the steps into one `stage` that has the `deployment`.",),
        verify="Push the change: the run then lists its steps.",
        url=_STAGES,
    )


RULE = Rule(cause=_CAUSE, check=check)
