"""Text as it was pasted, made plain enough for one pattern per failure.

Terminals, log viewers and chat clients add colours, boxes, time stamps, typographic quotes, entities
and line breaks. `flatten` takes them away and remembers where each piece came from, so that a match
can be shown in the text as it was.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.line_stamps import PREFIX
from knowledge.symptoms.broken_lines import REACH, breaks_value, run_behind

# One character for one character, so that no place moves.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–", "-"),
        **dict.fromkeys("│┃║╷╵╭╮╰╯├┤─━═\u00a0\u1680\u2007\u202f\u3000", " "),
        **{chr(code): " " for code in range(0x2000, 0x200B)},
    }
)

_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}

_ESCAPE = r"\x1b(?:\[[0-?]{0,30}[ -/]{0,4}[@-~]|\][^\x07\x1b\n]{0,300}(?:\x07|\x1b\\)|[@-Z\\-_])"
_ZERO = "[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]"
_GAP = rf"(?:\s|{_ESCAPE}|{_ZERO})"
_NOISE = late(
    rf"(?P<space> {_GAP}+|[^\S ]{_GAP}*)"
    rf"|{_ESCAPE}|{_ZERO}"
    r"|&(?:(?P<entity>amp|lt|gt|quot|apos|nbsp)|#(?P<number>\d{2,3}|x[0-9A-Fa-f]{2}));"
    r"|<(?P<url>(?:https?|ssh|mailto):[^|<>\s]{1,2000})(?:\|(?P<label>[^<>\n]{0,2000}))?>"
)
#: One of these, or two blanks, is in every line in which `_NOISE` finds anything.
_NOISY = late("[\t\r\x0b\x0c\x1b-\x1f\x85\u2028\u2029\u205f&<" + _ZERO[1:])
_NOISY_ASCII = "\t\r\x0b\x0c\x1b\x1c\x1d\x1e\x1f&<"
_LEAD = late(rf"{_GAP}*{PREFIX}{_GAP}*")
_LEAD_ASCII = late(rf"\s*{PREFIX}\s*")
"""The same for a text of ASCII without colours, in a third of the time."""


@dataclass(frozen=True, slots=True)
class Flat:
    """One line of plain text, and the way back: piece `i` begins at `starts[i]` here and at
    `origins[i]` in the text it was made of."""

    text: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]

    def origin(self, place: int) -> int:
        """Where the character at `place` stands in the text that was flattened."""
        piece = bisect_right(self.starts, place) - 1
        return self.origins[piece] + place - self.starts[piece]

    def joined_at(self, place: int) -> bool:
        """Whether the blank at `place` stands where two pieces meet, as it does for a line break."""
        return bisect_right(self.starts, place) != bisect_right(self.starts, place + 1)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open range of the original text that holds the characters `start:end`."""
        return self.origin(start), self.origin(end - 1) + 1


def flatten(
    text: str,
    offset: int = 0,
    joint: str = " ",
    ranges: Sequence[tuple[int, int]] = (),
    width: int = 0,
) -> Flat:
    """`text` on one line, with single blanks, without what viewers add.

    `offset` is where `text` begins in the text that spans refer to. `joint` stands in place of a
    line break, except inside a value that has no blank; an empty one mends lines that were broken in the
    middle of a word, and so does `width`, the least length of the lines that were. Of `ranges`, when
    there are any, all else is left out; they begin and end with lines.
    """
    plain = text.translate(_PLAIN) if not text.isascii() else text
    lead = _LEAD_ASCII if plain.isascii() and "\x1b" not in plain else _LEAD
    noisy = not plain.isascii() or any(sign in plain for sign in _NOISY_ASCII)
    pieces: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    length = 0
    for begin, stop in ranges or ((0, len(plain)),):
        at, tail = _line_start(plain, begin, lead), ""
        while at < stop:
            end = plain.find("\n", at)
            line = plain[at : end if end >= 0 else len(plain)].rstrip()
            done = at + len(line)
            after = _line_start(plain, end, lead) if end >= 0 else len(plain)
            tail = line.rpartition(" ")[2] if " " in line else (tail + line)[-REACH:]
            broken = joint != "" and done == end and _broken(plain, tail, end, after, width)
            glue = "" if broken else joint
            tail = tail if broken else ""
            if "  " in line or (noisy and _NOISY.search(line)):
                found = [one for one in _quiet(plain, at, done) if one[0]]
                if not found or found[-1][0] != " ":
                    found.append((glue, done))
            else:
                # The joint stands where the line break stood.
                found = [(line + glue, at)]
            for piece, origin in found:
                pieces.append(piece)
                starts.append(length)
                origins.append(origin + offset)
                length += len(piece)
            at = after
    return Flat("".join(pieces).rstrip(" "), tuple(starts or [0]), tuple(origins or [offset]))


def _broken(plain: str, tail: str, end: int, after: int, width: int) -> bool:
    """Whether the line break at `end`, behind `tail`, stands inside a word; the next line begins `after`."""
    if plain.find("\n", end + 1, after) >= 0 or plain[after : after + 1].isspace():
        return False
    if plain.startswith(("+ ", "++ "), after):
        # A shell that shows its commands begins another one there.
        return False
    if width and end - plain.rfind("\n", 0, end) - 1 >= width:
        return plain[end + 1 : end + 2] != " "
    blank = plain.find(" ", after, after + REACH)
    ends_there = blank >= 0 and plain.find("\n", after, blank) < 0
    near = tail + plain[after : blank if ends_there else after + REACH]
    if near.count("-") < 4 and "api" not in near and "arn:" not in near:
        # One of these is in every value that is looked for.
        return False
    return breaks_value(tail, run_behind(plain, after))


def _line_start(plain: str, at: int, lead: re.Pattern[str]) -> int:
    """Where the next line's own text begins, behind blank lines and what a viewer put before it."""
    if plain[at : at + 1] == "\n" and plain[at + 1 : at + 2].isalpha():
        return at + 1
    while True:
        found = lead.match(plain, at)
        end = found.end() if found else at
        blank = plain.rfind("\n", at + 1, end)
        if blank < 0:
            return end
        at = blank


def _quiet(plain: str, at: int, end: int) -> Iterator[tuple[str, int]]:
    """One line without its noise, piece by piece, each with where it began."""
    for match in _NOISE.finditer(plain, at, end):
        yield plain[at : match.start()], at
        # Slack turns whatever looks like an address into a link; its label is what was typed.
        link = "label" if match["label"] else "url" if match["url"] else None
        if link:
            yield match[link].replace("&amp;", "&"), match.start(link)
        elif match["entity"]:
            yield _ENTITIES[match["entity"]], match.start()
        elif match["number"]:
            number = match["number"]
            sign = chr(int(number[1:], 16) if number[0] == "x" else int(number))
            yield sign if sign.isprintable() else " ", match.start()
        elif match["space"]:
            yield " ", match.start()
        at = match.end()
    yield plain[at:end], at
