"""Values that are worked out when somebody first asks for them: most steps of a file nobody asks about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Late(Generic[T]):
    """A value with the work that makes it, which must be pure: nobody can tell when it is done.

    Two are equal when their values are; comparing them works both out.
    """

    __slots__ = ("_value", "_work")

    def __init__(self, work: Callable[[], T]) -> None:
        self._work: Callable[[], T] | None = work
        self._value: T | None = None

    def value(self) -> T:
        """The value; the work is done once, and what it needed is let go."""
        work = self._work
        if work is not None:
            self._value = work()
            self._work = None
        return self._value  # type: ignore[return-value]  # set by the work, which may well give None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Late) and self.value() == other.value()

    def __hash__(self) -> int:
        # Whoever keeps steps by their hash finds them by their other fields.
        return hash(Late)
