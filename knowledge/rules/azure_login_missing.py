"""A command of Azure's CLI, or of its PowerShell modules, ran in a step that does not log in with it.

https://learn.microsoft.com/cli/azure/reference-index#az-login
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.azure_findings import symptom_of
from knowledge.azure_tools import AZ, POWERSHELL, OtherLogin, Tool, login_of_another
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import Position
from knowledge.pipelines.model import CloudCommand, PipelineStep
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.text_evidence import in_text
from knowledge.variable_findings import insert_lines
from knowledge.variable_levels import earlier_steps
from knowledge.words import code

_CAUSE = "azure-login-missing"
_LOGIN = re.compile(r"\baz\s+login\b")
_TOOLS = {"azure-cli-not-logged-in": AZ, "azure-powershell-not-logged-in": POWERSHELL}


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if suspect is None:
        return
    symptom, step = symptom_of(case, *_TOOLS), suspect.step
    if symptom is None or step.script.sourced or step.script.hidden:
        return
    tool = _TOOLS[symptom.id]
    first = next(tool.uses(step), None)
    if first is None or tool.logs_in(step):
        # A login that the step does make failed before; the first error of the text is the one to read.
        return
    other = login_of_another(step, tool, first.line)
    earlier = _earlier(case, step, tool)
    yield Finding(
        cause=_CAUSE,
        # That the tools keep their logins apart is not written in one place.
        verdict=Verdict.LIKELY if other else Verdict.CONFIRMED,
        headline=_headline(step, tool, other),
        meaning=_APART
        if other
        else "A login holds for the step that made it alone, because each step runs in a new container.",
        step=step_ref(step),
        evidence=(
            quoted(case, first, f"Line {first.line} is the first that needs a login."),
            *_beside(case, other, earlier),
            in_text(case, symptom, "The text says so itself.", primary=False),
        ),
        fixes=tuple(_fixes(case, step, tool, first, earlier[1] if earlier else None)),
    )


_APART = (
    "The Azure CLI, the Az modules of PowerShell, `azd` and AzCopy each keep a login of their own, most "
    "likely without sharing it, and the text says that this one has none."
)


def _headline(step: PipelineStep, tool: Tool, other: OtherLogin | None) -> str:
    if other is not None:
        return (
            f"Step {code(step.label)} logs in by {code(other.command)}; most likely {tool.name} has no login "
            "of its own."
        )
    return f"Step {code(step.label)} uses {tool.name} and does not log in."


def _beside(
    case: CaseFile, other: OtherLogin | None, earlier: tuple[PipelineStep, CloudCommand] | None
) -> Iterable[Evidence]:
    if other is not None:
        said = f"Line {other.at.line} logs in by {code(other.command)}."
        yield quoted(case, other.at, said, primary=False)
    if earlier is not None:
        step, command = earlier
        said = (
            f"Line {command.at.line} logs in, in the step {code(step.label)}; each step is a new container."
        )
        yield quoted(case, command.at, said, primary=False)


def _earlier(case: CaseFile, step: PipelineStep, tool: Tool) -> tuple[PipelineStep, CloudCommand] | None:
    """The nearest earlier step of this pipeline that logs in, with its line."""
    if file_of(case) is None or tool is not AZ:
        return None
    found = [
        (other, command)
        for other in earlier_steps(case, step)
        for command in other.script.commands
        if command.program == "az" and _LOGIN.search(command.text)
    ]
    return found[-1] if found else None


def _fixes(
    case: CaseFile, step: PipelineStep, tool: Tool, first: Position, login: CloudCommand | None
) -> Iterable[Fix]:
    if login is not None and "\n" not in login.text.strip():
        fix = insert_lines(case, step, [login.text.strip()], first, "Log in in this step too")
        if fix is not None:
            yield fix
    yield Fix(
        title="Log in before the first command",
        surface=Surface.PIPELINE_FILE,
        steps=(
            f"Write {code(f'{tool.login} …')} before line {first.line}.",
            "The step's own token cannot be used at Azure directly: its subject is new in each run.",
        ),
        verify=f"Run {code(tool.verify)} in the step after the login.",
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
