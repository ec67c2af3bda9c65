"""YAML nodes with their places: what the file says, before anything is known about pipelines."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from yaml.resolver import Resolver

from knowledge.location import Position
from knowledge.pipelines.decode import place_of
from knowledge.pipelines.layout import Layout
from knowledge.pipelines.model import Value

_RESOLVERS: dict[Any, list[tuple[str, Any]]] = Resolver.yaml_implicit_resolvers
_TAGS = {f"tag:yaml.org,2002:{name}": name for name in ("bool", "int", "float", "null")}
_NULL = "tag:yaml.org,2002:null"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE = "<<"


class Mark(Protocol):
    """A place in the text, all from 0: a mark of the parser, or a node, which is the mark of its own start.

    Whole marks are not kept, because a file has thousands of them.
    """

    @property
    def index(self) -> int: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


class Scalar:
    """`value` is the text without quotes and escapes, `style` the quote, `|`, `>` or nothing, `tag` the one
    that is written down (or None)."""

    __slots__ = ("anchored", "at", "column", "end", "index", "line", "style", "tag", "value")

    def __init__(self, value: str, style: str, tag: str | None, mark: Mark, end: int) -> None:
        self.value, self.style, self.tag, self.end = value, style, tag, end
        self.index, self.line, self.column = mark.index, mark.line, mark.column
        self.anchored = False
        self.at: Position | None = None


class Sequence:
    """`items` are the nodes, each with the mark of the alias that stands in its place (or None); `size` is
    how many nodes it stands for once every alias is put in."""

    __slots__ = ("anchored", "column", "end", "flow", "index", "items", "line", "size")

    def __init__(self, mark: Mark, *, flow: bool) -> None:
        self.index, self.line, self.column = mark.index, mark.line, mark.column
        self.end, self.flow = mark.index, flow
        self.items: list[tuple[Node, Mark | None]] = []
        self.anchored = False
        self.size = 1


class Mapping:
    """`entries` are key, value and the mark of the alias that stands in the value's place, in file order,
    `<<` and repeated keys included; `size` is as that of a sequence."""

    __slots__ = ("anchored", "column", "end", "entries", "flow", "index", "line", "size", "slots")

    def __init__(self, mark: Mark, *, flow: bool) -> None:
        self.index, self.line, self.column = mark.index, mark.line, mark.column
        self.end, self.flow = mark.index, flow
        self.entries: list[tuple[Node, Node, Mark | None]] = []
        self.slots: dict[str, Slot] | None = None
        self.anchored = False
        self.size = 1


Node = Scalar | Sequence | Mapping


class Slot(NamedTuple):
    """What a mapping holds under one key, after merges. `alias` is the mark of the alias that stands in
    the value's place, `merged` that of the outermost `*name` after `<<` through which the key came."""

    key: Scalar
    value: Node
    alias: Mark | None
    merged: Mark | None


class TooMuchError(Exception):
    """The file would grow beyond reason when it is put together; the message is a sentence."""

    def __init__(self, sentence: str, mark: Mark | None = None) -> None:
        super().__init__(sentence)
        self.sentence, self.mark = sentence, mark


