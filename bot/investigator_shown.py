"""What the line about the run says of logs that do not show the error, and of what was not read."""

from __future__ import annotations

from collections.abc import Mapping

from bot.investigator_notes import Notes, known
from bot.investigator_runs import FAILED
from knowledge.casefile import Run
from knowledge.words import amount, listed

_KIB = 1024
_NAMED = 3


def not_shown(notes: Notes, *, choices: bool) -> str:
    """Where a step failed, and its log does not show the error. What matters most stands first, as the line
    may be cut at its end."""
    choose = "the other failed runs are offered below" if choices else ""
    return "; ".join(part for part in (_no_log_shows(notes), choose, _left(notes)) if part)


def _no_log_shows(notes: Notes) -> str:
    runs = "the failed run" if notes.older_runs == 1 else f"the {notes.older_runs} failed runs"
    nor = f", nor does that of {runs} before it" if notes.older_runs else ""
    if notes.log_part is not None:
        of = "its log" if notes.candidates < 2 else "the logs of its failed steps"
        return (
            f"{last(notes.log_part)} of {of} do not show this error{nor}; what stands above was not read, so "
            "it may be there, or this may be another failure"
        )
    logs = "its log does not show" if notes.candidates < 2 else "no log of its failed steps shows"
    return f"{logs} this error{nor}, so this may be another failure"


def _left(notes: Notes) -> str:
    """What was not looked into yet."""
    if not notes.older_left:
        return ""
    was = "was" if notes.older_left == 1 else "were"
    return (
        f"{amount(notes.older_left, 'older failed run')} {was} not looked into yet, which “Check again” does"
    )


def without_failed_step(notes: Notes, run: Run) -> str:
    """Where no step failed of which a log could show the error."""
    if run.result in FAILED and not known(notes.run_steps):
        return "it ended before any step began"
    if not notes.unfinished_logs:
        return "no step of it failed"
    steps = amount(notes.unfinished_logs, "step")
    logs, ends = ("log", "its end") if notes.unfinished_logs == 1 else ("logs", "their end")
    what = f"the {logs} of {steps} that did not come to {ends}"
    if notes.log_part is not None:
        return f"no step of it failed, and {last(notes.log_part)} of {what} do not show this error"
    does = "does" if notes.unfinished_logs == 1 else "do"
    return f"no step of it failed, and {what} {does} not show this error"


def passed_over(notes: Notes) -> str:
    """The newer runs that may be meant as well, as their logs were not read whole; empty without any."""
    over: Mapping[int, int] = notes.passed_over
    if not over:
        return ""
    numbers = listed([f"#{number}" for number in sorted(over, reverse=True)[:_NAMED]])
    runs = f"{'run' if len(over) == 1 else 'runs'} {numbers}"
    return (
        f"; of the newer {runs} only {last(min(over.values()))} of the log "
        "were read, which do not show it, so that may be meant as well"
    )


def last(part: int) -> str:
    """The end of a log that was looked through: "the last 2 MiB"."""
    if part >= _KIB * _KIB:
        return f"the last {round(part / _KIB / _KIB)} MiB"
    return f"the last {max(1, round(part / _KIB))} KiB"
