"""Text to nodes: libyaml's events, bounded on the way, put together with the places of aliases kept.

PyYAML's own composer gives an aliased node the place of its anchor and loses where the alias stands.
"""

from __future__ import annotations

from typing import Any

import yaml

from knowledge.near import near
from knowledge.pipelines.guard import EVENTS, Guard
from knowledge.pipelines.nodes import Document, Mapping, Mark, Node, Scalar, Sequence, TooMuchError

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UndefinedAliasError(Exception):
    """An alias without an anchor above it."""

    def __init__(self, name: str, mark: Mark, known: list[str]) -> None:
        super().__init__(name)
        self.name, self.mark = name, mark
        self.nearest = next(iter(near(name, known)), None)


def load(text: str) -> Document:
    """The first document of the text; a further one is told as a slip.

    Raises:
        yaml.YAMLError: the text is no YAML.
        UndefinedAliasError: an alias has no anchor.
        TooMuchError: the text is beyond the bounds of `guard`.
    """
    guard = Guard()
    loader = _LOADER(text)
    composer = _Composer(guard)
    next_event, take_scalar, take = loader.get_event, composer.scalar, composer.take
    document: Document | None = None
    try:
        for _ in range(EVENTS):
            event = next_event()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                take_scalar(event)
            elif kind in _NODES:
                take(event, kind)
            elif kind is yaml.DocumentStartEvent and document is not None:
                document.slips.append(("a second document begins here", event.start_mark))
                return document
            elif kind is yaml.DocumentEndEvent:
                document = Document(text, composer.root)
                document.slips += composer.slips
            elif kind is yaml.StreamEndEvent:
                return document or Document(text, None)
        raise TooMuchError(f"It has more than {EVENTS:,} parts", next_event().start_mark)
    finally:
        loader.dispose()


_NODES = frozenset(
    {
        yaml.MappingStartEvent,
        yaml.SequenceStartEvent,
        yaml.AliasEvent,
        yaml.MappingEndEvent,
        yaml.SequenceEndEvent,
    }
)


class _Composer:
    """Puts the nodes of one document together."""

    def __init__(self, guard: Guard) -> None:
        self.root: Node | None = None
        self.slips: list[tuple[str, Mark]] = []
        self._guard = guard
        self._anchors: dict[str, Node] = {}
        self._open: list[Sequence | Mapping] = []
        self._keys: list[Node | None] = []

    def scalar(self, event: Any) -> None:
        node = Scalar(event.value, event.style or "", event.tag, event.start_mark, event.end_mark.index)
        if event.anchor is not None or event.tag is not None:
            self._begin(event, node)
        self._hang(node, None)

    def take(self, event: Any, kind: type[Any]) -> None:
        """A node that is no scalar, or the end of one."""
        if kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            closed = self._open.pop()
            closed.end = event.end_mark.index
            self._keys.pop()
            self._grow(closed.size, event.start_mark)
        else:
            made = Mapping if kind is yaml.MappingStartEvent else Sequence
            opened = made(event.start_mark, flow=bool(event.flow_style))
            self._begin(event, opened)
            self._hang(opened, None)
            self._open.append(opened)
            self._keys.append(None)
            self._guard.depth(len(self._open), event.start_mark)

    def _begin(self, event: Any, node: Node) -> None:
        """Note the node's anchor, and that an anchor or a tag stands before it."""
        if event.anchor is not None:
            if event.anchor in self._anchors:
                said = f"`&{event.anchor[:80]}` stands here again; aliases below it mean this one"
                self.slips.append((said, event.start_mark))
            self._anchors[event.anchor] = node
        node.anchored = event.anchor is not None or event.tag is not None

    def _alias(self, event: Any) -> None:
        node = self._anchors.get(event.anchor)
        if node is None:
            raise UndefinedAliasError(event.anchor, event.start_mark, list(self._anchors))
        self._guard.alias(event.start_mark, inside=any(node is parent for parent in self._open))
        self._hang(node, event.start_mark)
        if not isinstance(node, Scalar):
            self._grow(node.size, event.start_mark)

    def _grow(self, size: int, mark: Mark) -> None:
        if self._open:
            self._open[-1].size += size
            self._guard.grown(self._open[-1].size, mark)

    def _hang(self, node: Node, alias: Mark | None) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.size += 1
        if isinstance(parent, Sequence):
            parent.items.append((node, alias))
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = node
        else:
            parent.entries.append((key, node, alias))
            self._keys[-1] = None
