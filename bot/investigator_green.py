"""What changed since it was green: the last run of the same pipeline that passed, and its file."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.errors import SourceError
from bot.investigator_calls import may_enrich
from bot.investigator_notes import Notes, known
from bot.investigator_source import FILE, Definition
from bot.investigator_tip import step_there, without_fault
from bot.ports import Bitbucket
from knowledge.answer import Answer
from knowledge.casefile import Run
from knowledge.finding import Surface
from knowledge.pipelines import parse
from knowledge.pipelines.model import OidcState, PipelineFile, PipelineStep
from knowledge.words import code

_SHORT = 12


async def with_green(bitbucket: Bitbucket, notes: Notes, answer: Answer, until: float) -> Answer:
    """The answer with a line on what changed, where a fault of the file leads, and the file of the last run
    that passed does not have it.

    At most two calls, where the diagnosis has them to spare, and none after `until` on the loop's clock.
    Nothing is said of what could not be read, nor beside a fault that is mended by now.
    """
    lead, run = answer.diagnosis.lead, known(notes.run)
    at_fault = lead is not None and any(fix.surface is Surface.PIPELINE_FILE for fix in lead.fixes)
    if (
        run is None
        or not at_fault
        or answer.note
        or notes.definition != Definition()
        or known(notes.file) is None
    ):
        return answer
    try:
        async with asyncio.timeout_at(until):
            green = await _green(bitbucket, notes, run)
            if green is None or not green.commit or not may_enrich(bitbucket, notes, 1):
                return answer
            raw = await bitbucket.file(notes.question.name, green.commit, FILE)
    except (SourceError, TimeoutError):
        return answer
    said = _changed(notes, answer, green, parse(raw, FILE))
    return replace(answer, note=f"{answer.note} {said}".strip()) if said else answer


async def _green(bitbucket: Bitbucket, notes: Notes, run: Run) -> Run | None:
    """The newest run of the same block on the same branch or tag that passed before this one, at another
    commit."""
    runs = notes.newest_runs
    if not runs:
        if not may_enrich(bitbucket, notes, 2):
            return None
        branch = run.ref_name if run.ref_type == "branch" and run.pull_request is None else None
        runs = await bitbucket.newest_runs(notes.question.name, branch=branch)
    passed = (
        one
        for one in runs
        if one.result == "SUCCESSFUL"
        and one.build_number < run.build_number
        and _what_ran(one) == _what_ran(run)
    )
    green = next(passed, None)
    return None if green is None or green.commit == run.commit else green


def _what_ran(run: Run) -> tuple[str | None, ...]:
    """The block of the file, and what it ran on: `default` is that of many branches."""
    return run.selector_type, run.selector_pattern, run.ref_type, run.ref_name


def _changed(notes: Notes, answer: Answer, green: Run, file: PipelineFile) -> str:
    lead = answer.diagnosis.lead
    if lead is None or not without_fault(notes.case(), lead.cause, file):
        return ""
    commit = (green.commit or "")[:_SHORT]
    passed = (
        f"It last passed in run #{green.build_number}, whose commit {code(commit)} did not have this fault"
    )
    now = next((one for one in notes.suspects if lead.step and one.step.at.line == lead.step.line), None)
    then = None if now is None else step_there(file, now.step)
    what = "" if now is None or then is None else _difference(then, now.step)
    return f"{passed}: {what}." if what else f"{passed}."


def _difference(then: PipelineStep, now: PipelineStep) -> str:
    """What matters of what changed in the step, the most telling first."""
    if then.oidc.state is OidcState.ON and now.oidc.state is not OidcState.ON:
        line = f" (line {then.oidc.key_at.line} then)" if then.oidc.key_at else ""
        return f"the step had `oidc` switched on{line}"
    before, after = (step.deployment.text if step.deployment else None for step in (then, now))
    if before != after:
        return f"the step deployed to {code(before)}" if before else "the step deployed to nothing"
    if [command.text for command in then.commands] != [command.text for command in now.commands]:
        return "the step's script has changed since"
    return ""
