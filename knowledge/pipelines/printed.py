"""A secret that a script prints: what it is, and where."""

from __future__ import annotations

from knowledge.frozen import dataclass
from knowledge.location import Position


@dataclass(frozen=True, slots=True)
class Printed:
    """A command that prints a secret to the step's log.

    `what` is `token`, `credentials` (keys or a token that a cloud gave for it), `environment` (all
    variables, the token among them) or `trace` (`set -x`, in front of a command that expands the token).
    """

    what: str
    at: Position
    text: str
