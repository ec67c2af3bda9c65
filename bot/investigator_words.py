"""The answer made of the notes: the diagnosis, the line about the run, and what was read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.investigator_listing import LOOKED_AT
from bot.investigator_notes import Notes, known
from bot.investigator_policy import SOURCE, hangs_on_policy, statements_of, with_pasted
from bot.investigator_runs import kept_variables
from bot.investigator_shown import not_shown, passed_over, without_failed_step
from bot.investigator_steps import step_in_file
from bot.investigator_tip import already_changed
from bot.investigator_trail import login_record
from bot.investigator_unseen import all_unread, nothing_explains
from bot.read_times import age_of
from handlers.render.text import age
from knowledge.answer import Answer, Choice, Kind, Source
from knowledge.casefile import Run
from knowledge.engine import diagnose
from knowledge.finding import Diagnosis, Evidence, Finding
from knowledge.location import InLog, InPaste
from knowledge.log_witness import LogPlace, with_witnesses, witnesses
from knowledge.reading import Absent, Known, Reading
from knowledge.roles import role_page
from knowledge.target import Target, TargetSource
from knowledge.variable_table import variable_tables
from knowledge.words import amount, code, listed

_UNFINISHED = {"PENDING": "has not begun", "IN_PROGRESS": "is still going", "PAUSED": "is paused"}
_CHOICES = 5
_HASH = 7
_ENDED = {"SUCCESSFUL": "passed", "STOPPED": "was stopped", "EXPIRED": "expired"}


def answer(notes: Notes) -> Answer:
    """The answer to the paste, of all that is known by now."""
    case = notes.case()
    diagnosis = diagnose(case)
    if notes.from_log:
        diagnosis = _of_log(diagnosis, notes)
    log = known(notes.log)
    if log is not None:
        role = notes.role_arn.rpartition("/")[2] if notes.role_arn is not None else None
        place = LogPlace(_step_label(notes), log.url, counted=not log.truncated, role=role)
        diagnosis = with_witnesses(diagnosis, witnesses(log.text), place)
    diagnosis = replace(diagnosis, unread=all_unread(notes, diagnosis))
    run = known(notes.run)
    return Answer(
        kind=Kind.DIAGNOSIS,
        target=notes.question.target,
        symptoms=notes.symptoms,
        diagnosis=diagnosis,
        run_line=with_pasted(run_line(notes), notes),
        run_url=run.url if run is not None else None,
        note=already_changed(notes, case, diagnosis) or nothing_explains(notes, diagnosis),
        sources=_sources(notes),
        paste=notes.question.paste,
        asks_for_policy=hangs_on_policy(notes, diagnosis),
        statements=statements_of(case),
        variables=variable_tables(case),
        login_record=login_record(notes, diagnosis),
        choices=other_runs(notes),
        role=notes.role_arn or "",
    )


def other_runs(notes: Notes) -> tuple[Choice, ...]:
    """The other failed runs that may be meant, where the one that was taken does not show the error: branch,
    commit, time (UTC), and the failed step where it is known."""
    run, name = known(notes.run), notes.repository_name
    shown = notes.log_holds is not False and not notes.passed_over
    if notes.question.target.build_number is not None or shown or run is None:
        return ()
    return tuple(
        Choice(_label(one, notes.failed_steps.get(one.build_number)), name, one.build_number)
        for one in notes.failed_runs[: _CHOICES + 1]
        if one.build_number != run.build_number
    )[:_CHOICES]


def _label(run: Run, step: str | None) -> str:
    """Short enough for a button."""
    at = run.created_on
    when = f"{at.day} {at:%b %H:%M}" if at is not None else ""
    parts = [
        f"#{run.build_number}",
        _short(run.ref_name, 18),
        _short(run.commit, _HASH),
        when,
        _short(step, 14),
    ]
    return " ".join(part for part in parts if part)


def _short(text: str | None, most: int) -> str:
    text = " ".join((text or "").split())
    if len(text) <= most:
        return text
    # A hash is known by its beginning, and looks cut anyway.
    return text[:most] if most == _HASH else f"{text[: most - 1]}…"


def run_line(notes: Notes) -> str:
    """Which run and step were looked at, and how they were found; completes "looked at ..."."""
    run, how = known(notes.run), notes.run_how
    aside = _of_repository(notes.question.target)
    if run is None:
        at_main = bool(how) and isinstance(notes.file, Known)
        file = ["its pipeline file is that of the main branch"] if at_main else []
        return "; ".join([how, *file, *aside]) if how else ""
    parts = [f"run #{run.build_number} of {code(notes.repository_name)}"]
    if how:
        parts[0] += f", {how}"
    if notes.run_step is not None:
        named = notes.run_step.name
        parts.append(f"step {code(named)}" if named else f"step {notes.run_step.position + 1}")
    parts += [part for part in (_step_not_there(notes), _how_it_went(run)) if part]
    if notes.log_holds is True:
        parts.append(f"its log holds this error{passed_over(notes)}")
    elif notes.log_holds is False and notes.run_step is None:
        parts.append(without_failed_step(notes, run))
    elif notes.log_holds is False:
        parts.append(not_shown(notes, choices=bool(other_runs(notes))))
    elif notes.inferred and notes.run_step is not None:
        parts.append("which step failed with this error is inferred")
    if isinstance(notes.log, Absent):
        parts.append("its log is not there")
    if isinstance(notes.file, Absent):
        parts.append(f"its commit has no {code(notes.definition.path)}")
    return "; ".join([*parts, *_how_it_was_read(notes), *aside])


def _how_it_was_read(notes: Notes) -> Iterator[str]:
    """Where the definition comes from, and what was not read for this answer."""
    if notes.definition.words:
        yield notes.definition.words
    in_file = step_in_file(notes)
    if in_file:
        yield in_file
    if notes.listing is not None:
        yield LOOKED_AT
    if notes.logs_left:
        steps = amount(notes.logs_left, "more failed step")
        logs = f"the log of {steps} was" if notes.logs_left == 1 else f"the logs of {steps} were"
        yield f"{logs} not looked into yet, which “Check again” does"
    if notes.log_spared:
        yield "its log was not read, as the message names the run and shows the error"
    kept = kept_variables(notes, datetime.now(UTC))
    if kept is not None:
        yield f"variables as they were {age(kept)} before this answer"


def _of_repository(target: Target) -> list[str]:
    """How the repository was found, where the text did not name it; and what it names and was not taken."""
    said = []
    if target.source in (TargetSource.CHANNEL, TargetSource.THREAD):
        said.append(f"the repository is inferred from {target.source}")
    left = [code(name) for name in target.aside[:3]]
    if left:
        said.append(f"{listed(left)} in the message left aside, as not listed for this channel")
    return said


def _step_not_there(notes: Notes) -> str:
    if not notes.step_not_there:
        return ""
    taken = ", so the one that failed was taken" if notes.run_step is not None else ""
    typed = notes.question.target.step_named
    which = "that the link names" if typed is None else code(typed)
    return f"the step {which} is not in this run{taken}"


def _how_it_went(run: Run) -> str:
    if run.result is None:
        return f"it {_UNFINISHED.get(run.state, 'has not ended')}"
    return f"it {_ENDED[run.result]}" if run.result in _ENDED else ""


def _sources(notes: Notes) -> tuple[Source, ...]:
    """What was read, each once, in the order in which a person would look."""
    role = notes.role
    if isinstance(role, Known) and role.source != SOURCE:
        role = replace(role, url=role_page(notes.role_arn))
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
        notes.role_policies,
        notes.simulation,
        notes.login_event,
        *notes.clouds.readings(),
    ]
    now = datetime.now(UTC)
    return tuple(
        Source(reading.source, reading.url, age_of(reading, now))
        for reading in readings
        if isinstance(reading, Known)
    )


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
    label = _step_label(notes)
    # The first line of a log that was cut has no number that a person could look for.
    line = None if log.truncated else log.text.count("\n", 0, item.location.start) + 1
    return replace(item, location=InLog(label, line, log.url))


def _step_label(notes: Notes) -> str:
    step = notes.run_step
    return (step.name or f"step {step.position + 1}") if step is not None else "the failed step"
