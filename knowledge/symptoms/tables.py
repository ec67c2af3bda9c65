"""All tables of failure texts together, and the quick look whether a text can hold any of them."""

from __future__ import annotations

import re
from itertools import pairwise

from knowledge.symptoms import (
    aws_chain,
    aws_client,
    aws_keys,
    aws_service,
    aws_sts,
    aws_sts_arguments,
    aws_tools,
    azure,
    azure_client,
    gcp,
    gcp_access,
    other,
    pipes,
)
from knowledge.symptoms.signature import Signature

#: By module. Where two texts overlap, the earlier row is the one that is meant.
TABLES: dict[str, tuple[Signature, ...]] = {
    "aws_sts": aws_sts.ROWS,
    "aws_sts_arguments": aws_sts_arguments.ROWS,
    "pipes": pipes.ROWS,
    "azure": azure.ROWS,
    "azure_client": azure_client.ROWS,
    "gcp": gcp.ROWS,
    "gcp_access": gcp_access.ROWS,
    "other": other.ROWS,
    "aws_client": aws_client.ROWS,
    "aws_service": aws_service.ROWS,
    "aws_chain": aws_chain.ROWS,
    "aws_keys": aws_keys.ROWS,
    "aws_tools": aws_tools.ROWS,
}
ROWS: tuple[Signature, ...] = tuple(row for rows in TABLES.values() for row in rows)

# All that is no ASCII letter parts words; whatever viewers put between words falls away with it.
_LETTERS = bytes(code if chr(code).isalpha() and code < 128 else 32 for code in range(256))
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


Words = frozenset[bytes]


def _words(text: str) -> Words:
    return frozenset(text.encode("utf-8", "replace").translate(_LETTERS).split())


def _by_rare_word() -> dict[bytes, tuple[Words, ...]]:
    """The words of each needle, filed under the longest of them."""
    filed: dict[bytes, set[Words]] = {}
    for words in {_words(needle) for row in ROWS for needle in row.needles}:
        filed.setdefault(max(sorted(words), key=len), set()).add(words)
    return {word: tuple(sorted(sets, key=sorted)) for word, sets in filed.items()}


_FILED = _by_rare_word()
_RARE = frozenset(_FILED)
_NEEDLES = tuple((row, tuple(_words(needle) for needle in row.needles)) for row in ROWS)


def _needles_of(words: Words) -> set[Words]:
    return {needle for word in words & _RARE for needle in _FILED[word] if needle <= words}


_ALL = frozenset(word for sets in _FILED.values() for words in sets for word in words)
_ESCAPES_RAW = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]")


def may_hold(raw: bytes) -> bool:
    """Whether bytes in UTF-8 hold all words of a needle, anywhere in them. A hundred megabytes a second."""
    if b"\x1b" in raw:
        raw = _ESCAPES_RAW.sub(b"", raw)
    return bool(_needles_of(_ALL.intersection(raw.translate(_LETTERS).split())))


def rows_for(text: str) -> tuple[Signature, ...]:
    """The rows of which a text, pasted or flattened, holds all words of a needle: no other can match."""
    found = _needles_of(_words_of_paste(text))
    return tuple(row for row, needles in _NEEDLES if not found.isdisjoint(needles))


#: Signs that part no words and that nobody sees.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"


def _mended(raw: str) -> str:
    """The places at which a terminal may have broken a word: behind a line as long as the longest."""
    lines = raw.replace("\r", "").split("\n")
    width = max(map(len, lines))
    return " ".join(f"{line[-40:]}{after[:40]}" for line, after in pairwise(lines) if len(line) == width)


# Of a text that a terminal broke in the middle of words, these are looked for.
_LONG = (
    "AssumeRoleWithWebIdentity",
    "authorized to perform",
    "OpenIDConnect",
    "AADSTS",
    "locate credentials",
)

TAIL, HEAD = 200_000, 50_000
"""Characters looked at, at the end and at the beginning of a longer text."""


def looked_at(raw: str) -> str:
    """The part of a text that is looked at: all of it, or its beginning and its end."""
    return raw if len(raw) <= TAIL + HEAD else f"{raw[:HEAD]}\n{raw[-TAIL:]}"


def _words_of_paste(raw: str) -> Words:
    if "\x1b" in raw:
        raw = _ESCAPES.sub("", raw)
    if not raw.isascii():
        for sign in _INVISIBLE:
            raw = raw.replace(sign, "")
    return _words(f"{raw} {_mended(raw)}" if "\n" in raw else raw)


def may_concern(raw: str) -> bool:
    """Whether a text can hold a known failure: false means that `recognise` finds nothing.

    It takes microseconds and reads the text as it came, so it may stand before everything else.
    """
    raw = looked_at(raw)
    if _needles_of(_words_of_paste(raw)):
        return True
    return broken_inside(raw)


def broken_inside(raw: str) -> bool:
    """Whether a telling word stands in the text once its line breaks are taken out."""
    if "\n" not in raw:
        return False
    joined = raw.replace("\r", "").replace("\n", "")
    return any(needle in joined for needle in _LONG)
