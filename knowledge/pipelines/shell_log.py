"""The step's log, as its script fills it: which commands print a secret there."""

from __future__ import annotations

from collections.abc import Set

from knowledge.pipelines.commands import Command
from knowledge.pipelines.printed import Printed
from knowledge.pipelines.shell_events import Call
from knowledge.pipelines.shell_paths import plain_path
from knowledge.pipelines.shell_prints import (
    CREDENTIALS,
    TOKEN,
    TRACE,
    answers_with_credentials,
    printed_by,
    starts_trace,
)
from knowledge.pipelines.shell_programs import Program


class Log:
    """Gathers what is printed, command by command."""

    def __init__(self) -> None:
        self.printed: list[Printed] = []
        self._files: dict[str, str] = {}
        self._trace: Printed | None = None
        self._traced_in: bool | None = None

    def written(self, path: str, *, literal: bool) -> None:
        """The token was written to the file."""
        if not literal:
            self._files[plain_path(path)] = TOKEN

    def call(self, command: Command, call: Call, program: Program | None, holders: Set[str]) -> None:
        """A command that may print, or `set`, which decides whether the shell prints what it runs."""
        if program is None:
            return
        if program.name == "set" and not call.scope and call.function is None:
            self._set(command, call, program)
        if call.redirects and answers_with_credentials(program):
            self._files[plain_path(call.redirects[-1].target.raw)] = CREDENTIALS
        what = printed_by(call, program, holders, self._files)
        if what is not None:
            self.printed.append(_printed(what, command, call))

    def mention(self, *, after_script: bool) -> None:
        """The token's variable is expanded, which a trace prints."""
        if self._trace is not None and self._traced_in is after_script:
            self.printed.append(self._trace)
            self._trace = None

    def _set(self, command: Command, call: Call, program: Program) -> None:
        was = self._trace is not None
        now = starts_trace(program.arguments, now=was)
        if now != was:
            self._trace = _printed(TRACE, command, call) if now else None
            self._traced_in = command.after_script


def _printed(what: str, command: Command, call: Call) -> Printed:
    text = command.text[call.start : call.end].strip().split("\n", 1)[0].rstrip("\\ ")
    return Printed(what, command.place(call.start), text)
