"""What a pasted token says of itself, read before the token is taken out of the text.

A token's claims are the best evidence there is of what a trust policy was shown. They are read and never
verified; the signature is not looked at, and nothing of it is kept. Only the claims that a diagnosis needs
are, and only those of a token that Bitbucket made:
https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from knowledge.late_pattern import late
from knowledge.redact import redact
from knowledge.secret_lines import JWT_SIGNS, jwts, wrapped_jwts
from knowledge.symptoms.normalise import flatten

ClaimValue = str | int | list[str]

KEPT = (
    "iss",
    "aud",
    "sub",
    "exp",
    "iat",
    "workspaceUuid",
    "repositoryUuid",
    "pipelineUuid",
    "pipelineRunUuid",
    "stepUuid",
    "deploymentEnvironmentUuid",
)
"""The claims that are kept; a branch's name, for one, is not needed."""

_TIMES = ("exp", "iat")
_ISSUER = late(
    r"https://api\.bitbucket\.org/2\.0/workspaces/[\w.{}%-]{1,100}/pipelines-config/identity/oidc/?"
)
_ISS = late(r"\biss\b")
_AROUND = 3_000
"""Characters before and behind `iss` within which the other claims of the same object are looked for."""
_OBJECTS = 20
_WRAPPINGS = 3
_LONGEST = 600
_TEXT = rf"\"(?:[^\"\\]|\\.){{0,{_LONGEST}}}\"|'[^'\\]{{0,{_LONGEST}}}'"
_PAIR = late(
    rf"[\"'](?P<name>\w{{1,40}})[\"'] ?: ?(?P<value>{_TEXT}|-?\d{{1,15}}(?= ?[,}}\]])|true|false|null"
    rf"|\[ ?(?:\"[^\"\\]{{0,{_LONGEST}}}\"(?: ?, ?)?){{0,20}} ?\])"
)
_BARE_QUOTE = late(r"(?<!\\)\"")
_BETWEEN = late(r" ?, ?\Z")


def claims_in(raw: str) -> dict[str, ClaimValue] | None:
    """The claims of the last token of Bitbucket's in the text; None when it holds none.

    A token counts in every form in which people print it: whole, cut off behind its claims, wrapped in
    base64, or decoded (`... | base64 -d | jq`). Takes linear time, and never raises.
    """
    found: dict[str, ClaimValue] | None = None
    for text in _decoded(raw, 0):
        for claims in _objects(text):
            found = claims
    if found is None and "iss" in raw:
        for text in _printed(raw):
            for claims in _objects(text):
                found = claims
    return found


def ends_at(claims: Mapping[str, Any]) -> datetime | None:
    """When the token ends."""
    end = claims.get("exp")
    # Beyond the year 9999 there are no dates.
    if isinstance(end, bool) or not isinstance(end, int) or not 0 < end < 253_000_000_000:
        return None
    return datetime.fromtimestamp(end, UTC)


def _decoded(text: str, depth: int) -> Iterator[str]:
    """The JSON inside the text's tokens."""
    if not any(sign in text for sign in JWT_SIGNS):
        return
    if depth < _WRAPPINGS:
        for _, _, wrapped in wrapped_jwts(text):
            yield from _decoded(_from_base64(wrapped), depth + 1)
    for _, _, token in jwts(text):
        for part in token.split(".")[:2]:
            yield _from_base64(part)


def _from_base64(part: str) -> str:
    """The text, as far as it goes: a token may have been cut off anywhere."""
    plain = part.rstrip("=").replace("-", "+").replace("_", "/")
    # One character alone, which a cut leaves behind, is not even a byte.
    whole = plain[: len(plain) - (len(plain) % 4 == 1)]
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("utf-8", "replace")
    except binascii.Error:
        return ""


def _printed(raw: str) -> Iterator[str]:
    """The places at which an object with an issuer was printed, without what viewers add."""
    done = 0
    for count, match in enumerate(_ISS.finditer(raw)):
        if count >= _OBJECTS:
            return
        if match.start() < done:
            continue
        done = match.end() + _AROUND
        flat = flatten(raw[max(0, match.start() - _AROUND) : done]).text
        yield flat
        if '\\"' in flat:
            # JSON inside a text of JSON: the outer one's quotes part nothing there.
            yield _BARE_QUOTE.sub(" ", flat).replace('\\"', '"')


def _objects(text: str) -> Iterator[dict[str, ClaimValue]]:
    """Each run of `"name": value` pairs that holds Bitbucket's issuer."""
    claims: dict[str, ClaimValue] = {}
    end = 0
    for pair in _PAIR.finditer(text):
        if not _BETWEEN.match(text[end : min(pair.start(), end + 4)]):
            if _is_bitbuckets(claims):
                yield claims
            claims = {}
        end = pair.end()
        value = _value(pair["name"], pair["value"])
        if value is not None:
            claims[pair["name"]] = value
    if _is_bitbuckets(claims):
        yield claims


def _value(name: str, written: str) -> ClaimValue | None:
    """A claim's value; None when the claim is not kept, or has a value of another kind than it should."""
    if name not in KEPT:
        return None
    value: Any = written[1:-1]
    if written[0] != "'":
        try:
            value = json.loads(written)
        except ValueError:
            return None
    if name in _TIMES:
        return value if type(value) is int else None
    if isinstance(value, list):
        return value if name == "aud" and value and not any(redact(one).counts for one in value) else None
    return value if isinstance(value, str) and value.isprintable() and redact(value).text == value else None


def _is_bitbuckets(claims: Mapping[str, ClaimValue]) -> bool:
    issuer = claims.get("iss")
    return isinstance(issuer, str) and _ISSUER.fullmatch(issuer) is not None
