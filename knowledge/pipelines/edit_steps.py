"""Keys of a step added or changed, in the mapping in which the step is written down."""

from __future__ import annotations

from knowledge.pipelines.model import PipelineFile, PipelineStep
from knowledge.pipelines.nodes import Document, Mapping, Node, Scalar, Sequence, is_null
from knowledge.pipelines.surgery import Text, loaded, nodes, parts

_FURTHER = 2


def set_step_key(file: PipelineFile, step: PipelineStep, key: str, value: str) -> str | None:
    """Set `key: value` in the step's own mapping: the value replaced where the key stands there, else a new
    line behind `name:`, or before the first key. `value` is YAML (`true`).

    The mapping of an aliased step is that of its anchor, so all its users change: see `users_of_body`.
    Keys that stand beside an empty `step:` need `indent_step` first.
    """
    document = loaded(file.text)
    body = _own(document, step) if document else None
    if document is None or body is None:
        return None
    # Of a key that is given twice the later one counts.
    for name, node, alias in reversed(body.entries):
        if isinstance(name, Scalar) and name.value == key:
            return None if alias is not None else _revalued(file.text, name, node, value)
    return _added(document, body, f"{key}: {value}")


def insert_key(file: PipelineFile, step: PipelineStep, line: str) -> str | None:
    """Add one line, `key: value`, to the step's own mapping; None when the key stands there already."""
    key, colon, value = line.partition(":")
    document = loaded(file.text)
    body = _own(document, step) if document else None
    if body is None or not colon or any(isinstance(k, Scalar) and k.value == key for k, _, _ in body.entries):
        return None
    return set_step_key(file, step, key, value.strip())


def users_of_body(file: PipelineFile, step: PipelineStep) -> tuple[PipelineStep, ...]:
    """Every step, this one included, that a change of this step's mapping changes: those that name its
    anchor, and those that merge it."""
    document = loaded(file.text)
    body = _own(document, step) if document else None
    if document is None or body is None:
        return (step,)
    touched = {id(body)}
    mappings = [node for node in nodes(document) if isinstance(node, Mapping)]
    grew = True
    while grew:
        grew = False
        for node in mappings:
            if id(node) not in touched and any(id(source) in touched for source in _merged_into(node)):
                touched.add(id(node))
                grew = True
    places = {document.start(node) for node in mappings if id(node) in touched}
    return tuple(other for other in file.steps if other.body_at in places)


def indent_step(file: PipelineFile, step: PipelineStep) -> str | None:
    """Indent the keys that stand beside an empty `step:`, so that they stand in it; comments between them
    come along. None when the step's keys stand where they should."""
    document = loaded(file.text)
    item = _body(document, step) if document else None
    if document is None or item is None or item.flow or not item.entries:
        return None
    key, value, _ = item.entries[0]
    if not isinstance(key, Scalar) or key.value != "step" or not _null(value) or len(item.entries) < 2:
        return None
    text = Text(file.text)
    first = document.position(item.entries[1][0]).line
    start, _ = text.span(first)
    stop = len(file.text[: item.end].rstrip())
    last = file.text.count("\n", 0, stop) + 1
    _, end = text.span(last)
    lines = file.text[start:end].split("\n")
    shifted = "\n".join(" " * _FURTHER + line if line.strip() else line for line in lines)
    return text.spliced(start, end, shifted)


def _merged_into(node: Mapping) -> list[Node]:
    found: list[Node] = []
    for key, value, _ in node.entries:
        if isinstance(key, Scalar) and key.value == "<<":
            found += [item for item, _ in value.items] if isinstance(value, Sequence) else [value]
    return found


def _own(document: Document, step: PipelineStep) -> Mapping | None:
    """The mapping of the step, if its keys stand where they should."""
    body = _body(document, step)
    return None if body is None or _hanging(body) else body


def _body(document: Document, step: PipelineStep) -> Mapping | None:
    """The mapping that begins at the step's `body_at`; that of the list item where the keys stand beside
    an empty `step:`."""
    found = parts(document).mappings.get(step.body_at, [])
    return found[0] if len(found) == 1 else None


def _hanging(body: Mapping) -> bool:
    return any(
        isinstance(key, Scalar) and key.value == "step" and _null(value) for key, value, _ in body.entries
    )


def _null(node: Node) -> bool:
    return isinstance(node, Scalar) and is_null(node)


def _revalued(source: str, key: Scalar, node: Node, value: str) -> str | None:
    text = Text(source)
    if isinstance(node, Scalar) and node.value == "" and not node.style:
        colon = source.find(":", key.end)
        return text.spliced(colon + 1, colon + 1, f" {value}") if colon >= 0 else None
    if isinstance(node, Scalar) and node.style not in ("|", ">") and not node.anchored:
        return text.spliced(node.index, node.end, value)
    if isinstance(node, Sequence | Mapping) and node.flow and not node.anchored:
        return text.spliced(node.index, node.end, value)
    return None


def _added(document: Document, body: Mapping, line: str) -> str | None:
    text = Text(document.text)
    if body.flow:
        brace = document.begin(body.index) + 1
        joint = ", " if body.entries else ""
        return text.spliced(brace, brace, f"{line}{joint}")
    first = body.entries[0][0]
    at = document.position(first)
    indent = document.text[first.index - at.column + 1 : first.index]
    if indent.strip():
        indent = " " * (at.column - 1)
    for key, value, alias in body.entries:
        plain = isinstance(value, Scalar) and value.style not in ("|", ">") and value.value and alias is None
        if isinstance(key, Scalar) and key.value == "name" and plain:
            _, end = text.span(document.text.count("\n", 0, value.end) + 1)
            return text.spliced(end, end, f"{text.line_end}{indent}{line}")
    return text.spliced(first.index, first.index, f"{line}{text.line_end}{indent}")
