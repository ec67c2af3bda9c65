"""Secrets stop at the door: the first call on any text from outside.

What is removed is removed by its own form (a JWT, a key id, a private key) or because of the name
it stands beside (`password=`, `"SecretAccessKey":`). What a diagnosis needs stays: ARNs, account
numbers, request ids, UUIDs, file paths, the names of variables, references such as `$TOKEN`.
"""

from __future__ import annotations

import re
from collections import Counter

from knowledge.clean_text import CleanText, Redacted
from knowledge.secret_forms import FORMS, JWT_SIGNS, by_form, take_jwts, take_private_keys

__all__ = ["CleanText", "Redacted", "redact"]

# Names whose value is a secret. What follows the name keeps `TOKEN_FILE`, `secretsmanager` and the
# like out; what stands before it does not matter (`DB_PASSWORD`, `azureClientSecret`).
_VALUE = (
    r"(?P<value>(?<=[\"'])[^\"'\n]{1,1000}(?=\\?[\"'])"
    r"|(?:[^\s\"'\\,;<>&|`]|[,;](?=[^\s\"'=<>]{1,60}(?:\s|$))){3,4000})"
)
_NAMED = re.compile(
    r"(?P<name>[Pp][Aa][Ss][Ss](?:[Ww][Oo][Rr][Dd]|[Ww][Dd]|[Pp][Hh][Rr][Aa][Ss][Ee])|[Pp][Ww][Dd]"
    r"|[Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Oo][Kk][Ee][Nn]"
    r"|(?:[Aa][Pp][Ii]|[Aa][Cc]{2}[Ee][Ss]{2}|[Pp][Rr][Ii][Vv][Aa][Tt][Ee]|[Aa][Cc]{2}[Oo][Uu][Nn]["
    r"Tt])[_-]?[Kk][Ee][Yy])"
    r"(?:[_-]?(?:[Kk][Ee][Yy]|[Vv][Aa][Ll][Uu][Ee]|[Bb]64|[Bb][Aa][Ss][Ee]64|[0-9]{1,2}))?"
    r"\\?[\"']?\]?(?P<sign>[ \t]{0,30}(?:=>|:=|[:=])[ \t]{0,8})(?P<quote>\\?[\"'])?" + _VALUE
)
_NAME_WORDS = (
    "token",
    "secret",
    "passw",
    "passphrase",
    "pwd",
    "key=",
    "key:",
    'key"',
    "key'",
    "key\\",
    "key ",
    "-key",
)
"""One of these is in every text that `_NAMED` or `_OPTION` can match, once it is in lower case."""
_OPTION = re.compile(
    r"(?<=--)(?P<name>[a-z-]{0,30}(?:password|secret|token|api-key|token-id))(?P<sign>[ \t]{1,4}|=)"
    r"(?P<quote>[\"'])?" + _VALUE
)
_LOGIN = re.compile(r"(?<=\blogin )(?P<name>[^\n]{0,200}?\s-p)(?P<sign>[ \t]{1,4})(?P<quote>[\"'])?" + _VALUE)

_REFERENCE = re.compile(
    r"\$|%[A-Za-z_]|\{\{|[<(]|\*{3}|\[redacted(?: "
    r"|$)|\[\]|\{\}|file:|https?:|env\.|vars\.|secrets?\.|process\."
    r"|urn:|arn:|ari:"
    r"|(?:~|\.{0,2})/(?:[\w.@%+-]+/)*[\w.@%+-]+/?$"
)
_PLAIN = re.compile(
    r"(?i:true|false|null|none|undefined|required|missing|invalid|expired|optional|unable|not|empty"
    r"|unknown|read|write"
    r"|failed|\d{1,4})[.!]?$"
)
"""Plain words that stand after such names in messages."""

_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_CODE_LIKE = re.compile(r"(?=[^0-9]{0,200}[0-9]).{16,}|(?=[^0-9]{0,60}[0-9])(?=[^A-Za-z]{0,60}[A-Za-z]).{8,}")


def _kind(name: str) -> str:
    lowered = name.lower()
    if "pass" in lowered or "pwd" in lowered or lowered.endswith("-p"):
        return "password"
    if "token" in lowered:
        return "token"
    return "secret" if "secret" in lowered else "api-key"


def _is_secret(match: re.Match[str]) -> bool:
    value, sign = match["value"], match["sign"].strip()
    kind = _kind(match["name"])
    if _REFERENCE.match(value) or (kind != "password" and _PLAIN.match(value)):
        return False
    if match["quote"]:
        return True
    if sign == "":
        return _CODE_LIKE.match(value) is not None
    at = _name_start(match.string, match.start())
    before = match.string[at - 1] if at else "\n"
    if before in ":/" and sign == ":":
        # A part of an ARN or of a path: `arn:aws:secretsmanager:eu-west-1:123456789012:secret:db`.
        return False
    if sign != ":" or kind == "password":
        return not (sign == ":" and _PLAIN.match(value))
    if _CODE_LIKE.match(value):
        return True
    starts_line = not match.string[match.string.rfind("\n", max(0, at - 40), at) + 1 : at].strip(" \t-{\"'")
    line_ends = match.end() == len(match.string) or match.string[match.end()] in "\r\n"
    return (starts_line or before in "{,\"'") and line_ends and len(value) >= 6


def _name_start(text: str, start: int) -> int:
    lowest = max(0, start - 80)
    while start > lowest and text[start - 1] in _NAME_CHARACTERS:
        start -= 1
    return start


def _by_name(pattern: re.Pattern[str], text: str, counts: Counter[str]) -> str:
    def replace(match: re.Match[str]) -> str:
        if not _is_secret(match):
            return match.group()
        kind = _kind(match["name"])
        counts[kind] += 1
        return f"{match.group()[: match.start('value') - match.start()]}[redacted {kind}]"

    return pattern.sub(replace, text)


def _once(text: str, counts: Counter[str]) -> str:
    if "PRIVATE KEY-----" in text:
        text = take_private_keys(text, counts)
    if any(sign in text for sign in JWT_SIGNS):
        text = take_jwts(text, counts)
    for form in FORMS:
        if any(needle in text for needle in form.needles):
            text = by_form(form, text, counts)
    lowered = text.lower()
    if any(word in lowered for word in _NAME_WORDS):
        text = _by_name(_NAMED, text, counts)
        if "--" in text:
            text = _by_name(_OPTION, text, counts)
    if " -p" in text and "login " in text:
        text = _by_name(_LOGIN, text, counts)
    return text


def redact(text: str) -> Redacted:
    """Replaces each secret by `[redacted KIND]` and counts them by kind.

    The time is linear in the length of the text, and a second call changes nothing. What stands
    beside the secret stays, also its name; an empty value stays empty, because it is a finding.
    """
    counts: Counter[str] = Counter()
    if not text.isascii():
        # Half a pair of UTF-16, as a cut emoji leaves it, can be written down nowhere.
        text = text.encode("utf-8", "replace").decode("utf-8")
    for _ in range(4):
        # Taking one secret out can complete the form of another beside it; that ends quickly.
        cleaner = _once(text, counts)
        if cleaner == text:
            break
        text = cleaner
    return Redacted(CleanText(text), dict(sorted(counts.items())))
