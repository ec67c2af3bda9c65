"""The values that a part of a provider's expression may have, those that are not known among them."""

from __future__ import annotations

from knowledge.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Unknown:
    """The value cannot be told; `why` completes "because ..."."""

    why: str


@dataclass(frozen=True, slots=True)
class SomeUuid(Unknown):
    """A UUID in braces, as all that a token of Bitbucket carries; which one is not known."""


@dataclass(frozen=True, slots=True)
class Beginning(Unknown):
    """A text of which only the beginning is known: what stands behind `text` is another in each step."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Lacking:
    """The token has no such claim, or the mapping no such attribute; `name` as written (`assertion.ref`)."""

    name: str


Value = str | bool | int | tuple[object, ...] | Unknown | Lacking


def odd(*values: Value) -> Value:
    """What becomes of a part that has no value: unknown before lacking, because it may be anything. What was
    known of the form of a value does not hold for what was made of it."""
    for value in values:
        if isinstance(value, Unknown):
            return Unknown(value.why)
    for value in values:
        if isinstance(value, Lacking):
            return value
    return Unknown("values of an unexpected kind stand there")


def not_known_in(*values: Value) -> Unknown | None:
    """Why a list among the values is not known to its end: then neither is its length."""
    items = (item for value in values if isinstance(value, tuple) for item in value)
    return next((Unknown(item.why) for item in items if isinstance(item, Unknown)), None)
