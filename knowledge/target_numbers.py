"""The number of a run that a person wrote beside what was pasted: "run 102", "#102", "build 102 fails with".

In an error and in a log such words mean anything: a layer of an image, a test's second run, an operating
system's build, a pull request. So only lines that read like a person's own count, and only the first and the
last few of a text, where people write.
"""

from __future__ import annotations

import re

from knowledge.late_pattern import late

_LINES = 4
"""Lines at the beginning and at the end that may be a person's own."""
_LIMIT = 2_000
"""Characters at either end in which these lines are looked for."""
_LONGEST, _WORDS = 160, 24
"""Characters and words of a line that somebody writes beside a paste."""

_WHAT = r"(?P<what>\b(?:build|run|pipeline)(?: run| number| no\.?| nr\.?)?[ :]{1,2}#?|(?<![\w&/#.:=-])#)"
_NUMBER = late(
    rf"{_WHAT}(?P<number>[1-9]\d{{0,8}})(?![\w/%]|[.,:-]\d)"
    r"(?! ?(?:of \d|out of|x\b|(?:time|test|step|stage|layer|job|file|error|warning|container)s?\b"
    r"|(?:milli)?s(?:ec(?:ond)?s?)?\b|m(?:in(?:ute)?s?)?\b|h(?:ours?)?\b|days?\b|[kmg]i?b\b))",
    re.IGNORECASE,
)
_OTHER = late(
    r"\b(?:pr|pull[ -]?requests?|mr|issues?|tickets?|bugs?|tasks?|story|stories|jobs?|steps?|cases?|comments?"
    r"|lines?|layers?|stages?|attempts?|fix(?:e[sd])?|clos(?:e[sd]?|ing)|resolv(?:e[sd]?|ing)|refs?|channel"
    r"|items?|rules?|tests?|tries|try|version|windows|os|xcode|sdk|kernel|android|macos|maven|gradle|jenkins"
    r"|teamcity|image|dry|npm|yarn|pnpm|docker|codebuild|page|point|option|question|answer|part|section"
    r"|chapter|error|code|status|of|than|retry|worker|runner|node|shard|thread|pod|replica)[ :(]{1,2}\Z",
    re.IGNORECASE,
)
"""Words before a number that is not a run's."""
_WENT_WELL = late(
    r"\b(?:work(?:s|ed)|pass(?:es|ed)|succeed(?:s|ed)|green|fine|good|successful(?:ly)?)\b", re.IGNORECASE
)
_NOT = late(r"\b(?:not|never|no longer|nothing|stopped|\w+n['’]t)\b", re.IGNORECASE)
_CLAUSE = late(r"[,;.!?()]|\b(?:but|and then|while)\b", re.IGNORECASE)
_PROSE = late(r"[\w ,.!?'’()\":;#@*_`<>…–—-]+\Z")
_LIKE_A_LOG = late(
    r"^\s*\+ |^\s*#\d+ (?:\d|[A-Z]{3,}|(?:sha256|resolve|transferring|extracting|exporting|naming|writing"
    r"|pushing|importing|preparing|load|building)\b)|\d[-/:]\d\d|\w[.:]\w|::|[A-Z]{2,}[!:]"
    r"|\b[Ee]xit (?:code|status)\b|\b[A-Z]+(?: [A-Z]+)+\b|\bin \d+(?:\.\d+)?s\b|[a-z][A-Z]|[A-Za-z]_[A-Za-z]"
    r"|Traceback|An error occurred"
)
_BEFORE_ERROR = late(
    r"(?:[\w'’,]{1,15} ){0,4}?(?P<what>(?:build|run|pipeline)(?: run| number| no\.?)? ?#?|#)"
    r"(?P<number>[1-9]\d{0,8})"
    r"(?: (?:fails|failed|failing|broke|is failing|is red|says|shows|gives|gave|has)(?: with)?)?[:,] ?(?=\S)",
    re.IGNORECASE,
)
_BEHIND_ERROR = late(
    r"(?: \(|[ (](?:in|from|see|it was) )(?P<what>(?:build|run|pipeline)(?: number)? #?)"
    r"(?P<number>[1-9]\d{0,8})\)?[.!?]?\s*\Z",
    re.IGNORECASE,
)
_END = 60


def own_numbers(text: str) -> frozenset[int]:
    """The build numbers that the text's own words name."""
    beginning, end = text[:_LIMIT].split("\n"), text[-_LIMIT:].split("\n")
    first = [line for line in beginning if line.strip()][:_LINES]
    last = [line for line in end if line.strip()][-_LINES:]
    found = [_in_line(line) for line in dict.fromkeys([*first, *last]) if _is_own(line)]
    found += [_at(_BEFORE_ERROR.match(line)) for line in first[:1]]
    found += [_at(_BEHIND_ERROR.search(line[-_END:])) for line in last[-1:]]
    return frozenset(number for numbers in found for number in numbers)


def _is_own(line: str) -> bool:
    """Whether a person may have written the whole line."""
    if len(line) > _LONGEST or len(line.split()) > _WORDS:
        return False
    return _PROSE.match(line) is not None and _LIKE_A_LOG.search(line) is None


def _in_line(line: str) -> list[int]:
    return [number for match in _NUMBER.finditer(line) for number in _at(match)]


def _at(match: re.Match[str] | None) -> list[int]:
    """The number of a match, unless the word before it says that it is something else's, or its clause that
    this run did not fail."""
    if match is None or _OTHER.search(match.string[: match.start("what")]) is not None:
        return []
    before, after = match.string[: match.start("what")], match.string[match.end("number") :]
    clause = f"{_CLAUSE.split(before)[-1]} {_CLAUSE.split(after)[0]}"
    if _WENT_WELL.search(clause) is not None and _NOT.search(clause) is None:
        return []
    return [int(match["number"])]
