"""Secrets that are known by the name beside them: `password=`, `"SecretAccessKey":`, `- name: API_TOKEN`.

The names are looked for as literals in the lowered text; patterns are tried only there, so the time is
linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from knowledge.late_pattern import late
from knowledge.line_stamps import PREFIX
from knowledge.secret_forms import places
from knowledge.secret_lines import Span, end_over_lines

WORDS = ("pass", "pwd", "secret", "token", "cred", "key", "_pw")
"""One of these is in every name that smells of a secret, in small letters."""

# Of `key` alone nobody knows what it opens.
_KEY = late(
    r"(?:api|access|private|account|encryption|encrypt|signing|sign|shared|master|licen[sc]e|ssh|deploy|auth"
    r"|service|storage|function|subscription|host|webhook|application|app|client|hmac|jwt|rsa|gpg|pgp|root|crypto"
    r"|cipher|aes|des)[_ -]?\Z"
)
_NAME = late(
    r"(?:pass(?:word|wd|phrase|code|wort)?|pwd|secret|token|cred(?:ential)?s?|key|_pw)"
    r"(?:[_ -]?access)?(?:[_ -]?(?:key|value)|[_-]?(?:b64|base64|[0-9]{1,2}(?![0-9a-z])))?"
)
# In talk a plain word follows, which can be the value of a password at most.
_TALK = late(
    r"(?!pass|pwd|_pw)[a-z]{2,8}[ \t]{1,4}(?!(?:is|was|ist|lautet|access|key|value)\b)[a-z]{1,20}"
    r"(?=[ \t\r\n.,;)])"
)
_QUOTES = "\"'“”„‘’"
_SIGN = late(
    rf"(?:\\?[{_QUOTES}]|&quot;)?(?:[\])}}!?]{{0,2}})(?:[ \t]\[[^\]\n]{{0,40}}\](?=:))?"
    r"(?P<sign>"
    r"(?::[ \t]{0,4}\w{1,20}[ \t]{1,4}|[ \t\u00a0]{0,30})"
    r"(?:=>|:=|::=|[?|+]{1,2}=|={1,2}|[:\uff1a\uff1d])[ \t\u00a0]{0,8}"
    # YAML's block scalars, and the line that goes on behind a backslash.
    r"(?:[|>][-+0-9]{0,2}[ \t]{0,8}\r?\n[ \t]{1,40}|\\\r?\n[ \t]{0,40})?"
    rf"|(?<=[{_QUOTES}]),[ \t]{{0,8}}(?=[{_QUOTES}])|\([ \t]?(?=[{_QUOTES}])|(?<=\w)>(?=[^<>\s]{{3,1000}}</)"
    r"|[ \t]{1,4}(?:is|was|ist|lautet)[ \t:]{1,3}"
    rf"|[ \t]{{1,30}}(?:\|[ \t]{{0,30}})?)"
)
_VALUE = late(
    r"\\\"(?P<escaped>[^\"\\\n]{1,1000})\\\"|&quot;(?P<entity>[^&\n]{1,1000})&quot;"
    r"|(?P<quote>[\"'])(?P<quoted>(?:(?!(?P=quote))[^\\\n]|\\[^\n]){1,1000})(?P=quote)"
    r"|[“”„‘’](?P<curly>[^“”‘’\n]{1,1000})[“”‘’]"
    r"|(?:\\?[\"'])?(?P<bare>(?:[^\s\"'\\,;<>&|`]|[,;](?=[^\s\"'=<>,;]{1,60}(?:\s|$))|\\(?![nrt\"'\\\s])){3,4000})"
)
_REFERENCE = late(
    r"\$(?:[A-Za-z_{(@*#?!:]|[0-9](?![0-9A-Za-z])|$)|%[A-Za-z_]|\{\{|[<(]|\*{3}|\[redacted(?: |$)|\[\]|\{\}"
    r"|file:"
    r"|https?:|env[.:\[]|vars\.|secrets?[.\[]|process\.|os\.|urn:|arn:|ari:"
    # The subject of a token is no secret; dots and stars stand in place of one.
    r"|\{[0-9a-fA-F]{8}-|[.…•*xX]+$"
    r"|(?:~|\.{0,2})/(?:[\w.@%+-]+/)*[\w.@%+-]+/?$"
)
_FILE = late(
    r"[\w./~-]{1,120}\.(?:json|txt|jwt|token|pem|ya?ml|key|crt|cer|p12|env|sh|js|py|ini|toml|conf)\Z"
)
_PLAIN = late(
    r"(?i:true|false|null|none|nil|undefined|required|missing|invalid|expired|optional|unable|not|empty|unset|unknown"
    r"|read|write|failed|string|str|secured|secret|password|token|prompt|include|same-origin|omit|wrong|incorrect"
    r"|\d{1,4})[.!,]?$"
)
"""Plain words that stand after such names in messages."""
_PROSE = late(
    r"(?:via|and|for|from|with|the|flag|options?|argument|parameter|variables?|environment|before|after|again|first"
    r"|instead|stdin|correctly|properly|here|there)[.,;:!?)]?\Z"
)
"""Words that go on with a sentence behind an option: `Using --password via the CLI is insecure`."""
_CODE_LIKE = late(r"(?=[^0-9]{0,200}[0-9]).{16,}|(?=[^0-9]{0,60}[0-9])(?=[^A-Za-z]{0,60}[A-Za-z]).{8,}")
_KNOWN = late(
    r"[{(]?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\d{4}-\d\d-\d\d|sha(?:1|256|512)[:-]|v?\d+(?:\.\d+)+\b"
)
"""What stands beside names without a sign and is no secret: UUIDs, dates, digests, versions."""
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_SETS = late(r"(?:\bsetx|\bset -\w{1,3}|\bsetenv|\bset|\benv|\barg|--?)[ \t]{0,4}\Z|(?<=-)\Z")


def kind_of(name: str) -> str:
    """The kind of secret that a name, in small letters, stands for."""
    if "pass" in name or "pwd" in name or name.startswith("_pw"):
        return "password"
    if "token" in name:
        return "token"
    return "secret" if "secret" in name or "cred" in name else "api-key"


def lowered(text: str) -> str:
    """`text` in small letters, each at its place."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(c.lower() if c.isascii() else c for c in text)


