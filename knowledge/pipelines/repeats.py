"""Keys that one mapping has twice.

YAML forbids them, and many readers take the later one: https://yaml.org/spec/1.2.2/#3213-node-comparison
"""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.pipelines.nodes import Document, Mapping, Node, Scalar, Slot
from knowledge.pipelines.repeated import RepeatedKey

_PIPELINES = "pipelines"


def repeated_keys(document: Document) -> Iterator[RepeatedKey]:
    """Those of the mappings that were asked for their keys, in the order in which they were."""
    if not document.repeats:
        return
    places = _places(document)
    for mapping, first, later in document.repeats:
        yield RepeatedKey(
            later.key.value,
            document.position(first.key),
            document.position(later.key),
            places.get(id(mapping)),
            _same(first, later),
        )


def _places(document: Document) -> dict[int, str]:
    """What the mappings that lead to the pipelines are called."""
    root = document.root
    if not isinstance(root, Mapping):
        return {}
    found = {id(root): "the file"}
    pipelines = document.slots(root).get(_PIPELINES)
    if pipelines is not None and isinstance(pipelines.value, Mapping):
        found[id(pipelines.value)] = f"`{_PIPELINES}`"
        for name, slot in document.slots(pipelines.value).items():
            if isinstance(slot.value, Mapping):
                found[id(slot.value)] = f"`{name[:40]}`"
    return found


def _same(one: Slot, other: Slot) -> bool:
    return one.value is other.value or _text(one.value) == _text(other.value) is not None


def _text(node: Node) -> tuple[str, str] | None:
    return (node.value, node.style) if isinstance(node, Scalar) else None
