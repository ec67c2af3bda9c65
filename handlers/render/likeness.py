"""What an answer rests on, as digests: whether another one rests on the same, and if not, on what else.

Only digests are kept, and of nothing that the reply does not show anyway. What is another with every run (its
number, ids and times in logs and messages) is no difference.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from knowledge.answer import Answer
from knowledge.finding import Evidence, Finding, Fix
from knowledge.location import InAccount, InFile, InLog, InPaste, InPolicy, InRun, InStep, InVariables
from knowledge.words import listed

_CHANGING = re.compile(r"[0-9a-fA-F-]*\d[0-9a-fA-F-]*")
"""Numbers, times, hashes and UUIDs."""
_DIGITS = 16
_PLACES: Mapping[type, str] = {
    InFile: "the pipeline file",
    InVariables: "the variables",
    InPolicy: "the trust policy",
    InAccount: "the cloud account",
    InStep: "the step's commands",
    InLog: "the log",
    InPaste: "the message",
    InRun: "the run",
}


def evidence_digests(answer: Answer) -> dict[str, str]:
    """By what it is about ("the pipeline file"), a digest of what the answer rests on; empty without a
    proven finding."""
    lead = answer.diagnosis.lead
    if lead is None:
        return {}
    parts: dict[str, list[Any]] = {}
    for one in lead.evidence:
        parts.setdefault(_PLACES[type(one.location)], []).append(_evidence(one))
    parts["the finding"] = [lead.verdict.value, lead.headline, answer.note]
    parts["the step"] = [_step(lead)]
    parts["the change"] = [_fix(fix) for fix in lead.fixes]
    parts["what was found beside it"] = [
        (one.cause, one.verdict.value, one.headline) for one in answer.diagnosis.findings[1:]
    ]
    parts["what could not be seen"] = sorted(
        {(_steady(one.source), _steady(one.reason)) for one in answer.diagnosis.unread}
    )
    return {name: _digest(part) for name, part in parts.items()}


def differing(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What the two rest on otherwise, in words; empty when it is the same."""
    names = [*now, *(name for name in before if name not in now)]
    return listed([name for name in names if before.get(name) != now.get(name)])


def _evidence(one: Evidence) -> list[Any]:
    compared = one.comparison
    said = [one.sentence, one.excerpt, *([compared.expected, compared.actual] if compared else [])]
    match one.location:
        case InFile(path, line):
            return [path, line, *said]
        case InVariables(level, name, environment):
            return [level, name, environment, *said]
        case InPolicy(role, statement):
            return [role, statement, *said]
        case InAccount(account, what):
            return [account, what, *said]
        case _:
            return [_steady(text) for text in said]


def _step(finding: Finding) -> list[Any]:
    step = finding.step
    return [] if step is None else [step.pipeline, step.index, step.name]


def _fix(fix: Fix) -> list[Any]:
    variables = [(edit.level, edit.name, edit.environment) for edit in fix.variables]
    return [fix.title, fix.diff, fix.policy_after, fix.commands, fix.steps, variables]


def _steady(text: str) -> str:
    return _CHANGING.sub("#", text)


def _digest(value: Any) -> str:
    written = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
