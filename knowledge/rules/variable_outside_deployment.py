"""The variable belongs to a deployment environment, and the step deploys to none.

https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Disposition, Finding, Fix, Surface, Verdict
from knowledge.pipelines.edit import insert_key
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.reach import needed_out_of_reach
from knowledge.reading import Known
from knowledge.rules.rule import Rule
from knowledge.variable_findings import add_needed, need_line, set_for, verify_of
from knowledge.variable_needs import Need, verdict_for
from knowledge.variables import OutOfReach
from knowledge.words import code, listed

_CAUSE = "variable-outside-deployment"


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    for need, there in needed_out_of_reach(case, step, "no-deployment"):
        verdict = verdict_for(case, need)
        if verdict is not None:
            yield _finding(case, step, need, there, verdict)


def _finding(
    case: CaseFile, step: PipelineStep, need: Need, there: tuple[OutOfReach, ...], verdict: Verdict
) -> Finding:
    names = [item.setting.environment or "" for item in there]
    homes = listed([code(name) for name in names])
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=(
            f"Step {code(step.label)} does not see {code(need.name)}: it belongs to {homes}, "
            "and the step deploys to nothing."
        ),
        meaning="Only steps (or stages) with `deployment:` or `environment:` get an environment's variables.",
        step=step_ref(step),
        evidence=(
            quoted(case, step.at, f"The step on line {step.at.line} names no environment to deploy to."),
            need_line(case, need, primary=False),
            *set_for(need, there),
        ),
        fixes=tuple(_fixes(case, step, need, names)),
    )


def _fixes(case: CaseFile, step: PipelineStep, need: Need, names: list[str]) -> Iterable[Fix]:
    file = file_of(case)
    if len(names) == 1 and file is not None:
        after = insert_key(file, step, f"deployment: {_slug(case, names[0])}")
        if after is not None:
            yield Fix(
                title=f"Let the step deploy to {code(names[0])}",
                surface=Surface.PIPELINE_FILE,
                disposition=Disposition.NEEDS_REVIEW,
                file_after=after,
                verify=verify_of(need),
            )
    yield add_needed(need)


def _slug(case: CaseFile, name: str) -> str:
    """The short name, which needs no quotes in the file."""
    known = case.environments.value if isinstance(case.environments, Known) else ()
    return next((environment.slug for environment in known if environment.name == name), name)


RULE = Rule(cause=_CAUSE, check=check)
