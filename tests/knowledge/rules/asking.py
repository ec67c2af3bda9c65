"""Builds case files from the texts a person would hand over, and asks one rule about a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

from knowledge.casefile import CaseFile, Environment, Suspect, Variable
from knowledge.finding import Finding, Fix, Verdict
from knowledge.pipelines import parse
from knowledge.pipelines.model import PipelineFile, PipelineStep
from knowledge.reading import Known, Reading, Unread
from knowledge.redact import redact
from knowledge.rules.rule import Rule
from knowledge.symptoms import recognise

UNREAD = Unread("repository variables", "the token lacks a scope", "grant `pipeline`")

NO_CREDENTIALS = 'Unable to locate credentials. You can configure credentials by running "aws configure".'
NO_ROLE = (
    "The provided profile or the current environment is configured to assume role with web identity "
    "but has no role ARN configured. Ensure that the profile has the role_arnconfiguration set or the "
    "AWS_ROLE_ARN env var is set."
)
NO_REGION = 'You must specify a region. You can also configure your region by running "aws configure".'
NO_FILE = "[Errno 2] No such file or directory: '/root/.bb-oidc.jwt'"
REFUSED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)


def case_of(pipeline: str, variables: str | None = None, paste: str = "", **readings: Any) -> CaseFile:
    """A case as `explain` builds it: a variables level whose key is not given was not read."""
    text = redact(paste).text
    case = CaseFile(symptoms=recognise(text), paste=text, pipeline_file=Known(parse(pipeline), "the file"))
    return replace(with_variables(case, yaml.safe_load(variables or "{}")), **readings)


def with_variables(case: CaseFile, levels: Mapping[str, Any]) -> CaseFile:
    """The case with these levels read."""
    if "workspace" in levels:
        case = replace(case, workspace_variables=_level(levels["workspace"], "workspace variables"))
    if "repository" in levels:
        case = replace(case, repository_variables=_level(levels["repository"], "repository variables"))
    if "deployments" in levels:
        found = [Environment(f"{{{name}}}", name, name.lower()) for name in levels["deployments"]]
        inner = {
            environment.uuid: _level(levels["deployments"][environment.name], environment.name)
            for environment in found
        }
        case = replace(
            case, environments=Known(tuple(found), "deployment environments"), environment_variables=inner
        )
    return case


def _level(values: Mapping[str, Any] | None, source: str) -> Reading[tuple[Variable, ...]]:
    return Known(
        tuple(
            Variable(name, None, secured=True)
            if isinstance(value, dict)
            else Variable(name, str(value), secured=False)
            for name, value in (values or {}).items()
        ),
        source,
    )


def file_in(case: CaseFile) -> PipelineFile:
    assert isinstance(case.pipeline_file, Known)
    return case.pipeline_file.value


def step_of(case: CaseFile, name: str | None = None) -> PipelineStep:
    """The step with this name; without one the last step of the file."""
    steps = [step for step in file_in(case).steps if name is None or step.name == name]
    return steps[-1]


def ask(rule: Rule, case: CaseFile, name: str | None = None) -> list[Finding]:
    """What the rule says about the step."""
    return list(rule.check(case, Suspect(step_of(case, name), "it was named", certain=True)))


def said(rule: Rule, case: CaseFile, name: str | None = None) -> list[Verdict]:
    """The verdicts alone, those that a rule ruled out left aside."""
    return [f.verdict for f in ask(rule, case, name) if f.verdict is not Verdict.RULED_OUT]


def tried(case: CaseFile, fix: Fix) -> CaseFile:
    """The case as it is once the fix is made."""
    if fix.file_after is not None:
        return replace(case, pipeline_file=Known(parse(fix.file_after), "the file"))
    for edit in fix.variables:
        new = Variable(edit.name, edit.value, secured=False)
        if edit.level == "deployment":
            uuid = f"{{{edit.environment}}}"
            old = case.environment_variables[uuid]
            values = (*old.value, new) if isinstance(old, Known) else (new,)
            inner = {**case.environment_variables, uuid: Known(values, str(edit.environment))}
            case = replace(case, environment_variables=inner)
        else:
            stored = case.repository_variables
            values = (*stored.value, new) if isinstance(stored, Known) else (new,)
            case = replace(case, repository_variables=Known(values, "repository variables"))
    return case
