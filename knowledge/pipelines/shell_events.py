"""What a script does, one event after the other: assignments, commands with their words, variables used."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import field

from knowledge.frozen import dataclass
from knowledge.pipelines.shell_syntax import unquote

#: Ways of a nested command out of its shell: what it sets does not last.
Scope = tuple[int, ...]


class Word:
    """One word: `raw` as written, `value` as the shell passes it on (None: a command makes it)."""

    __slots__ = ("raw", "start", "value")

    def __init__(self, raw: str, start: int) -> None:
        self.raw = raw
        self.start = start
        self.value = unquote(raw)

    def __repr__(self) -> str:
        return f"Word({self.raw!r}, {self.start})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Word) and (self.raw, self.start) == (other.raw, other.start)

    def __hash__(self) -> int:
        return hash((self.raw, self.start))


@dataclass(frozen=True, slots=True)
class Assignment:
    """`A=b`. `raw` is what stands after the `=`; `statement` the start of the whole statement."""

    name: str
    raw: str
    start: int
    end: int
    statement: int
    statement_end: int
    scope: Scope
    exported: bool = False
    command_only: bool = False
    appends: bool = False
    function: str | None = None
    value: str | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", None if self.appends else unquote(self.raw))


@dataclass(frozen=True, slots=True)
class Declaration:
    """`export`, `declare`, `typeset`, `readonly`, `local` with the words that are no assignments."""

    keyword: str
    words: tuple[Word, ...]
    start: int
    end: int
    scope: Scope
    exports: bool
    assigns: bool
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """`> target`. Only those that write."""

    target: Word
    append: bool


@dataclasses.dataclass(slots=True)
class Call:
    """A simple command: its words (the first is the program), and what happens to its output.

    `fed` is the text of a here-document or here-string, `fed_literally` whether nothing is expanded
    in it. `piped_to` is the next command of the pipeline. `captured` is true where what it prints does not
    reach the step's log by itself: inside `$(...)`.
    """

    words: tuple[Word, ...]
    start: int
    end: int
    scope: Scope
    statement: int
    redirects: list[Redirect] = field(default_factory=list)
    fed: str | None = None
    fed_literally: bool = False
    fed_at: int = 0
    piped_to: Call | None = None
    function: str | None = None
    captured: bool = False

    @property
    def program(self) -> str:
        return self.words[0].value or self.words[0].raw if self.words else ""


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """A function of the script."""

    name: str
    start: int


@dataclass(frozen=True, slots=True)
class Use:
    """A variable that is expanded."""

    name: str
    start: int


Event = Assignment | Declaration | Call | FunctionDefinition | Use


def pipeline_after(call: Call) -> Sequence[Call]:
    """The commands that read what `call` prints, in order."""
    found: list[Call] = []
    following = call.piped_to
    while following is not None and len(found) < 50:
        found.append(following)
        following = following.piped_to
    return found
