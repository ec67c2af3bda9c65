"""The answer made of the notes: the diagnosis, the line about the run, and what was read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.investigator_notes import FILE, Notes, known
from bot.investigator_runs import FAILED
from knowledge.answer import Answer, Kind, Source
from knowledge.casefile import Run
from knowledge.engine import diagnose
from knowledge.finding import Diagnosis, Evidence, Finding
from knowledge.location import InLog, InPaste
from knowledge.reading import Absent, Known, Reading
from knowledge.roles import ROLE_ARN
from knowledge.words import code

_UNFINISHED = {"PENDING": "has not begun", "IN_PROGRESS": "is still going", "PAUSED": "is paused"}
_ENDED = {"SUCCESSFUL": "passed", "STOPPED": "was stopped", "EXPIRED": "expired"}


def answer(notes: Notes) -> Answer:
    """The answer to the paste, of all that is known by now."""
    diagnosis = diagnose(notes.case())
    if notes.from_log:
        diagnosis = _of_log(diagnosis, notes)
    run = known(notes.run)
    return Answer(
        kind=Kind.DIAGNOSIS,
        target=notes.question.target,
        symptoms=notes.symptoms,
        diagnosis=diagnosis,
        run_line=run_line(notes),
        run_url=run.url if run is not None else None,
        sources=_sources(notes),
        paste=notes.question.paste,
    )


def run_line(notes: Notes) -> str:
    """Which run and step were looked at, and how they were found; completes "looked at ..."."""
    run, how = known(notes.run), notes.run_how
    if run is None:
        at_main = bool(how) and isinstance(notes.file, Known)
        return f"{how}; its pipeline file is that of the main branch" if at_main else how
    parts = [f"run #{run.build_number} of {code(notes.question.name)}"]
    if how:
        parts[0] += f", {how}"
    if notes.run_step is not None:
        named = notes.run_step.name
        parts.append(f"step {code(named)}" if named else f"step {notes.run_step.position + 1}")
    how_it_went = _how_it_went(run)
    if how_it_went:
        parts.append(how_it_went)
    if notes.log_holds is True:
        parts.append("its log holds this error")
    elif notes.log_holds is False and notes.log is None:
        ended_early = run.result in FAILED and not known(notes.run_steps)
        parts.append("it ended before any step began" if ended_early else "no step of it failed")
    elif notes.log_holds is False:
        parts.append("its log does not show this error, so this may be another failure")
    elif notes.inferred and notes.run_step is not None:
        parts.append("which step failed with this error is inferred")
    if isinstance(notes.log, Absent):
        parts.append("its log is not there")
    if isinstance(notes.file, Absent):
        parts.append(f"its commit has no {code(FILE)}")
    return "; ".join(parts)


def _how_it_went(run: Run) -> str:
    if run.result is None:
        return f"it {_UNFINISHED.get(run.state, 'has not ended')}"
    return f"it {_ENDED[run.result]}" if run.result in _ENDED else ""


def _sources(notes: Notes) -> tuple[Source, ...]:
    """What was read, each once, in the order in which a person would look."""
    role = notes.role
    if isinstance(role, Known):
        role = replace(role, url=_console(notes.role_arn))
    readings: list[Reading[Any] | None] = [
        notes.run,
        notes.log,
        notes.file,
        notes.repository_variables,
        notes.workspace_variables,
        notes.environments,
        *(reading for _, reading in sorted(notes.environment_variables.items())),
        role,
        notes.providers,
    ]
    return tuple(Source(reading.source, reading.url) for reading in readings if isinstance(reading, Known))


def _console(arn: str | None) -> str | None:
    found = ROLE_ARN.fullmatch(arn or "")
    if found is None or found["partition"] != "aws":
        return None
    return f"https://console.aws.amazon.com/iam/home#/roles/details/{found['name']}"


def _of_log(diagnosis: Diagnosis, notes: Notes) -> Diagnosis:
    """The same diagnosis, with what was found in the text placed in the log, which the text is."""
    return replace(
        diagnosis,
        findings=tuple(_placed(finding, notes) for finding in diagnosis.findings),
        ruled_out=tuple(_placed(finding, notes) for finding in diagnosis.ruled_out),
    )


def _placed(finding: Finding, notes: Notes) -> Finding:
    return replace(finding, evidence=tuple(_in_log(item, notes) for item in finding.evidence))


def _in_log(item: Evidence, notes: Notes) -> Evidence:
    log = known(notes.log)
    if not isinstance(item.location, InPaste) or log is None:
        return item
    step = notes.run_step
    label = (step.name or f"step {step.position + 1}") if step is not None else "the failed step"
    # The first line of a log that was cut has no number that a person could look for.
    line = None if log.truncated else log.text.count("\n", 0, item.location.start) + 1
    return replace(item, location=InLog(label, line, log.url))
