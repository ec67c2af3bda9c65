"""Writing scalars: a text as YAML that is read back as that text, and a part of one replaced."""

from __future__ import annotations

from bisect import bisect_right

from knowledge.location import Position
from knowledge.pipelines.layout import Layout
from knowledge.pipelines.nodes import Document, Scalar, Sequence, tag_of
from knowledge.pipelines.surgery import Text, loaded, parts, scalar_values

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def written(text: str, *, flow: bool = False) -> str:
    """A one-line text as a scalar: plain where that is read back as the same string, else in quotes."""
    if text and not (flow and any(letter in text for letter in ",[]{}")) and _plain(text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _plain(text: str) -> bool:
    document = loaded(f"- {text}\n")
    root = document.root if document else None
    if not isinstance(root, Sequence) or len(root.items) != 1:
        return False
    node = root.items[0][0]
    if not isinstance(node, Scalar):
        return False
    return node.style == "" and node.value == text and tag_of(node) == "str"


def rewritten(document: Document, at: Position, old: str, new: str) -> str | None:
    """See `edit.replace_span`."""
    text = Text(document.text)
    index = text.index(at)
    node = _scalar_at(document, index) if index is not None else None
    if node is None or index is None or "\n" in new:
        return None
    layout = document.layout(node)
    offset = _offset(layout, old, index)
    if offset is None:
        return None
    start, end = layout.index(offset), layout.index(offset + len(old) - 1) + 1
    if node.style in ("'", '"'):
        # The last character may be an escape, which is longer than itself.
        end = layout.index(offset + len(old))
    if "\n" in document.text[start:end]:
        return None
    value = node.value[:offset] + new + node.value[offset + len(old) :]
    for begin, stop, piece in _candidates(node, layout.start, start, end, value, new):
        after = text.spliced(begin, stop, piece)
        if after is not None and _only_changed(document, after, node, value):
            return after
    return None


def _scalar_at(document: Document, index: int) -> Scalar | None:
    """The scalar in which the index lies; the narrowest, for a block reaches to what follows it."""
    scalars = parts(document).scalars
    before = scalars[: bisect_right(scalars, index, key=lambda node: node.index)]
    return next((node for node in reversed(before) if index < max(node.end, node.index + 1)), None)


def _offset(layout: Layout, old: str, index: int) -> int | None:
    """Where in the value `old` stands that holds the index, or follows it; else the last there is."""
    last = None
    place = layout.text.find(old)
    while place >= 0:
        last = place
        if layout.index(place + len(old) - 1) >= index:
            break
        place = layout.text.find(old, place + 1)
    return last


def _candidates(
    node: Scalar, begin: int, start: int, end: int, value: str, new: str
) -> list[tuple[int, int, str]]:
    if node.style == "'":
        return [(start, end, new.replace("'", "''"))]
    if node.style == '"':
        return [(start, end, "".join(_ESCAPES.get(letter, letter) for letter in new))]
    if node.style:
        return [(start, end, new)]
    return [(start, end, new), (begin, node.end, "'" + value.replace("'", "''") + "'")]


def _only_changed(document: Document, after: str, node: Scalar, value: str) -> bool:
    """Whether the new text holds the same scalars, this one alone changed, and still a string if it was."""
    changed = loaded(after)
    if changed is None:
        return False
    before, now = scalar_values(document), scalar_values(changed)
    if len(before) != len(now):
        return False
    wanted = [value if index == node.index else text for index, text in before]
    if wanted != [text for _, text in now]:
        return False
    if node.style or tag_of(node) != "str":
        return True
    twin = parts(changed).scalars[parts(document).scalars.index(node)]
    return tag_of(twin) == "str" or twin.value in ("true", "false")
