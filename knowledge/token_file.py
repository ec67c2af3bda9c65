"""Whether the step's token is in the file that the SDK is told to read."""

from __future__ import annotations

import re
from enum import StrEnum

from knowledge.aws_login import TOKEN_FILE, AwsLogin, Style, login_of
from knowledge.casefile import CaseFile
from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.location import Position
from knowledge.pipelines.model import PipelineStep, TokenWrite
from knowledge.pipelines.shell_exports import gives_value
from knowledge.pipelines.shell_paths import assigned_path, plain_path, same_file
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import file_of
from knowledge.script_order import before as runs_before
from knowledge.script_order import changes_directory, in_branch, script_lines
from knowledge.variables import Setting, look_up


class Fault(StrEnum):
    NOTHING = "nothing"
    """No line of the step writes the token."""
    LITERAL = "literal"
    """What is written is the variable's name, not the token."""
    TOO_LATE = "too-late"
    """It is written after the command that reads it."""
    UNNAMED = "unnamed"
    """It is written before the path has a value."""
    OTHER_PATH = "other-path"
    MISNAMED = "misnamed"
    """What is written is another variable, with a name almost like the token's, that nothing sets."""
    TWICE = "twice"
    """It is appended to the token that an earlier line wrote."""
    MOVED = "moved"
    """The path is relative, and the script changes its directory in between."""


@dataclass(frozen=True, slots=True)
class TokenFileFault:
    """What is wrong with the token's file, and the line that shows it. `certain` is false where a
    program that the file does not show may still write it."""

    fault: Fault
    at: Position
    login: AwsLogin
    setting: Setting
    write: TokenWrite | None = None
    elsewhere: PipelineStep | None = None
    certain: bool = True
    misnamed: str = ""
    first: TokenWrite | None = None
    """The write that comes before one that appends."""


def token_file_fault(case: CaseFile, step: PipelineStep) -> TokenFileFault | None:
    """The fault, if the step reads its token from a file and that file is not right; else None."""
    login = login_of(case, step)
    if login is None or login.style is not Style.TOKEN_FILE:
        return None
    lookup = look_up(case, step, TOKEN_FILE, login.at)
    setting = lookup.winner
    if setting is None or lookup.empty or setting.lacking:
        return None
    writes = step.script.token_writes
    wrong = _misnamed(case, step, login, setting)
    if wrong is not None and not writes:
        return wrong
    judged = [(write, _judge(case, step, login, setting, write)) for write in writes]
    good = [write for write, fault in judged if fault is None]
    if good:
        return _twice(step, login, setting, good) or _moved(step, login, setting, good)
    if judged:
        write, fault = judged[0]
        return TokenFileFault(
            fault or Fault.NOTHING,
            write.at,
            login,
            setting,
            write,
            certain=not _handled(step, login, setting),
        )
    return _unwritten(case, step, login, setting)


_ALMOST = late(
    r"\$\{?(?P<name>BITBUCKET_\w*(?:OIDC|STEP)\w*TOKE?\w*|BITBUCKET_STEP_OIDC\w*|BITBUCKET_TOKEN_OIDC)\b"
)


def _misnamed(case: CaseFile, step: PipelineStep, login: AwsLogin, setting: Setting) -> TokenFileFault | None:
    for text, at in script_lines(step):
        found = _ALMOST.search(text)
        if found is None or found["name"] == TOKEN or not re.search(r">|\btee\b", text):
            continue
        if runs_before(step, at, login.at) and look_up(case, step, found["name"], at).winner is None:
            return TokenFileFault(Fault.MISNAMED, at, login, setting, misnamed=found["name"])
    return None


def _judge(
    case: CaseFile, step: PipelineStep, login: AwsLogin, setting: Setting, write: TokenWrite
) -> Fault | None:
    if write.literal:
        return Fault.LITERAL
    named = re.search(rf"\$\{{?{TOKEN_FILE}\b", write.target) is not None
    if not named and _same(step, setting, write) is False:
        return Fault.OTHER_PATH
    if named and look_up(case, step, TOKEN_FILE, write.at).lacks:
        assigned = [e for e in step.script.exports if e.name == TOKEN_FILE and gives_value(e)]
        shell = any(runs_before(step, e.at, write.at) for e in assigned)
        if not shell:
            return Fault.UNNAMED
    if not runs_before(step, write.at, login.at):
        return Fault.TOO_LATE
    return None


def _same(step: PipelineStep, setting: Setting, write: TokenWrite) -> bool | None:
    """Whether both are one file; None when that cannot be told."""
    return same_file(_path(setting), write.target, moves=changes_directory(step))


