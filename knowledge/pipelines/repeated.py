"""A key that stands twice in one mapping, as the model tells it."""

from __future__ import annotations

from knowledge.frozen import dataclass
from knowledge.location import Position


@dataclass(frozen=True, slots=True)
class RepeatedKey:
    """A key that one mapping has twice; what the first one held does not count here.

    `where` is `the file`, or `pipelines` or a start condition (`branches`) between back-ticks, None in any
    other mapping; `same` is true when both have the same value.
    """

    key: str
    first: Position
    at: Position
    where: str | None
    same: bool
