"""What an expression of a provider gives for the claims of one token, as far as that can be told.

What Google does with a claim that is not there is not documented: the part that names it gives nothing here.
 https://github.com/google/cel-spec/blob/master/doc/langdef.md
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from knowledge.frozen import dataclass
from knowledge.gcp_cel import CelUnreadableError, Node, parse
from knowledge.gcp_cel_calls import given_by
from knowledge.gcp_cel_kinds import Beginning, Lacking, SomeUuid, Unknown, Value, not_known_in, odd

__all__ = [
    "Beginning",
    "Fields",
    "Lacking",
    "Names",
    "Part",
    "SomeUuid",
    "Unknown",
    "Value",
    "parts_not_met",
    "parts_of",
    "value_of",
]


class Fields(Protocol):
    """What one name holds, field by field; a mapping is one."""

    def get(self, name: str, default: Value, /) -> Value: ...


Names = Mapping[str, Fields]
"""What `assertion`, `google` and `attribute` hold. A field that is in none of them is `Lacking`."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a condition: its text from `start` on, and what stands on both sides of it.

    `sign` is the operator or the name of the call, empty for anything else. `refuses` says that the part lets
    in what is other than `expected`: by `!=`, or by a `!` before it. `true` and `known` say what it gives.
    """

    text: str
    start: int
    claim: str
    expected: Value
    actual: Value
    sign: str
    refuses: bool
    true: bool
    known: bool


def value_of(expression: str, names: Names) -> Value:
    """What the expression gives."""
    try:
        return _value(parse(expression), names)
    except CelUnreadableError as error:
        return Unknown(str(error))


def parts_not_met(expression: str, names: Names) -> tuple[Part, ...]:
    """The smallest parts because of which a condition is not true; empty when it is true or not read."""
    try:
        tree = parse(expression)
    except CelUnreadableError:
        return ()
    if _value(tree, names) is True:
        return ()
    blamed = _blamed(tree, names, wanted=True)
    return tuple(_part(expression, node, names, wanted=wanted) for node, wanted in blamed)


def parts_of(expression: str, names: Names) -> tuple[Part, ...]:
    """The smallest parts that a condition is put together of; empty when it is not read."""
    try:
        tree = parse(expression)
    except CelUnreadableError:
        return ()
    return tuple(_part(expression, node, names, wanted=wanted) for node, wanted in _leaves(tree, wanted=True))


def _leaves(node: Node, *, wanted: bool) -> Iterator[tuple[Node, bool]]:
    if node.kind not in ("not", "and", "or"):
        yield node, wanted
        return
    for part in node.parts:
        yield from _leaves(part, wanted=wanted != (node.kind == "not"))


def _blamed(node: Node, names: Names, *, wanted: bool) -> Sequence[tuple[Node, bool]]:
    """The parts, each with what it would have to be."""
    if node.kind == "not":
        return _blamed(node.parts[0], names, wanted=not wanted)
    if node.kind in ("and", "or"):
        return [
            blamed
            for part in node.parts
            if _value(part, names) is not wanted
            for blamed in _blamed(part, names, wanted=wanted)
        ]
    if node.kind == "if":
        asked = _value(node.parts[0], names)
        chosen, other = node.parts[1:] if asked else reversed(node.parts[1:])
        if isinstance(asked, bool) and chosen.kind != "literal":
            return _blamed(chosen, names, wanted=wanted)
        if isinstance(asked, bool) and _value(other, names) is wanted:
            return _blamed(node.parts[0], names, wanted=not asked)
    return [(node, wanted)]


def _part(expression: str, node: Node, names: Names, *, wanted: bool) -> Part:
    has = node.kind == "call" and node.value == "has" and not node.method
    two = node.kind == "compare" or node.method
    sides = node.parts[:2] if two or (has and node.parts) else (node,)
    claim = next((side for side in sides if _is_field(side)), sides[0])
    other = next((side for side in sides if side is not claim), None)
    value = _value(node, names)
    sign = str(node.value) if node.kind in ("compare", "call") else ""
    return Part(
        text=expression[node.start : node.end],
        start=node.start,
        claim=_written(expression, claim),
        expected=_value(other, names) if other is not None else Unknown("it is no comparison"),
        actual=_value(claim, names),
        sign=sign,
        refuses=wanted if sign == "!=" else not wanted,
        true=value is True,
        known=not isinstance(value, Unknown),
    )


def _written(expression: str, node: Node) -> str:
    """The part as written; a claim by its own name, however it is asked for."""
    owner = node.parts[0] if node.kind == "field" else None
    if owner is not None and owner.kind == "name":
        return f"{owner.value}.{node.value}"
    return expression[node.start : node.end]


def _is_field(node: Node) -> bool:
    return node.kind in ("field", "index")


def _value(node: Node, names: Names) -> Value:  # noqa: PLR0911 - one for each kind of node
    match node.kind:
        case "literal":
            return node.value if isinstance(node.value, str | bool | int) else Unknown("it is no value")
        case "list":
            return _list([_value(part, names) for part in node.parts])
        case "field" | "index":
            return _field(node, names)
        case "not":
            inner = _value(node.parts[0], names)
            return (not inner) if isinstance(inner, bool) else odd(inner)
        case "and" | "or":
            return _joined([_value(part, names) for part in node.parts], ends=node.kind == "or")
        case "if":
            asked = _value(node.parts[0], names)
            if not isinstance(asked, bool):
                return odd(asked)
            return _value(node.parts[1 if asked else 2], names)
        case "compare":
            return _compared(str(node.value), *(_value(part, names) for part in node.parts))
        case "add":
            one, other = (_value(part, names) for part in node.parts)
            if isinstance(one, str) and isinstance(other, str):
                return one + other
            return odd(one, other)
        case "call":
            return _call(node, names)
        case _:
            return Unknown(f"`{node.value}` stands alone")


def _list(values: list[Value]) -> Value:
    others = [value for value in values if isinstance(value, Unknown | Lacking)]
    return others[0] if others else tuple(values)


def _field(node: Node, names: Names) -> Value:
    owner = node.parts[0]
    if node.kind == "index" and owner.kind != "name":
        return _item(_value(owner, names), _value(node.parts[1], names))
    key = node.value if node.kind == "field" else None
    if node.kind == "index":
        inner = _value(node.parts[1], names)
        key = inner if isinstance(inner, str) else None
    if owner.kind != "name" or str(owner.value) not in names or not isinstance(key, str):
        return Unknown("it reads a value that is not followed here")
    return names[str(owner.value)].get(key, Lacking(f"{owner.value}.{key}"))


def _item(values: Value, at: Value) -> Value:
    """One item of a list, as `split` gives one."""
    if not isinstance(values, tuple) or not isinstance(at, int) or isinstance(at, bool):
        return (
            odd(values)
            if isinstance(values, Lacking)
            else Unknown("it reads a value that is not followed here")
        )
    item = values[at] if 0 <= at < len(values) else Unknown("it reads behind the end of a list")
    return (
        item if isinstance(item, str | bool | int | tuple | Unknown | Lacking) else Unknown("it is no value")
    )


def _joined(values: list[Value], *, ends: bool) -> Value:
    """`&&` and `||`: one value that decides does so whatever the others are."""
    if any(value is ends for value in values):
        return ends
    others = [value for value in values if not isinstance(value, bool)]
    if not others:
        return not ends
    return next((value for value in others if isinstance(value, Unknown)), None) or odd(*others)


_IN_BRACES = re.compile(r"\{[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}")


def _of_some_uuid(sign: str, one: Value, other: Value) -> Value:
    """What has not the form of a token's UUID is none of them, whichever it is."""
    some, against = (one, other) if isinstance(one, SomeUuid) else (other, one)
    texts: Value = against
    if sign == "==":
        texts = (against,)
    elif sign != "in" or some is other:
        return some
    if not isinstance(texts, tuple) or not texts:
        return some
    other_form = (isinstance(text, str) and not _IN_BRACES.fullmatch(text) for text in texts)
    return False if all(other_form) else some


