"""Where each character of a scalar's value stands in the file.

YAML folds lines, drops indents and turns escapes into characters, so an offset into the value is not
an offset into the file. The rules are those of YAML 1.1, chapters 5.7 and 9:
https://yaml.org/spec/1.1/#id926836
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

#: How many hexadecimal digits follow these escapes of a double-quoted scalar.
_HEX = {"x": 2, "u": 4, "U": 8}


class Layout:
    """The layout of one scalar: `source[start:end]` is what stands in the file, quotes or the header of
    a block included; `style` is `'`, `"`, `|`, `>` or an empty string for a plain scalar.

    The pieces are worked out at the first question, because most commands are never asked about.
    """

    __slots__ = ("_breaks", "_lines", "_pieces", "end", "source", "start", "style", "text")

    def __init__(self, source: str, start: int, end: int, style: str, text: str) -> None:
        self.source, self.start, self.end, self.style, self.text = source, start, end, style, text
        self._pieces: tuple[list[int], list[int], list[int]] | None = None
        self._breaks: list[int] | None = None
        self._lines: list[tuple[str, int, int]] | None = None

    def lines(self) -> list[tuple[str, int, int]]:
        """The lines of the value that hold something, without the blanks around them, each with its place
        as `line_and_column` gives it."""
        if self._lines is None:
            self._lines = []
            offset = 0
            for line in self.text.split("\n"):
                bare = line.strip()
                if bare:
                    self._lines.append((bare, *self.line_and_column(offset + line.index(bare))))
                offset += len(line) + 1
        return self._lines

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """How many lines below the scalar's start character `offset` stands, and its 1-based column."""
        index = self.index(offset)
        if self._breaks is None:
            self._breaks = []
            at = self.source.find("\n", self.start, self.end)
            while at >= 0:
                self._breaks.append(at)
                at = self.source.find("\n", at + 1, self.end)
        below = bisect_left(self._breaks, index)
        before = self._breaks[below - 1] if below else self.source.rfind("\n", 0, self.start)
        return below, index - before

    def index(self, offset: int) -> int:
        """The index in `source` of character `offset` of the value; offsets outside are brought inside."""
        offset = max(0, min(offset, len(self.text)))
        if self.style == "" and self.end - self.start == len(self.text):
            return self.start + offset
        if self._pieces is None:
            self._pieces = self._work_out()
        offsets, indices, lengths = self._pieces
        piece = bisect_right(offsets, offset) - 1
        if piece < 0:
            return indices[0] if indices else self.start
        return indices[piece] + min(offset - offsets[piece], lengths[piece])

    def _work_out(self) -> tuple[list[int], list[int], list[int]]:
        if self.style in ("'", '"'):
            return self._quoted()
        if self.style in ("|", ">"):
            return self._block()
        return self._aligned(self._plain_lines())

    def _plain_lines(self) -> list[tuple[int, str]]:
        lines = []
        at = self.start
        for line in self.source[self.start : self.end].splitlines(keepends=True):
            bare = line.strip()
            if bare:
                lines.append((at + line.index(bare), bare))
            at += len(line)
        return lines

    def _block(self) -> tuple[list[int], list[int], list[int]]:
        head = self.source.find("\n", self.start, self.end)
        if head < 0:
            return [], [], []
        lines: list[tuple[int, str]] = []
        at = head + 1
        for line in self.source[at : self.end].split("\n"):
            lines.append((at, line.removesuffix("\r")))
            at += len(line) + 1
        if self.style == "|":
            return self._literal(lines)
        first = next((line for _, line in lines if line.strip()), "")
        # An indent indicator leaves some of the spaces to the value.
        value = self.text.lstrip("\n")
        indent = (len(first) - len(first.lstrip(" "))) - (len(value) - len(value.lstrip(" ")))
        return self._aligned([(at + indent, line[indent:]) for at, line in lines if line[indent:]])

    def _literal(self, lines: list[tuple[int, str]]) -> tuple[list[int], list[int], list[int]]:
        offsets, indices, lengths = [], [], []
        offset = 0
        for (at, line), kept in zip(lines, self.text.split("\n"), strict=False):
            offsets.append(offset)
            indices.append(at + max(0, len(line) - len(kept)))
            lengths.append(len(kept))
            offset += len(kept) + 1
        return offsets, indices, lengths

    def _aligned(self, lines: list[tuple[int, str]]) -> tuple[list[int], list[int], list[int]]:
        """Folding leaves each line as it is and puts only white space between them."""
        offsets, indices, lengths = [], [], []
        offset = 0
        for at, line in lines:
            found = self.text.find(line, offset)
            if found < 0:
                continue
            offsets.append(found)
            indices.append(at)
            lengths.append(len(line))
            offset = found + len(line)
        return offsets, indices, lengths

    def _quoted(self) -> tuple[list[int], list[int], list[int]]:
        """One entry for each character: quoted scalars are short."""
        indices: list[int] = []
        source, at, last = self.source, self.start + 1, self.end - 1
        double = self.style == '"'
        solid = 0
        while at < last:
            letter = source[at]
            if letter in "\r\n":
                del indices[solid:]
                at = self._fold(indices, at, joined=False)
                solid = len(indices)
                continue
            if double and letter == "\\" and source[at + 1] in "\r\n":
                at = self._fold(indices, at + 1, joined=True)
                solid = len(indices)
                continue
            indices.append(at)
            if double and letter == "\\":
                at += 2 + _HEX.get(source[at + 1], 0)
                solid = len(indices)
            else:
                at += 2 if letter == "'" and not double else 1
                solid = solid if letter in " \t" else len(indices)
        indices.append(last)
        return list(range(len(indices))), indices, [0] * len(indices)

    def _fold(self, indices: list[int], at: int, *, joined: bool) -> int:
        """Go on to the first character of the next line that holds something; one break becomes a space
        (nothing when it was escaped), each further one stays a break."""
        source, breaks = self.source, 0
        first = at
        while at < self.end and source[at] in " \t\r\n":
            if source[at] == "\n" or (source[at] == "\r" and source[at + 1 : at + 2] != "\n"):
                breaks += 1
                if breaks > 1:
                    indices.append(at)
            at += 1
        if breaks == 1 and not joined:
            indices.append(first)
        return at
