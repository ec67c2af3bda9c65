"""Lines put into a step's script."""

from __future__ import annotations

import re

from knowledge.location import Position
from knowledge.pipelines.model import PipelineFile, PipelineStep
from knowledge.pipelines.nodes import Document, Mapping, Mark, Node, Scalar, Sequence
from knowledge.pipelines.scalars import written
from knowledge.pipelines.surgery import Text, loaded, nodes

#: The next line belongs to a command that ends like this.
_GOES_ON = re.compile(r"(?:\\|&&|\|\||\||\b(?:then|do|else))\s*$")


def insert_script_lines(
    file: PipelineFile, step: PipelineStep, lines: list[str], before: Position | None
) -> str | None:
    """Put commands into the step's script before the one at `before`, each as an item of its own; inside a
    block of several lines, as lines of the block. None for `before` means the beginning of the script.

    A place inside an anchor is changed there, for all its users.
    """
    document = loaded(file.text)
    if document is None or not lines or any("\n" in line for line in lines):
        return None
    script = _script(document, step)
    if script is None or not script.items:
        return None
    found = _item_at(document, script, before)
    if found is None:
        return None
    items, number = found
    node, alias = items.items[number]
    if before is not None and isinstance(node, Scalar) and node.style == "|":
        first = document.position(node).line + 1
        if before.line > first:
            return _in_block(document, before.line, first, lines)
    mark = alias or node
    if items.flow:
        text = Text(file.text)
        new = "".join(f"{written(line, flow=True)}, " for line in lines)
        return text.spliced(mark.index, mark.index, new)
    return _as_items(document, mark, lines)


def _script(document: Document, step: PipelineStep) -> Sequence | None:
    """The list under the step's `script`: the key's place tells it."""
    at = step.key_at("script")
    if at is None:
        return None
    for node in nodes(document):
        if isinstance(node, Mapping):
            for key, value, _ in node.entries:
                if isinstance(key, Scalar) and key.value == "script" and document.position(key) == at:
                    return value if isinstance(value, Sequence) else None
    return None


def _item_at(document: Document, script: Sequence, before: Position | None) -> tuple[Sequence, int] | None:
    """The list and the number of the item that `before` stands in; of nested lists the inner one."""
    if before is None:
        return script, 0
    index = Text(document.text).index(before)
    if index is None:
        return None
    for number, (node, alias) in enumerate(script.items):
        if isinstance(node, Sequence) and node.index <= index < node.end:
            inner = _item_at(document, node, before)
            return inner if alias is None and inner is not None else (script, number)
        if _holds(node, index):
            return script, number
    return None


def _holds(node: Node, index: int) -> bool:
    start, end = int(node.index), int(node.end)
    if isinstance(node, Mapping) and node.entries:
        start = min(start, node.entries[0][0].index)
    return start <= index < max(end, start + 1)


def _in_block(document: Document, line: int, first: int, lines: list[str]) -> str | None:
    text = Text(document.text)
    while line > first:
        start, end = text.span(line - 1)
        if not _GOES_ON.search(document.text[start:end]):
            break
        line -= 1
    start, end = text.span(line)
    here = document.text[start:end]
    indent = here[: len(here) - len(here.lstrip())]
    return text.spliced(start, start, "".join(f"{indent}{new}{text.line_end}" for new in lines))


def _as_items(document: Document, mark: Mark, lines: list[str]) -> str | None:
    text = Text(document.text)
    head = document.text[: mark.index].rstrip()
    if not head.endswith("-"):
        return None
    dash = len(head) - 1
    start = document.text.rfind("\n", 0, dash) + 1
    indent = document.text[start:dash]
    if indent.strip():
        return None
    gap = document.text[dash + 1 : mark.index]
    gap = gap if gap and not gap.strip(" ") else " "
    new = "".join(f"{indent}-{gap}{written(line)}{text.line_end}" for line in lines)
    return text.spliced(start, start, new)
