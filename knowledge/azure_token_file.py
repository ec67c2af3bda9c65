"""The file that Azure's SDKs and Terraform read the token from, and what the step writes to it when.

https://learn.microsoft.com/python/api/azure-identity/azure.identity.workloadidentitycredential
"""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.azure_login import ARM_TOKEN_FILE, HARMLESS, TERRAFORM
from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.location import Position
from knowledge.pipelines.model import PipelineStep, TokenWrite
from knowledge.pipelines.shell_paths import same_file
from knowledge.pipelines.shell_token import TOKEN
from knowledge.script_order import before, in_branch
from knowledge.variable_types import Setting

#: Commands that read no variable of the SDKs.
PREPARES = frozenset(
    {"export", "echo", "printf", "cd", "set", "mkdir", "pip", "pip3", "npm", "yarn", "apt-get", "umask"}
)
#: These read the file only where the line names it; the Azure CLI takes a token by an option.
_OTHERS = frozenset(
    {"az", "chmod", "cat", "ls", "test", "[", "sleep", "rm", "touch", "install", "true", "date"}
)
_OWN_PROGRAM = late(r"[\w./+-]+")


@dataclass(frozen=True, slots=True)
class LateWrite:
    """The line that writes the token, and the first one before it that may read the file. `only` is whether
    nothing behind the writing line may be the reader instead."""

    write: TokenWrite
    reader: Position
    program: str
    only: bool


def writes_to(step: PipelineStep, name: str, setting: Setting) -> tuple[TokenWrite, ...]:
    """The lines that write the token to the variable, or to the very path."""
    return tuple(
        write
        for write in step.script.token_writes
        if not write.literal
        and (name in write.target or any(same_file(path, write.target) is True for path in paths_of(setting)))
    )


def paths_of(setting: Setting) -> list[str]:
    """The path that the variable has, and as it is written."""
    return [path for path in (setting.value, setting.written) if path]


def late_write(step: PipelineStep, name: str, setting: Setting) -> LateWrite | None:
    """The write that comes after a program which may read the file; None where one comes in time."""
    writes = writes_to(step, name, setting)
    readers = [
        (at, program)
        for at, program in _readers(step, name, paths_of(setting))
        if setting.at is None or at.line == setting.at.line or before(step, setting.at, at)
    ]
    if not writes or not readers or any(in_branch(step, write.at) for write in writes):
        return None
    first = writes[0]
    early = [(at, program) for at, program in readers if all(before(step, at, write.at) for write in writes)]
    if not early or any(before(step, write.at, early[0][0]) for write in writes):
        return None
    return LateWrite(first, *early[0], only=len(early) == len(readers))


def _readers(step: PipelineStep, name: str, paths: list[str]) -> Iterator[tuple[Position, str]]:
    """The commands that may read the file: of the provider's variable Terraform alone."""
    if name == ARM_TOKEN_FILE:
        for command in step.script.commands:
            if command.program in TERRAFORM and not late(HARMLESS).match(command.text.strip()):
                yield command.at, command.program
        return
    for line in step.commands:
        words = line.text.split()
        program = words[0] if words else ""
        if TOKEN in line.text or program in PREPARES or not _OWN_PROGRAM.fullmatch(program):
            continue
        if program not in _OTHERS or any(named in line.text for named in (name, *paths)):
            yield line.at, program
