"""The condition operators of IAM: what each compares, and how.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
import operator as comparing
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from knowledge.frozen import dataclass
from knowledge.trust_values import ANY_RUN, Pattern, any_of, fits


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator as a policy writes it.

    `kind` is what is compared: `equals`, `ignore-case`, `like`, `numeric`, `date`, `bool`, `binary`,
    `ip`, `arn` or `null`. `quantifier` is `ForAllValues`, `ForAnyValue` or None. `base` is the
    operator's plain name (`StringNotLike`).
    """

    written: str
    base: str
    kind: str
    negated: bool = False
    quantifier: str | None = None
    if_exists: bool = False
    compare: Callable[[Decimal, Decimal], bool] | None = None

    @property
    def takes_variables(self) -> bool:
        """Whether `${...}` in its values is a policy variable."""
        return self.kind in ("equals", "ignore-case", "like", "arn", "bool")

    @property
    def takes_wildcards(self) -> bool:
        return self.kind in ("like", "arn")


_ORDER: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "Equals": comparing.eq,
    "NotEquals": comparing.eq,
    "LessThan": comparing.lt,
    "LessThanEquals": comparing.le,
    "GreaterThan": comparing.gt,
    "GreaterThanEquals": comparing.ge,
}


def _table() -> dict[str, Operator]:
    plain = {
        "StringEquals": "equals",
        "StringEqualsIgnoreCase": "ignore-case",
        "StringLike": "like",
        "Bool": "bool",
        "BinaryEquals": "binary",
        "IpAddress": "ip",
        "ArnEquals": "arn",
        "ArnLike": "arn",
        "Null": "null",
    }
    opposite = {
        "StringNotEquals": "equals",
        "StringNotEqualsIgnoreCase": "ignore-case",
        "StringNotLike": "like",
        "NotIpAddress": "ip",
        "ArnNotEquals": "arn",
        "ArnNotLike": "arn",
    }
    found = [Operator(name, name, kind) for name, kind in plain.items()]
    found += [Operator(name, name, kind, negated=True) for name, kind in opposite.items()]
    for prefix, kind in (("Numeric", "numeric"), ("Date", "date")):
        for suffix, compare in _ORDER.items():
            name = f"{prefix}{suffix}"
            found.append(Operator(name, name, kind, negated=suffix == "NotEquals", compare=compare))
    return {item.base.lower(): item for item in found}


_BASE = _table()
_QUANTIFIERS = {"forallvalues": "ForAllValues", "foranyvalue": "ForAnyValue"}


@lru_cache(maxsize=512)
def operator_named(written: str) -> Operator | None:
    """The operator of that name, None when IAM has none. `Null` takes neither a quantifier nor `IfExists`."""
    head, colon, name = written.rpartition(":")
    quantifier = _QUANTIFIERS.get(head.lower()) if colon else None
    if colon and quantifier is None:
        return None
    lower = name.lower()
    if_exists = lower.endswith("ifexists")
    base = _BASE.get(lower.removesuffix("ifexists"))
    if base is None or (base.kind == "null" and (if_exists or quantifier)):
        return None
    return Operator(written, base.base, base.kind, base.negated, quantifier, if_exists, base.compare)


def compares(op: Operator, expected: str, actual: str | None) -> bool | None:
    """Whether one request value matches one policy value, the operator's negation left aside.

    `expected` comes from `knowledge.trust_variables.expanded`; `actual` is None when it is not known.
    """
    if actual is None:
        return True if op.kind == "like" and expected.strip(ANY_RUN) == "" and expected else None
    if op.kind in ("equals", "like", "binary"):
        return fits(expected, actual)
    if op.kind in ("ignore-case", "bool"):
        lowered = actual.lower()
        return fits(expected.lower(), Pattern(lowered) if type(actual) is Pattern else lowered)
    if type(actual) is Pattern:
        return False
    if op.kind == "arn":
        return _arn(expected, actual)
    if op.kind == "ip":
        return _in_network(expected, actual)
    read = _number if op.kind == "numeric" else _instant
    left, right = read(actual), read(expected)
    if left is None or right is None or op.compare is None:
        return False
    return op.compare(left, right)


def _arn(expected: str, actual: str) -> bool:
    patterns, parts = expected.split(":", 5), actual.split(":", 5)
    if len(patterns) != 6 or len(parts) != 6 or parts[0] != "arn":
        return False
    return all(fits(pattern, part) for pattern, part in zip(patterns, parts, strict=True))


def _in_network(expected: str, actual: str) -> bool:
    try:
        network = ipaddress.ip_network(expected.strip(), strict=False)
        address = ipaddress.ip_address(actual.strip())
    except ValueError:
        return False
    return address.version == network.version and address in network


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _instant(text: str) -> Decimal | None:
    """Seconds since 1970 of an ISO 8601 date, or of a number of seconds."""
    number = _number(text)
    if number is not None:
        return number
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Decimal(str(moment.timestamp()))


def _among(op: Operator, actual: str | None, expected: tuple[str, ...], unknown: bool) -> bool | None:
    """Whether one value of the request matches one of the policy's; `unknown` as in `quantified`."""
    for text in expected:
        result = compares(op, text, actual)
        if result:
            return True
        unknown = unknown or result is None
    return None if unknown else False


def quantified(
    op: Operator, actual: tuple[str | None, ...], expected: tuple[str, ...], unknown: bool
) -> bool | None:
    """The operator over all values of the request, `actual` not empty.

    `unknown` says that one of the policy's values could not be told, so what matches none of the
    others may yet match that one.
    """
    each = [_among(op, value, expected, unknown) for value in actual]
    if op.negated:
        each = [None if result is None else not result for result in each]
    if op.quantifier == "ForAllValues":
        return False if False in each else (None if None in each else True)
    return each[0] if len(each) == 1 else any_of(each)
