"""The step deploys to an environment that the repository does not have under that name.

What Bitbucket then does is not documented, so this is never more than likely:
https://support.atlassian.com/bitbucket-cloud/docs/set-up-and-monitor-deployments/
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Environment, Suspect
from knowledge.finding import Comparison, Disposition, Finding, Fix, Surface, Verdict
from knowledge.near import near
from knowledge.pipelines.edit import replace_span
from knowledge.pipelines.model import PipelineStep, Value
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.reach import needed_out_of_reach
from knowledge.reading import Absent, Known
from knowledge.rules.rule import Rule
from knowledge.variable_findings import need_line, set_for, verify_of
from knowledge.variable_needs import Need, verdict_for
from knowledge.variables import OutOfReach, environment_of
from knowledge.words import code, listed

_CAUSE = "deployment-unknown"


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    environments = case.environments
    if not isinstance(environment_of(case, step), Absent) or step.deployment is None:
        return
    if not isinstance(environments, Known):
        return
    for need, there in needed_out_of_reach(case, step, "other-environment"):
        verdict = verdict_for(case, need)
        if verdict is Verdict.CONFIRMED:
            verdict = Verdict.LIKELY
        if verdict is not None:
            yield _finding(case, step, step.deployment, environments.value, need, there, verdict)


def _finding(
    case: CaseFile,
    step: PipelineStep,
    named: Value,
    environments: tuple[Environment, ...],
    need: Need,
    there: tuple[OutOfReach, ...],
    verdict: Verdict,
) -> Finding:
    homes = [item.setting.environment or "" for item in there]
    meant = next(iter(near(named.text, [environment.name for environment in environments])), None)
    meant = meant or (homes[0] if len(homes) == 1 else None)
    known = listed([code(environment.name) for environment in environments])
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=(f"Step {code(step.label)} deploys to {code(named.text)}, which is no environment here."),
        meaning=f"{code(need.name)} is set for {listed([code(home) for home in homes])}, not here.",
        step=step_ref(step),
        evidence=(
            quoted(
                case,
                named.at,
                f"Line {named.at.line} names {code(named.text)}; the environments are {known}.",
                comparison=Comparison("the environment", meant, named.text) if meant else None,
            ),
            need_line(case, need, primary=False),
            *set_for(need, there),
        ),
        fixes=(_fix(case, named, meant, environments, need),),
    )


def _fix(
    case: CaseFile, named: Value, meant: str | None, environments: tuple[Environment, ...], need: Need
) -> Fix:
    file = file_of(case)
    slug = next((item.slug for item in environments if item.name == meant), None)
    after = replace_span(file, named.at, named.text, slug) if file and slug else None
    if after is not None and meant is not None:
        return Fix(
            title=f"Deploy to {code(meant)}",
            surface=Surface.PIPELINE_FILE,
            disposition=Disposition.NEEDS_REVIEW,
            file_after=after,
            verify=verify_of(need),
        )
    return Fix(
        title=f"Create the environment {code(named.text)}",
        surface=Surface.VARIABLES,
        steps=(
            f"Repository settings > Pipelines > Deployments: add {code(named.text)} with its variables.",
            "Or name one of the existing environments in the file.",
        ),
        verify=verify_of(need),
    )


RULE = Rule(cause=_CAUSE, check=check)
