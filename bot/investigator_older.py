"""Looks whether an older failed run is the one that is meant, when the newest does not show the pasted error.

Nothing of the notes changes meanwhile: when time or calls run out, the newest run is still the one meant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.investigator_notes import known, read
from bot.investigator_runs import failed_steps, shows
from bot.ports import Bitbucket, RepositoryName
from knowledge.casefile import Run
from knowledge.symptoms import recognise
from knowledge.symptoms.model import Symptom

RUNS = 4
"""Failed runs before the newest that are looked at."""
MOST_CALLS = 20
"""Calls to Bitbucket up to which a further log is looked at; what follows has what is left of thirty."""
_LOGS = 3
_SECONDS = 3.0


@dataclass(slots=True)
class OlderRuns:
    """`found` is the newest of them whose log shows the failure; `looked_at` counts those whose failed
    steps' logs were read and do not show it; `steps` names the first failed step, by build number."""

    found: Run | None = None
    looked_at: int = 0
    steps: dict[int, str] = field(default_factory=dict)


async def older_that_shows(
    bitbucket: Bitbucket, name: RepositoryName, runs: Sequence[Run], pasted: Sequence[Symptom]
) -> OlderRuns:
    """Go through the `runs`, newest first, within a few seconds and calls."""
    older = OlderRuns()
    try:
        async with asyncio.timeout(_SECONDS):
            for run in runs[:RUNS]:
                if bitbucket.calls + 2 > MOST_CALLS:
                    break
                held = await _shown_by(bitbucket, name, run, pasted, older.steps)
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
    name: RepositoryName,
    run: Run,
    pasted: Sequence[Symptom],
    names: dict[int, str],
) -> bool | None:
    """Whether a failed step's log shows the failure; None when they could not all be looked at. The first
    failed step's name is put among the `names`."""
    number = run.build_number
    steps = known(await read("its steps", lambda: bitbucket.steps(name, number)))
    if steps is None:
        return None
    failed = failed_steps(steps)
    if failed and failed[0].name:
        names[number] = failed[0].name
    whole = len(failed) <= _LOGS
    for step in failed[:_LOGS]:
        if bitbucket.calls >= MOST_CALLS:
            return None
        log = known(await read("its log", lambda step=step: bitbucket.log(name, number, step)))  # type: ignore[misc]
        if log is None:
            whole = False
        elif shows(recognise(log.text), pasted):
            return True
    return False if whole else None