def _of_begun(sign: str, one: Value, other: Value) -> Value:
    """What does not begin so is not that text, whatever stands behind the beginning."""
    begun, against = (one, other) if isinstance(one, Beginning) else (other, one)
    if sign not in ("==", "!=") or not isinstance(begun, Beginning) or not isinstance(against, str):
        return odd(one, other)
    return odd(begun) if against.startswith(begun.text) else sign == "!="


def _compared(sign: str, one: Value, other: Value) -> Value:
    if isinstance(one, SomeUuid | Beginning) or isinstance(other, SomeUuid | Beginning):
        begun = isinstance(one, Beginning) or isinstance(other, Beginning)
        return (_of_begun if begun else _of_some_uuid)(sign, one, other)
    if isinstance(one, Unknown | Lacking) or isinstance(other, Unknown | Lacking):
        return odd(one, other)
    unknown = not_known_in(one, other)
    if sign == "in":
        found = isinstance(other, tuple) and one in other
        return (
            found or unknown or (False if isinstance(other, tuple) else Unknown("`in` is asked of no list"))
        )
    if unknown is not None or type(one) is not type(other):
        return unknown or Unknown("values of two kinds are compared")
    match sign:
        case "==":
            return one == other
        case "!=":
            return one != other
        case _ if isinstance(one, int) and isinstance(other, int) and not isinstance(one, bool):
            return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[sign]
        case _:
            return Unknown(f"`{sign}` is asked of no numbers")


def _call(node: Node, names: Names) -> Value:
    name = str(node.value)
    if name == "has" and not node.method and len(node.parts) == 1 and node.parts[0].kind == "field":
        there = _field(node.parts[0], names)
        if isinstance(there, Unknown) and not isinstance(there, Beginning):
            return there
        return not isinstance(there, Lacking)
    return given_by(name, tuple(_value(part, names) for part in node.parts), method=node.method)
