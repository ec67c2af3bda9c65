"""What every change of a file's text rests on: lines, line ends, and a second look at the result."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from weakref import WeakKeyDictionary

import yaml

from knowledge.location import Position
from knowledge.pipelines.load import UndefinedAliasError, load
from knowledge.pipelines.nodes import Document, Mapping, Node, Scalar, Sequence, TooMuchError


@lru_cache(maxsize=4)
def loaded(text: str) -> Document | None:
    """The text's nodes, or None when it cannot be read. Nodes are not to be changed."""
    try:
        return load(text)
    except (yaml.YAMLError, UndefinedAliasError, TooMuchError):
        return None


class Text:
    """A file's text by 1-based lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        at = text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find("\n", at + 1)

    @property
    def line_end(self) -> str:
        """The line end that the file uses: that of its first line."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"

    def has(self, line: int) -> bool:
        return 0 < line <= len(self._starts)

    def span(self, line: int) -> tuple[int, int]:
        """Where the line begins and ends, its line end left out."""
        start = self._starts[line - 1]
        stop = self._starts[line] - 1 if line < len(self._starts) else len(self.text)
        return start, stop - 1 if stop > start and self.text[stop - 1] == "\r" else stop

    def index(self, at: Position) -> int | None:
        """The index of a place, or None outside the file."""
        if not self.has(at.line):
            return None
        start, stop = self.span(at.line)
        return start + at.column - 1 if start + at.column - 1 <= stop else None

    def spliced(self, start: int, end: int, new: str) -> str | None:
        """The text with `new` between two indices, if that still can be read."""
        after = self.text[:start] + new + self.text[end:]
        return after if loaded(after) is not None else None


class Parts:
    """All nodes of one text, which every change asks for several times."""

    def __init__(self, document: Document) -> None:
        self.nodes = tuple(_every(document.root))
        self.scalars = sorted(
            (node for node in self.nodes if isinstance(node, Scalar)), key=lambda node: node.index
        )
        self.mappings: dict[Position, list[Mapping]] = {}
        for node in self.nodes:
            if isinstance(node, Mapping) and (node.entries or node.flow):
                self.mappings.setdefault(document.start(node), []).append(node)


_PARTS: WeakKeyDictionary[Document, Parts] = WeakKeyDictionary()


def parts(document: Document) -> Parts:
    """The parts of a document, which is not to be changed any more."""
    found = _PARTS.get(document)
    if found is None:
        found = _PARTS[document] = Parts(document)
    return found


def nodes(document: Document) -> tuple[Node, ...]:
    """Every node once, keys included, anchored ones at their anchor."""
    return parts(document).nodes


def _every(root: Node | None) -> Iterator[Node]:
    if root is None:
        return
    seen: set[int] = set()
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, Sequence):
            waiting += [item for item, _ in node.items]
        elif isinstance(node, Mapping):
            for key, value, _ in node.entries:
                waiting += (key, value)


def scalar_values(document: Document) -> list[tuple[int, str]]:
    """All scalars in file order with the index at which each begins."""
    return [(node.index, node.value) for node in parts(document).scalars]
