"""Secrets that have a form of their own, whatever stands beside them.

Every pattern starts at a literal or at a bounded run, so that the time is linear in the text.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from functools import cache

from knowledge.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """A secret with a form of its own. The group `secret`, or else the whole match, is replaced.
    One of `needles` is in every text that the pattern can match."""

    kind: str
    needles: tuple[str, ...]
    pattern: str


def form(kind: str, needles: str, pattern: str) -> Form:
    return Form(kind, tuple(needles.split()), pattern)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Only when a text has its needle: few texts do, and compiling all takes as long as checking a file."""
    return re.compile(pattern)


FORMS: tuple[Form, ...] = (
    form(
        "aws-key-id",
        "AKIA ASIA ABIA ACCA",
        r"(?<![A-Za-z0-9])A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    ),
    form(
        "aws-secret-key",
        "ecret_access_key ECRET_ACCESS_KEY ecretAccessKey aws-key-id]",
        r"[Ss](?:ecret_access_key|ecretAccessKey)[\s\"'\\:=|>,\]]{1,40}(?P<secret>[A-Za-z0-9/+=]{30,128})"
        r"|SECRET_ACCESS_KEY[\s\"'\\:=|>,\]]{1,40}(?P<upper>[A-Za-z0-9/+=]{30,128})"
        # The file that AWS's console hands out has it bare, behind its key id.
        r"|\[redacted aws-key-id\][\s\"',;:|]{1,8}(?P<beside>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    ),
    form(
        "aws-session-token",
        "IQoJ FwoG FQoG ession_token ESSION_TOKEN essionToken",
        r"(?<![A-Za-z0-9/+])(?:IQoJ|FwoG|FQoG)[A-Za-z0-9/+=]{40,}"
        r"|(?:[Ss]ession_token|[Ss]essionToken|SESSION_TOKEN)[\s\"'\\:=|>,\]]{1,40}(?P<secret>[A-Za-z0-9/+=]{40,})",
    ),
    form(
        "atlassian-token",
        "AT",
        r"(?<![A-Za-z0-9_-])AT(?:[A-Z]{3}(?=[A-Z_-]{0,40}[a-z0-9])[A-Za-z0-9_\-=]{20,}|BB[A-Za-z0-9]{20,})",
    ),
    form(
        "slack-token",
        "xox xapp-",
        r"(?<![A-Za-z0-9])(?:xoxe\.xox[bp]-|xox[a-z]-|xapp-)[A-Za-z0-9-]{8,}",
    ),
    form(
        "slack-webhook",
        "hooks.slack",
        r"https?://hooks\.slack(?:-gov)?\.com/[a-z]{4,12}/(?P<secret>[A-Za-z0-9/_-]{8,})",
    ),
    form(
        "google-token", "ya29. AIza", r"(?<![A-Za-z0-9])(?:ya29\.[A-Za-z0-9_.-]{10,}|AIza[A-Za-z0-9_-]{35})"
    ),
    form("azure-secret", "Q~", r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,36}"),
    form(
        "github-token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,})",
    ),
    form("gitlab-token", "glpat-", r"(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{16,}"),
    form("npm-token", "npm_", r"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30,}"),
    form("vault-token", "hvs. hvb.", r"(?<![A-Za-z0-9])hv[sb]\.[A-Za-z0-9_-]{20,}"),
    form(
        "signature",
        "X-Amz- x-amz- sig= Signature=",
        r"[Xx]-[Aa]mz-(?:[Ss]ignature|[Ss]ecurity-[Tt]oken)[\"']?\s{0,4}[=:]\s{0,4}[\"']?(?P<secret>[A-Za-z0-9%+/=_.-]{8,})"
        r"|[?&;]sig=(?P<sas>[A-Za-z0-9%+/=_-]{16,})|\bSignature=(?P<header>[0-9a-f]{64})\b",
    ),
    form(
        "authorization",
        "uthorization: UTHORIZATION: ookie:",
        r"(?:[Aa]uthorization|AUTHORIZATION|[Cc]ookie):[ \t]{0,8}(?:[A-Za-z][A-Za-z0-9-]{0,30}[ \t]{1,4})?"
        r"(?!\S{1,40}[ \t]{1,4}\[redacted )(?P<secret>(?![$\[<*])[^\s\"'\\\[]{6,}(?:;[ \t][^\s\"'\\]{2,})*)",
    ),
    form(
        "bearer",
        "earer  asic ",
        r"(?<![A-Za-z])[Bb](?:earer|asic)[ \t]{1,4}"
        r"(?P<secret>(?=[A-Za-z._~+/-]{0,60}[0-9=]|[A-Za-z._~+/-]{24})[A-Za-z0-9._~+/=-]{8,})",
    ),
    form(
        "password",
        "curl sshpass",
        r"\bcurl\b[^\n]{0,120}?[ \t](?:-u|--user)[ \t=]{1,3}[\"']?[^\s:\"'$]{1,100}:"
        r"(?P<curl>(?![$\[<*])[^\s\"']{3,300})"
        r"|\bsshpass[ \t]{1,3}-p[ \t]{0,3}[\"']?(?P<ssh>(?![$\[<*])[^\s\"']{3,300})",
    ),
    form(
        "password",
        "://",
        # Apart from the one above: a pattern that begins with a literal is searched ten times as fast.
        r"://[^\s/:@\"'<>|]{1,200}:(?P<secret>(?![$\[<*])[^\s/\"'<>|]{1,300})@"
        r"|://(?P<user>(?![$\[<*])[A-Za-z0-9_.=~-]{24,300})@",
    ),
)

JWT_SIGNS = ("eyJ", "ZXlK", "WlhsS", "V2xoc1")
"""One of these is in every text that holds a JWT, plain or in base64."""
_JWT_START = re.compile(r"(?<![A-Za-z0-9_])eyJ[A-Za-z0-9_-]{10,}[A-Za-z0-9_.=-]*")
_JWT_LINE = re.compile(r"\r?\n[ \t>|│┃]{0,12}([A-Za-z0-9_.=-]+)")
_JWT_LIMIT = 20_000
"""Characters of the longest token that STS takes."""
_SIGNATURE_LENGTHS = frozenset({43, 64, 86, 128, 132, 256, 342, 512, 683})
"""Characters of a JWT's third part, per algorithm and key length (RFC 7518, section 3)."""


def jwts(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and the token itself of each JWT, also of those that a terminal broke over lines."""
    done = 0
    for match in _JWT_START.finditer(text):
        if match.start() >= done:
            done, token = _jwt_end(text, match)
            yield match.start(), done, token


def take_jwts(text: str, counts: Counter[str]) -> str:
    """Takes out JWTs, plain or wrapped in base64 (as people print them to get around the log's masks)."""
    for find in (wrapped_jwts, jwts):
        pieces: list[str] = []
        done = 0
        for start, end, _ in find(text):
            pieces += [text[done:start], "[redacted jwt]"]
            counts["jwt"] += 1
            done = end
        text = "".join([*pieces, text[done:]])
    return text


def _jwt_end(text: str, match: re.Match[str]) -> tuple[int, str]:
    """Where the token ends, and the token without its line breaks."""
    end = match.end()
    token = match.group()
    while end < len(text) and text[end] in "\r\n" and len(token) < _JWT_LIMIT and not _complete(token):
        line = _JWT_LINE.match(text, end)
        if line is None or len(token) < 30:
            break
        more = line.group(1)
        whole_line = line.end() == len(text) or text[line.end()] in "\r\n\"'`"
        if not whole_line and token.count(".") >= 2 and len(more) < 8:
            break
        token, end = token + more, line.end()
    bare = token.rstrip(".")
    return end - (len(token) - len(bare)), bare


def _complete(token: str) -> bool:
    parts = token.split(".")
    return len(parts) >= 3 and len(parts[-1]) in _SIGNATURE_LENGTHS


_WRAPPED = re.compile(r"(?<![A-Za-z0-9+/_-])(?:ZXlK|WlhsS|V2xoc1)[A-Za-z0-9+/]{36,}={0,2}")
"""`eyJ` in base64, once, twice and three times."""
_WRAPPED_LINE = re.compile(r"\r?\n[ \t>|│┃]{0,12}([A-Za-z0-9+/]+={0,2})[ \t]{0,8}(?=\r|\n|\Z)")
_WORD = re.compile(r"[A-Z]?[a-z]*\Z")


def wrapped_jwts(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and base64 of each wrapped JWT, over all the lines that `base64` prints it on."""
    done = 0
    for match in _WRAPPED.finditer(text):
        if match.start() < done:
            continue
        done, piece, lines = match.end(), match.group(), [match.group()]
        size = len(piece)
        while not piece.endswith("=") and size < 2 * _JWT_LIMIT:
            line = _WRAPPED_LINE.match(text, done)
            if line is None or _WORD.match(line[1]):
                break
            done, piece = line.end(), line[1]
            size += len(piece)
            lines.append(piece)
            if len(piece) < len(lines[-2]) and len(lines) > 2:
                break
        yield match.start(), done, "".join(lines)


_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_PEM_BODY = re.compile(r"(?:(?:\s|\\[nr]){0,6}[A-Za-z0-9+/=]{16,}){0,400}")
_PEM_LIMIT = 20_000
"""Characters after which an end no longer belongs to its beginning; the longest key has 13,000."""


def take_private_keys(text: str, counts: Counter[str]) -> str:
    """Takes out PEM blocks. A block without its end is taken as far as it looks like base64."""
    pieces: list[str] = []
    done = 0
    ends = deque((match.start(), match.end()) for match in _PEM_END.finditer(text))
    for begin in _PEM_BEGIN.finditer(text):
        if begin.start() < done:
            continue
        while ends and ends[0][0] < begin.end():
            ends.popleft()
        if ends and ends[0][0] <= begin.end() + _PEM_LIMIT:
            stop = ends[0][1]
        else:
            body = _PEM_BODY.match(text, begin.end())
            stop = body.end() if body else begin.end()
        pieces += [text[done : begin.start()], "[redacted private-key]"]
        counts["private-key"] += 1
        done = stop
    return "".join([*pieces, text[done:]])


def by_form(form: Form, text: str, counts: Counter[str]) -> str:
    """`text` with each secret of this form replaced by `[redacted KIND]`; counts them."""

    def replace(match: re.Match[str]) -> str:
        counts[form.kind] += 1
        start, end = match.span(match.lastgroup) if match.lastgroup else match.span()
        whole = match.group()
        return f"{whole[: start - match.start()]}[redacted {form.kind}]{whole[end - match.start() :]}"

    return _compiled(form.pattern).sub(replace, text)
