"""Commands of a shell script taken apart into words, by tree-sitter's grammar of bash.

Only the grammar is here; what the words mean to a cloud is told elsewhere. The grammar is loaded
with the first command that needs it: https://github.com/tree-sitter/tree-sitter-bash
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from knowledge.late_pattern import late

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

#: Longer commands, or ones with more brackets, are not read: a text may be built to take the grammar minutes.
_LONGEST = 24_000
_BRACKETS = 400
#: From this length on the grammar's work is counted, and stopped above so many hundred operations.
_COUNTED = 1_500
_WORK = 600
#: To a shell everything outside ASCII is a letter of a word. The grammar's own tables end before Unicode
#: does, and reading behind them ends the process; so it is handed letters, in places that stay the same.
_PLAIN = bytes(byte if byte < 0x80 else ord("x") for byte in range(256))


class UnreadableError(Exception):
    """The text is too large, or too tangled, to be read as a script."""


@lru_cache(maxsize=1)
def _parser() -> Parser:
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


def parse(data: bytes) -> Node:
    """The root of the script's tree; parts that are no shell are `ERROR` nodes in it.

    Raises:
        UnreadableError: the text is longer or more tangled than any script that people write.
    """
    if len(data) > _LONGEST or data.count(b"(") > _BRACKETS:
        raise UnreadableError
    data = data.translate(_PLAIN)
    if len(data) <= _COUNTED:
        return _parser().parse(data).root_node
    parser = _parser()
    work = 0

    def too_much(_offset: int, _error: bool) -> bool:
        nonlocal work
        work += 1
        return work > _WORK

    try:
        return parser.parse(
            lambda offset, _point: data[offset : offset + 4096], progress_callback=too_much
        ).root_node
    except ValueError as error:
        parser.reset()
        raise UnreadableError from error


def unquote(raw: str) -> str | None:
    """A word as the shell passes it on: quotes and backslashes gone, `$NAME` left in.

    None where that cannot be told: a command substitution, an array, an escaped `$`.
    """
    if not _SPECIAL.search(raw):
        return raw
    found: list[str] = []
    end = 0
    for part in _PIECE.finditer(raw):
        if part.start() != end:
            return None
        end = part.end()
        kind, text = part.lastgroup, part[0]
        if kind == "single":
            found.append(text[1:-1])
        elif kind == "ansi":
            found.append(text[2:-1])
        elif kind == "double":
            inner = text[1:-1]
            if "`" in inner or "$(" in inner or "\\$" in inner:
                return None
            found.append(_ESCAPED.sub(_drop, inner))
        elif kind == "escape":
            if text == "\\$":
                return None
            found.append("" if text == "\\\n" else text[1:])
        elif kind == "expansion":
            if "`" in text or "$(" in text:
                return None
            found.append(text)
        else:
            found.append(text)
    return "".join(found) if end == len(raw) else None


_SPECIAL = late(r"[\"'\\$`(]")
_PIECE = late(
    r"(?P<ansi>\$'(?:[^'\\]|\\.)*')"
    r"|(?P<single>'[^']*')"
    r"|(?P<double>\$?\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<escape>\\(?:.|\n))"
    r"|(?P<expansion>\$\{[^}]*\}|\$[A-Za-z_]\w*|\$[0-9@*#?!$-])"
    r"|(?P<plain>[^\"'\\$`(]+)",
    re.DOTALL,
)
_ESCAPED = late(r"\\([\\\"`\n])")


def _drop(found: re.Match[str]) -> str:
    return "" if found[1] == "\n" else found[1]
