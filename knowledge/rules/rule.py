"""What a rule is: one cause, one function that looks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum, auto
from typing import Any

from knowledge.casefile import CaseFile
from knowledge.finding import Finding
from knowledge.frozen import dataclass


class ByCommands(Enum):
    """What a rule may say of a step that is known by its commands alone."""

    NEVER = auto()
    """Nothing: it may follow from a key of the step, or a variable of a pipe, that is not there."""
    SHOWN = auto()
    """What it finds stands in the commands."""
    LACKING = auto()
    """It finds that something is set nowhere; an environment, or a step before, may set it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One cause and the check that finds it.

    `check(case, suspect)` is called once for each suspect step of the case. It returns findings
    about that step: `CONFIRMED`, `LIKELY`, `POSSIBLE`, `UNDETERMINED` or `RULED_OUT`, or nothing.
    It never lowers a verdict because the step was only inferred; the engine does that.

    Without a suspect (no pipeline file, or nothing in it that could have failed) a rule is not
    called, unless `without_step` is true: then it is called once as `check(case, None)` and speaks
    from the text and the readings that need no step. Declare `suspect: Suspect | None` there.

    Where only the commands of the run's step were read (`CaseFile.listing`), it is called with that step
    unless `by_commands` is `NEVER`.
    """

    cause: str
    check: Callable[[CaseFile, Any], Iterable[Finding]]
    without_step: bool = False
    by_commands: ByCommands = ByCommands.NEVER
