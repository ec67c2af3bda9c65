"""Policy variables: `${key}`, `${key, 'default'}` and the literal characters `${*}`, `${?}`, `${$}`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from knowledge.trust_operators import Operator
from knowledge.trust_values import Pattern, Value, wildcards

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_DEFAULT = re.compile(r"(?P<key>[^,]*?)\s*,\s*'(?P<default>[^']*)'\s*", re.DOTALL)


class Unresolved(Enum):
    """Why a value of the policy has no text."""

    NO_SUCH_KEY = "no such key"
    UNKNOWN = "its value is not known"


def expanded(text: str, op: Operator, keys: Mapping[str, Value], variables: bool) -> str | Unresolved:
    """The text to compare with: variables replaced, wildcards marked where the operator takes them.

    `keys` are the request's keys in lower case. What a variable stands for is always literal.
    """
    if not (variables and op.takes_variables and "${" in text):
        return wildcards(text) if op.takes_wildcards else text
    pieces: list[str] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        between = text[end : match.start()]
        pieces.append(wildcards(between) if op.takes_wildcards else between)
        value = _value(match.group(1), keys)
        if isinstance(value, Unresolved):
            return value
        pieces.append(value)
        end = match.end()
    pieces.append(wildcards(text[end:]) if op.takes_wildcards else text[end:])
    return "".join(pieces)


def _value(inside: str, keys: Mapping[str, Value]) -> str | Unresolved:
    if inside in ("*", "?", "$"):
        return inside
    with_default = _DEFAULT.fullmatch(inside)
    name = with_default["key"] if with_default else inside
    lower = name.strip().lower()
    if lower not in keys:
        return with_default["default"] if with_default else Unresolved.NO_SUCH_KEY
    value = keys[lower]
    if isinstance(value, tuple):
        # Only keys with one value may stand in a variable.
        return value[0] if len(value) == 1 else Unresolved.NO_SUCH_KEY
    if isinstance(value, Pattern) or not isinstance(value, str):
        return Unresolved.UNKNOWN
    return value
