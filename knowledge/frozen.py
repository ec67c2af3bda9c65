"""`dataclass(frozen=True, slots=True)` of the standard library, made in a fraction of its time.

Before Python 3.13 the standard library compiles six texts for each such class, which for the types that
every command loads takes longer than checking a file does. Here only `__init__` is compiled, and that with
the first value: of the types that are loaded, a command uses half. Fields, defaults, `replace`, `asdict` and
matching are the standard library's own, and to a type checker this is its very decorator. With Python 3.13
as the oldest that is supported this module can go: https://docs.python.org/3/library/dataclasses.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
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
    compared = [field.name for field in dataclasses.fields(cls) if field.compare]
    # Of one name it gives the value itself, of several a tuple: either is compared and hashed alike.
    key: Callable[[Any], Any] = attrgetter(*compared) if compared else _nothing

    def initialise(self: Any, *values: Any, **named: Any) -> None:
        # The first value: from now on the class has the method that is written for its fields.
        made = _initialiser(cls)
        setattr(cls, "__init__", made)  # noqa: B010 - to mypy, assigning a method is an error
        made(self, *values, **named)

    def equal(self: Any, other: object) -> bool:
        return bool(key(self) == key(other)) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(key(self))

    return {"__init__": initialise, "__eq__": equal, "__hash__": hashed, "__signature__": _Signature()}


def _nothing(value: object) -> tuple[()]:
    del value
    return ()


class _Signature:
    """What `inspect.signature` shows of a class: the parameters of the method that is not made yet."""

    def __get__(self, value: object, cls: type[Any]) -> Any:
        import inspect

        _, *parameters = inspect.signature(_initialiser(cls)).parameters.values()
        return inspect.Signature(parameters, return_annotation=None)


def _initialiser(cls: type[Any]) -> Callable[..., None]:
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
    text = "\n".join((f"def __init__({', '.join([*positional, *star, *named])}):", *(lines or [" pass"])))
    made: dict[str, Any] = {}
    exec(text, values, made)  # noqa: S102 - made of the names of fields alone
    initialiser: Callable[..., None] = made["__init__"]
    initialiser.__qualname__ = f"{cls.__qualname__}.__init__"
    return initialiser


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
