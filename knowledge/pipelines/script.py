"""The items of `script` and `after-script`: commands, pipe calls, and what was meant for a command.

https://support.atlassian.com/bitbucket-cloud/docs/step-options/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge.location import Position
from knowledge.pipelines.commands import Command
from knowledge.pipelines.layout import Layout
from knowledge.pipelines.model import Pipe, Problem, Value
from knowledge.pipelines.nodes import Document, Mapping, Node, Scalar, Sequence, is_null, text_of

#: Lists within lists are followed so far; each alias may bring one.
_NESTING = 5


@dataclass(slots=True)
class ScriptItems:
    """What a step's scripts hold, in the order in which it runs."""

    commands: list[Command] = field(default_factory=list)
    pipes: list[Pipe] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    mappings: list[Mapping] = field(default_factory=list)
    """Items that are mappings, pipe calls included: a stray key may stand in them."""


def script_items(document: Document, script: Node | None, after_script: Node | None) -> ScriptItems:
    """Commands and pipes of both scripts. An item that Bitbucket would not take as a command is read as
    what it was meant for, and told as a problem."""
    found = ScriptItems()
    for node, after in ((script, False), (after_script, True)):
        if isinstance(node, Sequence):
            for item, _ in node.items:
                _read(document, item, found, after, _NESTING)
        elif isinstance(node, Scalar) and text_of(node):
            found.commands.append(_command(document, node, after))
    return found


def _read(document: Document, item: Node, found: ScriptItems, after: bool, room: int) -> None:
    if isinstance(item, Scalar):
        if not is_null(item):
            found.commands.append(_command(document, item, after))
        return
    if isinstance(item, Mapping):
        found.mappings.append(item)
        slots = document.slots(item)
        if "pipe" in slots:
            found.pipes.append(_pipe(document, item, after))
        elif "script" in slots:
            found.problems.append(
                _odd(
                    document, item, "a whole step stands where a command was expected; use its `script` alone"
                )
            )
            _inner(document, slots["script"].value, found, after, room)
        elif "agent" not in slots:
            _meant(document, item, found, after)
    else:
        found.problems.append(
            _odd(
                document,
                item,
                "a list stands where a command was expected; scripts do not take lists in lists",
            )
        )
        _inner(document, item, found, after, room)


def _inner(document: Document, node: Node, found: ScriptItems, after: bool, room: int) -> None:
    if isinstance(node, Sequence) and room > 0 and len(found.commands) < 5_000:
        for item, _ in node.items:
            _read(document, item, found, after, room - 1)


def _meant(document: Document, item: Mapping, found: ScriptItems, after: bool) -> None:
    """A command with `: ` in it that YAML took for a key and its value."""
    if item.flow or not item.entries:
        return
    key, value, _ = item.entries[0]
    at = document.start(item)
    found.problems.append(
        Problem(
            f"Line {at.line}: YAML reads this command as a mapping because of its `: `; "
            "put the whole command in quotes.",
            at,
            fatal=False,
        )
    )
    if len(item.entries) > 1 or not isinstance(value, Scalar) or value.line != key.line:
        return
    start = key.index
    stop = value.end if value.value or value.style else max(key.end, value.index)
    text = document.text[start:stop]
    if "\n" not in text:
        layout = Layout(document.text, start, stop, "", text)
        found.commands.append(Command(text, at, after, layout))


def _command(document: Document, node: Scalar, after: bool) -> Command:
    return Command(node.value, document.start(node), after, document.layout(node))


def _odd(document: Document, node: Node, what: str) -> Problem:
    at = document.start(node)
    return Problem(f"Line {at.line}: {what}.", at, fatal=False)


def _pipe(document: Document, item: Mapping, after: bool) -> Pipe:
    slots = document.slots(item)
    called = slots["pipe"].value
    name, version = name_and_version(text_of(called) or "")
    variables_at: Position | None = None
    variables: tuple[tuple[str, Value], ...] = ()
    given = slots.get("variables")
    if given is not None and isinstance(given.value, Mapping):
        variables_at = document.position(given.key)
        variables = tuple(
            (name, document.value(slot.value)) for name, slot in document.slots(given.value).items()
        )
    return Pipe(name, version, document.start(called), variables, variables_at, after)


def name_and_version(called: str) -> tuple[str, str | None]:
    """`atlassian/aws-s3-deploy:1.1.0` and `docker://acme/pipe:tag` in two; a colon of a port is none."""
    name, colon, version = called.strip().rpartition(":")
    if not colon or "/" in version:
        return called.strip(), None
    return name, version


def string_items(node: Node | None) -> Iterator[str]:
    """The texts of a list, or the one text that stands in its place."""
    if isinstance(node, Sequence):
        for item, _ in node.items:
            text = text_of(item)
            if text is not None:
                yield text
    else:
        text = text_of(node)
        if text is not None:
            yield text
