"""The file with the token lies where `artifacts` collects files: advice, never the reason of a failure.

https://support.atlassian.com/bitbucket-cloud/docs/use-artifacts-in-steps/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Disposition, Finding, Fix, Severity, Surface, Verdict
from knowledge.late_pattern import late
from knowledge.location import Position
from knowledge.pipelines.artifacts import is_wild, matches
from knowledge.pipelines.edit import replace_span
from knowledge.pipelines.model import OidcState, PipelineFile, PipelineStep, TokenWrite, Value
from knowledge.pipelines.shell_paths import assigned_path, plain_path
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.script_order import before, script_lines
from knowledge.words import code

_CAUSE = "token-file-in-artifacts"
_CLONE = "$PWD/"
_VARIABLE = late(r"\"?\$\{?(?P<name>[A-Za-z_]\w*)\}?\"?")


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    file, step = file_of(case), suspect.step
    if file is None or step.oidc.state is not OidcState.ON or not step.artifacts:
        return
    for write in step.script.token_writes:
        written, named_at = _written(step, write)
        path = plain_path(written)
        if write.literal or not path.startswith(_CLONE) or _moves(step, write.at):
            continue
        inside = path.removeprefix(_CLONE)
        # A file that is named is handed on by intention.
        pattern = next((p for p in step.artifacts if is_wild(p.text) and matches(p.text, inside)), None)
        if pattern is not None and not _gone_or_meant(file, step, inside):
            yield _finding(
                case, step, write, pattern, inside, _fix(file, step, written, (write.at, named_at))
            )


def _written(step: PipelineStep, write: TokenWrite) -> tuple[str, Position | None]:
    """The path as written; through a variable that the script itself sets, its value and where it is set."""
    variable = _VARIABLE.fullmatch(write.target)
    if variable is not None:
        for export in reversed(step.script.exports):
            path = assigned_path(variable["name"], export.text)
            if export.name == variable["name"] and path is not None and before(step, export.at, write.at):
                return path, export.at
    return write.target, None


def _moves(step: PipelineStep, at: Position) -> bool:
    """Whether the script may have left the clone by then."""
    return any(
        re.match(r"(?:cd|pushd)\b", text) and before(step, place, at) for text, place in script_lines(step)
    )


def _gone_or_meant(file: PipelineFile, step: PipelineStep, path: str) -> bool:
    """Whether the file is deleted again, or a later step of the pipeline reads it."""
    name = re.escape(path.rsplit("/", 1)[-1])
    deleted = re.search(rf"\b(?:rm|shred|unlink)\b[^\n]*{name}|\b(?:rm|shred)\b[^\n]*TOKEN_FILE", file.text)
    return deleted is not None or any(
        re.search(name, text) is not None
        for other in file.steps
        if other.pipeline == step.pipeline and other.index > step.index and not other.script.token_writes
        for text, _ in other.script_text
    )


def _finding(
    case: CaseFile, step: PipelineStep, write: TokenWrite, pattern: Value, path: str, fix: Fix
) -> Finding:
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY,
        severity=Severity.ADVICE,
        headline=f"The artifacts of step {code(step.label)} take its token file {code(path)} along.",
        meaning=(
            f"The file lies in the clone, and {code(pattern.text)} covers it. Whoever may download the "
            "artifacts can use the token until it expires."
        ),
        step=step_ref(step),
        evidence=(
            quoted(case, pattern.at, f"Line {pattern.at.line} uploads {code(pattern.text)}."),
            quoted(case, write.at, f"Line {write.at.line} writes the token there.", primary=False),
        ),
        fixes=(fix,),
    )


def _fix(file: PipelineFile, step: PipelineStep, written: str, places: tuple[Position | None, ...]) -> Fix:
    """The file put into the home, on each line that names it, when these are all."""
    bare = written.strip("\"'")
    outside = f"$HOME/{plain_path(written).rsplit('/', 1)[-1]}"
    after: str | None = file.text
    lines = [at for text, at in script_lines(step) if bare in text]
    # A bare name may be part of anything; a path that begins with a variable is the file itself.
    known = {at.line for at in places if at is not None} if not bare.startswith(("$", "`")) else None
    if known is None or {at.line for at in lines} <= known:
        for at in lines if "'" not in written else ():
            after = replace_span(replace(file, text=after), at, bare, outside) if after is not None else None
    changed = after if after != file.text else None
    return Fix(
        title=f"Write the token to {code(outside)}, outside the clone",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE if changed else Disposition.NEEDS_REVIEW,
        file_after=changed,
        steps=() if changed else (f"Put {code(outside)} for {code(bare)} wherever the step names it.",),
        verify="Run the step again: its artifacts hold no token.",
    )


RULE = Rule(cause=_CAUSE, check=check)