def _path(setting: Setting) -> str:
    """The path as written."""
    written = assigned_path(setting.name, setting.text) if setting.at else None
    return written if written is not None else setting.value or "$UNKNOWN"


#: What follows is only run where a test says so.
_GUARDED = late(r"\|\||\[\s|\btest\s")


def _twice(
    step: PipelineStep, login: AwsLogin, setting: Setting, good: list[TokenWrite]
) -> TokenFileFault | None:
    """The line that appends the token to a file that holds it already, not emptied in between."""
    held: TokenWrite | None = None
    for write in good:
        if not _is_its_file(step, setting, write) or in_branch(step, write.at) or _GUARDED.search(write.text):
            held = None
        elif write.append and held is not None and not _emptied(step, setting, held.at, write.at):
            certain = not _handled(step, login, setting)
            return TokenFileFault(Fault.TWICE, write.at, login, setting, write, certain=certain, first=held)
        else:
            held = write
    return None


def _is_its_file(step: PipelineStep, setting: Setting, write: TokenWrite) -> bool:
    """Whether the line is known to write to the file that the SDK reads."""
    return re.fullmatch(rf"\"?\$\{{?{TOKEN_FILE}\}}?\"?", write.target) is not None or bool(
        _same(step, setting, write)
    )


def _emptied(step: PipelineStep, setting: Setting, first: Position, second: Position) -> bool:
    """Whether a line between the two may take the first token out of the file again."""
    name = plain_path(_path(setting)).rsplit("/", 1)[-1]
    return any(
        (TOKEN_FILE in text or name in text)
        and re.search(r"\brm\b|\bmv\b|\btruncate\b|(?<!>)>(?!>)", text) is not None
        and runs_before(step, first, at)
        and runs_before(step, at, second)
        for text, at in script_lines(step)
    )


def _moved(
    step: PipelineStep, login: AwsLogin, setting: Setting, good: list[TokenWrite]
) -> TokenFileFault | None:
    path = _path(setting).strip("\"'")
    if path.startswith(("/", "$", "~", "`")):
        return None
    moves = [
        (text, at)
        for text, at in script_lines(step)
        if re.match(r"cd\s+[^-&;|\s]", text) and runs_before(step, at, login.at) and "&" not in text
    ]
    away = [at for text, at in moves if not re.match(r"cd\s+(?:\.\.|\"?\$\{?BITBUCKET_CLONE_DIR|~)", text)]
    if not away or len(away) != len(moves) or not runs_before(step, good[-1].at, away[0]):
        return None
    return TokenFileFault(Fault.MOVED, away[0], login, setting, good[-1], certain=False)


def _unwritten(
    case: CaseFile, step: PipelineStep, login: AwsLogin, setting: Setting
) -> TokenFileFault | None:
    file = file_of(case)
    others = [
        other
        for other in (file.steps if file else ())
        if other.pipeline == step.pipeline and other.index < step.index and other.script.token_writes
    ]
    if any(other.key_at("artifacts") for other in others):
        return None
    at = setting.at or login.at
    elsewhere = others[-1] if others else None
    certain = not _handled(step, login, setting)
    return TokenFileFault(Fault.NOTHING, at, login, setting, None, elsewhere, certain)


#: A program takes the token by its name: `os.environ["NAME"]`, `docker run -e NAME`.
_BY_NAME = late(rf"(?!#|echo\b|printf\b).*(?<![\w${{]){TOKEN}\b")


def _handled(step: PipelineStep, login: AwsLogin, setting: Setting) -> bool:
    """Whether something in the script that is not followed here may write the file."""
    script = step.script
    unseen = [at for _, at in (*script.hidden, *script.sourced) if runs_before(step, at, login.at)]
    written = {write.at.line for write in script.token_writes}
    mentioned = [at for at in script.token_mentions if at.line not in written]
    mentioned += [at for text, at in script_lines(step) if at.line not in written and _BY_NAME.match(text)]
    name = plain_path(_path(setting)).rsplit("/", 1)[-1]
    named = [
        at
        for text, at in script_lines(step)
        if (TOKEN_FILE in text or (len(name) > 3 and name in text))
        and not re.search(rf"\b{TOKEN_FILE}=|^rm\b", text)
        and not any(write.variable in text or write.at.line == at.line for write in script.token_writes)
        and runs_before(step, at, login.at)
    ]
    return bool(unseen or mentioned or named or not login.certain or step.self_hosted)
