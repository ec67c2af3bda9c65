"""Reads commands as a step's script would hold them, one below the other."""

from __future__ import annotations

from knowledge.location import Position
from knowledge.pipelines.commands import Command
from knowledge.pipelines.model import Export, Pipe, Script, Value
from knowledge.pipelines.need import Needs
from knowledge.pipelines.needs import needs_of
from knowledge.pipelines.shell import read_script

TOKEN = "$BITBUCKET_STEP_OIDC_TOKEN"


def commands_of(*texts: str, after_script: bool = False) -> list[Command]:
    """The first command stands in line 10, column 11; the others ten lines below each other."""
    return [
        Command(text, Position(10 * number, 11), after_script=after_script)
        for number, text in enumerate(texts, 1)
    ]


def read(*texts: str) -> Script:
    return read_script(commands_of(*texts), ())


def need(*texts: str, pipes: tuple[Pipe, ...] = (), image_oidc_role: Value | None = None) -> Needs:
    commands = commands_of(*texts)
    return needs_of(read_script(commands, pipes), commands, image_oidc_role)


def pipe(name: str, **variables: str) -> Pipe:
    at = Position(5, 11)
    values = tuple((key, Value(value, tag="str", quoted=False, at=at)) for key, value in variables.items())
    return Pipe(name, "1.0.0", at, values)


def shown(export: Export) -> str:
    """An export in one word: `A=b` plain, `x A=b` exported, `1 A=b` for one command."""
    kind = "1 " if export.command_only else "x " if export.exported else ""
    return f"{kind}{export.name}={'?' if export.value is None else export.value}"
