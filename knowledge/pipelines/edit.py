"""Small changes to a file's text: comments, style and line ends stay as they are.

Each function returns the whole new text, or None where the file's form does not allow a change that is
safe; nothing is written down that does not parse again as meant.
"""

from __future__ import annotations

import difflib

from knowledge.location import Position
from knowledge.pipelines.edit_script import insert_script_lines
from knowledge.pipelines.edit_steps import indent_step, insert_key, set_step_key, users_of_body
from knowledge.pipelines.model import PipelineFile
from knowledge.pipelines.nodes import Mapping
from knowledge.pipelines.scalars import rewritten
from knowledge.pipelines.surgery import Text, loaded, nodes, scalar_values

__all__ = [
    "diff",
    "indent_step",
    "insert_key",
    "insert_script_lines",
    "remove_line",
    "replace_line",
    "replace_span",
    "set_step_key",
    "users_of_body",
]


def replace_span(file: PipelineFile, at: Position, old: str, new: str) -> str | None:
    """Put `new` for `old` in the scalar (a key, a value, a command) that stands at `at`.

    `old` is part of the scalar's value: escapes and folds of the file do not show in it. Of several
    equal parts the one that holds `at`, else the first behind it, is meant. A scalar that would not be
    read as meant without quotes gets them.
    """
    document = loaded(file.text)
    if document is None or not old:
        return None
    return rewritten(document, at, old, new)


def replace_line(file: PipelineFile, line: int, new: str) -> str | None:
    """Put `new` for the whole 1-based line, its end excepted."""
    text = Text(file.text)
    if not text.has(line) or "\n" in new:
        return None
    start, end = text.span(line)
    return text.spliced(start, end, new)


def remove_line(file: PipelineFile, at: Position) -> str | None:
    """Leave out the line of `at`; None when a value goes on below it, or the rest would be read otherwise."""
    document = loaded(file.text)
    text = Text(file.text)
    if document is None or not text.has(at.line):
        return None
    start, end = text.span(at.line)
    stop = file.text.find("\n", end)
    stop = len(file.text) if stop < 0 else stop + 1
    keyed = False
    for node in nodes(document.root):
        for key, value, alias in node.entries if isinstance(node, Mapping) else ():
            if start <= key.index < stop:
                keyed = True
                if alias is None and (value.index >= stop or len(file.text[: value.end].rstrip()) > stop):
                    return None
    after = text.spliced(start, stop, "")
    rest = loaded(after) if after is not None else None
    kept = [value for index, value in scalar_values(document.root) if not start <= index < stop]
    left = [value for _, value in scalar_values(rest.root)] if rest is not None else None
    if left is not None and keyed and len(left) == len(kept) + 1:
        # The mapping that held only this key is empty now.
        left = _without_one_empty(left)
    return after if left == kept else None


def _without_one_empty(values: list[str]) -> list[str]:
    at = values.index("") if "" in values else len(values)
    return values[:at] + values[at + 1 :]


def diff(file: PipelineFile, after: str) -> str:
    """The change as a unified diff, with `--- a/<path>` and `+++ b/<path>`; empty when nothing changed."""
    lines = difflib.unified_diff(
        file.text.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"a/{file.path}",
        f"b/{file.path}",
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
