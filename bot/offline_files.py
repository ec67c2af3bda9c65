"""Files that a command is handed: text, JSON and YAML, with one clear line where one cannot be used."""

from __future__ import annotations

import codecs
import contextlib
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from knowledge.json_text import JsonRefused, json_object

if TYPE_CHECKING:
    from knowledge.pasted import Pasted

STDIN = "-"
PIPELINE_FILE = "bitbucket-pipelines.yml"
LIMIT = 8_000_000
"""Bytes of the largest file that is read."""


class InputProblem(click.ClickException):
    """Something handed over cannot be used. The message is one line that says what to do."""

    exit_code = 2


def only_one_stdin(named: Iterable[str | None]) -> None:
    """Standard input can be read once.

    Raises:
        InputProblem: more than one of the names is `-`.
    """
    if sum(1 for name in named if name == STDIN) > 1:
        raise InputProblem("only one input can be `-` (standard input); give the others as files")


def read_bytes(name: str) -> bytes:
    """The content of a file, or of standard input for `-`.

    Raises:
        InputProblem: there is no such file, it is a folder, may not be read, or is too large.
    """
    try:
        if name == STDIN:
            raw = sys.stdin.buffer.read(LIMIT + 1)
        else:
            path = Path(name)
            if path.is_dir():
                raise InputProblem(f"{name} is a folder; name a file")
            with path.open("rb") as file:
                raw = file.read(LIMIT + 1)
    except FileNotFoundError:
        raise InputProblem(f"{name}: there is no such file") from None
    except OSError as error:
        raise InputProblem(f"{name} cannot be read: {error.strerror or 'the system refuses it'}") from None
    if len(raw) > LIMIT:
        raise InputProblem(
            f"{called(name)} is larger than {LIMIT // 1_000_000} MB; give only the part that matters"
        )
    return raw


_BLOCK = 1_000_000


def read_paste(name: str) -> tuple[Pasted, bool]:
    """A text of any length, redacted; and whether parts of a very long one were left out.

    Raises:
        InputProblem: there is no such file, it is a folder, may not be read, or is not UTF-8.
    """
    # The forms of secrets and failures are loaded only where there is a text to look through.
    from knowledge.symptoms.stream import LongText

    text = LongText()
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        with _opened(name) as file:
            while block := file.read(_BLOCK):
                text.feed(decoder.decode(block).encode())
        decoder.decode(b"", final=True)
    except OSError as error:
        raise InputProblem(f"{name} cannot be read: {error.strerror or 'the system refuses it'}") from None
    except UnicodeDecodeError:
        raise InputProblem(f"{called(name)} is not UTF-8 text; save it as UTF-8") from None
    return text.close(), text.left_out


def _opened(name: str) -> contextlib.AbstractContextManager[BinaryIO]:
    """The file, or standard input, which is left open.

    Raises:
        InputProblem: it is a folder, or not there.
    """
    if name == STDIN:
        return contextlib.nullcontext(sys.stdin.buffer)
    path = Path(name)
    if path.is_dir():
        raise InputProblem(f"{name} is a folder; name a file")
    if not path.exists():
        raise InputProblem(f"{name}: there is no such file")
    return path.open("rb")


def read_text(name: str) -> str:
    """The text of a file, or of standard input for `-`, without a byte order mark.

    Raises:
        InputProblem: as for `read_bytes`, or it is not UTF-8.
    """
    raw = read_bytes(name)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputProblem(
            f"{called(name)} is not UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from None


def parse_json_object(text: str, what: str) -> dict[str, Any]:
    """One JSON object.

    Raises:
        InputProblem: the text is anything else than one JSON object with each key once; the message
            begins with `what`.
    """
    try:
        return json_object(text)
    except JsonRefused as refusal:
        raise InputProblem(f"{what} {refusal}") from None


def called(name: str) -> str:
    """The file's name in a message."""
    return "standard input" if name == STDIN else name


def printable(text: str) -> str:
    """Text for a terminal: control characters of somebody else's text stay without effect, and those that
    turn the direction of what follows are named."""
    return text.translate(_CONTROLS).encode("utf-8", "replace").decode("utf-8")


#: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
_DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A)} | {
    code: f"[U+{code:04X}]" for code in _DIRECTIONS
}


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON document on standard output."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    # A lone surrogate, which JSON input can carry, has no form in UTF-8.
    click.echo(text.encode("utf-8", "replace").decode("utf-8"))
