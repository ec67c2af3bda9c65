"""What a diagnosis asked for and did not get, and what to say when nothing else explains the failure."""

from __future__ import annotations

from typing import Any

from bot.investigator_notes import Notes
from knowledge.finding import Diagnosis, Verdict
from knowledge.reading import Known, Reading, Unread
from knowledge.words import code

_OTHER_CLOUDS = frozenset({"azure", "gcp"})


def all_unread(notes: Notes, diagnosis: Diagnosis) -> tuple[Unread, ...]:
    """Every source that was asked and could not be read; those that this failure needs stand first.

    What nobody asked for is left out: a role is only asked for once it is named, and not for another cloud.
    """
    readings: list[Reading[Any] | None] = [
        notes.repository,
        notes.run,
        notes.run_steps,
        notes.log,
        notes.file,
        notes.repository_variables,
        notes.workspace_variables,
        notes.environments,
        *(reading for _, reading in sorted(notes.environment_variables.items())),
    ]
    clouds = {symptom.provider for symptom in notes.symptoms}
    if notes.role_arn is not None and not (clouds and clouds <= _OTHER_CLOUDS):
        never = Notes(notes.question)
        readings += [notes.role if notes.role != never.role else None]
        readings += [notes.providers if notes.providers != never.providers else None]
        readings += notes.providers_unread
    asked = [reading for reading in readings if isinstance(reading, Unread)]
    return tuple(dict.fromkeys([*diagnosis.unread, *asked]))


def nothing_explains(notes: Notes, diagnosis: Diagnosis) -> str:
    """What kept the diagnosis from a proven finding, and what to do: the first thing that was not there or
    not readable. Empty when there is one, or all was read. A likely one only lacks the run, if anything."""
    lead = diagnosis.lead
    if lead is not None and (lead.verdict is Verdict.CONFIRMED or isinstance(notes.run, Known)):
        return ""
    name, number = code(notes.repository_name), notes.question.target.build_number
    run, repository = notes.run, notes.repository
    if not isinstance(run, Known):
        if isinstance(repository, Unread):
            return _not_read(name, repository)
        if isinstance(run, Unread):
            which = f"Pipeline #{number}" if number is not None else "The list of runs"
            return _not_read(f"{which} of {name}", run)
        if number is not None:
            return (
                f"Pipeline #{number} was not found in {name}. "
                "Check the number and the repository, or paste the link to the run."
            )
        return f"No failed run was found in {name}. Name the run by its number, or paste the link to it."
    for reading in (notes.run_steps, notes.file, notes.log, repository, *diagnosis.unread):
        if isinstance(reading, Unread):
            return _not_read(f"Nothing that was read explains this failure, and {reading.source}", reading)
    return ""


def _not_read(what: str, unread: Unread) -> str:
    remedy = unread.remedy.strip().rstrip(".")
    return f"{what} could not be read: {unread.reason.strip().rstrip('.')}. To change that: {remedy}."