class Document:
    """The root node and the text it was made from; `problems` of marks and sentences on the way."""

    def __init__(self, text: str, root: Node | None) -> None:
        self.text, self.root = text, root
        self.slips: list[tuple[str, Mark]] = []
        self.repeats: list[tuple[Mapping, Slot, Slot]] = []
        # The parser counts these as line breaks, editors and links to lines do not.
        self._odd_breaks = any(mark in text for mark in ("\x85", "\u2028", "\u2029")) or (
            "\r" in text and text.count("\r") != text.count("\r\n")
        )

    def position(self, mark: Mark) -> Position:
        if self._odd_breaks:
            return place_of(self.text, mark.index)
        return Position(mark.line + 1, mark.column + 1)

    def key_at(self, key: Scalar) -> Position:
        """Where the key stands; merged keys are asked for at each use of their anchor."""
        if key.at is None:
            key.at = self.position(key)
        return key.at

    def start(self, node: Node) -> Position:
        """Where the node's own text begins, behind an anchor or a tag; a block mapping begins with its
        first key."""
        if isinstance(node, Mapping) and not node.flow and node.entries:
            return self.start(node.entries[0][0])
        index = node.index
        if not node.anchored:
            return self.position(node)
        return place_of(self.text, self.begin(index))

    def begin(self, index: int) -> int:
        """The index behind the properties (`&anchor`, `!tag`) that may stand at `index`."""
        text, end = self.text, len(self.text)
        while index < end and text[index] in "&!":
            while index < end and not text[index].isspace():
                index += 1
            while index < end and (text[index].isspace() or text[index] == "#"):
                if text[index] == "#":
                    index = max(text.find("\n", index), index + 1) if "\n" in text[index:] else end
                else:
                    index += 1
        return index

    def layout(self, node: Scalar) -> Layout:
        start = self.begin(node.index) if node.anchored else node.index
        return Layout(self.text, start, node.end, node.style, node.value)

    def value(self, node: Node) -> Value:
        """The node as the model's value."""
        if isinstance(node, Scalar):
            return Value(node.value, tag_of(node), bool(node.style), self.start(node))
        tag = "map" if isinstance(node, Mapping) else "list"
        return Value("", tag, quoted=False, at=self.start(node))

    def values(self, node: Node | None) -> tuple[tuple[str, Value], ...]:
        """The keys of a mapping with their values; nothing of what is none."""
        slots = self.slots(node) if isinstance(node, Mapping) else {}
        return tuple([(name, self.value(slot.value)) for name, slot in slots.items()])

    def slots(self, node: Mapping) -> dict[str, Slot]:
        """The mapping's keys after merges: its own win over merged ones, of two equal ones the later."""
        if node.slots is not None:
            return node.slots
        node.slots = {}  # a mapping that merges itself ends here
        own: dict[str, Slot] = {}
        merged: dict[str, Slot] = {}
        for key, value, alias in node.entries:
            if not isinstance(key, Scalar):
                self.slips.append(("a list or mapping stands where a key was expected", key))
            elif key.value == _MERGE and not key.style:
                merged.update(self._merged(value, alias or value))
            else:
                slot = Slot(key, value, alias, None)
                if key.value in own:
                    first = self.position(own[key.value].key).line
                    self.slips.append((f"`{key.value[:80]}` stands here again, after line {first}", key))
                    self.repeats.append((node, own[key.value], slot))
                own[key.value] = slot
        node.slots = (
            {**own, **{name: slot for name, slot in merged.items() if name not in own}} if merged else own
        )
        return node.slots

    def _merged(self, value: Node, site: Mark) -> dict[str, Slot]:
        sources = [(value, site)]
        if isinstance(value, Sequence):
            sources = [(item, alias or item) for item, alias in value.items]
        found: dict[str, Slot] = {}
        for source, mark in sources:
            if not isinstance(source, Mapping):
                self.slips.append(("`<<` can only merge a mapping", mark))
                continue
            for name, slot in self.slots(source).items():
                if name not in found:
                    found[name] = Slot(slot.key, slot.value, slot.alias, mark)
        return found


def tag_of(node: Scalar) -> str:
    """`bool`, `int`, `float`, `null` or `str`, as YAML 1.1 resolves the scalar."""
    if node.tag is not None:
        return _TAGS.get(node.tag, "str")
    if node.style:
        return "str"
    value = node.value
    for tag, pattern in (*_RESOLVERS.get(value[:1], ()), *_RESOLVERS.get(None, ())):
        if pattern.match(value):
            return _TAGS.get(tag, "str")
    return "str"


def text_of(node: Node | None) -> str | None:
    """A scalar's text; None for an absent or empty one, a list or a mapping."""
    if not isinstance(node, Scalar) or is_null(node):
        return None
    return node.value


def is_null(node: Scalar) -> bool:
    """Whether the scalar stands for nothing: it is empty, or `null` in one of its forms, without quotes."""
    if node.tag is not None:
        return node.tag == _NULL
    return node.value in _NULLS and not node.style
