"""One command of a script, as the shell gets it, with the place of each of its characters."""

from __future__ import annotations

from dataclasses import field

from knowledge.frozen import dataclass
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
        layout, text = self._laid_out(), self.text
        if layout.style == "" and layout.end - layout.start == len(text) and "\n" not in text:
            # Most commands: what stands in the file is the text itself.
            return Position(self.at.line, self.at.column + max(0, min(offset, len(text))))
        below, column = layout.line_and_column(offset)
        return Position(self.at.line + below, column)

    def lines(self) -> list[tuple[str, Position]]:
        """The lines of the command that hold something, without the blanks around them, with their places."""
        if "\n" not in self.text:
            return [(self.text, self.at)]
        found = self._laid_out().lines()
        return [(line, Position(self.at.line + below, column)) for line, below, column in found]

    def _laid_out(self) -> Layout:
        if self.layout is not None:
            return self.layout
        start = self.at.column - 1
        return Layout(" " * start + self.text, start, start + len(self.text), "", self.text)
