"""One command of a script, as the shell gets it, with the place of each of its characters."""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge.location import Position
from knowledge.pipelines.layout import Layout


@dataclass(frozen=True, slots=True)
class Command:
    """A string item of `script` or `after-script`.

    `text` is the scalar as the shell gets it (quotes gone, lines folded), `at` where the scalar
    starts: its first letter, its opening quote, or the `|` of a block. `layout` is None for a
    command that does not come out of a file; its lines are then taken to stand one below the other.
    """

    text: str
    at: Position
    after_script: bool = False
    layout: Layout | None = field(default=None, repr=False, compare=False)

    def place(self, offset: int) -> Position:
        """Where character `offset` (from 0) of `text` stands in the file. An offset outside the text
        gives its nearest end; white space that folding put in gives the end of the line before it."""
        if self.layout is None:
            before = self.text[: max(0, offset)].split("\n")
            if len(before) == 1:
                return Position(self.at.line, self.at.column + len(before[0]))
            return Position(self.at.line + len(before) - 1, len(before[-1]) + 1)
        below, column = self.layout.line_and_column(offset)
        return Position(self.at.line + below, column)
