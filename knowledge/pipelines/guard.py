"""Bounds on a file, held while it is read and before anything is built of it.

A few hundred bytes of aliases can stand for gigabytes. Each bound is far above any real file: the
largest of 145 public ones has 345 lines, 657 events, 11 levels, 29 aliases, and 1,400 nodes once these
are put in.
"""

from __future__ import annotations

from knowledge.pipelines.nodes import Mark, TooMuchError

#: Events of the parser: one for each scalar and alias, two for each list and mapping.
EVENTS = 30_000
DEPTH = 40
ALIASES = 2_000
#: Nodes once every alias and merge key is put in.
EXPANDED = 200_000
#: Steps of all pipelines together, an anchored one counted at each use.
STEPS = 1_000


class Guard:
    """Counts what one file holds.

    Every method raises `TooMuchError` with a sentence when its bound is passed.
    """

    def __init__(self) -> None:
        self._aliases = 0

    def depth(self, depth: int, mark: Mark) -> None:
        if depth > DEPTH:
            raise TooMuchError(f"It nests more than {DEPTH} levels deep", mark)

    def grown(self, size: int, mark: Mark) -> None:
        if size > EXPANDED:
            raise TooMuchError(f"Its aliases stand for more than {EXPANDED:,} parts", mark)

    def alias(self, mark: Mark, *, inside: bool) -> None:
        self._aliases += 1
        if inside:
            raise TooMuchError("An alias stands inside the very anchor that it names", mark)
        if self._aliases > ALIASES:
            raise TooMuchError(f"It uses more than {ALIASES:,} aliases", mark)
