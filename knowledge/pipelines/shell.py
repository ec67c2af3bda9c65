"""What a step's script does, as far as its text shows: a `Script` made of its commands and pipes.

Nothing here raises: what is no shell is passed over, and what stands around it still counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from knowledge.location import Position
from knowledge.pipelines.clouds import role_in_cloud
from knowledge.pipelines.commands import Command
from knowledge.pipelines.model import CloudCommand, Pipe, Script, TokenWrite
from knowledge.pipelines.shell_doings import Doing, Done, doings_of
from knowledge.pipelines.shell_events import Assignment, Call, Declaration, FunctionDefinition, Use
from knowledge.pipelines.shell_exports import Exports
from knowledge.pipelines.shell_log import Log
from knowledge.pipelines.shell_programs import Program, long_options
from knowledge.pipelines.shell_syntax import UnreadableError
from knowledge.pipelines.shell_token import TOKEN, writes_of

_EXPANDED = re.compile(r"\$(?:\{(?P<braced>[A-Za-z_]\w*)|(?P<plain>[A-Za-z_]\w*))")
_IS_TOKEN = (f"${TOKEN}", f"${{{TOKEN}}}")


def read_script(commands: Sequence[Command], pipes: Sequence[Pipe]) -> Script:
    """What the commands of `script` and `after-script`, in their order, and the pipes do."""
    reader = _Reader()
    for number, command in enumerate(commands):
        reader.read(number, command)
    for pipe in pipes:
        reader.pipe(pipe)
    return reader.script(tuple(pipes))


class _Reader:
    def __init__(self) -> None:
        self._shells = {False: Exports(after_script=False), True: Exports(after_script=True)}
        self._writes: list[TokenWrite] = []
        self._mentions: list[Position] = []
        self._commands: list[CloudCommand] = []
        self._sourced: list[tuple[str, Position]] = []
        self._hidden: list[tuple[str, Position]] = []
        self._carried: list[tuple[str, Position]] = []
        self._used: dict[str, None] = {}
        self._holders = {TOKEN}
        self._functions: set[str] = set()
        self._log = Log()

    def read(self, number: int, command: Command) -> None:
        try:
            events: Iterable[Done] = doings_of(command.text)
        except UnreadableError:
            # Nobody can tell what it sets, so it counts as a file run inside the shell.
            self._sourced.append(("a command that is too long to be read", command.at))
            return
        exports = self._shells[command.after_script]
        for event in events:
            match event:
                case Doing():
                    exports.call(command, number, event.call, event.slips)
                    self._call(number, command, event)
                case Use():
                    self._used.setdefault(event.name)
                    if event.name == TOKEN:
                        self._mentions.append(command.place(event.start))
                        self._log.mention(after_script=command.after_script)
                case Assignment():
                    exports.assignment(command, number, event)
                    if event.value in _IS_TOKEN:
                        self._holders.add(event.name)
                case Declaration():
                    exports.declaration(command, number, event)
                case FunctionDefinition():
                    self._functions.add(event.name)

    def _call(self, number: int, command: Command, doing: Doing) -> None:
        call, program = doing.call, doing.program
        for write in writes_of(call, frozenset(self._holders)) if doing.may_write else ():
            self._writes.append(
                TokenWrite(
                    write.target.raw,
                    command.place(call.start),
                    line_of(command.text, call.start),
                    write.variable,
                    write.literal,
                    write.append,
                )
            )
            self._log.written(write.target.raw, literal=write.literal)
        if doing.may_print:
            self._log.call(command, call, program, self._holders)
        if doing.carried:
            self._carried += [(name, command.place(call.start)) for name in doing.carried]
        if program is None or program.path in self._functions:
            return
        if program.assigned:
            self._shells[command.after_script].given(command, number, call, program.assigned)
        if program.path in (".", "source") and program.arguments:
            path = program.arguments[0]
            self._sourced.append((path.value or path.raw, command.place(call.start)))
            return
        found, options = doing.role, doing.options
        text = command.text[call.start : call.end]
        # A program of the repository may hand the token to any cloud.
        if doing.hidden is None and "$" in text and any(_expands(text, name) for name in self._holders):
            found = role_in_cloud(program.name, program.values(), token=True)
            options = long_options(program.arguments)
        if found is not None:
            self._cloud(command, call, program, found, options)
        elif doing.hidden is not None:
            self._hidden.append((doing.hidden, command.place(call.start)))

    def _cloud(
        self,
        command: Command,
        call: Call,
        program: Program,
        found: tuple[str, str],
        options: tuple[tuple[str, str], ...],
    ) -> None:
        start = program.start
        if "\n" in command.text[call.statement : start]:
            # The assignments before it and the command are one statement, on whatever lines they stand.
            start = call.statement
        self._commands.append(
            CloudCommand(
                *found,
                program.name,
                command.place(start),
                _BROKEN.sub(" ", command.text[program.start : call.end]).strip(),
                options,
            )
        )

    def pipe(self, pipe: Pipe) -> None:
        for _, value in pipe.variables:
            for found in _EXPANDED.finditer(value.text):
                name = found["braced"] or found["plain"]
                self._used.setdefault(name)
                if name == TOKEN:
                    self._mentions.append(value.at)

    def script(self, pipes: tuple[Pipe, ...]) -> Script:
        shells = [exports.result() for exports in self._shells.values()]
        return Script(
            exports=tuple(export for exports, _ in shells for export in exports),
            malformed=tuple(slip for _, slips in shells for slip in slips),
            token_writes=tuple(self._writes),
            token_mentions=tuple(self._mentions),
            commands=tuple(self._commands),
            pipes=pipes,
            sourced=tuple(self._sourced),
            hidden=tuple(self._hidden),
            carried_out=tuple(self._carried),
            variables_used=tuple(self._used),
            printed=tuple(self._log.printed),
        )


def _expands(text: str, name: str) -> bool:
    return f"${name}" in text or f"${{{name}" in text


_BROKEN = re.compile(r"\s*\\?\r?\n\s*")


def line_of(text: str, offset: int) -> str:
    """The line of `text` in which `offset` stands, without the blanks around it."""
    end = text.find("\n", offset)
    return text[text.rfind("\n", 0, offset) + 1 : end if end >= 0 else len(text)].strip()
