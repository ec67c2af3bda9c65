"""Nothing tells the SDK where the token is, so it does not try web identity at all.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.aws_login import ROLE, ROLE_FILE, TOKEN_FILE, login_of
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Fix, Verdict
from knowledge.location import Position
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import step_ref
from knowledge.rules.rule import ByCommands, Rule
from knowledge.script_order import before as runs_before
from knowledge.script_order import rank
from knowledge.variable_findings import (
    EXAMPLE_PATH,
    add_variable,
    insert_lines,
    lacking,
    late,
    looked_at,
    need_line,
    token_file_lines,
)
from knowledge.variable_needs import Need, Purpose, misnamed_token_files, needs, slip_for, verdict_for
from knowledge.words import code

_CAUSE = "token-file-variable-missing"


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    for need in needs(case, step):
        if need.purpose is not Purpose.TOKEN_FILE or need.explained:
            continue
        slip = slip_for(step, need.name) or slip_for(step, ROLE_FILE)
        if slip is None and not misnamed_token_files(case, step):
            yield from _missing(case, step, need)


def _missing(case: CaseFile, step: PipelineStep, need: Need) -> Iterable[Finding]:
    verdict = verdict_for(case, need)
    if verdict is None and not case.families and need.certain and _half_done(step):
        # Token or role are handed over in the file itself, so the third name is likely to be meant there too.
        verdict = Verdict.POSSIBLE
    if verdict is None:
        return
    login = login_of(case, step)
    used = any(TOKEN_FILE in write.target for write in step.script.token_writes)
    if verdict is Verdict.CONFIRMED and login is not None and login.command is None and not used:
        # What a program of the repository sets for itself was not read.
        verdict = Verdict.LIKELY
    fix = _fix(case, step, need)
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=lacking(step, need),
        meaning="Without it the SDK leaves the step's token alone and looks for other credentials.",
        step=step_ref(step),
        evidence=(need_line(case, need), *late(need.lookup), *looked_at(case, step, need.name)),
        fixes=(fix,),
    )


def _half_done(step: PipelineStep) -> bool:
    exported = {export.name for export in step.script.exports}
    return ROLE in exported or any(not write.literal for write in step.script.token_writes)


def _fix(case: CaseFile, step: PipelineStep, need: Need) -> Fix:
    """Say where the token is: in the file that the script writes already, else in a new one."""
    written = next(
        (
            write
            for write in step.script.token_writes
            if not write.literal and TOKEN_FILE not in write.target and runs_before(step, write.at, need.at)
        ),
        None,
    )
    if written is not None:
        lines = [f"export {TOKEN_FILE}={_quoted(written.target)}"]
        title = f"Point {code(TOKEN_FILE)} at the file that line {written.at.line} writes"
    else:
        lines = token_file_lines(case, step, need.at)
        title = "Write the token to a file and name that file"
    fix = insert_lines(case, step, lines, _place(step, need), title)
    return fix or add_variable(need.name, EXAMPLE_PATH, what="the path of the token's file")


def _place(step: PipelineStep, need: Need) -> Position:
    """Before the first line that needs the name, be it one that writes to it."""
    using = [write.at for write in step.script.token_writes if TOKEN_FILE in write.target]
    return min([need.at, *using], key=lambda at: rank(step, at))


def _quoted(target: str) -> str:
    return f'"{target.strip(chr(34))}"'


RULE = Rule(cause=_CAUSE, check=check, by_commands=ByCommands.LACKING)
