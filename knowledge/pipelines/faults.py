"""What is wrong with a file that cannot be read, said so that a person can mend it.

The parser's words name what it stumbled over; the remedy depends on what usually leads there.
"""

from __future__ import annotations

import re

import yaml

from knowledge.late_pattern import late
from knowledge.location import Position
from knowledge.pipelines.decode import place_of
from knowledge.pipelines.load import UndefinedAliasError
from knowledge.pipelines.model import Problem
from knowledge.pipelines.nodes import Document, TooMuchError

#: Words of libyaml (and of PyYAML's own parser) with the usual reason and remedy, most special first.
_REMEDIES = (
    (
        "mapping values are not allowed",
        "a `: ` makes a key here; put the text in quotes, or see to its indent and to the `:` above it",
    ),
    (
        r"alias.*expected alphabetic|expected alphabetic.*alias|while scanning an alias",
        "a text that begins with `*` must stand in quotes, `'**'`",
    ),
    (r"while scanning an anchor", "a text that begins with `&` must stand in quotes"),
    (
        r"unknown escape character",
        "inside double quotes a backslash must be doubled; single quotes need none",
    ),
    (r"scanning a quoted scalar", "the quote that opens here is not closed"),
    (
        r"could not find expected ':'|scanning a simple key",
        "a `:` is missing behind a key, or a text of several lines is not indented",
    ),
    (
        r"did not find expected '-' indicator|block sequence entries|block collection",
        "the indent of this line fits no list or key above it; line it up with its neighbours",
    ),
    (
        r"did not find expected key|block mapping",
        "the indent of this line fits no key above it; line it up with its neighbours",
    ),
    (r"flow (?:sequence|mapping)|expected ',' or", "a bracket or a comma is missing"),
    (r"tag handle|scanning a tag|a tag", "a text that begins with `!` must stand in quotes"),
    (r"directive|document start", "nothing but a comment may stand before `---`"),
    (r"block scalar", "behind `|` or `>` nothing may follow but `+`, `-`, a number or a comment"),
)


#: What is to be mended stands where the parser began, not where it gave up.
_BEGINS_EARLIER = late(
    r"scanning (?:an (?:alias|anchor)|a simple key)|quoted scalar.*(?:end of stream|document)"
)


#: What the parser says of text behind a value that has ended.
_EXPECTED = late(r"did not find expected (?:key|'-' indicator|alphabetic)")
_CONFLICT = late(r"^(?:<{7}|={7}|>{7})(?= |\r?$)", re.MULTILINE)
#: `oidc:true`, as a well-known article prints it, is no key with a value.
_NO_BLANK = late(r"^\s*(?:-\s+)?[A-Za-z][\w-]*:[\w'\"$]")


def yaml_fault(text: str, error: yaml.YAMLError) -> Problem:
    """What the parser did not understand, where, and what to do."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return Problem("The file is no YAML; check its first lines and save it as UTF-8.", None, fatal=True)
    conflict = _CONFLICT.search(text)
    if conflict is not None:
        at = place_of(text, conflict.start())
        sentence = f"Line {at.line} is the mark of a merge conflict; resolve it and commit the file again."
        return Problem(sentence, at, fatal=True)
    said = " ".join(filter(None, (error.context, error.problem)))
    mark = error.problem_mark or error.context_mark
    if error.context_mark is not None and _BEGINS_EARLIER.search(said):
        mark = error.context_mark
    if "parsing a flow" in said and mark is not None and not text[mark.index :].strip():
        # A bracket that is open at the file's end is missed where it opens.
        mark = error.context_mark
    # The parser sees a line break behind the last line, whether or not there is one.
    at = place_of(text, min(mark.index, len(text))) if mark is not None else Position(1, 1)
    if "mapping values" in said:
        at = _joined_to(text, at)
    reason = f"({error.problem or 'not understood'})"
    return Problem(
        f"Line {at.line}, column {at.column} is no valid YAML: {_remedy(text, at, said)} {reason}.",
        at,
        fatal=True,
    )


def _joined_to(text: str, at: Position) -> Position:
    """The line above, where that is `key:value` without a blank: YAML takes both lines for one key."""
    lines = text.split("\n")
    if not 1 < at.line <= len(lines):
        return at
    above, line = lines[at.line - 2], lines[at.line - 1]
    indent = len(above) - len(above.lstrip())
    if _NO_BLANK.search(above) and indent == len(line) - len(line.lstrip()):
        return Position(at.line - 1, indent + 1)
    return at


def _remedy(text: str, at: Position, said: str) -> str:
    lines = text.split("\n")
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    letter = line[at.column - 1 : at.column]
    if "cannot start any token" in said:
        if letter == "\t":
            return "a tab stands where only spaces may; indent with spaces"
        name = "a back-tick" if letter == "`" else f"`{letter}`"
        return f"a text that begins with {name} must stand in quotes"
    if _NO_BLANK.search(line):
        return f"a blank is missing behind the first `:` of `{line.strip()[:60]}`"
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "the line is indented with a tab; indent with spaces"
    if _EXPECTED.search(said) and line[: at.column - 1].rstrip().endswith(("'", '"', "]", "}")):
        return "more text follows a closing quote or bracket; put the whole text in quotes of the other kind"
    if "parsing a flow" in said and letter in ("[", "{"):
        return f"the `{letter}` that opens here is not closed"
    for pattern, remedy in _REMEDIES:
        if re.search(pattern, said):
            return remedy
    return "check the indent and the quotes of this line and of the one above it"


def alias_fault(document: Document, error: UndefinedAliasError) -> Problem:
    at = document.position(error.mark)
    meant = (
        f"; did you mean `*{error.nearest}`?"
        if error.nearest
        else "; an anchor must stand above its aliases."
    )
    return Problem(
        f"Line {at.line}, column {at.column} names `*{error.name[:80]}`, but no `&{error.name[:80]}` "
        f"stands above it{meant}",
        at,
        fatal=True,
    )


def too_much(document: Document, error: TooMuchError) -> Problem:
    at = document.position(error.mark) if error.mark is not None else None
    where = f" (line {at.line})" if at else ""
    return Problem(
        f"The file was not read: {error.sentence[:1].lower()}{error.sentence[1:]}{where}. "
        "Split it into smaller pipelines.",
        at,
        fatal=True,
    )
