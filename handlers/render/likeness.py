"""What an answer rests on, as digests: whether another one rests on the same, and if not, on what else.

Only digests are kept, and of nothing that the reply does not show anyway. What is another with every run (its
number, the ids of its requests and of its step, times) is no difference. Every other number is one: it may be
of an account, a region or an application, on which the cause hangs.
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

_CHANGING = re.compile(
    r"""
    \d{4}-\d\d-\d\d (?: [T ]\d\d:\d\d(?: :\d\d )? (?: [.,]\d{1,9} )? (?: Z | [+-]\d\d:?\d\d )? )?  # a date
    | \b\d{1,2}:\d\d:\d\d (?: [.,]\d{1,9} )?                         # a time of day
    | (?<!projects/)(?<!\d)1\d{9}(?: \d{3} )?(?!\d)                    # seconds or milliseconds since 1970
    | (?: request | trace | correlation )[ _-]?id\b \W{1,4} [\w-]+      # a request's id
    | (?: \# | /results/ )\d+                                           # a run's number
    | (?<=\}:)\{[0-9a-f-]{36}\}(?!:)                                    # the step, which ends a subject
    | (?<![0-9a-z-])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{12,64}(?![0-9a-z-])  # a commit
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SESSION = re.compile(r"\b(assumed-role/[^/\s]+/)\S+")
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
    parts["the finding"] = [lead.verdict.value, lead.headline, _steady(lead.meaning), answer.note]
    parts["the step"] = [_step(lead)]
    parts["the role"] = [answer.role]
    parts["the change"] = [_fix(fix) for fix in lead.fixes]
    parts["what was found beside it"] = [
        (one.cause, one.verdict.value, one.headline, _step(one)) for one in answer.diagnosis.findings[1:]
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
    expected, actual = (one.comparison.expected, one.comparison.actual) if one.comparison else ("", "")
    # What a run brings with it may stand beside what it is compared with, which is quoted as it is written.
    beside, written = [_steady(one.sentence), _steady(actual)], [one.excerpt, expected]
    match one.location:
        case InFile(path, line):
            return [path, line, *beside, *written]
        case InStep(step, line):
            return [step, line, *beside, *written]
        case InVariables(level, name, environment):
            return [level, name, environment, *beside, *written]
        case InPolicy(role, statement, operator, key):
            return [role, statement, operator, key, *beside, *written]
        case InAccount(account, what):
            # CloudTrail's record of one login, too.
            return [account, what, *beside, *map(_steady, written)]
        case _:
            return [*beside, *map(_steady, written)]


def _step(finding: Finding) -> list[Any]:
    step = finding.step
    return [] if step is None else [step.pipeline, step.index, step.name]


def _fix(fix: Fix) -> list[Any]:
    variables = [(edit.level, edit.name, edit.environment) for edit in fix.variables]
    return [fix.title, fix.disposition, fix.diff, fix.policy_after, fix.commands, fix.steps, variables]


def _steady(text: str) -> str:
    return _SESSION.sub(r"\1#", _CHANGING.sub("#", text))


def _digest(value: Any) -> str:
    written = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
