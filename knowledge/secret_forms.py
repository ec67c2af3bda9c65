"""Secrets that have a form of their own, whatever stands beside them.

Every pattern starts at a literal or at a bounded run, so that the time is linear in the text.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """A secret with a form of its own. The group `secret`, or else the whole match, is replaced.
    One of `needles` is in every text that the pattern can match."""

    kind: str
    needles: tuple[str, ...]
    pattern: re.Pattern[str]


def form(kind: str, needles: str, pattern: str) -> Form:
    return Form(kind, tuple(needles.split()), re.compile(pattern))


FORMS: tuple[Form, ...] = (
    form(
        "aws-key-id",
        "AKIA ASIA ABIA ACCA",
        r"(?<![A-Za-z0-9])A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    ),
    form(
        "aws-secret-key",
        "ecret_access_key ECRET_ACCESS_KEY ecretAccessKey",
        r"[Ss](?:ecret_access_key|ecretAccessKey)[\s\"'\\:=|>,]{1,40}(?P<secret>[A-Za-z0-9/+=]{30,128})"
        r"|SECRET_ACCESS_KEY[\s\"'\\:=|>,]{1,40}(?P<upper>[A-Za-z0-9/+=]{30,128})",
    ),
    form(
        "aws-session-token",
        "IQoJ FwoG FQoG ession_token ESSION_TOKEN essionToken",
        r"(?<![A-Za-z0-9/+])(?:IQoJ|FwoG|FQoG)[A-Za-z0-9/+=]{40,}"
        r"|(?:[Ss]ession_token|[Ss]essionToken|SESSION_TOKEN)[\s\"'\\:=|>,]{1,40}(?P<secret>[A-Za-z0-9/+=]{40,})",
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
        "X-Amz- x-amz- sig=",
        r"[Xx]-[Aa]mz-(?:[Ss]ignature|[Ss]ecurity-[Tt]oken)[\"']?\s{0,4}[=:]\s{0,4}[\"']?(?P<secret>[A-Za-z0-9%+/=_.-]{8,})"
        r"|[?&;]sig=(?P<sas>[A-Za-z0-9%+/=_-]{16,})",
    ),
    form(
        "authorization",
        "uthorization: UTHORIZATION: ookie:",
        r"(?:[Aa]uthorization|AUTHORIZATION|[Cc]ookie):[ \t]{0,8}(?:[A-Za-z][A-Za-z0-9-]{0,30}[ \t]{1,4})?"
        r"(?!\S{1,40}[ \t]{1,4}\[redacted )(?P<secret>(?![$\[<*])[^\s\"'\\]{6,}(?:;[ \t][^\s\"'\\]{2,})*)",
    ),
    form(
        "bearer",
        "earer  asic ",
        r"(?<![A-Za-z])[Bb](?:earer|asic)[ \t]{1,4}"
        r"(?P<secret>(?=[A-Za-z._~+/-]{0,60}[0-9=]|[A-Za-z._~+/-]{24})[A-Za-z0-9._~+/=-]{8,})",
    ),
    form(
        "password",
        "://",
        r"://[^\s/:@\"'<>|]{1,200}:(?P<secret>(?![$\[<*])[^\s/\"'<>|]{1,300})@"
        r"|://(?P<user>(?![$\[<*])[A-Za-z0-9_.=~-]{24,300})@",
    ),
)

_JWT_START = re.compile(r"(?<![A-Za-z0-9_])eyJ[A-Za-z0-9_-]{10,}[A-Za-z0-9_.=-]*")
_JWT_LINE = re.compile(r"\r?\n[ \t>|│┃]{0,12}([A-Za-z0-9_.=-]+)")
_JWT_LIMIT = 20_000
"""Characters of the longest token that STS takes."""
_SIGNATURE_LENGTHS = frozenset({43, 64, 86, 128, 132, 256, 342, 512, 683})
"""Characters of a JWT's third part, per algorithm and key length (RFC 7518, section 3)."""


def take_jwts(text: str, counts: Counter[str]) -> str:
    """Takes out JWTs, also those that a terminal broke over several lines."""
    pieces: list[str] = []
    done = 0
    for match in _JWT_START.finditer(text):
        if match.start() < done:
            continue
        end = _jwt_end(text, match)
        pieces += [text[done : match.start()], "[redacted jwt]"]
        counts["jwt"] += 1
        done = end
    return "".join([*pieces, text[done:]])


def _jwt_end(text: str, match: re.Match[str]) -> int:
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
    return end - (len(token) - len(token.rstrip(".")))


def _complete(token: str) -> bool:
    parts = token.split(".")
    return len(parts) >= 3 and len(parts[-1]) in _SIGNATURE_LENGTHS


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

    return form.pattern.sub(replace, text)