def named_spans(text: str, small: str, words: tuple[str, ...] = WORDS) -> Iterator[Span]:
    """The values beside names that smell of a secret, in order; `small` is `lowered(text)`, `words` are those
    of `WORDS` that it holds."""
    done = 0
    for at in places(small, words):
        if at < done or _TALK.match(small, at):
            continue
        name = _NAME.match(small, at)
        if name is None or not _may_go_on(text, small, at, name) or not _smells(text, small, at, name):
            continue
        found = _value_beside(text, small, at, name)
        if found is not None:
            start, end = found
            secret_key = "access" in name.group() or small[:at].endswith("access_")
            end = max(end, end_over_lines(text, start, end, secret_key=secret_key))
            yield start, end, kind_of(name.group())
            done = end


def _may_go_on(text: str, small: str, at: int, name: re.Match[str]) -> bool:
    """A quick look at what follows a name: in talk it is mostly a letter, or a blank and a word."""
    end = name.end()
    following = small[end : end + 1]
    if following.isalnum() or following in "_-.;/":
        return False
    if following not in " \t":
        return True
    nearest = small[end : end + 34].lstrip(" \t")[:1]
    if (
        nearest in "=:\uff1a\uff1d?|+>[\"'iwl"
        or name.group().startswith(("pass", "pwd", "_pw"))
        or text[at].isupper()
    ):
        return True
    begin = _name_start(text, at)
    return small[begin] == "-" or _SETS.search(small, max(0, begin - 12), begin) is not None


def _smells(text: str, small: str, at: int, name: re.Match[str]) -> bool:
    """Whether the word at `at` is, or ends, a name of a secret."""
    word = name.group()
    if word.startswith("key"):
        return _KEY.search(small, max(0, at - 14), at) is not None
    if word in ("pass", "cred"):
        # `bypass`, `compass`, `sacred`.
        apart = at == 0 or not small[at - 1].isalpha() or (text[at].isupper() and not text[at - 1].isupper())
        return apart or small[max(0, at - 5) : at].endswith(("store", "key"))
    return True


def _value_beside(text: str, small: str, at: int, name: re.Match[str]) -> tuple[int, int] | None:
    sign = _SIGN.match(small, name.end())
    if sign is None:
        return None
    value = _VALUE.match(text, sign.end())
    if value is None or value.lastgroup is None:
        return None
    group = "quoted" if value.lastgroup == "quote" else value.lastgroup
    start, end = value.span(group)
    beside = _Beside(text, small, at, name.group(), sign["sign"].strip(), value[group], end, group != "bare")
    return (start, end) if _is_secret(beside) else None


class _Beside(NamedTuple):
    """A value that ends at `end` of the text, beside the name at `at`."""

    text: str
    small: str
    at: int
    name: str
    mark: str
    value: str
    end: int
    quoted: bool


def _is_secret(beside: _Beside) -> bool:
    text, small, at, name, mark, value, end, quoted = beside
    kind = kind_of(name)
    password = kind == "password"
    plain = _PLAIN.match(value) is not None
    if _REFERENCE.match(value) or (plain and (not password or name in ("pass", "_pw"))):
        return False
    if (
        name in ("pass", "_pw")
        and text[_name_start(text, at)] != "-"
        and mark != "="
        and not (mark == ":" and text[at : at + 4].islower())
    ):
        # `PASS: test_login`.
        return False
    if not mark or mark.isalpha() or mark == "|" or mark.rstrip(":").isalpha():
        return not plain and _beside_blank(text, small, at, kind, mark, value)
    if mark in ("(", ","):
        begin = _name_start(text, at)
        # `setenv("API_TOKEN", "...")`, but not the end of a sentence in a list of sentences.
        called = mark == "(" or text[max(0, begin - 1) : begin] in tuple(_QUOTES)
        return called and _CODE_LIKE.match(value) is not None
    if "cred" in name or (not password and _FILE.match(value)):
        return _CODE_LIKE.match(value) is not None and not _FILE.match(value) and not _KNOWN.match(value)
    if quoted:
        return True
    return _unquoted(text, at, mark, value, password=password, end=end)


