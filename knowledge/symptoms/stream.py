"""Texts of any length, looked through in constant memory: a step's whole log of many megabytes.

What is kept is the beginning, the end, and the places between that show a failure; together no more than
is looked at anyway. So the cause far up in a log is found, and not only what followed from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from knowledge.clean_text import CleanText
from knowledge.frozen import dataclass
from knowledge.pasted import Pasted, take
from knowledge.symptoms.recognition import recognise
from knowledge.symptoms.tables import HEAD, TAIL, may_hold
from knowledge.token_claims import ClaimValue

LONGEST = HEAD + TAIL
"""Bytes up to which a text is kept whole; of a longer one no more are ever kept."""

_HEAD, _TAIL = 30_000, 120_000
_BEFORE, _BEHIND = 4_000, 1_000
"""Bytes kept around a failure: the commands that led to it, the rest of its trace."""
_PLACES, _PLACE = 15, 6_000
"""Places kept between beginning and end, and the bytes of the longest."""
_EACH = 2
"""Places kept for one and the same failure."""

_BLOCK = 65_536
"""Bytes looked at in one go."""
_PIECE, _OVERLAP = 8_192, 2_048
"""Bytes in which a failure is located; the overlap is for one that lies across two."""
_AHEAD = _OVERLAP + _BEHIND
_SECRET = 24_000
"""Bytes read beside each kept part, because a secret there may reach into it: the longest keys and tokens
are shorter."""
_TRIES = 400
"""Pieces that hold a failure's words and are read closely; a text with more is not one of this world."""

_LEFT_OUT = "\n[… left out …]\n"


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the text: `context` stands before it and is looked at for secrets only."""

    context: bytes
    kept: bytes


class LongText:
    """Takes a text in UTF-8 piece by piece; `close` gives what is kept of it.

    Bytes that are no UTF-8 become replacement characters. `size` counts the bytes that came.
    """

    def __init__(self) -> None:
        self.size = 0
        self._first = bytearray()
        self._recent = bytearray()
        self._from = 0
        """Where `_recent` begins in the whole text; all places are counted there."""
        # The beginning ends with a whole line, so one that crosses its end is looked for as well.
        self._looked = self._told = _HEAD - _OVERLAP
        """Up to where failures were looked for, and where the last kept part ends."""
        self._parts: list[_Part] = []
        self._seen: Counter[str] = Counter()
        self._tries = _TRIES

    @property
    def left_out(self) -> bool:
        """Whether something of the text is not kept."""
        return self.size > LONGEST

    def feed(self, chunk: bytes) -> None:
        for start in range(0, len(chunk), _BLOCK):
            block = chunk[start : start + _BLOCK]
            self.size += len(block)
            if len(self._first) < LONGEST:
                self._first += block[: LONGEST - len(self._first)]
            self._recent += block
            while self.size - self._looked >= _BLOCK + _AHEAD:
                self._look(self._looked + _BLOCK)
            spare = min(self._looked - _BEFORE, self.size - _TAIL) - _SECRET - self._from
            if spare > _BLOCK:
                del self._recent[:spare]
                self._from += spare

    def close(self) -> Pasted:
        """What is kept, redacted, with a line wherever something was left out."""
        if not self.left_out:
            return take(self._first.decode("utf-8", "replace"))
        self._look(self.size - _TAIL)
        tail = self._part(max(self.size - _TAIL, self._told), self.size)
        pieces = [_beginning(bytes(self._first[: _HEAD + _SECRET]))]
        pieces += [_without_context(part) for part in (*self._parts, tail)]
        counts: Counter[str] = Counter()
        claims: Mapping[str, ClaimValue] | None = None
        for piece in pieces:
            counts.update(piece.redactions)
            claims = piece.claims or claims
        text = CleanText(_LEFT_OUT.join(piece.text for piece in pieces))
        return Pasted(text, dict(sorted(counts.items())), claims)

    def _bytes(self, start: int, end: int) -> bytes:
        return bytes(self._recent[max(0, start - self._from) : max(0, end - self._from)])

    def _part(self, start: int, end: int) -> _Part:
        return _Part(self._bytes(start - _SECRET, start), self._bytes(start, end))

    def _look(self, end: int) -> None:
        """Keep the places up to `end` that show a failure."""
        start, self._looked = self._looked, max(end, self._looked)
        if start >= end or not may_hold(self._bytes(start, end + _OVERLAP)):
            return
        for at in range(start, end, _PIECE):
            piece = self._bytes(at, at + _PIECE + _OVERLAP)
            if self._tries > 0 and len(self._parts) < _PLACES and may_hold(piece):
                self._tries -= 1
                self._keep(at, piece)

    def _keep(self, at: int, piece: bytes) -> None:
        # Every byte that is no UTF-8 becomes one character, and is one byte again when it is counted.
        text = piece.decode("utf-8", "surrogateescape")
        for symptom in recognise(CleanText(text)):
            if self._seen[symptom.id] >= _EACH or len(self._parts) >= _PLACES:
                continue
            start = at + len(text[: symptom.span[0]].encode("utf-8", "surrogateescape"))
            begin = max(start - _BEFORE, self._told, self._from)
            end = min(at + len(piece) + _BEHIND, start + _PLACE - _BEFORE, self.size)
            self._seen[symptom.id] += 1
            if end > begin and start + 200 > self._told:
                self._parts.append(self._part(begin, end))
                self._told = end


def _beginning(raw: bytes) -> Pasted:
    whole = take(raw.decode("utf-8", "replace"))
    end = whole.text.rfind("\n", _HEAD // 2, _HEAD)
    return _counted(whole, whole.text[: end if end > 0 else _HEAD])


def _without_context(part: _Part) -> Pasted:
    """The part alone, its secrets taken out by what stands before them too."""
    kept = part.kept.decode("utf-8", "replace")
    whole = take(part.context.decode("utf-8", "replace") + kept)
    start = max(0, len(whole.text) - len(kept))
    line = whole.text.find("\n", start, start + 500)
    return _counted(whole, whole.text[line + 1 if line >= 0 else start :])


def _counted(whole: Pasted, kept: str) -> Pasted:
    """`kept` of the whole, with those of its secrets that stood there."""
    marks = {kind: min(count, kept.count(f"[redacted {kind}]")) for kind, count in whole.redactions.items()}
    return Pasted(CleanText(kept), {kind: count for kind, count in marks.items() if count}, whole.claims)
