"""The variable is exported in an earlier step; every step starts with a shell of its own.

https://support.atlassian.com/bitbucket-cloud/docs/variable-sharing/
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.aws_login import TOKEN_FILE
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Fix, Surface, Verdict
from knowledge.location import Position
from knowledge.pipelines.edit import insert_key
from knowledge.pipelines.model import Export, PipelineStep
from knowledge.pipelines.shell_exports import gives_value
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.reach import needed_out_of_reach
from knowledge.rules.rule import Rule
from knowledge.variable_findings import WRITE_TOKEN, add_needed, insert_lines, need_line, verify_of
from knowledge.variable_levels import earlier_steps
from knowledge.variable_needs import Need, Purpose, verdict_for
from knowledge.words import code

_CAUSE = "variable-not-carried-over"


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    for need, _ in needed_out_of_reach(case, step, "other-step"):
        if need.lookup.beyond("no-deployment", "other-environment"):
            continue
        verdict = verdict_for(case, need)
        undeclared = _undeclared(case, step, need.name)
        earlier = _exported(case, step, need.name)
        if verdict is None:
            continue
        if undeclared is not None:
            yield _not_declared(case, step, need, undeclared, verdict)
        elif earlier is not None:
            if step.script.sourced and earlier[0].key_at("artifacts") is not None:
                # The file that this step sources may be the one in which the earlier step put it.
                verdict = Verdict.POSSIBLE
            yield _finding(case, step, need, earlier, verdict)


def _undeclared(case: CaseFile, step: PipelineStep, name: str) -> tuple[PipelineStep, Position] | None:
    """The nearest earlier step that writes the name for later steps and does not declare it."""
    found = [
        (other, at)
        for other in earlier_steps(case, step)
        for key, at in other.script.carried_out
        if key == name and name not in other.output_variables
    ]
    return found[-1] if found else None


def _not_declared(
    case: CaseFile,
    step: PipelineStep,
    need: Need,
    found: tuple[PipelineStep, Position],
    verdict: Verdict,
) -> Finding:
    other, at = found
    file = file_of(case)
    after = insert_key(file, other, f"output-variables: [{need.name}]") if file else None
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=(
            f"Step {code(other.label)} writes {code(need.name)} for later steps, and does not declare it."
        ),
        meaning="Only names listed under `output-variables` of the step that writes them reach later steps.",
        step=step_ref(step),
        evidence=(
            quoted(case, at, f"Line {at.line} writes it in the step {code(other.label)}."),
            need_line(case, need, primary=False),
        ),
        fixes=(
            Fix(
                title=f"List {code(need.name)} under `output-variables` of step {code(other.label)}",
                surface=Surface.PIPELINE_FILE,
                file_after=after,
                steps=() if after else (f"In step {code(other.label)}, add it to `output-variables`.",),
                verify=verify_of(need),
            ),
        ),
    )


def _exported(case: CaseFile, step: PipelineStep, name: str) -> tuple[PipelineStep, Export] | None:
    """The nearest earlier step of this pipeline that exports the name."""
    found = [
        (other, export)
        for other in earlier_steps(case, step)
        for export in other.script.exports
        if export.name == name and not export.command_only and gives_value(export)
    ]
    return found[-1] if found else None


def _finding(
    case: CaseFile, step: PipelineStep, need: Need, earlier: tuple[PipelineStep, Export], verdict: Verdict
) -> Finding:
    other, export = earlier
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=(
            f"Step {code(step.label)} needs {code(need.name)}, which only step {code(other.label)} sets."
        ),
        meaning="Each step runs in a new container: what one step exports, the next does not see.",
        step=step_ref(step),
        evidence=(
            quoted(case, export.at, f"Line {export.at.line} sets it, in the step {code(other.label)}."),
            need_line(case, need, primary=False),
        ),
        fixes=tuple(_fixes(case, step, need, export)),
    )


def _fixes(case: CaseFile, step: PipelineStep, need: Need, export: Export) -> Iterable[Fix]:
    line = _export_line(export)
    if line is not None:
        # The path of the token's file is of no use without the file, which is not carried over either.
        token = [WRITE_TOKEN] if need.purpose is Purpose.TOKEN_FILE and need.name == TOKEN_FILE else []
        fix = insert_lines(case, step, [line, *token], _place(need), "Export it in this step too")
        if fix is not None:
            yield fix
    yield add_needed(need)


def _export_line(export: Export) -> str | None:
    """The assignment alone, whatever else stands on its line; None when its value has several words."""
    name = re.escape(export.name)
    found = re.search(rf"\bexport\s+{name}=(?:\"[^\"]*\"|'[^']*'|[^\s;&|$()`]+(?=[\s;&|]|$))", export.text)
    return found[0] if found else None


def _place(need: Need) -> Position:
    return need.through.at if need.through is not None and need.through.at is not None else need.at


RULE = Rule(cause=_CAUSE, check=check)