def _unquoted(text: str, at: int, mark: str, value: str, *, password: bool, end: int) -> bool:
    begin = _name_start(text, at)
    before = text[begin - 1] if begin else "\n"
    if before in ":/" and mark == ":":
        # A part of an ARN or of a path: `arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-abc123`.
        return False
    if mark[:1] != ":" or len(mark) > 1 or password:
        return not (mark == ":" and _PLAIN.match(value))
    if _CODE_LIKE.match(value):
        return True
    starts_line = not text[text.rfind("\n", max(0, begin - 40), begin) + 1 : begin].strip(" \t-{\"'")
    line_ends = end == len(text) or text[end] in "\r\n"
    return (starts_line or before in "{,\"'") and line_ends and len(value) >= 6


def _beside_blank(text: str, small: str, at: int, kind: str, mark: str, value: str) -> bool:
    """Whether a value that only a blank, or `is`, parts from its name is a secret."""
    begin = _name_start(text, at)
    whole = text[begin:at]
    option = whole.startswith("-") or _SETS.search(small, max(0, begin - 12), begin) is not None
    if value.startswith("-") or _KNOWN.match(value) or _FILE.match(value):
        return False
    if option and kind == "password" and not mark:
        return _PROSE.match(value) is None
    if not _CODE_LIKE.match(value):
        return False
    return option or kind == "password" or (text[at].isupper() and "_" in whole)


def _name_start(text: str, start: int) -> int:
    lowest = max(0, start - 80)
    while start > lowest and text[start - 1] in _NAME_CHARACTERS:
        start -= 1
    return start


_SMELLS = late(r"pass|pwd|secret|token|cred|(?:api|access|private|account|auth)[_-]?key")
_TO = rf"\\?[{_QUOTES}]?[ \t]{{0,8}}[:=>][ \t]{{0,8}}\\?[{_QUOTES}]?"
# Over the end of a line, with what a log puts before the next one.
_OVER = (
    rf"\\?[{_QUOTES}]?(?:</\w{{1,20}})?[,>]?"
    rf"(?:\s{{0,40}}+(?:{PREFIX}[ \t]|[\w.-]{{1,40}}[ \t]{{1,20}}\|)?+[ \t>|│]{{0,40}}+)"
)
# What may stand between a name and its value: `"secured": true,`.
_MORE = rf"(?:[<{_QUOTES}]?\w{{1,20}}{_TO}[\w.-]{{0,40}}+{_OVER}[<{_QUOTES}-]?){{0,2}}?"
_KEY_WORD = r"(?:name|key|variable|parameterkey)"
_VALUE_WORD = r"(?:parametervalue|value)"
_SECRET = (
    rf"(?:[|>][-+]?[ \t]{{0,8}}\r?\n[ \t]{{1,40}})?"
    rf"(?P<secret>(?<=[{_QUOTES}])[^{_QUOTES}\n\\]{{3,1000}}(?=\\?[{_QUOTES}])|[^\s{_QUOTES}<>,\\]{{3,4000}}+)"
)
_PAIR = late(
    rf"{_KEY_WORD}{_TO}(?P<name>[\w.-]{{3,90}}+){_OVER}{_MORE}[<{_QUOTES}]?\\?[{_QUOTES}]?{_VALUE_WORD}{_TO}{_SECRET}",
    re.IGNORECASE,
)
_PAIR_TURNED = late(
    rf"{_VALUE_WORD}{_TO}{_SECRET}{_OVER}{_MORE}[<{_QUOTES}-]?\\?[{_QUOTES}]?{_KEY_WORD}{_TO}(?P<name>[\w.-]{{3,90}}+)",
    re.IGNORECASE,
)


def paired_spans(text: str, small: str) -> Iterator[Span]:
    """Values that stand under a key of their own beside the key with the name, in either order:
    `- name: API_TOKEN` and on the next line `value: ...`."""
    spans: list[Span] = []
    done = 0
    for at in places(small, ("name", "key", "variable", "value")):
        if at < done:
            continue
        pair = _PAIR.match(small, at) or _PAIR_TURNED.match(small, at)
        if pair is None or not _SMELLS.search(pair["name"]):
            continue
        start, end = pair.span("secret")
        value = text[start:end]
        if _REFERENCE.match(value) or _PLAIN.match(value) or _FILE.match(value):
            continue
        spans.append((start, max(end, end_over_lines(text, start, end)), kind_of(pair["name"])))
        done = pair.end()
    yield from spans
