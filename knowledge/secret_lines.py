"""Secrets longer than a line: tokens, keys and base64 that a terminal or a tool broke over several.

Each function gives spans; the search is linear, because a line is looked at once for each secret that ends
on the line before it.
"""

from __future__ import annotations

import base64
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from functools import cache

from knowledge.late_pattern import late
from knowledge.line_stamps import PREFIX

Span = tuple[int, int, str]
"""Start and end of a secret in a text, and its kind."""

_MARKS = r"[ \t>|│┃]{0,12}"


@cache
def _next_line(characters: str) -> re.Pattern[str]:
    # The stamp is possessive: half of it would look like a piece of a token.
    return re.compile(rf"\r?\n{_MARKS}(?:{PREFIX})?+{_MARKS}(?P<piece>{characters}+)")


def _piece(text: str, start: int, end: int, characters: str) -> tuple[str, int] | None:
    """What stands on the line behind `end` of the secret that began at `start`, and where that ends."""
    line = text.rfind("\n", max(0, start - _LEAD), start) + 1
    following = text.find("\n", end, end + 3) + 1
    if following and line < start:
        lead = _same_lead(text[line:start], text[following : following + _LEAD])
        same = re.compile(characters + "{8,}").match(text, following + lead) if lead else None
        if same is not None and (_RANDOM.match(same.group()) or same.group().isalpha()):
            return same.group(), same.end()
    found = _next_line(characters).match(text, end)
    return (found["piece"], found.end()) if found is not None else None


_LEAD = 80
"""Characters of the longest lead of a line that is compared."""
_AS_ZERO = {ord(figure): "0" for figure in "123456789"}


def _same_lead(first: str, other: str) -> int:
    """How many characters, up to a blank, two lines have in common at their beginning; figures may differ."""
    one, two = first.translate(_AS_ZERO), other.translate(_AS_ZERO)
    differs = (place for place, (left, right) in enumerate(zip(one, two, strict=False)) if left != right)
    common = next(differs, min(len(one), len(two)))
    return max(one.rfind(" ", 0, common), one.rfind("|", 0, common)) + 1


def taken_out(text: str, spans: Iterable[Span], counts: Counter[str]) -> str:
    """`text` with `[redacted KIND]` in place of each span; overlapping ones become one. Counts them."""
    pieces: list[str] = []
    done = 0
    for start, end, kind in spans:
        if start < done:
            continue
        pieces += [text[done:start], f"[redacted {kind}]"]
        counts[kind] += 1
        done = end
    return "".join([*pieces, text[done:]]) if pieces else text


_RANDOM = late(r"(?=[^0-9]{0,80}[0-9])(?=[^A-Z]{0,80}[A-Z])(?=[^a-z]{0,80}[a-z]).{8,}")
_LINE_END = late(r"[\"'`]?[ \t]{0,8}(?:\r?\n|\Z)")
_WHOLE = late(r"=[0-9A-F]{8}\Z")
"""How a token of Atlassian's ends, with its checksum."""
_LONG_LINE, _LINES = 40, 60
_SECRET_KEY = 40
"""Characters of an AWS secret key."""
_PIECES = "[A-Za-z0-9_.=+/~-]"


def end_over_lines(text: str, start: int, end: int, *, secret_key: bool = False) -> int:
    """Where the secret at `start:end` really ends, when a terminal broke it at `end`.

    What goes on must fill its line and look like chance: figures, small and capital letters.
    """
    value = text[start:end]
    if secret_key:
        line = _piece(text, start, end, _PIECES) if 8 <= len(value) < _SECRET_KEY else None
        return line[1] if line is not None and len(value) + len(line[0]) == _SECRET_KEY else end
    if len(value) < _LONG_LINE or _WHOLE.search(value):
        return end
    for _ in range(_LINES):
        line = _piece(text, start, end, _PIECES)
        if line is None or not _RANDOM.match(line[0]) or not _LINE_END.match(text, line[1]):
            break
        end = line[1]
    return end


JWT_SIGNS = ("eyJ", "ZXlK", "WlhsS", "V2xoc1")
"""One of these is in every text that holds a JWT, plain or in base64."""
_JWT_START = late(r"(?<![A-Za-z0-9_])eyJ[A-Za-z0-9_-]{10,}[A-Za-z0-9_.=+/-]*")
_JWT_CHARACTERS = "[A-Za-z0-9_.=-]"
_JWT_LIMIT = 20_000
"""Characters of the longest token that STS takes."""
_SIGNATURE_LENGTHS = frozenset({43, 64, 86, 128, 132, 256, 342, 512, 683})
"""Characters of a JWT's third part, per algorithm and key length (RFC 7518, section 3)."""


_WORD = late(r"[A-Z]?[a-z]*\Z")


def jwts(text: str) -> Iterator[Span]:
    """Start, end and the token itself of each JWT, also of those that a terminal broke over lines."""
    done = 0
    for match in _JWT_START.finditer(text):
        if match.start() >= done:
            done, token = _jwt_end(text, match)
            yield match.start(), done, token


