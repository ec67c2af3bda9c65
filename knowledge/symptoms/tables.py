"""All tables of failure texts together, and the quick look whether a text can hold any of them."""

from __future__ import annotations

import re

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
    azure_sdk,
    azure_setup,
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
    "azure_sdk": azure_sdk.ROWS,
    "azure_setup": azure_setup.ROWS,
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

# Small letters, because people type what they read; all that is no ASCII letter parts words, so that whatever
# viewers put between words falls away with it.
_LETTERS = bytes(ord(chr(code).lower()) if code < 128 and chr(code).isalpha() else 32 for code in range(256))
_LETTERS_IN_LINES = _LETTERS[:10] + b"\n" + _LETTERS[11:]

Words = frozenset[bytes]


def _split(raw: bytes) -> list[bytes]:
    """The words of a text, in small letters."""
    if len(raw) < _MANY_LINES:
        return raw.translate(_LETTERS).split()
    # A log repeats itself but for its figures, and those are gone here.
    return b"\n".join(set(raw.translate(_LETTERS_IN_LINES).split(b"\n"))).split()


_MANY_LINES = 8_000


def _words(needle: str) -> Words:
    return frozenset(_split(needle.encode("utf-8")))


def _by_rare_word() -> dict[bytes, tuple[Words, ...]]:
    """The words of each needle, filed under the longest of them."""
    filed: dict[bytes, set[Words]] = {}
    for words in {_words(needle) for row in ROWS for needle in row.needles}:
        filed.setdefault(_longest(words), set()).add(words)
    return {word: tuple(sorted(sets, key=sorted)) for word, sets in filed.items()}


def _longest(words: Words) -> bytes:
    return max(sorted(words), key=len)


_FILED = _by_rare_word()
_RARE = frozenset(_FILED)
_ALL = frozenset(word for sets in _FILED.values() for words in sets for word in words)
_NEEDLES = tuple((row, tuple(_words(needle) for needle in row.needles)) for row in ROWS)


def _needles_of(words: list[bytes]) -> set[Words]:
    if _RARE.isdisjoint(words):
        return set()
    known = _ALL.intersection(words)
    return {needle for word in known & _RARE for needle in _FILED[word] if needle <= known}


_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_ESCAPES_RAW = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]")


def may_hold(raw: bytes) -> bool:
    """Whether bytes in UTF-8 hold all words of a needle, anywhere in them. A hundred megabytes a second."""
    if b"\x1b" in raw:
        raw = _ESCAPES_RAW.sub(b"", raw)
    return bool(_needles_of(_split(raw)))


def rows_for(found: set[Words]) -> tuple[Signature, ...]:
    """The rows of which a text holds all words of a needle, as `needles_in` found them: no other can
    match."""
    return tuple(row for row, needles in _NEEDLES if not found.isdisjoint(needles)) if found else ()


def places_of(text: str, found: set[Words]) -> list[int]:
    """Where the telling words of these needles stand in a long text, in order; empty when not all can be
    told."""
    if len(text) < _SHORT or "\x1b" in text or not text.isascii():
        return []
    telling = {_longest(needle) for needle in found}
    if not telling.isdisjoint(_over_lines(text)):
        return []
    small = text.lower()
    places: set[int] = set()
    for word in (word.decode() for word in telling):
        at = small.find(word)
        while at >= 0:
            places.add(at)
            if len(places) > _PLACES:
                return []
            at = small.find(word, at + 1)
    return sorted(places)


_SHORT = 20_000
"""Characters up to which a text is read as a whole."""
_PLACES = 400

#: Signs that part no words and that nobody sees.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"


def needles_in(raw: str) -> set[Words]:
    """The needles of which a text, pasted or flattened, holds all words."""
    if "\x1b" in raw:
        raw = _ESCAPES.sub("", raw)
    if not raw.isascii():
        for sign in _INVISIBLE:
            raw = raw.replace(sign, "")
    words = _split(raw.encode("utf-8", "replace"))
    if "\n" in raw:
        words += _over_lines(raw)
    return _needles_of(words)


def _over_lines(raw: str) -> list[bytes]:
    """The words that the text has when lines that end and begin with letters belong together: a terminal may
    have broken them."""
    if "\r" in raw:
        raw = raw.replace("\r", "")
    ends = [
        f"{raw[max(0, at - _WORD) : at]}{raw[at + 1 : at + 1 + _WORD]}"
        for at in (match.start() for match in _IN_A_WORD.finditer(raw))
    ]
    return _split(" ".join(ends).encode("utf-8", "replace")) if ends else []


_IN_A_WORD = re.compile(r"\n(?<=[A-Za-z]\n)(?=[A-Za-z])")
_WORD = 30
"""Characters of the longest word that is looked for."""

# Of a text that a terminal broke in the middle of words, more than once in one word, these are looked for.
_LONG = (b"assumerolewithwebidentity", b"openidconnect", b"authorized", b"webidentitytoken")

TAIL, HEAD = 200_000, 50_000
"""Characters looked at, at the end and at the beginning of a longer text."""


def looked_at(raw: str) -> str:
    """The part of a text that is looked at: all of it, or its beginning and its end."""
    return raw if len(raw) <= TAIL + HEAD else f"{raw[:HEAD]}\n{raw[-TAIL:]}"


def may_concern(raw: str) -> bool:
    """Whether a text can hold a known failure: false means that `recognise` finds nothing.

    It takes microseconds and reads the text as it came, so it may stand before everything else.
    """
    raw = looked_at(raw)
    return bool(needles_in(raw)) or broken_inside(raw)


def broken_inside(raw: str) -> bool:
    """Whether a telling word stands in the text once its line breaks are taken out, which must be several."""
    if not any(line.isalnum() for line in raw.split("\n")[1:-1]):
        return False
    joined = raw.replace("\r", "").replace("\n", "").encode("utf-8", "replace").lower()
    return any(word in joined for word in _LONG)
