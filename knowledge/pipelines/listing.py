"""A step as a run lists it: by its commands alone, where the file that defines it was not read.

The step object of the API has `script_commands`, the commands that the step ran:
https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pipelines/
Nothing in it says whether the step has `oidc` or what it deploys to, and how a pipe stands there, with what
it is handed, is not documented: its name is taken where a command is one. So `is_listed` is asked wherever
the lack of one of these would tell something.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.late_pattern import late
from knowledge.location import Position
from knowledge.pipelines.commands import Command
from knowledge.pipelines.late import Late
from knowledge.pipelines.model import Oidc, OidcState, Pipe, PipelineStep
from knowledge.pipelines.needs import needs_of
from knowledge.pipelines.script import name_and_version
from knowledge.pipelines.shell import read_script

_PIPELINE = "(run)"
"""Stands where a step of a file has the name of its pipeline."""
_LINES = 2_000
_CHARACTERS = 100_000
_PIPE = late(r"\s*(?:-\s+)?pipe:\s*[\"']?(?P<called>[\w./:-]+)[\"']?\s*(?:\n|\Z)")
_POWERSHELL = late(r"\$env:|\$\{env:", re.IGNORECASE)


def listed_step(name: str | None, position: int, commands: Sequence[str]) -> PipelineStep | None:
    """The step of these commands, its places being those in `listed_lines`; `position` counts from 0.

    None when there are none, when they are more than scripts are, or when they are PowerShell's: by its
    commands alone a step does not tell which shell runs them.
    """
    if not commands or sum(map(len, commands)) > _CHARACTERS or len(listed_lines(commands)) > _LINES:
        return None
    if any(_POWERSHELL.search(text) for text in commands):
        return None
    read: list[Command] = []
    pipes: list[Pipe] = []
    line = 1
    for text in commands:
        at, called = Position(line, 1), _PIPE.match(text)
        if called is None:
            read.append(Command(text, at))
        else:
            pipes.append(Pipe(*name_and_version(called["called"]), at))
        line += text.count("\n") + 1
    script = Late(lambda: read_script(read, pipes))
    return PipelineStep(
        pipeline=_PIPELINE,
        index=position,
        name=name or f"step {position + 1}",
        at=Position(1, 1),
        body_at=Position(1, 1),
        oidc=Oidc(OidcState.UNCERTAIN),
        late_script=script,
        commands=tuple(read),
        late_needs=Late(lambda: needs_of(script.value(), read, None)),
    )


def listed_lines(commands: Sequence[str]) -> tuple[str, ...]:
    """The commands' lines, one below the other."""
    return tuple("\n".join(commands).split("\n"))


def is_listed(step: PipelineStep) -> bool:
    """Whether the step is known by its commands alone."""
    return step.pipeline == _PIPELINE
