"""Names that are typed almost right."""

from __future__ import annotations

from collections.abc import Iterable


def distance(one: str, other: str, limit: int = 3) -> int:
    """How many letters must be added, dropped, changed or swapped with their neighbour; `limit + 1`
    when it is more than `limit`."""
    letters, others = set(one), set(other)
    # Each of these changes can bring or take one kind of letter; most names differ in more.
    if abs(len(one) - len(other)) > limit or len(letters - others) > limit or len(others - letters) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        this = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, this[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            this.append(cost)
        if min(this) > limit:
            return limit + 1
        before, last = last, this
    return min(last[-1], limit + 1)


def near(name: str, candidates: Iterable[str], limit: int = 2) -> tuple[str, ...]:
    """Those candidates that are another spelling of `name`, nearest first; `name` itself is none.

    Case and separators do not count, so `aws-role_arn` and `AWS_ROLEARN` are the nearest there are.
    """
    candidates = tuple(candidates)
    if not candidates:
        return ()
    bare = _bare(name)
    found = {
        candidate: distance(bare, _bare(candidate), limit) for candidate in candidates if candidate != name
    }
    return tuple(
        sorted((word for word, far in found.items() if far <= limit), key=lambda word: (found[word], word))
    )


def _bare(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")
