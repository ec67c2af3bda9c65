"""What of a script may set or drop a variable without saying so plainly."""

from __future__ import annotations

import re

from knowledge.late_pattern import late
from knowledge.location import Position
from knowledge.pipelines.model import PipelineStep
from knowledge.script_order import before as runs_before
from knowledge.script_order import script_lines
from knowledge.variable_types import Setting
from knowledge.words import code

#: Where a command begins; in a subshell nothing is dropped for good.
_UNSET = late(r"(?:^|[;&{]\s*|\b(?:then|do|else)\s+)unset\s+(?:-v\s+)?(?P<names>[A-Za-z_][\w \t]*)")

#: Without one of these words a command is none of those that are looked for below.
_DROPS = late("unset")
_MAY_SET = late(r"read|for|printf -v|mapfile|getopts|eval\s|export\s+[\"']?(?:\$\(|`)")


def unset_at(
    step: PipelineStep, name: str, before: Position | None, script: list[Setting]
) -> Position | None:
    """Where the script drops the variable for good, if it does."""
    for text, at in script_lines(step, _DROPS):
        dropped = any(name in found["names"].split() for found in _UNSET.finditer(text))
        if not dropped or (before is not None and not runs_before(step, at, before)):
            continue
        if all(setting.at is None or runs_before(step, setting.at, at) for setting in script):
            return at
    return None


def _reader(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:read|for|printf -v|mapfile|getopts)\b[^;&|\n]*\b{re.escape(name)}\b")


def doubts(step: PipelineStep, name: str, before: Position | None) -> tuple[str, ...]:
    """What of the script may set the name without showing it."""
    reasons = [
        f"line {at.line} runs {code(path)} inside the shell, which may set anything"
        for path, at in step.script.sourced
        if before is None or runs_before(step, at, before)
    ]
    for text, at in script_lines(step, _MAY_SET):
        if before is not None and not runs_before(step, at, before):
            continue
        if re.search(r"(?:^|[;&|(\s])eval\s", text):
            reasons.append(f"line {at.line} uses `eval`, which may set anything")
        elif re.search(r"\bexport\s+[\"']?(?:\$\(|`)", text):
            reasons.append(f"line {at.line} exports what a command prints")
        elif _reader(name).search(text):
            reasons.append(f"line {at.line} sets {code(name)} in a way that is not followed here")
    if step.self_hosted:
        reasons.append("the step runs on a self-hosted runner, which may have variables of its own")
    return tuple(reasons)
