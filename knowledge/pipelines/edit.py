"""Small changes to a file's text: comments, style and line ends stay as they are.

Each function returns the whole new text, or None where the file's form does not allow a change that is
safe; nothing is written down that does not parse again as meant. Beyond the allowance of `at_most` the text
comes back as it is.
"""

from __future__ import annotations

import difflib

from knowledge.location import Position
from knowledge.pipelines import edit_script, edit_steps
from knowledge.pipelines.edit_allowance import at_most, counted
from knowledge.pipelines.edit_steps import users_of_body
from knowledge.pipelines.model import PipelineFile
from knowledge.pipelines.nodes import Mapping, Scalar
from knowledge.pipelines.scalars import rewritten
from knowledge.pipelines.surgery import Text, loaded, nodes, scalar_values

__all__ = [
    "at_most",
    "diff",
    "indent_step",
    "insert_key",
    "insert_script_lines",
    "remove_key",
    "remove_line",
    "replace_line",
    "replace_span",
    "set_step_key",
    "users_of_body",
]


indent_step = counted(edit_steps.indent_step)
insert_key = counted(edit_steps.insert_key)
insert_script_lines = counted(edit_script.insert_script_lines)
set_step_key = counted(edit_steps.set_step_key)


@counted
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


@counted
def replace_line(file: PipelineFile, line: int, new: str) -> str | None:
    """Put `new` for the whole 1-based line, its end excepted."""
    text = Text(file.text)
    if not text.has(line) or "\n" in new:
        return None
    start, end = text.span(line)
    return text.spliced(start, end, new)


@counted
def remove_line(file: PipelineFile, at: Position) -> str | None:
    """Leave out the line of `at`; None when a value goes on below it, or the rest would be read otherwise."""
    return _without_line(file.text, at.line)


@counted
def remove_key(file: PipelineFile, at: Position) -> str | None:
    """Leave out the line of the key at `at`, and the line above it where that key would hold nothing then."""
    around = _held_alone(file.text, at)
    after = _without_line(file.text, at.line)
    if after is None or around is None:
        return after
    return _without_line(after, around) or after


def _held_alone(text: str, at: Position) -> int | None:
    """The line right above with nothing but the key of the mapping in which the key at `at` is alone."""
    document = loaded(text)
    if document is None or at.line == 1:
        return None
    start, end = Text(text).span(at.line - 1)
    for node in nodes(document):
        for key, value, alias in node.entries if isinstance(node, Mapping) else ():
            alone = alias is None and isinstance(value, Mapping) and len(value.entries) == 1
            if not alone or not start <= key.index < end or document.start(value) != at:
                continue
            if isinstance(key, Scalar) and text[start:end].strip() == f"{key.value}:":
                return at.line - 1
    return None


def _without_line(whole: str, line: int) -> str | None:
    document = loaded(whole)
    text = Text(whole)
    if document is None or not text.has(line):
        return None
    start, end = text.span(line)
    stop = whole.find("\n", end)
    stop = len(whole) if stop < 0 else stop + 1
    keyed = False
    for node in nodes(document):
        for key, value, alias in node.entries if isinstance(node, Mapping) else ():
            if start <= key.index < stop:
                keyed = True
                if alias is None and (value.index >= stop or len(whole[: value.end].rstrip()) > stop):
                    return None
    after = text.spliced(start, stop, "")
    rest = loaded(after) if after is not None else None
    kept = [value for index, value in scalar_values(document) if not start <= index < stop]
    left = [value for _, value in scalar_values(rest)] if rest is not None else None
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
