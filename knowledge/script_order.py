"""In which order the lines of a step's script run.

Lines of a file are not enough: a script may be put together from anchors that stand anywhere in it.
"""

from __future__ import annotations

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
    for number, (_, start) in enumerate(step.script_text):
        here = (start.line, start.column)
        if begins < here <= place:
            home, begins = number, here
    return (home, *place)


def before(step: PipelineStep, one: Position, other: Position) -> bool:
    """Whether the text at `one` runs before that at `other`."""
    return rank(step, one) < rank(step, other)


def script_lines(step: PipelineStep) -> Iterator[tuple[str, Position]]:
    """Every line of the script by itself. A block of several lines begins below its `|`."""
    for text, at in step.script_text:
        lines = text.split("\n")
        if len(lines) == 1:
            yield text, at
            continue
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield line.strip(), Position(at.line + number, at.column)
