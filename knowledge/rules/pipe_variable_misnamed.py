"""An AWS pipe is handed its role under a name that it does not read.

AWS pipes read `AWS_OIDC_ROLE_ARN`; `AWS_ROLE_ARN` is the SDKs' name:
https://bitbucket.org/atlassian/aws-cloudfront-invalidate
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.aws_login import PIPE_ROLE
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Disposition, Finding, Fix, Surface, Verdict
from knowledge.location import Position
from knowledge.pipelines.edit import replace_line
from knowledge.pipelines.model import Pipe, PipelineFile, PipelineStep
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import EXCHANGE_TRIED, Family
from knowledge.variable_findings import VERIFY
from knowledge.variable_needs import about_aws, misnamed_in_pipe
from knowledge.words import code

_CAUSE = "pipe-variable-misnamed"
_TYPICAL = frozenset({Family.NO_CREDENTIALS, Family.ROLE_ARN_MISSING, Family.STATIC_KEYS, Family.HIDDEN})


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    if not about_aws(case):
        return
    for pipe, wrong in misnamed_in_pipe(case, suspect.step):
        yield _finding(case, suspect.step, pipe, wrong)


def _finding(case: CaseFile, step: PipelineStep, pipe: Pipe, wrong: str) -> Finding:
    file = file_of(case)
    at = _key_at(file, pipe, wrong) or pipe.at
    families = case.families
    ours = pipe.name.startswith("atlassian/aws-")
    proven = not families or bool(families & _TYPICAL)
    return Finding(
        cause=_CAUSE,
        verdict=_verdict(ours=ours, proven=proven and not families & EXCHANGE_TRIED),
        headline=(
            f"The pipe {code(pipe.name)} is handed {code(wrong)}, which "
            f"{'it does not read' if ours else 'AWS pipes do not read'}."
        ),
        meaning=f"AWS pipes read the role from {code(PIPE_ROLE)}; without it they ask for a key pair.",
        step=step_ref(step),
        evidence=(
            quoted(
                case,
                at,
                f"Line {at.line} hands the role over as {code(wrong)}.",
                comparison=Comparison("the pipe's variable", PIPE_ROLE, wrong),
            ),
        ),
        fixes=(_fix(file, at, wrong),),
    )


def _verdict(*, ours: bool, proven: bool) -> Verdict:
    """What pipes of other makers read is not known here."""
    if not ours:
        return Verdict.POSSIBLE
    return Verdict.CONFIRMED if proven else Verdict.LIKELY


def _key_at(file: PipelineFile | None, pipe: Pipe, name: str) -> Position | None:
    """The variable's key stands before its value, on the same line unless the value is a block."""
    value = pipe.variable(name)
    if file is None or value is None:
        return None
    for line in range(value.at.line, max(0, value.at.line - 3), -1):
        column = file.line(line).find(name)
        if column >= 0:
            return Position(line, column + 1)
    return None


def _fix(file: PipelineFile | None, at: Position, wrong: str) -> Fix:
    text = file.line(at.line) if file else ""
    head, tail = text[: at.column - 1], text[at.column - 1 :]
    after = (
        replace_line(file, at.line, head + tail.replace(wrong, PIPE_ROLE, 1))
        if file and wrong in tail
        else None
    )
    return Fix(
        title=f"Hand the role over as {code(PIPE_ROLE)}",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE if after else Disposition.NEEDS_REVIEW,
        file_after=after,
        steps=() if after else (f"In the pipe's `variables:`, write {code(PIPE_ROLE)} for {code(wrong)}.",),
        verify=VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check)
