"""Text to nodes: libyaml's events, bounded on the way, put together with the places of aliases kept.

PyYAML's own composer gives an aliased node the place of its anchor and loses where the alias stands.
"""

from __future__ import annotations

from typing import Any

import yaml

from knowledge.near import near
from knowledge.pipelines.guard import DEPTH, EVENTS, EXPANDED, Guard
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
    loader = _LOADER(text)
    composer = _Composer(Guard())
    next_event, take, scalar_event = loader.get_event, composer.take, yaml.ScalarEvent
    document: Document | None = None
    try:
        for _ in range(EVENTS):
            event = next_event()
            kind = type(event)
            if kind is scalar_event:
                # Most events by far; what a call takes is as much again as what it does.
                node = Scalar(
                    event.value, event.style or "", event.tag, event.start_mark, event.end_mark.index
                )
                if event.anchor is not None or event.tag is not None:
                    composer.begin(event, node)
                composer.children.append((node, None))
            elif kind in _NODES:
                take(event, kind)
            elif kind is yaml.DocumentStartEvent and document is not None:
                document.slips.append(("a second document begins here", event.start_mark))
                return document
            elif kind is yaml.DocumentEndEvent:
                document = Document(text, composer.children[0][0])
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
    """Puts the nodes of one document together.

    `children` are the nodes of what is open, each with the mark of the alias that stands in its place;
    those of a mapping are keys and values in turn. Outside the root they hold the root.
    """

    def __init__(self, guard: Guard) -> None:
        self.children: list[tuple[Node, Mark | None]] = []
        self.slips: list[tuple[str, Mark]] = []
        self._guard = guard
        self._anchors: dict[str, Node] = {}
        self._open: list[tuple[Sequence | Mapping, list[tuple[Node, Mark | None]]]] = []

    def take(self, event: Any, kind: type[Any]) -> None:
        """A node that is no scalar, or the end of one."""
        if kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._close(event)
        else:
            made = Mapping if kind is yaml.MappingStartEvent else Sequence
            opened = made(event.start_mark, flow=bool(event.flow_style))
            if event.anchor is not None or event.tag is not None:
                self.begin(event, opened)
            self.children.append((opened, None))
            self._open.append((opened, self.children))
            self.children = []
            if len(self._open) > DEPTH:
                self._guard.depth(len(self._open), event.start_mark)

    def begin(self, event: Any, node: Node) -> None:
        """Note the node's anchor, and that an anchor or a tag stands before it."""
        if event.anchor is not None:
            if event.anchor in self._anchors:
                said = f"`&{event.anchor[:80]}` stands here again; aliases below it mean this one"
                self.slips.append((said, event.start_mark))
            self._anchors[event.anchor] = node
        node.anchored = True

    def _close(self, event: Any) -> None:
        closed, outside = self._open.pop()
        closed.end = event.end_mark.index
        closed.size += len(self.children)
        if isinstance(closed, Mapping):
            turns = iter(self.children)
            closed.entries = [
                (key, value, alias) for (key, _), (value, alias) in zip(turns, turns, strict=True)
            ]
        else:
            closed.items = self.children
        self.children = outside
        self._grow(closed.size, event.start_mark)

    def _alias(self, event: Any) -> None:
        node = self._anchors.get(event.anchor)
        if node is None:
            raise UndefinedAliasError(event.anchor, event.start_mark, list(self._anchors))
        self._guard.alias(event.start_mark, inside=any(node is parent for parent, _ in self._open))
        self.children.append((node, event.start_mark))
        if not isinstance(node, Scalar):
            self._grow(node.size, event.start_mark)

    def _grow(self, size: int, mark: Mark) -> None:
        if self._open:
            parent = self._open[-1][0]
            parent.size += size
            if parent.size + len(self.children) > EXPANDED:
                self._guard.grown(parent.size + len(self.children), mark)
