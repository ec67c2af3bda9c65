"""No region reaches the tool, or only one under a name that it does not read.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from knowledge.aws_login import REGIONS, AwsLogin, aws_pipes_given, login_of
from knowledge.aws_regions import name_by_text, only_name, region_in_script, region_lookups
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Fix, Verdict
from knowledge.pipelines.model import Pipe, PipelineStep
from knowledge.quoting import quoted, step_ref
from knowledge.rules.rule import ByCommands, Rule
from knowledge.symptoms.model import Family
from knowledge.variable_findings import (
    EXAMPLE_REGION,
    add_variable,
    almost_set,
    insert_lines,
    is_set,
    looked_at,
    not_found,
)
from knowledge.variable_needs import about_aws, slip_for, verdict_of_lack
from knowledge.variables import Lookup, look_up
from knowledge.words import code

_CAUSE = "aws-region-missing"
_SAYS = frozenset({Family.REGION_MISSING})


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    if not about_aws(case):
        return
    if case.families & _SAYS:
        for pipe in aws_pipes_given(step):
            yield from _pipe(case, step, pipe)
    login = login_of(case, step)
    if login is None or region_in_script(step, login.at):
        return
    lookups = region_lookups(case, step, login.at)
    beyond = ("no-deployment", "other-environment", "other-step", "not-exported")
    if any(item.beyond(*beyond) or slip_for(step, item.name) for item in lookups):
        return
    if all(lookup.lacks for lookup in lookups):
        if case.families & _SAYS:
            yield from _nowhere(case, step, login, lookups)
        return
    yield from _other_name(case, step, login, lookups)


def _nowhere(
    case: CaseFile, step: PipelineStep, login: AwsLogin, lookups: tuple[Lookup, ...]
) -> Iterable[Finding]:
    verdict = verdict_of_lack(case, lookups, _SAYS, states=_SAYS, certain=login.certain)
    if verdict is None:
        return
    line = login.at.line
    unread = next((lookup for lookup in lookups if lookup.unread), lookups[0])
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=f"A region for step {code(step.label)} {not_found(unread)}.",
        meaning="AWS tools take it from `AWS_REGION` or `AWS_DEFAULT_REGION`; not every tool reads both.",
        step=step_ref(step),
        evidence=(
            quoted(case, login.at, f"Line {line} runs {code(login.program)}, which needs a region."),
            *(item for lookup in lookups for item in almost_set(lookup)),
            *(item for name in REGIONS for item in looked_at(case, step, name)),
        ),
        fixes=_both(only_name(case, step)),
    )


def _both(only: str | None) -> tuple[Fix, ...]:
    """Both names, the one that the tool is known to read first."""
    names = sorted(REGIONS, key=lambda name: name != only)
    fixes = [add_variable(name, EXAMPLE_REGION, what="your region") for name in names]
    return (
        replace(
            fixes[0],
            title="Add both names of the region to the repository variables",
            variables=tuple(edit for fix in fixes for edit in fix.variables),
            steps=tuple(step for fix in fixes for step in fix.steps),
        ),
    )


def _other_name(
    case: CaseFile, step: PipelineStep, login: AwsLogin, lookups: tuple[Lookup, ...]
) -> Iterable[Finding]:
    """One name is set, and the tool reads the other."""
    only = only_name(case, step)
    wanted = next((lookup for lookup in lookups if lookup.name == only), None)
    other = next((lookup.winner for lookup in lookups if lookup.name != only and not lookup.lacks), None)
    if wanted is None or not wanted.lacks or other is None:
        return
    if wanted.unread or (case.families and not case.families & _SAYS):
        return
    # What a program of the repository is made of, its name does not prove.
    known = login.certain or name_by_text(case) == only
    line = f'export {wanted.name}="${other.name}"'
    fix = insert_lines(case, step, [line], login.at, f"Set {code(wanted.name)} to the same region")
    said = f"Line {login.at.line} runs {code(login.program)}, which reads {code(wanted.name)} only."
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if known and case.families and not wanted.uncertain else Verdict.LIKELY,
        headline=f"Step {code(step.label)} sets {code(other.name)}; its tool reads {code(wanted.name)}.",
        meaning="The two names mean the same; which of them is read depends on the tool.",
        step=step_ref(step),
        evidence=(quoted(case, login.at, said), is_set(other)),
        fixes=(fix or add_variable(wanted.name, EXAMPLE_REGION, what="the same region"),),
    )


def _pipe(case: CaseFile, step: PipelineStep, pipe: Pipe) -> Iterable[Finding]:
    """A pipe is handed its region as `AWS_DEFAULT_REGION`, or takes it from the step's variables."""
    if pipe.variable("AWS_DEFAULT_REGION") is not None:
        return
    lookup = look_up(case, step, "AWS_DEFAULT_REGION", pipe.at)
    verdict = verdict_of_lack(case, [lookup], _SAYS, states=_SAYS)
    if not lookup.lacks or verdict is None:
        return
    line = pipe.at.line
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=f"The pipe {code(pipe.name)} of step {code(step.label)} is given no `AWS_DEFAULT_REGION`.",
        meaning="AWS pipes read the region from `AWS_DEFAULT_REGION`, not from `AWS_REGION`.",
        step=step_ref(step),
        evidence=(
            quoted(case, pipe.at, f"Line {line} calls the pipe."),
            *looked_at(case, step, "AWS_DEFAULT_REGION"),
        ),
        fixes=(
            replace(
                add_variable("AWS_DEFAULT_REGION", EXAMPLE_REGION, what="your region"),
                title="Give the pipe its region",
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, by_commands=ByCommands.LACKING)
