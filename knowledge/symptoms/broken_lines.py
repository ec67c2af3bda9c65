"""Values that a terminal broke at the end of its line.

No blank can stand inside a UUID, an ARI, an ARN or one of these addresses, so a line break inside of one is
the terminal's, and the two pieces belong together.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from knowledge.late_pattern import late

_UUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
_VALUE = late(
    rf"(?<![\w-])(?:\{{{_UUID}\}}(?::\{{{_UUID}\}}){{0,2}}|(?:ari:cloud:bitbucket::workspace/)?{_UUID})(?![\w-])"
    r"|(?:https://)?api\.bitbucket\.org/2\.0/workspaces/[\w.-]{1,80}/pipelines-config/identity/oidc"
    r"|api://AzureADTokenExchange"
    r"|(?:https:)?//iam\.googleapis\.com/projects/\d{1,20}/locations/global/workloadIdentityPools/[a-z0-9-]{1,40}"
    r"/providers/[a-z0-9]"
    r"|arn:aws[a-z-]{0,12}:(?:iam|sts)::\d{12}:(?:role|assumed-role|oidc-provider)/\w"
)
#: Far enough to both sides for the longest of them.
REACH = 170
#: Narrower than this no terminal is, and lines of the same length are chance.
_NARROWEST = 40


def breaks_value(before: str, behind: str) -> bool:
    """Whether one value begins in `before`, what stands without a blank before the line break, and ends in
    `behind`, what stands without a blank after it."""
    before, behind = before[-REACH:], behind[:REACH]
    edge, both = len(before), before + behind
    if not before or not behind or (both.count("-") < 4 and "api" not in both and "arn:" not in both):
        # One of these is in every value that is looked for.
        return False
    return any(found.start() < edge < found.end() for found in _VALUE.finditer(both))


def run_behind(plain: str, at: int) -> str:
    """What stands at `at` up to the next blank; lines without any blank are taken as one."""
    pieces: list[str] = []
    for written in plain[at : at + 2 * REACH].split("\n", 4)[:4]:
        line = written.strip() if pieces else written.rstrip()
        run = line.split(None, 1)[0] if line and not line[0].isspace() else ""
        pieces.append(run)
        if len(run) < len(line):
            break
    return "".join(pieces)


def width_of(text: str) -> tuple[int, bool]:
    """The column at which a terminal seems to have broken the lines of `text`, and whether two lines on end
    show it; 0 where none does."""
    lines = text.split("\n")
    on_end = Counter(
        len(one) for one, other in pairwise(lines) if len(one) == len(other) >= _NARROWEST and one != other
    )
    if on_end:
        return on_end.most_common(1)[0][0], True
    widest = max(map(len, lines))
    return (widest, False) if widest >= _NARROWEST and len(lines[-1]) != widest else (0, False)
