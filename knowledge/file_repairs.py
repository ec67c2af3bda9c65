"""Small repairs of a pipeline file that is no YAML, each tried by reading the result."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.location import Position
from knowledge.near import near
from knowledge.pipelines import parse
from knowledge.pipelines.model import OidcState, PipelineFile
from knowledge.words import code

_SWITCH = late(r"^(?P<indent>[ \t]*)(?P<key>oidc)\s*:\s*(?P<value>true)(?P<rest>\s*(?:#.*)?)$", re.IGNORECASE)
_ALIAS = late(r"\*(?P<name>[^\s,\[\]{}]+)")
_ANCHOR = late(r"(?:^|[\s:,\[{-])&([^\s,\[\]{}]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Repair:
    """The whole new text, and what was done to it; `guessed` where another change may be the one meant."""

    title: str
    text: str
    guessed: bool = False


def repaired(file: PipelineFile, at: Position) -> Repair | None:
    """The first small change near `at` after which the file can be read; None when none helps.

    Tried are a line `oidc: true` with a wrong indent or without the blank after its colon, tabs, and an alias
    whose name is almost that of an anchor above it.
    """
    for repair in (*_switches(file, at), *_tabs(file, at), *_aliases(file, at)):
        after = parse(repair.text, file.path)
        if not after.problems and after.steps:
            return repair
    return None


def _switches(file: PipelineFile, at: Position) -> Iterator[Repair]:
    lines = file.text.split("\n")
    # A parser stops at the slip, or on the line after it.
    for number in (at.line, at.line - 1, at.line + 1):
        found = _SWITCH.match(lines[number - 1].rstrip("\r")) if 0 < number <= len(lines) else None
        if found is None:
            continue
        for indent in dict.fromkeys((found["indent"], *_indents(lines, number))):
            end = "\r" if lines[number - 1].endswith("\r") else ""
            line = f"{indent}oidc: true{found['rest']}{end}"
            text = "\n".join((*lines[: number - 1], line, *lines[number:]))
            if text != file.text and _on(text, file.path, number):
                yield Repair(f"Write line {number} as `oidc: true`, in line with the keys beside it", text)


def _indents(lines: list[str], number: int) -> Iterator[str]:
    """The indents of the keys before and after the line."""
    for row in (number - 1, number + 1):
        if 0 < row <= len(lines):
            line = lines[row - 1]
            yield line[: len(line) - len(line.lstrip())]


def _on(text: str, path: str, line: int) -> bool:
    """Whether the line is now the switch of some step."""
    steps = parse(text, path).steps
    return any(
        step.oidc.state is OidcState.ON and step.oidc.key_at is not None and step.oidc.key_at.line == line
        for step in steps
    )


def _tabs(file: PipelineFile, at: Position) -> Iterator[Repair]:
    lines = file.text.split("\n")
    if not any(re.match(r" *\t", line) for line in lines[max(0, at.line - 2) : at.line + 1]):
        return
    for width in (2, 4):
        text = "\n".join(_without_tabs(line, width) for line in lines)
        yield Repair("Indent with blanks; YAML does not take tabs there", text)


def _aliases(file: PipelineFile, at: Position) -> Iterator[Repair]:
    line = file.line(at.line)
    found = _ALIAS.match(line, at.column - 1)
    if found is None:
        return
    above = "\n".join(file.text.split("\n")[: at.line])
    for name in near(found["name"], dict.fromkeys(_ANCHOR.findall(above)))[:3]:
        # The same slip is often made at every use of the anchor.
        text = re.sub(rf"\*{re.escape(found['name'])}(?=[\s,\]}}]|$)", f"*{name}", file.text)
        yield Repair(f"Write {code('*' + found['name'])} as {code('*' + name)}", text, guessed=True)


def _without_tabs(line: str, width: int) -> str:
    body = line.lstrip(" \t")
    return line[: len(line) - len(body)].replace("\t", " " * width) + body
