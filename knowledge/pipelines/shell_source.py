"""The text of a command, asked for by the grammar's byte offsets, answered in characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knowledge.pipelines.shell_events import Word

if TYPE_CHECKING:
    from tree_sitter import Node


class Source:
    """`text`, and `data` as the grammar reads it. All places given back count characters from 0."""

    def __init__(self, text: str, data: bytes) -> None:
        self._text = text
        self._data = data
        self._same = len(text) == len(data)

    def at(self, byte: int) -> int:
        """The character at which byte `byte` begins."""
        return byte if self._same else len(self._data[:byte].decode("utf-8", "ignore"))

    def raw(self, start: int, end: int) -> str:
        """What stands between two bytes."""
        if self._same:
            return self._text[start:end]
        return self._data[start:end].decode("utf-8", "replace")

    def words(self, nodes: list[Node]) -> tuple[Word, ...]:
        """The nodes as words; neighbours without a blank between them are one."""
        spans: list[list[int]] = []
        for node in nodes:
            if spans and spans[-1][1] == node.start_byte:
                spans[-1][1] = node.end_byte
            else:
                spans.append([node.start_byte, node.end_byte])
        return tuple(Word(self.raw(start, end), self.at(start)) for start, end in spans)
