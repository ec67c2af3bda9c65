"""Bytes or text to the text that is parsed: encoding, byte order mark, characters that YAML forbids."""

from __future__ import annotations

import unicodedata

from knowledge.late_pattern import late
from knowledge.location import Position
from knowledge.pipelines.model import Problem

#: The longest of 145 public files has some 14,000.
CHARACTERS = 500_000

_BOM = "\ufeff"

#: What YAML 1.1 does not let stand in a file: https://yaml.org/spec/1.1/#c-printable
_FORBIDDEN = late("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def decode(raw: str | bytes) -> tuple[str, Problem | None]:
    """The file's text without its byte order mark, and what keeps it from being parsed.

    Of a file beyond all bounds nothing comes back. Bytes that are not UTF-8 come back with replacement
    characters, so that lines can still be quoted.
    """
    if len(raw) > CHARACTERS:
        return "", Problem(
            f"The file was not read: it has more than {CHARACTERS:,} characters.", None, fatal=True
        )
    if isinstance(raw, bytes):
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            return _undecodable(raw, error)
    else:
        text = raw
    text = text.removeprefix(_BOM)
    found = _FORBIDDEN.search(text)
    if found is None:
        return text, None
    at = place_of(text, found.start())
    letter = found[0]
    name = unicodedata.name(letter, "a control character").lower()
    sentence = (
        f"Line {at.line}, column {at.column} holds {name} (U+{ord(letter):04X}), which YAML does not allow; "
        "delete it and save the file as plain UTF-8."
    )
    if "\ud800" <= letter <= "\udfff":
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text, Problem(sentence, at, fatal=True)


def place_of(text: str, index: int) -> Position:
    """The place of the character at `index`; lines end at line feeds."""
    return Position(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def _undecodable(raw: bytes, error: UnicodeDecodeError) -> tuple[str, Problem]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", "replace")
        return text, Problem("The file is in UTF-16; save it as UTF-8.", Position(1, 1), fatal=True)
    text = raw.decode("utf-8", "replace").removeprefix(_BOM)
    line = raw.count(b"\n", 0, error.start) + 1
    head = raw[raw.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")
    at = Position(line, len(head.removeprefix(_BOM)) + 1)
    sentence = (
        f"Line {at.line}, column {at.column} is not UTF-8 (byte 0x{raw[error.start]:02x}); "
        "save the file as UTF-8."
    )
    return text, Problem(sentence, at, fatal=True)
