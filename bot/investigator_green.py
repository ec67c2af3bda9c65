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
from knowledge.finding import Finding, Surface
from knowledge.pipelines import parse
from knowledge.pipelines.model import PipelineFile, PipelineStep
from knowledge.step_differences import Version, differences, version
from knowledge.words import code, listed

_SHORT = 12
_TOLD = 2
_OF_FILE = frozenset({Surface.PIPELINE_FILE})
_OF_LOGIN = frozenset({Surface.ROLE, Surface.ROLE_TRUST, Surface.OIDC_PROVIDER, Surface.ROLE_PERMISSIONS})
"""Where the step asks for what is not there, or not let in: it may have asked for something else before."""


async def with_green(bitbucket: Bitbucket, notes: Notes, answer: Answer, until: float) -> Answer:
    """The answer with a line on what changed, where a fault of the file leads, and the file of the last run
    that passed does not have it; or one of the login, and in that file the step asked for another.

    At most two calls, where the diagnosis has them to spare, and none after `until` on the loop's clock.
    Nothing is said of what could not be read, nor beside a fault that is mended by now.
    """
    lead, run = answer.diagnosis.lead, known(notes.run)
    # What a role lets in seldom hangs on the file: no call is made for it that nobody asked for.
    wanted = _OF_FILE | (_OF_LOGIN if notes.newest_runs or notes.question.anew else frozenset())
    at_fault = lead is not None and _of(lead, wanted)
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
        runs = (await bitbucket.newest_runs(notes.question.name, branch=branch)).runs
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
    lead, case = answer.diagnosis.lead, notes.case()
    if lead is None:
        return ""
    of_file = _of(lead, _OF_FILE)
    if of_file and not without_fault(case, answer.diagnosis, file):
        return ""
    now = next((one for one in notes.suspects if lead.step and one.step.at.line == lead.step.line), None)
    now = now or (notes.suspects[0] if len(notes.suspects) == 1 and not of_file else None)
    then = None if now is None else step_there(file, now.step)
    what = ""
    if now is not None and then is not None:
        told = differences(version(case, file, then), Version(case, now.step))
        what = listed(list(told[:_TOLD]))
    commit = code((green.commit or "")[:_SHORT])
    if not of_file:
        # The file is not at fault by itself; what it asked for then, and does not now, may be the reason.
        return f"It last passed in run #{green.build_number} (commit {commit}), where {what}." if what else ""
    passed = f"It last passed in run #{green.build_number}, whose commit {commit} did not have this fault"
    what = what or _script_changed(now.step if now else None, then)
    return f"{passed}: {what}." if what else f"{passed}."


def _script_changed(now: PipelineStep | None, then: PipelineStep | None) -> str:
    if now is None or then is None:
        return ""
    same = [command.text for command in then.commands] == [command.text for command in now.commands]
    return "" if same else "the step's script has changed since"


def _of(finding: Finding, surfaces: frozenset[Surface]) -> bool:
    return any(fix.surface in surfaces for fix in finding.fixes)
