"""Looks whether an older failed run is the one that is meant, when the newest does not show the pasted error.

Nothing of the notes changes meanwhile: when time or calls run out, the newest run is still the one meant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.investigator_calls import may_search
from bot.investigator_notes import Notes, known, read
from bot.investigator_runs import failed_steps, shows
from bot.ports import Bitbucket
from knowledge.casefile import Run
from knowledge.symptoms import recognise
from knowledge.symptoms.model import Symptom

RUNS = 4
"""Failed runs before the newest that are looked at."""
_CALLS = 3
"""Those of one older run that is meant: its steps, a log, and then its file."""
_LOGS = 3
_SECONDS = 3.0


@dataclass(slots=True)
class OlderRuns:
    """`found` is the newest of them whose log shows the failure; `looked_at` counts those whose failed
    steps' logs were read and do not show it; `left` counts those that were not looked into for the calls that
    this takes; `steps` names the first failed step, by build number. `in_part` are those of which a log was
    read in part, and does not show it there: the bytes of its end, by build number."""

    found: Run | None = None
    looked_at: int = 0
    left: int = 0
    steps: dict[int, str] = field(default_factory=dict)
    in_part: dict[int, int] = field(default_factory=dict)


async def older_that_shows(bitbucket: Bitbucket, notes: Notes, runs: Sequence[Run]) -> OlderRuns:
    """Go through the `runs`, newest first, within a few seconds and calls."""
    older, question = OlderRuns(), notes.question
    try:
        async with asyncio.timeout(_SECONDS):
            for number, run in enumerate(runs[:RUNS]):
                if not may_search(bitbucket, notes, _CALLS):
                    older.left = len(runs[:RUNS]) - number
                    break
                held = await _shown_by(bitbucket, notes, run, question.symptoms, older)
                if held:
                    older.found = run
                    break
                older.looked_at += held is False
    except TimeoutError:
        # The rest of the diagnosis needs the time that is left.
        pass
    return older


async def _shown_by(
    bitbucket: Bitbucket,
    notes: Notes,
    run: Run,
    pasted: Sequence[Symptom],
    older: OlderRuns,
) -> bool | None:
    """Whether a failed step's log shows the failure; None when they could not all be looked at, or not whole.
    Of the `older` runs, the first failed step's name is put down, and how much was read of a part."""
    name, number = notes.question.name, run.build_number
    steps = known(await read("its steps", lambda: bitbucket.steps(name, number)))
    if steps is None:
        return None
    failed = failed_steps(steps)
    if failed and failed[0].name:
        older.steps[number] = failed[0].name
    whole = len(failed) <= _LOGS
    for step in failed[:_LOGS]:
        if not may_search(bitbucket, notes, 1):
            return None
        log = known(await read("its log", lambda step=step: bitbucket.log(name, number, step)))  # type: ignore[misc]
        if log is None:
            whole = False
        elif shows(recognise(log.text), pasted):
            older.in_part.pop(number, None)
            return True
        elif log.part is not None:
            whole, older.in_part[number] = False, log.part
    return False if whole else None
