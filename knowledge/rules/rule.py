"""What a rule is: one cause, one function that looks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from knowledge.casefile import CaseFile
from knowledge.finding import Finding
from knowledge.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One cause and the check that finds it.

    `check(case, suspect)` is called once for each suspect step of the case. It returns findings
    about that step: `CONFIRMED`, `LIKELY`, `POSSIBLE`, `UNDETERMINED` or `RULED_OUT`, or nothing.
    It never lowers a verdict because the step was only inferred; the engine does that.

    Without a suspect (no pipeline file, or nothing in it that could have failed) a rule is not
    called, unless `without_step` is true: then it is called once as `check(case, None)` and speaks
    from the text and the readings that need no step. Declare `suspect: Suspect | None` there.
    """

    cause: str
    check: Callable[[CaseFile, Any], Iterable[Finding]]
    without_step: bool = False
