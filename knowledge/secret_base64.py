"""Secrets that somebody wrote in another way, to get around the marks that logs put in their place."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator

from knowledge.late_pattern import late
from knowledge.secret_lines import Span, base64_over_lines

_SIGNS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_RUNS = bytes(120 if code in _SIGNS else 32 for code in range(256))
_RUN = b"x" * 24
_TEXT = late(rb"[\t\n\r -~]{12,}\Z")
_LONGEST = 60_000
"""Characters of base64 that are looked into."""
_TRIES = 200


def has_run(text: str) -> bool:
    """Whether so many signs of base64 stand side by side that `encoded_spans` looks at them."""
    return len(text) >= len(_RUN) and _RUN in text.encode("ascii", "replace").translate(_RUNS)


def encoded_spans(text: str, shows_secret: Callable[[str], bool]) -> Iterator[Span]:
    """Base64, on one line or on several, of a text of which `shows_secret` says that it holds a secret:
    of a file with logins, of a list of variables, of a token."""
    runs = text.encode("ascii", "replace").translate(_RUNS)
    at = runs.find(_RUN)
    tries = 0
    while at >= 0 and tries < _TRIES:
        end = runs.find(b" ", at)
        end = end if end >= 0 else len(text)
        # What begins like text in base64 is looked at whole.
        if _TEXT.match(_decoded(text[at : min(end, at + 32)])):
            tries += 1
            while text[end : end + 1] == "=":
                end += 1
            end, whole = base64_over_lines(text, at, end)
            plain = _decoded(whole[:_LONGEST])
            if _TEXT.match(plain) and shows_secret(plain.decode("ascii")):
                yield at, end, "secret"
        at = runs.find(_RUN, end)


def _decoded(text: str) -> bytes:
    bare = text.rstrip("=")
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return b""


_SPACED = late(r"(?<!\S)[!-~](?: [!-~]){29,}(?!\S)")
_MIXED = late(r"(?=[^0-9]{0,200}[0-9])(?=[^A-Z]{0,200}[A-Z])[^a-z]{0,200}[a-z]")


def spaced_out_spans(text: str) -> Iterator[Span]:
    """Characters of a token with a blank behind each: `sed 's/./& /g'`."""
    for match in _SPACED.finditer(text):
        if _MIXED.match(match.group()):
            yield match.start(), match.end(), "secret"
