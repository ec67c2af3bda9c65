"""Findings without secrets: a pipeline file is quoted, and may hold what nobody should have put there.

Before anything is cut or escaped, because half a token no longer looks like one.
"""

from __future__ import annotations

from dataclasses import replace

from knowledge.finding import Diagnosis, Evidence, Finding, Fix, VariableEdit
from knowledge.redact import redact


def without_secrets(diagnosis: Diagnosis) -> Diagnosis:
    """The diagnosis with every text that may have come from outside redacted."""
    return replace(
        diagnosis,
        findings=tuple(_finding(finding) for finding in diagnosis.findings),
        ruled_out=tuple(_finding(finding) for finding in diagnosis.ruled_out),
    )


def _text(text: str) -> str:
    return redact(text).text if text else text


def _finding(finding: Finding) -> Finding:
    return replace(
        finding,
        headline=_text(finding.headline),
        meaning=_text(finding.meaning),
        evidence=tuple(_evidence(item) for item in finding.evidence),
        fixes=tuple(_fix(fix) for fix in finding.fixes),
    )


def _evidence(evidence: Evidence) -> Evidence:
    comparison = evidence.comparison
    if comparison is not None:
        expected, actual = _text(comparison.expected), _text(comparison.actual)
        same = (expected, actual) == (comparison.expected, comparison.actual)
        at = comparison.differs_at if same else None
        comparison = replace(comparison, expected=expected, actual=actual, differs_at=at)
    return replace(
        evidence,
        sentence=_text(evidence.sentence),
        excerpt=_text(evidence.excerpt),
        comparison=comparison,
    )


def _fix(fix: Fix) -> Fix:
    return replace(
        fix,
        title=_text(fix.title),
        diff=_text(fix.diff) if fix.diff else fix.diff,
        variables=tuple(_edit(edit) for edit in fix.variables),
        commands=tuple(_text(command) for command in fix.commands),
        steps=tuple(_text(step) for step in fix.steps),
    )


def _edit(edit: VariableEdit) -> VariableEdit:
    return replace(edit, value=_text(edit.value))
