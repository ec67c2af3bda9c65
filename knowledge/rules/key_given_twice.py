"""A key stands twice in one mapping, and what it holds decides which steps run or what they do.

YAML forbids it; whether Bitbucket refuses the file or takes the later one is not documented, so this is
never more than likely: https://yaml.org/spec/1.2.2/#3213-node-comparison
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Disposition, Finding, Fix, StepRef, Surface, Verdict
from knowledge.pipelines.edit import remove_line
from knowledge.pipelines.model import PipelineFile, PipelineStep
from knowledge.pipelines.repeated import RepeatedKey
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "key-given-twice"
#: At the file's root only these say what runs; anchors of a first `definitions` work all the same.
_AT_ROOT = frozenset({"pipelines", "options", "image"})


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    file = file_of(case)
    if file is None or not file.repeated_keys or not _about_oidc(file):
        return
    for repeated in file.repeated_keys:
        if repeated.where is not None:
            if repeated.where != "the file" or repeated.key in _AT_ROOT:
                yield _finding(case, file, repeated, repeated.where, None)
        elif suspect is not None:
            where = _inside(suspect.step, repeated)
            if where is not None:
                yield _finding(case, file, repeated, where, step_ref(suspect.step))


def _about_oidc(file: PipelineFile) -> bool:
    """Whether its author thinks of OIDC at all, in whatever block, lost ones included."""
    return "oidc" in file.text.lower()


def _inside(step: PipelineStep, repeated: RepeatedKey) -> str | None:
    """What of the step holds the key."""
    if (repeated.key, repeated.at) in step.keys:
        return f"step {code(step.label)}"
    for pipe in step.script.pipes:
        for name, value in pipe.variables:
            if name == repeated.key and value.at.line == repeated.at.line:
                return f"the variables of {code(pipe.name)}"
    return None


def _finding(
    case: CaseFile, file: PipelineFile, repeated: RepeatedKey, where: str, step: StepRef | None
) -> Finding:
    key, first, at = code(repeated.key), repeated.first, repeated.at
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.POSSIBLE if repeated.same else Verdict.LIKELY,
        headline=f"{key} stands twice in {where}, on lines {first.line} and {at.line}.",
        meaning=(
            "A mapping may have a key once. Here the later one was read; whether Bitbucket takes that one or "
            "refuses the file is not documented."
        ),
        step=step,
        evidence=(
            quoted(case, at, f"Line {at.line} has {key} again."),
            quoted(case, first, f"Line {first.line} has it first.", primary=False),
        ),
        fixes=(_fix(file, repeated),),
    )


def _fix(file: PipelineFile, repeated: RepeatedKey) -> Fix:
    after = remove_line(file, repeated.first)
    key = code(repeated.key)
    return Fix(
        title=f"Take {key} on line {repeated.first.line} out" if after else f"Keep one {key}",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.NEEDS_REVIEW,
        file_after=after,
        steps=(
            f"Put what both hold under one {key}."
            if after is None
            else f"Or take line {repeated.at.line} out, where the first one is meant.",
        ),
        verify="Push the change: the run shows the steps that are meant.",
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
