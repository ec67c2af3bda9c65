"""In which order the lines of a step's script run.

Lines of a file are not enough: a script may be put together from anchors that stand anywhere in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.location import Position
from knowledge.pipelines.model import PipelineStep

#: Where a place stands in the run of the script; smaller runs earlier.
Rank = tuple[int, int, int]


def rank(step: PipelineStep, at: Position) -> Rank:
    """When the text at `at` runs, among the commands of this step.

    A place belongs to the last command of the script that begins at or before it in the file; a
    place before all of them (a pipe at the very top) runs first.
    """
    place = (at.line, at.column)
    home, begins = -1, (0, 0)
    for number, command in enumerate(step.commands):
        here = (command.at.line, command.at.column)
        if begins < here <= place:
            home, begins = number, here
    return (home, *place)


def before(step: PipelineStep, one: Position, other: Position) -> bool:
    """Whether the text at `one` runs before that at `other`."""
    return rank(step, one) < rank(step, other)


def script_lines(
    step: PipelineStep, telling: re.Pattern[str] | None = None
) -> Iterator[tuple[str, Position]]:
    """Every line of the script by itself, with its place in the file; `telling` leaves out the commands that
    have nothing of that form."""
    for command in step.commands:
        if telling is None or telling.search(command.text):
            yield from command.lines()


def changes_directory(step: PipelineStep) -> bool:
    """Whether a line of the script goes to another directory than the clone's."""
    elsewhere = r"(?:^|[\s;&|(])(?:cd|pushd)\s+(?!\"?\$\{?BITBUCKET_CLONE_DIR\}?\"?(?:$|[\s;&|)]))[^\s;&|]"
    return any(re.search(elsewhere, text) for text, _ in script_lines(step))


_OPENS = re.compile(r"(?:if|case|for|while|until)\b")
_CLOSES = re.compile(r"(?:.*[;\s])?(?:fi|esac|done)\b")


def in_branch(step: PipelineStep, at: Position) -> bool:
    """Whether the text at `at` stands in an `if`, a `case` or a loop, so that it may not run at all."""
    home = rank(step, at)[0]
    depth = 0
    for line, place in step.commands[home].lines() if home >= 0 else ():
        if place.line > at.line:
            break
        opens, closes = _OPENS.match(line) is not None, _CLOSES.match(line) is not None
        if opens and place.line == at.line:
            return True
        depth += opens - closes
    return depth > 0
