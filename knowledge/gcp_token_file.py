"""Whether the step's token is in the file that its Google configuration names."""

from __future__ import annotations

import re
from enum import StrEnum

from knowledge.casefile import CaseFile
from knowledge.frozen import dataclass
from knowledge.gcp_login import GoogleLogin, google_login, lines_with
from knowledge.location import Position
from knowledge.pipelines.model import PipelineStep, TokenWrite
from knowledge.pipelines.shell_paths import plain_path, same_file
from knowledge.quoting import file_of
from knowledge.script_order import before, changes_directory, script_lines


class Fault(StrEnum):
    NOTHING = "nothing"
    OTHER_PATH = "other-path"
    TOO_LATE = "too-late"
    LITERAL = "literal"
    """What is written is the variable's name."""
    MOVED = "moved"
    """The path is relative, and the script changes its directory in between."""
    ELSEWHERE = "elsewhere"
    """The path is relative, and Terraform is told to work in another directory."""


#: https://developer.hashicorp.com/terraform/cli/commands#switching-working-directory-with-chdir
_ELSEWHERE = r"\b(?:terraform|tofu)\b[^;&|]*?\s-chdir=[\"']?(?!\.?/?[\"']?(?:\s|$))\S"


@dataclass(frozen=True, slots=True)
class TokenFileFault:
    """What is wrong, and the line that shows it; `certain` is false where something that is not followed may
    write the file."""

    fault: Fault
    at: Position
    login: GoogleLogin
    write: TokenWrite | None = None
    elsewhere: PipelineStep | None = None
    certain: bool = True


def is_written(step: PipelineStep, path: str) -> bool:
    """Whether a line of the script writes the token to this very path."""
    return bool(path) and any(same_file(path, write.target) is True for write in step.script.token_writes)


def token_file_fault(case: CaseFile, step: PipelineStep) -> TokenFileFault | None:
    """The fault; None when the step makes no configuration, or a right one."""
    login = google_login(case, step)
    if login is None or not login.token_file or step.windows:
        return None
    writes = step.script.token_writes
    judged = [(write, _judge(step, login, write)) for write in writes]
    if any(fault is None for _, fault in judged):
        return _moved(step, login)
    certain = not _handled(step, login)
    if judged:
        write, fault = judged[0]
        return TokenFileFault(fault or Fault.NOTHING, write.at, login, write, certain=certain)
    other = _elsewhere(case, step)
    if other is not None and other.key_at("artifacts") is not None:
        return None
    return TokenFileFault(Fault.NOTHING, login.at, login, elsewhere=other, certain=certain)


def _judge(step: PipelineStep, login: GoogleLogin, write: TokenWrite) -> Fault | None:
    if write.literal:
        return Fault.LITERAL
    if same_file(login.token_file, write.target, moves=changes_directory(step)) is False:
        return Fault.OTHER_PATH
    if login.read_at is not None and not before(step, write.at, login.read_at):
        return Fault.TOO_LATE
    return None


def _moved(step: PipelineStep, login: GoogleLogin) -> TokenFileFault | None:
    """A relative path is taken from where the reader stands, not from where the file was written."""
    if login.token_file.startswith(("/", "$", "~", "`")) or login.read_at is None:
        return None
    for command in step.script.commands:
        if before(step, login.at, command.at) and re.search(_ELSEWHERE, command.text):
            return TokenFileFault(Fault.ELSEWHERE, command.at, login, certain=False)
    for text, at in script_lines(step):
        moves = text.startswith("cd ") and not text.startswith(("cd -", "cd .."))
        if moves and before(step, login.at, at) and before(step, at, login.read_at):
            return TokenFileFault(Fault.MOVED, at, login, certain=False)
    return None


def _elsewhere(case: CaseFile, step: PipelineStep) -> PipelineStep | None:
    """An earlier step of the pipeline that writes its own token."""
    file = file_of(case)
    return next(
        (
            other
            for other in reversed(file.steps if file else ())
            if other.pipeline == step.pipeline and other.index < step.index and other.script.token_writes
        ),
        None,
    )


def _handled(step: PipelineStep, login: GoogleLogin) -> bool:
    """Whether a line that is not followed may write the file."""
    until = login.read_at
    name = plain_path(login.token_file).rsplit("/", 1)[-1]
    unseen = [at for _, at in (*step.script.hidden, *step.script.sourced)]
    named = [at for _, at in lines_with(step, name) if at.line != login.at.line]
    written = {write.at.line for write in step.script.token_writes}
    mentioned = [at for at in step.script.token_mentions if at.line not in written]
    places = [*unseen, *(at for at in named if at.line not in written), *mentioned]
    return step.self_hosted or any(until is None or before(step, at, until) for at in places)
