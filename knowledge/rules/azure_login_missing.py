"""A command of Azure's CLI ran in a step that does not log in.

https://learn.microsoft.com/cli/azure/reference-index#az-login
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.azure_findings import symptom_of
from knowledge.azure_login import commands
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.pipelines.clouds import AZURE
from knowledge.pipelines.model import CloudCommand, PipelineStep
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.text_evidence import in_text
from knowledge.variable_findings import insert_lines
from knowledge.variable_levels import earlier_steps
from knowledge.words import code

_CAUSE = "azure-login-missing"
_LOGIN = re.compile(r"\baz\s+login\b")
_VERIFY = "Run `az account show` in the step after the login."


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if suspect is None:
        return
    symptom = symptom_of(case, "azure-cli-not-logged-in")
    step = suspect.step
    first = next((item for item in commands(step) if item.cloud == AZURE), None)
    if symptom is None or first is None or _login(step) or step.script.sourced or step.script.hidden:
        # A login that the step does make failed before; the first error of the text is the one to read.
        return
    earlier = _earlier(case, step)
    beside: tuple[Evidence, ...] = ()
    if earlier is not None:
        other, command = earlier
        said = (
            f"Line {command.at.line} logs in, in the step {code(other.label)}; each step is a new container."
        )
        beside = (quoted(case, command.at, said, primary=False),)
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED,
        headline=f"Step {code(step.label)} uses the Azure CLI and does not log in.",
        meaning="A login holds for the step that made it alone, because each step runs in a new container.",
        step=step_ref(step),
        evidence=(
            quoted(case, first.at, f"Line {first.at.line} is the first that needs a login."),
            *beside,
            in_text(case, symptom, "The text says so itself.", primary=False),
        ),
        fixes=tuple(_fixes(case, step, first, earlier[1] if earlier else None)),
    )


def _login(step: PipelineStep) -> bool:
    return any(item.program == "az" and _LOGIN.search(item.text) for item in step.script.commands)


def _earlier(case: CaseFile, step: PipelineStep) -> tuple[PipelineStep, CloudCommand] | None:
    """The nearest earlier step of this pipeline that logs in, with its line."""
    if file_of(case) is None:
        return None
    found = [
        (other, command)
        for other in earlier_steps(case, step)
        for command in other.script.commands
        if command.program == "az" and _LOGIN.search(command.text)
    ]
    return found[-1] if found else None


def _fixes(
    case: CaseFile, step: PipelineStep, first: CloudCommand, login: CloudCommand | None
) -> Iterable[Fix]:
    if login is not None and "\n" not in login.text.strip():
        fix = insert_lines(case, step, [login.text.strip()], first.at, "Log in in this step too")
        if fix is not None:
            yield fix
    yield Fix(
        title="Log in before the first command",
        surface=Surface.PIPELINE_FILE,
        steps=(
            f"Write `az login --service-principal …` before line {first.at.line}.",
            "The step's own token cannot be used at Azure directly: its subject is new in each run.",
        ),
        verify=_VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
