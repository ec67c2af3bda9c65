"""Variables that a script sets, and lines that were meant to set one and do not.

https://www.gnu.org/software/bash/manual/html_node/Bourne-Shell-Builtins.html#index-export
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from knowledge.pipelines.commands import Command
from knowledge.pipelines.model import Export, MalformedExport
from knowledge.pipelines.shell_events import Assignment, Call, Declaration, Scope, Word
from knowledge.pipelines.shell_slips import OPEN, Slip, needs_value, slips_in_declaration
from knowledge.pipelines.shell_syntax import unquote
from knowledge.words import code

_NAMED = re.compile(r"(?P<name>[A-Za-z_]\w*)(?P<adds>\+?)=(?P<value>.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(slots=True)
class _Record:
    """An export, with where it was made."""

    export: Export
    scope: Scope
    function: str | None
    order: int
    line_end: int = -1
    used_below: bool = False


class Exports:
    """Gathers what one shell sets, command by command."""

    def __init__(self, *, after_script: bool) -> None:
        self._after = after_script
        self._all = False
        self._marked: set[str] = set()
        self._records: list[_Record] = []
        self._order = 0
        self._named: dict[str, list[_Record]] = {}
        self._nested: dict[tuple[int, Scope], list[_Record]] = {}
        self._slips: list[tuple[Slip, MalformedExport]] = []
        self._called: set[str] = set()

    def call(self, command: Command, number: int, call: Call, slips: Iterable[Slip]) -> None:
        """A simple command: `set -a`, the call of a function, or a slip of the pen."""
        program = call.program
        self._called.add(program)
        if program == "set" and not call.scope:
            self._all = _allexport(call.words[1:], now=self._all)
        for depth in range(1, len(call.scope) + 1):
            inside = self._nested.get((number, call.scope[:depth]), ())
            for record in inside:
                record.used_below = record.used_below or call.start > record.line_end
            if inside:
                self._nested[number, call.scope[:depth]] = [r for r in inside if not r.used_below]
        for slip in slips:
            self._slip(command, slip)

    def _slip(self, command: Command, slip: Slip) -> None:
        place = command.place(slip.start)
        self._slips.append((slip, MalformedExport(slip.name, place, slip.text, slip.why, slip.repaired)))

    def assignment(self, command: Command, number: int, found: Assignment) -> None:
        start, text = _place_and_text(command, found)
        exported = found.exported or self._all or found.name in self._marked
        self._add(
            command, number, found.name, found.value, start, text, found.scope, found.function,
            exported=exported and not found.command_only, command_only=found.command_only,
        )  # fmt: skip

    def given(self, command: Command, number: int, call: Call, assigned: Iterable[tuple[str, str]]) -> None:
        """`env A=b command`."""
        text = _first_line(command.text[call.statement : call.end])
        for name, raw in assigned:
            self._add(
                command, number, name, unquote(raw), call.statement, text, call.scope, call.function,
                exported=False, command_only=True,
            )  # fmt: skip

    def declaration(self, command: Command, number: int, found: Declaration) -> None:
        text = _first_line(command.text[found.start : found.end])
        named = [match for word in found.words if (match := _NAMED.fullmatch(word.value or ""))]
        for match in named if found.keyword != "unset" else []:
            value = None if match["adds"] else match["value"]
            self._add(
                command, number, match["name"], value, found.start, text, found.scope, found.function,
                exported=found.exports or self._all, command_only=False,
            )  # fmt: skip
        if not found.exports:
            return
        last = self._records[-1].export if found.assigns and self._records else None
        empty = last.name if last is not None and last.value == "" else None
        slips = list(slips_in_declaration(command.text, found, empty))
        for slip in slips:
            self._slip(command, slip)
        if slips:
            return
        for word in found.words:
            if _NAME.fullmatch(word.raw):
                self._mark(command, found, word, text)

    def _mark(self, command: Command, found: Declaration, word: Word, text: str) -> None:
        """`export A`: what was assigned before it is handed on from here, and so is what comes later."""
        self._marked.add(word.raw)
        known = [record for record in self._named.get(word.raw, ()) if not record.export.command_only]
        for record in known:
            if not record.export.exported:
                record.export = replace(record.export, exported=True)
                record.order = self._next()
        if not known:
            self._handed_on(command, found, word.raw, text)

    def _next(self) -> int:
        self._order += 1
        return self._order

    def _handed_on(self, command: Command, found: Declaration, name: str, text: str) -> None:
        """`export A` of a name that the script has not set: a setting without a value, perhaps a slip."""
        place = command.place(found.start)
        export = Export(name, None, place, text, after_script=self._after)
        self._keep(_Record(export, found.scope, found.function, self._next()))
        if not found.scope:
            why = f"The line hands {code(name)} on, and gives it no value."
            self._slip(command, Slip(name, found.start, text, why, f"export {name}={OPEN}"))

    def _add(  # noqa: PLR0913 - one line of a script has that many sides
        self,
        command: Command,
        number: int,
        name: str,
        value: str | None,
        start: int,
        text: str,
        scope: Scope,
        function: str | None,
        *,
        exported: bool,
        command_only: bool,
    ) -> None:
        place = command.place(start)
        export = Export(name, value, place, text, exported, command_only, self._after)
        record = _Record(export, scope, function, self._next(), command.text.find("\n", start))
        self._keep(record)
        if scope and record.line_end >= 0:
            self._nested.setdefault((number, scope), []).append(record)

    def _keep(self, record: _Record) -> None:
        self._records.append(record)
        self._named.setdefault(record.export.name, []).append(record)

    def result(self) -> tuple[list[Export], list[MalformedExport]]:
        """What was set, in order, and the slips."""
        if not self._records and not self._slips:
            return [], []
        exports: list[Export] = []
        for record in sorted(self._records, key=lambda item: item.order):
            if record.function is not None and record.function not in self._called:
                continue
            if record.scope and not record.export.command_only and not record.used_below:
                # A subshell's variables end with it.
                exports.append(replace(record.export, exported=False, command_only=True))
            else:
                exports.append(record.export)
        if not self._slips:
            return exports, []
        given = {export.name for export in exports if gives_value(export)}
        return exports, [said for slip, said in self._slips if not (needs_value(slip) and slip.name in given)]


def gives_value(export: Export) -> bool:
    """False for `export A`, which hands on what was set elsewhere and sets nothing itself."""
    name = re.escape(export.name)
    # The second is PowerShell's: what it sets there always has a value.
    assigns = rf"\b{name}\S*=|(?i:\benv:\\?{name}\b|::SetEnvironmentVariable\(\s*[\"']{name}\b)"
    return export.value is not None or re.search(assigns, export.text) is not None


def _allexport(words: Iterable[Word], *, now: bool) -> bool:
    raws = [word.raw for word in words]
    for number, raw in enumerate(raws):
        named = raw in ("-o", "+o") and raws[number + 1 : number + 2] == ["allexport"]
        if named or re.fullmatch(r"[-+][a-zA-Z]*a[a-zA-Z]*", raw):
            now = raw.startswith("-")
    return now


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0].rstrip("\r")


def _place_and_text(command: Command, found: Assignment) -> tuple[int, str]:
    """The statement if it stands on one line, else the assignment alone."""
    whole = command.text[found.statement : found.statement_end]
    if "\n" not in whole.strip() or found.command_only:
        return found.statement, _first_line(whole)
    if found.start - found.statement < len(whole.split("\n", 1)[0]):
        return found.statement, _first_line(whole)
    return found.start, _first_line(command.text[found.start : found.end])
