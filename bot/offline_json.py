"""Answers as JSON, for machines: the documents of `explain --json`, `check --json`, `recognise --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from knowledge.finding import Comparison, Diagnosis, Evidence, Finding, Fix, StepRef, Verdict
from knowledge.location import InAccount, InFile, InLog, InPaste, InPolicy, InRun, InVariables, Location
from knowledge.pipelines.model import OidcState, PipelineFile, PipelineStep
from knowledge.redact import Redacted
from knowledge.symptoms.model import Symptom
from knowledge.target import Target

_KINDS: Mapping[type, str] = {
    InFile: "file",
    InPaste: "paste",
    InLog: "log",
    InRun: "run",
    InVariables: "variables",
    InPolicy: "policy",
    InAccount: "account",
}
_PROVEN = (Verdict.CONFIRMED, Verdict.LIKELY)

Json = dict[str, Any]


def explanation(diagnosis: Diagnosis, symptoms: tuple[Symptom, ...]) -> Json:
    """The document of `explain --json`. `lead` is the first finding's cause if it is confirmed or likely."""
    first = diagnosis.findings[0] if diagnosis.findings else None
    return {
        "lead": first.cause if first is not None and first.verdict in _PROVEN else None,
        "findings": [_finding(finding) for finding in diagnosis.findings],
        "ruled_out": [_finding(finding) for finding in diagnosis.ruled_out],
        "checked": list(diagnosis.checked),
        "unread": [{"source": u.source, "reason": u.reason, "remedy": u.remedy} for u in diagnosis.unread],
        "symptoms": [_symptom(symptom) for symptom in symptoms],
    }


def recognition(symptoms: tuple[Symptom, ...], target: Target, redacted: Redacted) -> Json:
    """The document of `recognise --json`."""
    return {
        "symptoms": [_symptom(symptom) for symptom in symptoms],
        "target": {
            "workspace": target.workspace,
            "repository": target.repository,
            "build_number": target.build_number,
            "step": target.step,
            "branch": target.branch,
            "commit": target.commit,
            "pull_request": target.pull_request,
        },
        "text": redacted.text,
        "redactions": redacted.counts,
    }


def checked_file(path: str, file: PipelineFile, diagnosis: Diagnosis) -> Json:
    """One file of the document of `check --json`."""
    return {
        "path": path,
        "problem": next((problem.sentence for problem in file.problems if problem.fatal), None),
        "steps": [_step_of(step) for step in file.steps],
        "findings": [_linted(finding) for finding in proven(diagnosis)],
    }


def proven(diagnosis: Diagnosis) -> list[Finding]:
    """The findings that may be told to people who did not ask: confirmed or likely ones."""
    return [finding for finding in diagnosis.findings if finding.verdict in _PROVEN]


def place_of(finding: Finding) -> tuple[int, int]:
    """Line and column of the file at which the finding points, 1-based."""
    where = finding.primary.location if finding.primary else None
    if isinstance(where, InFile):
        return where.line, where.column
    return (finding.step.line, 1) if finding.step else (1, 1)


def _symptom(symptom: Symptom) -> Json:
    return {
        "id": symptom.id,
        "provider": symptom.provider,
        "code": symptom.code,
        "operation": symptom.operation,
        "fields": dict(symptom.fields),
        "span": list(symptom.span),
        "family": symptom.family.value,
        "reach": symptom.reach.value,
    }


def _finding(finding: Finding) -> Json:
    return {
        "cause": finding.cause,
        "verdict": finding.verdict.value,
        "severity": finding.severity.value,
        "headline": finding.headline,
        "meaning": finding.meaning,
        "step": _step(finding.step),
        "evidence": [_evidence(item) for item in finding.evidence],
        "fixes": [_fix(fix) for fix in finding.fixes],
    }


def _linted(finding: Finding) -> Json:
    line, column = place_of(finding)
    return {
        "cause": finding.cause,
        "verdict": finding.verdict.value,
        "severity": finding.severity.value,
        "step": _step(finding.step),
        "line": line,
        "column": column,
        "sentence": finding.headline,
    }


def _step(step: StepRef | None) -> Json | None:
    return None if step is None else asdict(step)


def _step_of(step: PipelineStep) -> Json:
    exported = [export.name for export in step.script.exports if export.exported and not export.command_only]
    return {
        "pipeline": step.pipeline,
        "index": step.index,
        "name": step.name,
        "line": step.at.line,
        "oidc": step.oidc.state is OidcState.ON,
        "audiences": None if step.oidc.audiences is None else list(step.oidc.audiences),
        "needs_oidc": step.needs_oidc,
        "cloud": step.cloud,
        "deployment": step.deployment.text if step.deployment else None,
        "exports": list(dict.fromkeys(exported)),
        "pipes": [f"{pipe.name}:{pipe.version}" if pipe.version else pipe.name for pipe in step.script.pipes],
    }


def _evidence(item: Evidence) -> Json:
    return {
        "sentence": item.sentence,
        "excerpt": item.excerpt,
        "location": _location(item.location),
        "primary": item.primary,
        "comparison": _comparison(item.comparison),
    }


def _comparison(item: Comparison | None) -> Json | None:
    return None if item is None else asdict(item)


def _location(place: Location) -> Json:
    return {"kind": _KINDS[type(place)], **asdict(place)}


def _fix(fix: Fix) -> Json:
    shown: Json = {
        "title": fix.title,
        "surface": fix.surface.value,
        "disposition": fix.disposition.value,
        "diff": fix.diff,
    }
    if fix.policy_after is not None:
        shown["policy"] = fix.policy_after
    if fix.variables:
        shown["variables"] = [asdict(edit) for edit in fix.variables]
    if fix.commands:
        shown["commands"] = list(fix.commands)
    if fix.steps:
        shown["steps"] = list(fix.steps)
    if fix.verify:
        shown["verify"] = fix.verify
    if fix.url is not None:
        shown["url"] = fix.url
    return shown
