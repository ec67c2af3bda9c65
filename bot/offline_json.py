"""Answers as JSON, for machines: the documents of `explain --json`, `check --json`, `recognise --json`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from knowledge.finding import Comparison, Diagnosis, Evidence, Finding, Fix, Severity, StepRef, Verdict
from knowledge.location import KINDS, InFile, Location
from knowledge.pipelines.model import OidcState, PipelineFile, PipelineStep
from knowledge.symptoms.model import Symptom
from knowledge.target import Target

if TYPE_CHECKING:
    from knowledge.pasted import Pasted

_PROVEN = (Verdict.CONFIRMED, Verdict.LIKELY)
_UNREADABLE = "pipeline-file-unreadable"

Json = dict[str, Any]


def explanation(diagnosis: Diagnosis, symptoms: tuple[Symptom, ...]) -> Json:
    """The document of `explain --json`. `lead` is the first finding's cause if it is confirmed or likely,
    which may be mere advice where nothing else was found."""
    first = diagnosis.findings[0] if diagnosis.findings else None
    return {
        "lead": first.cause if first is not None and first.verdict in _PROVEN else None,
        "findings": [_finding(finding) for finding in diagnosis.findings],
        "ruled_out": [_finding(finding) for finding in diagnosis.ruled_out],
        "checked": list(diagnosis.checked),
        "unread": [{"source": u.source, "reason": u.reason, "remedy": u.remedy} for u in diagnosis.unread],
        "symptoms": [_symptom(symptom) for symptom in symptoms],
    }


def recognition(
    symptoms: tuple[Symptom, ...], target: Target, pasted: Pasted, *, left_out: bool = False
) -> Json:
    """The document of `recognise --json`. `claims` are those of Bitbucket's token in the text, null without
    one; `left_out` says that of a very long text only the telling parts are in `text`."""
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
        "text": pasted.text,
        "redactions": dict(pasted.redactions),
        "claims": None if pasted.claims is None else dict(pasted.claims),
        "left_out": left_out,
    }


def checked_file(path: str, file: PipelineFile, diagnosis: Diagnosis) -> Json:
    """One file of the document of `check --json`."""
    # The forms of secrets, which a check in lines does not load for a file without findings.
    from knowledge.file_secrets import secrets_of

    clean = secrets_of(file).clean
    problem = next((problem.sentence for problem in file.problems if problem.fatal), None)
    return {
        "path": path,
        "problem": clean(problem) if problem is not None else None,
        "steps": [_step_of(step, clean) for step in file.steps],
        "findings": [_linted(finding) for finding in proven(diagnosis)],
        "warnings": [_linted(finding) for finding in advised(diagnosis)],
    }


def proven(diagnosis: Diagnosis) -> list[Finding]:
    """What is wrong: the findings that may be told to people who did not ask, confirmed or likely ones."""
    return [finding for finding in _told(diagnosis) if finding.severity is Severity.BLOCKER]


def advised(diagnosis: Diagnosis) -> list[Finding]:
    """Hazards in what works: warnings, which make no file a wrong one."""
    return [finding for finding in _told(diagnosis) if finding.severity is Severity.ADVICE]


def _told(diagnosis: Diagnosis) -> list[Finding]:
    return [finding for finding in diagnosis.findings if finding.verdict in _PROVEN]


def sentence_of(finding: Finding) -> str:
    """What is wrong, in one sentence. Of a file that cannot be read the reader's own says most."""
    return finding.meaning if finding.cause == _UNREADABLE and finding.meaning else finding.headline


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
        "sentence": sentence_of(finding),
        "meaning": finding.meaning,
        "fixes": [_fix(fix) for fix in finding.fixes],
    }


def _step(step: StepRef | None) -> Json | None:
    return None if step is None else asdict(step)


def _step_of(step: PipelineStep, clean: Callable[[str], str]) -> Json:
    """A step; its names are anybody's words, and a secret that was pasted into one is not shown."""
    exported = [export.name for export in step.script.exports if export.exported and not export.command_only]
    return {
        "pipeline": clean(step.pipeline),
        "index": step.index,
        "name": clean(step.name) if step.name else step.name,
        "line": step.at.line,
        "oidc": step.oidc.state is OidcState.ON,
        "audiences": None if step.oidc.audiences is None else [clean(each) for each in step.oidc.audiences],
        "needs_oidc": step.needs_oidc,
        "cloud": step.cloud,
        "deployment": clean(step.deployment.text) if step.deployment else None,
        "exports": [clean(name) for name in dict.fromkeys(exported)],
        "pipes": [
            clean(f"{pipe.name}:{pipe.version}" if pipe.version else pipe.name) for pipe in step.script.pipes
        ],
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
    return {"kind": KINDS[type(place)], **asdict(place)}


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
