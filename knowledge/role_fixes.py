"""Changes that give a step the role it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from knowledge.aws_login import PIPE_ROLE, ROLE
from knowledge.casefile import CaseFile, Variable
from knowledge.finding import Disposition, Fix, Surface
from knowledge.location import Position
from knowledge.pipelines.edit import replace_span
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import file_of
from knowledge.reading import Known, Reading
from knowledge.roles import ROLE_ARN
from knowledge.variable_findings import VERIFY, add_needed, insert_lines
from knowledge.variable_needs import Need, Purpose
from knowledge.variables import Setting, environment_of, look_up, variables_of, where
from knowledge.words import code


def role_fixes(case: CaseFile, step: PipelineStep, need: Need) -> tuple[Fix, ...]:
    """Give the step its role: by the line that was meant to, from a variable that holds one under
    another name, else by a new variable."""
    own = tuple(_own_lines(case, step, need))
    through = need.through
    if need.name == need.wanted and through is not None and through.at is not None:
        # The script's own line would win over a variable of that name.
        return own or (_write(f"Give {code(need.name)} its value", through.at, "write it behind the `=`"),)
    if need.name == need.wanted and through is not None:
        return (*own, _fill(need.name, through))
    if need.lookup.beyond("unset"):
        return own
    return (*own, *_handed_on(case, step, need), add_needed(need))


def _own_lines(case: CaseFile, step: PipelineStep, need: Need) -> Iterator[Fix]:
    """Lines of the script that name the variable wrongly, set it too late, or drop it."""
    for setting in need.lookup.nearly:
        file = file_of(case)
        after = replace_span(file, setting.at, setting.name, need.name) if file and setting.at else None
        if after is not None:
            yield Fix(
                title=f"Call it {code(need.name)}, not {code(setting.name)}",
                surface=Surface.PIPELINE_FILE,
                file_after=after,
                verify=VERIFY,
            )
    for item in need.lookup.beyond("too-late"):
        line = re.match(r"export\s+[^;&|]+$", item.setting.text)
        fix = (
            insert_lines(case, step, [line[0]], need.at, f"Set it before line {need.at.line}")
            if line
            else None
        )
        if fix is not None:
            yield fix
    for item in need.lookup.beyond("unset"):
        yield Fix(
            title=f"Keep {code(need.name)} until the login is done",
            surface=Surface.PIPELINE_FILE,
            steps=(f"Take the `unset` out: {item.why}.",),
            verify=VERIFY,
        )
        return


def _write(title: str, at: Position, what: str) -> Fix:
    return Fix(
        title=f"{title} on line {at.line}",
        surface=Surface.PIPELINE_FILE,
        steps=(f"Line {at.line}: {what}, or take the line out and set a variable.",),
        verify=VERIFY,
    )


def _fill(name: str, setting: Setting) -> Fix:
    """The variable is there, and empty: another one at a weaker level would change nothing."""
    return Fix(
        title=f"Give {code(name)} its value {where(setting)}",
        surface=Surface.VARIABLES,
        steps=(f"{code(name)} is empty {where(setting)}: put the role's ARN in, or delete it there.",),
        verify=VERIFY,
    )


def _handed_on(case: CaseFile, step: PipelineStep, need: Need) -> Iterator[Fix]:
    if need.purpose is not Purpose.ROLE or need.through is not None or need.name != ROLE:
        return
    for name in role_variables(case, step, need.at)[:1]:
        fix = insert_lines(
            case, step, [f'export {ROLE}="${name}"'], need.at, f"Hand {code(name)} on as {code(ROLE)}"
        )
        if fix is not None:
            yield replace(fix, disposition=Disposition.NEEDS_REVIEW)


def role_variables(case: CaseFile, step: PipelineStep, at: Position) -> list[str]:
    """Variables that reach the step and hold the ARN of a role, the one made for pipes first, the others
    in the order of their levels."""
    readings: list[Reading[tuple[Variable, ...]]] = [case.repository_variables, case.workspace_variables]
    mine = environment_of(case, step)
    if isinstance(mine, Known):
        readings.insert(0, variables_of(case, mine.value))
    names = [] if look_up(case, step, PIPE_ROLE, at).lacks else [PIPE_ROLE]
    names += [
        variable.name
        for reading in readings
        if isinstance(reading, Known)
        for variable in reading.value
        if variable.value and ROLE_ARN.fullmatch(variable.value.strip())
    ]
    return list(dict.fromkeys(names))
