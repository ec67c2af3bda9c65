"""A regular expression that is compiled when it is first used.

Compiling all that `check` loads took longer than the whole check of a file, and few files need more than a
third of them. What is tried on every text anyway gains nothing by it and is compiled as usual. To a type
checker this is the standard library's own `re.compile`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

__all__ = ["late"]


class _Late:
    """Becomes the pattern, method by method, as they are asked for."""

    def __init__(self, pattern: Any, flags: int = 0) -> None:
        self._written = pattern, flags

    def __getattr__(self, name: str) -> Any:
        # `re` keeps what it compiled, so that two threads, or two methods, share one pattern.
        value = getattr(re.compile(*self._written), name)
        # From now on the method is found without coming here.
        setattr(self, name, value)
        return value

    def __repr__(self) -> str:
        return f"late({self._written[0]!r})"


if TYPE_CHECKING:
    from re import compile as late
else:
    late = _Late
