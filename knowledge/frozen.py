"""`dataclass(frozen=True, slots=True)` of the standard library, made in a quarter of its time.

Before Python 3.13 the standard library compiles six texts for each such class, which for the types that
every command loads takes longer than checking a file does. Here the methods that need the fields' names are
one text; what needs none is shared. Fields, defaults, `replace`, `asdict` and matching are the standard
library's own, and to a type checker this is its very decorator. With Python 3.13 as the oldest that is
supported this module can go: https://docs.python.org/3/library/dataclasses.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar

T = TypeVar("T")

__all__ = ["dataclass"]


def _frozen(
    *,
    frozen: Literal[True],  # noqa: ARG001 - both are written out, so that a class reads as it always does
    slots: Literal[True],  # noqa: ARG001
    kw_only: bool = False,
) -> Callable[[type[T]], type[T]]:
    def made(cls: type[T]) -> type[T]:
        bare = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
        for name, method in {**_SHARED, **_own(bare)}.items():
            # As in the standard library, what the class says itself stays.
            if name not in vars(cls):
                setattr(bare, name, method)
        return bare

    return made


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _frozen


def _own(cls: type[Any]) -> dict[str, Any]:
    """`__init__`, `__eq__` and `__hash__` of the class."""
    fields = dataclasses.fields(cls)
    values: dict[str, Any] = {"_unset": object()}
    positional, named, lines = ["self"], list[str](), list[str]()
    for field in fields:
        given = field.name
        if field.default is not dataclasses.MISSING:
            values[f"_{field.name}"] = field.default
            parameter = f"{field.name}=_{field.name}"
        elif field.default_factory is not dataclasses.MISSING:
            values[f"_{field.name}"] = field.default_factory
            parameter = f"{field.name}=_unset"
            given = f"_{field.name}() if {field.name} is _unset else {field.name}"
        else:
            parameter = field.name
        if field.init:
            (named if field.kw_only else positional).append(parameter)
        elif parameter == field.name:
            continue
        else:
            given = f"_{field.name}" + ("" if field.default is not dataclasses.MISSING else "()")
        # The slot itself takes half the time of `object.__setattr__`, which looks for it by name.
        values[f"_put_{field.name}"] = getattr(cls, field.name).__set__
        lines.append(f" _put_{field.name}(self, {given})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    star = ["*"] if named else []
    compared = [field.name for field in fields if field.compare]
    text = "\n".join(
        (
            f"def __init__({', '.join([*positional, *star, *named])}):",
            *(lines or [" pass"]),
            "def __eq__(self, other):",
            " if other.__class__ is not self.__class__: return NotImplemented",
            f" return {_tuple('self', compared)} == {_tuple('other', compared)}",
            "def __hash__(self):",
            f" return hash({_tuple('self', compared)})",
        )
    )
    made: dict[str, Any] = {}
    exec(text, values, made)  # noqa: S102 - made of the names of fields alone
    for method in made.values():
        method.__qualname__ = f"{cls.__qualname__}.{method.__name__}"
    return made


def _tuple(owner: str, names: list[str]) -> str:
    return "(" + "".join(f"{owner}.{name}, " for name in names) + ")"


def _repr(self: Any) -> str:
    shown = (field.name for field in dataclasses.fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"


def _refuse_to_set(self: Any, name: str, value: object) -> None:
    del self, value
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:
    del self
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


_SHARED: dict[str, Any] = {
    "__repr__": _repr,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _state,
    "__setstate__": _restore,
}