def _jwt_end(text: str, match: re.Match[str]) -> tuple[int, str]:
    """Where the token ends, and the token without its line breaks."""
    end = match.end()
    token = match.group()
    while end < len(text) and text[end] in "\r\n" and len(token) < _JWT_LIMIT and not _complete(token):
        line = _piece(text, match.start(), end, _JWT_CHARACTERS)
        if line is None or len(token) < 30:
            break
        more, stop = line
        whole_line = stop == len(text) or text[stop] in "\r\n\"'`"
        if not whole_line and (_WORD.match(more) or (token.count(".") >= 2 and len(more) < 8)):
            break
        token, end = token + more, stop
    bare = token.rstrip(".")
    return end - (len(token) - len(bare)), bare


def _complete(token: str) -> bool:
    parts = token.split(".")
    return len(parts) >= 3 and len(parts[-1]) in _SIGNATURE_LENGTHS


_WRAPPED = late(r"(?<![A-Za-z0-9+/_-])(?:ZXlK|WlhsS|V2xoc1)[A-Za-z0-9+/]{36,}={0,2}")
"""`eyJ` in base64, once, twice and three times."""
_BASE64 = "[A-Za-z0-9+/]"
_WRAPPED_END = late(r"={0,2}(?=[ \t]{0,8}(?:[\r\n]|\Z))")


def wrapped_jwts(text: str) -> Iterator[Span]:
    """Start, end and base64 of each wrapped JWT, over all the lines that `base64` prints it on."""
    done = 0
    for match in _WRAPPED.finditer(text):
        if match.start() >= done:
            done, whole = base64_over_lines(text, *match.span())
            yield match.start(), done, whole


def base64_over_lines(text: str, start: int, end: int) -> tuple[int, str]:
    """Where base64, the first line of which is `start:end`, really ends; and all of it on one line."""
    lines = [text[start:end]]
    size = end - start
    while not lines[-1].endswith("=") and size < 2 * _JWT_LIMIT:
        line = _piece(text, start, end, _BASE64)
        stop = _WRAPPED_END.match(text, line[1]) if line is not None else None
        if line is None or stop is None or _WORD.match(line[0]):
            break
        end = stop.end()
        piece = line[0] + stop.group()
        size += len(piece)
        lines.append(piece)
        if len(piece) < len(lines[-2]) and len(lines) > 2:
            break
    return end, "".join(lines)


def jwt_spans(text: str) -> Iterator[Span]:
    """JWTs, plain or wrapped in base64 (as people print them to get around the log's masks)."""
    spans = [(start, end, "jwt") for start, end, _ in wrapped_jwts(text)]
    spans += [(start, end, _kind_of(token)) for start, end, token in jwts(text)]
    yield from sorted(spans)


def _kind_of(token: str) -> str:
    """A file with a key (Google's, for a service account) begins like a JWT when it is in base64, too, and
    does not end by itself."""
    if "." in token:
        return "jwt"
    # A sign of padding ends it; what a page puts behind one is none of it.
    bare = token.partition("=")[0]
    plain = base64.urlsafe_b64decode(bare[: len(bare) - len(bare) % 4].replace("+", "-").replace("/", "_"))
    return "private-key" if b"private_key" in plain else "jwt"


_KIND_OF_KEY = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_PEM_BEGIN = late(rf"-----BEGIN {_KIND_OF_KEY}")
_PEM_END = late(rf"-----END {_KIND_OF_KEY}")
_PEM_BODY = late(rf"(?:(?:\\[nr]|\s){{0,6}}+(?:{PREFIX})?+{_MARKS}[A-Za-z0-9+/=]{{16,}}){{0,400}}")
_PEM_LIMIT = 20_000
"""Characters after which an end no longer belongs to its beginning; the longest key has 13,000."""
_PEM_LINE = late(r"[A-Za-z0-9+/=]{4,100}\Z")


def private_key_spans(text: str) -> Iterator[Span]:
    """PEM blocks. One without its end, or its beginning, is taken as far as it looks like base64."""
    done = 0
    ends = deque((match.start(), match.end()) for match in _PEM_END.finditer(text))
    for begin in _PEM_BEGIN.finditer(text):
        if begin.start() < done:
            continue
        while ends and ends[0][0] < begin.end():
            yield _from_its_end(text, *ends.popleft(), done)
        if ends and ends[0][0] <= begin.end() + _PEM_LIMIT:
            done = ends.popleft()[1]
        else:
            body = _PEM_BODY.match(text, begin.end())
            done = body.end() if body else begin.end()
            while (line := _piece(text, begin.start(), done, _BASE64)) is not None and len(line[0]) >= 16:
                done = line[1]
        yield begin.start(), done, "private-key"
    for start, end in ends:
        yield _from_its_end(text, start, end, done)
        done = end


def _from_its_end(text: str, start: int, end: int, lowest: int) -> Span:
    """A key of which only the last lines are there."""
    lowest = max(lowest, start - _PEM_LIMIT)
    at = begin = text.rfind("\n", lowest, start) + 1 or lowest
    while at > lowest:
        line = text.rfind("\n", lowest, at - 1) + 1 or lowest
        piece = "".join(text[line:at].split()[-1:])
        if not _PEM_LINE.match(piece) or (len(piece) < 40 and at < begin):
            break
        at = line
    # A short line alone may be a word of the log.
    return (at if begin - at > 40 else start), end, "private-key"
