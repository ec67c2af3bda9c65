"""Lines that were meant to set a variable and set nothing: `EXPORT A=b`, `SET A=b`, `export A = b`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.near import distance
from knowledge.pipelines.shell_events import Assignment, Call, Declaration, Word
from knowledge.words import code

_VARIABLE = late(r"[A-Z_][A-Z0-9_]*")
_NAME = late(r"[A-Za-z_]\w*")
_ASSIGNED = late(r"[\"']?(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
_DOLLAR = late(r"\$\{?(?P<name>[A-Za-z_]\w*)\}?=(?P<value>.*)", re.DOTALL)
_POWERSHELL = late(r"\$\{?env:(?P<name>[A-Za-z_]\w*)\}?\s*=\s*(?P<value>.*)", re.DOTALL | re.IGNORECASE)
_HYPHENS = late(r"(?P<name>[A-Za-z_]\w*(?:-\w+)+)=.*", re.DOTALL)
_VALUE_ALONE = late(r"arn:aws|[a-z]{2}(?:-[a-z]+)+-\d$|[\"'$/~]")
#: Ends the repaired form of a line whose value only its author knows.
OPEN = "…"


@dataclass(frozen=True, slots=True)
class Slip:
    """A `MalformedExport` without its place in the file: `text` begins at `start` of the command."""

    name: str
    start: int
    text: str
    why: str
    repaired: str


def needs_value(slip: Slip) -> bool:
    """Whether the line names a variable and nothing to set it to."""
    return slip.repaired.endswith(f"={OPEN}")


def slips_in_declaration(text: str, found: Declaration, empty: str | None) -> Iterator[Slip]:
    """`export A = b`, `export A =b`, `export A= b`, `export $A=b`, `export A-B=c`, `export A: b`."""
    raws = [word.raw for word in found.words if not word.raw.startswith("-")]
    line = _line(text, found.start, found.end)
    if not raws:
        return
    if len(raws) >= 2 and _NAME.fullmatch(raws[0]) and raws[1].startswith("="):
        value = " ".join([raws[1][1:], *raws[2:]]).strip()
        yield _slip(found.start, line, raws[0], f"{found.keyword} {raws[0]}={value}", _BLANKS)
    elif (
        empty is not None
        and len(raws) == 1
        and line.rstrip().endswith(raws[0])
        and _after(line, empty, raws[0])
    ):
        yield _slip(found.start, line, empty, f"{found.keyword} {empty}={raws[0]}", _BLANKS)
    else:
        for raw in raws:
            dollar = _DOLLAR.fullmatch(raw)
            if dollar is not None:
                fixed = line.replace(raw, f"{dollar['name']}={dollar['value']}", 1)
                yield _slip(found.start, line, dollar["name"], fixed, _NO_DOLLAR)
            hyphens = _HYPHENS.fullmatch(raw)
            if hyphens is not None:
                name = hyphens["name"].replace("-", "_")
                yield _slip(found.start, line, name, line.replace(hyphens["name"], name, 1), _NO_HYPHEN)
        first = raws[0]
        if len(raws) == 2 and first.endswith(":") and _VARIABLE.fullmatch(first[:-1]):
            name = first[:-1]
            yield _slip(found.start, line, name, f"export {name}={raws[1]}", _COLON)


def _after(line: str, name: str, raw: str) -> bool:
    return re.search(rf"\b{re.escape(name)}=[ \t]+{re.escape(raw)}\s*$", line) is not None


def slips_in_call(text: str, call: Call, prefix: Assignment | None) -> Iterable[Slip]:
    """The same for what the shell takes for the name of a program."""
    if not call.words:
        return ()
    return list(_in_call(text, call, prefix))


def _in_call(text: str, call: Call, prefix: Assignment | None) -> Iterator[Slip]:
    first, rest = call.words[0].raw, call.words[1:]
    line = _line(text, call.start, call.end)
    if first.startswith("$"):
        shell = _POWERSHELL.fullmatch(text[call.start : call.end].split("\n", 1)[0])
        if shell is not None:
            fixed = f"export {shell['name']}={shell['value'].strip()}"
            yield _slip(call.start, line, shell["name"], fixed, _IS_POWERSHELL)
            return
        dollar = _DOLLAR.fullmatch(first)
        if dollar is not None and not rest:
            fixed = f"export {dollar['name']}={dollar['value']}"
            yield _slip(call.start, line, dollar["name"], fixed, _NO_DOLLAR)
            return
    if (
        rest
        and rest[0].raw.startswith("=")
        and not rest[0].raw.startswith("==")
        and _VARIABLE.fullmatch(first)
    ):
        value = " ".join([rest[0].raw[1:], *(word.raw for word in rest[1:])]).strip()
        yield _slip(call.start, line, first, f"export {first}={value}", _BLANKS)
        return
    if prefix is not None and not prefix.raw and not rest and _VALUE_ALONE.match(first):
        if _VARIABLE.fullmatch(prefix.name) and not re.match(r"[~/]|\$\{?[a-z]|\"\$\{?[a-z]", first):
            whole = _line(text, call.statement, call.end)
            yield _slip(call.statement, whole, prefix.name, f"export {prefix.name}={first}", _BLANKS)
        return
    yield from _other_word(call, line, first, rest)


def _other_word(call: Call, line: str, first: str, rest: Sequence[Word]) -> Iterator[Slip]:
    """Another word, or another spelling, where `export` was meant."""
    why = _why(first)
    if why is None or not rest:
        return
    pairs = [(word, match) for word in rest if (match := _ASSIGNED.fullmatch(word.raw))]
    for _, match in pairs:
        fixed = re.sub(rf"^\s*{re.escape(first)}\b", "export", line, count=1)
        yield _slip(call.start, line, match["name"], fixed, why)
    if pairs or not _VARIABLE.fullmatch(rest[0].raw) or len(rest[0].raw) < 3:
        return
    name = rest[0].raw
    if len(rest) == 1:
        yield _slip(call.start, line, name, f"export {name}={OPEN}", why)
    elif rest[1].raw.startswith("=") or first in ("setenv", "setx", "SETX") or len(rest) == 2:
        value = " ".join(word.raw for word in rest[1:]).removeprefix("=").strip()
        yield _slip(call.start, line, name, f"export {name}={value}", why)


def _why(word: str) -> str | None:
    if word == "export" or "/" in word:
        return None
    if word.casefold() == "export":
        return f"The shell knows no command {code(word)}: its commands are written in lower case."
    if word == "set":
        return "In this shell `set` sets no variable: it only changes the script's own arguments."
    if word.casefold() in ("set", "setx"):
        return f"{code(word)} belongs to the Windows command line; this shell knows no such command."
    if word == "setenv":
        return "`setenv` belongs to the C shell; this shell knows no such command."
    if 4 < len(word) < 9 and word.isalpha() and distance(word.casefold(), "export") <= 2 and word != "expect":
        return f"The shell knows no command {code(word)}."
    return None


_BLANKS = "The shell allows no blank beside the `=` of an assignment."
_NO_DOLLAR = "The name that is set stands without `$`: the shell puts the variable's value in its place."
_NO_HYPHEN = "The shell takes no hyphen in the name of a variable."
_COLON = "The shell sets a variable with `=`, not with a colon."
_IS_POWERSHELL = "This is PowerShell; the step's own shell does not understand it."


def _line(text: str, start: int, end: int) -> str:
    return text[start:end].split("\n", 1)[0].rstrip()


def _slip(start: int, line: str, name: str, repaired: str, why: str) -> Slip:
    return Slip(name, start, line, why, repaired)
