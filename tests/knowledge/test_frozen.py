"""Classes made by `knowledge.frozen` behave as the standard library's own frozen ones with slots."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import pytest

from knowledge import frozen

T = TypeVar("T")


# Decorating takes the defaults out of a class, so that each of the two gets one of its own.


def _plain() -> type:
    class Plain:
        """Has every kind of default."""

        first: int
        second: str = "two"
        third: list[int] = dataclasses.field(default_factory=list)
        hidden: str = dataclasses.field(default="hidden", repr=False)
        beside: dict[str, int] = dataclasses.field(
            default_factory=dict, init=False, repr=False, compare=False
        )

        @property
        def doubled(self) -> int:
            return self.first * 2

    return Plain


def _named() -> type:
    class Named:
        """Takes its values by name; one of them has no default."""

        first: int = 1
        second: str
        third: tuple[int, ...] = ()

    return Named


def _checking() -> type:
    class Checking(Generic[T]):
        """Looks at its values, and says itself how it is shown."""

        first: T
        second: int = 2

        def __post_init__(self) -> None:
            if self.second < 0:
                raise ValueError("below nothing")

        def __repr__(self) -> str:
            return "checking"

    return Checking


def _empty() -> type:
    class Empty:
        """Has no fields."""

    return Empty


_MADE: dict[str, tuple[type, type]] = {}


def _both(name: str, cls: Callable[[], type], **how: Any) -> None:
    decorators: tuple[Callable[..., Any], Callable[..., Any]] = (dataclasses.dataclass, frozen.dataclass)
    standard, ours = (one(frozen=True, slots=True, **how)(cls()) for one in decorators)
    _MADE[name] = (standard, ours)


_both("plain", _plain)
_both("named", _named, kw_only=True)
_both("checking", _checking)
_both("empty", _empty)

CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("plain", (1,), {}),
    ("plain", (1, "b", [3], "d"), {}),
    ("plain", (), {"first": 1, "third": [4]}),
    ("named", (), {"second": "b"}),
    ("named", (), {"first": 5, "second": "b", "third": (1,)}),
    ("checking", ("x",), {}),
    ("empty", (), {}),
]
WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("plain", (), {}),
    ("plain", (1,), {"beside": {}}),
    ("plain", (1,), {"unknown": 1}),
    ("named", (1,), {"second": "b"}),
    ("named", (), {}),
    ("checking", ("x", -1), {}),
    ("empty", (1,), {}),
]


@pytest.mark.parametrize("name", _MADE)
def test_the_classes_have_the_same_fields_slots_and_parameters(name: str) -> None:
    standard, ours = _MADE[name]

    assert [(f.name, f.init, f.kw_only) for f in dataclasses.fields(ours)] == [
        (f.name, f.init, f.kw_only) for f in dataclasses.fields(standard)
    ]
    assert getattr(ours, "__slots__") == getattr(standard, "__slots__")  # noqa: B009 - `type` has none
    assert getattr(ours, "__match_args__") == getattr(standard, "__match_args__")  # noqa: B009
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(standard).parameters)
    assert ours.__doc__ == standard.__doc__


@pytest.mark.parametrize(("name", "values", "named"), CALLS)
def test_equal_values_show_compare_hash_and_copy_alike(
    name: str, values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    standard, ours = _MADE[name]
    one, other, theirs = ours(*values, **named), ours(*values, **named), standard(*values, **named)

    assert repr(one) == repr(theirs)
    assert dataclasses.asdict(one) == dataclasses.asdict(theirs)
    assert one == other
    assert one != theirs
    assert dataclasses.replace(one) == one
    assert copy.copy(one) == one
    assert copy.deepcopy(one) == one
    if name != "plain":
        assert hash(one) == hash(other) == hash(theirs)
    else:
        with pytest.raises(TypeError, match="unhashable"):
            hash(one)


@pytest.mark.parametrize(("name", "values", "named"), WRONG)
def test_what_the_standard_library_refuses_is_refused(
    name: str, values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    standard, ours = _MADE[name]

    with pytest.raises((TypeError, ValueError)) as theirs:
        standard(*values, **named)
    with pytest.raises(type(theirs.value)) as told:
        ours(*values, **named)
    assert str(told.value) == str(theirs.value)


@pytest.mark.parametrize("made", [0, 1], ids=["standard", "ours"])
def test_nothing_can_be_changed_or_added(made: int) -> None:
    value = _MADE["plain"][made](1)

    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'first'"):
        value.first = 2
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        value.other = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'first'"):
        del value.first
    assert not hasattr(value, "__dict__")


def test_a_default_made_anew_belongs_to_one_value_only() -> None:
    ours = _MADE["plain"][1]
    one, other = ours(1), ours(1)
    one.third.append(7)
    one.beside["a"] = 1

    assert (other.third, other.beside) == ([], {})
    assert dataclasses.replace(one).beside == {}


def test_what_is_left_out_of_comparison_does_not_count() -> None:
    ours = _MADE["plain"][1]
    one = ours(1)
    one.beside["a"] = 1

    assert one == ours(1)
    assert one != ours(2)
    assert one.doubled == 2


def test_types_of_the_program_survive_pickling() -> None:
    from knowledge.finding import StepRef
    from knowledge.location import InFile

    for value in (StepRef("default", 0, None, 3), InFile("a.yml", 1, 2)):
        assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own bytes
