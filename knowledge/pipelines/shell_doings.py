"""What one command does whatever ran before it: its events, each call with the program behind it.

The same text does the same in every step and every file, so the last texts read are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from knowledge.frozen import dataclass
from knowledge.pipelines.clouds import role_in_cloud
from knowledge.pipelines.shell_events import Assignment, Call, Declaration, Event, FunctionDefinition, Use
from knowledge.pipelines.shell_hidden import hidden_program
from knowledge.pipelines.shell_nested import with_nested
from knowledge.pipelines.shell_plain import plain_events
from knowledge.pipelines.shell_prints import PRINTERS
from knowledge.pipelines.shell_programs import Program, long_options, program_of
from knowledge.pipelines.shell_slips import Slip, slips_in_call
from knowledge.pipelines.shell_token import carried_by
from knowledge.pipelines.shell_walk import tree_events

#: How many commands' texts are kept.
_KEPT = 512


@dataclass(frozen=True, slots=True)
class Doing:
    """A call and what follows from its words alone.

    `role` is the cloud and kind of a command that needs a login, `hidden` the program of the
    repository, `options` the long options, `carried` the names handed on to later steps;
    `may_write` says whether what it prints may end up in a file, `may_print` whether in the log.
    """

    call: Call
    program: Program | None
    role: tuple[str, str] | None
    hidden: str | None
    options: tuple[tuple[str, str], ...]
    slips: tuple[Slip, ...]
    carried: tuple[str, ...]
    may_write: bool
    may_print: bool


Done = Assignment | Declaration | FunctionDefinition | Use | Doing


@lru_cache(maxsize=_KEPT)
def doings_of(text: str) -> tuple[Done, ...]:
    """What the command does, in the order in which the shell comes to it.

    Raises:
        UnreadableError: the text is longer or more tangled than any script that people write.
    """
    plain = plain_events(text)
    return tuple(_done(text, with_nested(tree_events(text) if plain is None else plain)))


def _done(text: str, events: Iterable[Event]) -> Iterator[Done]:
    prefix: Assignment | None = None
    for event in events:
        if isinstance(event, Call):
            beside = prefix if prefix is not None and prefix.statement == event.statement else None
            yield _doing(text, event, beside)
        else:
            if isinstance(event, Assignment) and event.command_only:
                prefix = event
            yield event


def _doing(text: str, call: Call, prefix: Assignment | None) -> Doing:
    program = program_of(call)
    role = role_in_cloud(program.name, program.values(), token=False) if program is not None else None
    return Doing(
        call,
        program,
        role,
        hidden_program(program) if program is not None and role is None else None,
        long_options(program.arguments) if program is not None and role is not None else (),
        tuple(slips_in_call(text, call, prefix)),
        carried_by(call),
        call.piped_to is not None or bool(call.redirects) or (program is not None and program.name == "tee"),
        program is not None and program.name in PRINTERS and not call.captured,
    )
