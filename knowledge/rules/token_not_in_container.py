"""A container that the script starts reads the token, and is not given it.

https://docs.docker.com/reference/cli/docker/container/run/#env
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.container_runs import ContainerRun, runs_lacking
from knowledge.finding import Disposition, Evidence, Finding, Fix, Surface, Verdict
from knowledge.pipelines.edit import replace_span
from knowledge.pipelines.model import OidcState, PipelineStep
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.text_evidence import first_of, in_text
from knowledge.variables import look_up
from knowledge.words import code, listed

_CAUSE = "token-not-in-container"


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step, empty = suspect.step, first_of(case, Family.TOKEN_EMPTY)
    if step.oidc.state is not OidcState.ON or (case.families and empty is None):
        return
    run = next(runs_lacking(step, TOKEN), None)
    if run is None:
        return
    said: tuple[Evidence, ...] = ()
    if empty is not None:
        said = (in_text(case, empty, "The text says that there was no token.", primary=False),)
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if empty is not None else Verdict.LIKELY,
        headline=f"Step {code(step.label)} has a token, and the container that it starts is not given it.",
        meaning=(
            f"A container sees only the variables that {code(run.begins)} hands over. Between single quotes "
            f"{code('$' + TOKEN)} is put in by the shell inside, where it is empty."
        ),
        step=step_ref(step),
        evidence=(
            quoted(case, run.at, f"Line {run.at.line} starts a container without {code('-e ' + TOKEN)}."),
            *said,
        ),
        fixes=(_fix(case, step, run),),
    )


def _fix(case: CaseFile, step: PipelineStep, run: ContainerRun) -> Fix:
    """Hand over the token, and what else the commands inside read and the step has."""
    names = [name for name in run.lacking if name == TOKEN or _has(case, step, name)]
    options = " ".join(f"-e {name}" for name in names)
    file = file_of(case)
    after = replace_span(file, run.at, run.begins, f"{run.begins} {options}") if file is not None else None
    return Fix(
        title=f"Hand over {listed([code(name) for name in names])} to the container",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE if after else Disposition.NEEDS_REVIEW,
        file_after=after,
        steps=() if after else (f"In line {run.at.line}, write {code(f'{run.begins} {options}')}.",),
        verify=f'Run `test -n "${TOKEN}"` in the container: it ends without an error.',
    )


def _has(case: CaseFile, step: PipelineStep, name: str) -> bool:
    return name.startswith("BITBUCKET_") or look_up(case, step, name).winner is not None


RULE = Rule(cause=_CAUSE, check=check)
