"""The variable is set, but for another environment than the one the step deploys to.

https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Environment, Suspect
from knowledge.finding import Evidence, Finding, Verdict
from knowledge.location import InVariables
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import quoted, step_ref
from knowledge.reach import needed_out_of_reach
from knowledge.reading import Known
from knowledge.rules.rule import Rule
from knowledge.variable_findings import add_needed, need_line, set_for
from knowledge.variable_needs import Need, verdict_for
from knowledge.variables import OutOfReach, environment_of, variables_of
from knowledge.words import code, listed

_CAUSE = "variable-in-other-environment"


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    mine = environment_of(case, step)
    if not isinstance(mine, Known):
        return
    for need, there in needed_out_of_reach(case, step, "other-environment"):
        verdict = verdict_for(case, need)
        if verdict is not None:
            yield _finding(case, step, need, there, mine.value, verdict)


def _finding(
    case: CaseFile,
    step: PipelineStep,
    need: Need,
    there: tuple[OutOfReach, ...],
    mine: Environment,
    verdict: Verdict,
) -> Finding:
    homes = listed([code(item.setting.environment) for item in there])
    at = step.deployment.at if step.deployment else step.at
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=(
            f"Step {code(step.label)} deploys to {code(mine.name)}; {code(need.name)} is set for {homes}."
        ),
        meaning="A step is given the variables of its own environment and of no other.",
        step=step_ref(step),
        evidence=(
            quoted(case, at, f"Line {at.line} makes the step deploy to {code(mine.name)}."),
            need_line(case, need, primary=False),
            *set_for(need, there),
            *_not_in_mine(case, need, mine),
        ),
        fixes=(add_needed(need, environment=mine.name),),
    )


def _not_in_mine(case: CaseFile, need: Need, mine: Environment) -> tuple[Evidence, ...]:
    reading = variables_of(case, mine)
    if not isinstance(reading, Known):
        return ()
    place = InVariables("deployment", need.name, mine.name, reading.url)
    return (
        Evidence(f"{code(need.name)} is not among the variables of {code(mine.name)}.", place, primary=False),
    )


RULE = Rule(cause=_CAUSE, check=check)
