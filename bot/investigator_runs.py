"""Which run and which of its steps a paste means.

A run is named by its build number; without one the newest failed run is meant. Of a run's failed steps
the one whose log shows the pasted failure is meant. Whatever is not named is said to be inferred.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.investigator_notes import Notes, known
from knowledge.casefile import Run, RunStep, Suspect
from knowledge.engine import diagnose
from knowledge.finding import Verdict
from knowledge.location import InVariables
from knowledge.pipelines import block_of, find_run_step
from knowledge.pipelines.model import PipelineFile, PipelineStep
from knowledge.pipelines.select import pipeline_of
from knowledge.reading import Known
from knowledge.suspects import choose_suspects
from knowledge.symptoms.model import Symptom
from knowledge.target import Target
from knowledge.words import code

FAILED = frozenset({"FAILED", "ERROR"})
"""Results of runs and of steps that failed: `ERROR` is what Bitbucket itself could not carry out."""

_CUT_SHORT = frozenset({"STOPPED", "EXPIRED"})
_GOING = ("IN_PROGRESS", None)

TAGS = frozenset({"tag", "annotated_tag"})
"""What a run's reference is called where it is a tag."""


def named_of(target: Target) -> str:
    """What the text names beside the repository, in words: "the branch `main`"; empty when nothing."""
    if target.pull_request is not None:
        return f"pull request #{target.pull_request}"
    if target.commit is not None:
        return f"the commit {code(target.commit[:12])}"
    if target.tag is not None:
        return f"the tag {code(target.tag)}"
    return f"the branch {code(target.branch)}" if target.branch is not None else ""


def with_guess(target: Target, runs: Sequence[Run]) -> Target:
    """The target with the branch or tag that a word of the text is the name of, where a run is of one."""
    if named_of(target):
        return target
    names = {run.ref_name: run.ref_type for run in reversed(runs) if run.ref_name}
    guess = next((one for one in target.perhaps if one in names), None)
    if guess is None:
        return target
    return replace(target, tag=guess) if names[guess] in TAGS else replace(target, branch=guess)


def failed_runs(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The failed runs, in the order given."""
    return tuple(run for run in runs if run.result in FAILED)


def of_target(runs: Sequence[Run], target: Target) -> tuple[Run, ...]:
    """Those of the pull request, commit, tag or branch that is named, the first of these that is."""
    if target.pull_request is not None:
        return tuple(run for run in runs if run.pull_request == target.pull_request)
    if target.commit is not None:
        return tuple(run for run in runs if (run.commit or "").startswith(target.commit.lower()))
    if target.tag is not None:
        return tuple(run for run in runs if run.ref_name == target.tag and run.ref_type in TAGS)
    return tuple(run for run in runs if target.branch is None or run.ref_name == target.branch)


def failed_steps(steps: Sequence[RunStep]) -> tuple[RunStep, ...]:
    return tuple(step for step in steps if step.result in FAILED)


def unfinished_steps(steps: Sequence[RunStep]) -> tuple[RunStep, ...]:
    """Those that began and came to no end of their own, the newest first: still going, stopped, expired."""
    begun = [step for step in steps if step.result in _CUT_SHORT or (step.state, step.result) == _GOING]
    return tuple(reversed(begun))


def steps_meant(target: Target, run: Run | None, steps: Sequence[RunStep]) -> tuple[RunStep, ...]:
    """The steps of the run that are named: one by its UUID, all of one name, the failed ones before others,
    or the one at a place (`branches/main:2`, counted from 0) of the pipeline that ran. Empty when none is
    named, or the run has no such step."""
    if target.step is not None:
        return tuple(step for step in steps if step.uuid == target.step)
    wanted = " ".join((target.step_named or "").split()).casefold()
    if not wanted:
        return ()
    same = tuple(step for step in steps if " ".join((step.name or "").split()).casefold() == wanted)
    pipeline, _, index = wanted.rpartition(":")
    ran = pipeline_of(run.selector_type, run.selector_pattern) if run is not None else None
    if not same and index.isdecimal() and ran is not None and pipeline == ran.casefold():
        same = tuple(step for step in steps if step.position == int(index))
    return failed_steps(same) or same


def shows(log: Sequence[Symptom], pasted: Sequence[Symptom]) -> bool | None:
    """Whether a log shows one of the pasted failures; None when nothing was pasted.

    A request's id is the request's own; a role that both name must be the same.
    """
    if not pasted:
        return None
    return any(_same(one, other) for one in pasted for other in log)


def _same(one: Symptom, other: Symptom) -> bool:
    ids = (one.fields.get("request_id"), other.fields.get("request_id"))
    if ids[0] and ids[0] == ids[1]:
        return True
    if one.id != other.id:
        return False
    roles = (one.fields.get("role_arn"), other.fields.get("role_arn"))
    return not all(roles) or roles[0] == roles[1]


def begun(run: Run | None, steps: Sequence[RunStep]) -> datetime | None:
    """When the run, or the newest of its steps, began."""
    times = [run.created_on if run else None, *(step.started_on for step in steps)]
    return max((time for time in times if time is not None), default=None)


def _kept_at(notes: Notes) -> list[datetime]:
    """When the variables were read that were kept from then."""
    readings = (notes.workspace_variables, notes.repository_variables, *notes.environment_variables.values())
    return [one.read_at for one in readings if isinstance(one, Known) and one.read_at is not None]


def kept_variables(notes: Notes, now: datetime) -> float | None:
    """Seconds since the oldest of the variables were read, where that was before the run began; None where
    they are of the run."""
    steps = known(notes.run_steps)
    since = begun(known(notes.run), () if steps is None else steps)
    before = [time for time in _kept_at(notes) if since is not None and time < since]
    return (now - min(before)).total_seconds() if before else None


def hangs_on_kept_variables(notes: Notes, since: datetime) -> bool:
    """Whether the cause shows itself in variables that were read before `since`."""
    if not any(time < since for time in _kept_at(notes)):
        return False
    proven = (Verdict.CONFIRMED, Verdict.LIKELY)
    return any(
        isinstance(item.location, InVariables)
        for finding in diagnose(notes.case()).findings
        if finding.verdict in proven
        for item in finding.evidence
    )


def block(file: PipelineFile, run: Run | None) -> tuple[PipelineStep, ...] | None:
    """The steps of the block of the file that ran."""
    return block_of(file, run.selector_type, run.selector_pattern) if run is not None else None


def likeliest_first(
    failed: Sequence[RunStep], steps: Sequence[PipelineStep] | None, symptoms: Sequence[Symptom]
) -> tuple[RunStep, ...]:
    """The failed steps, those first that have to do with the cloud of the pasted failure."""
    clouds = {symptom.provider for symptom in symptoms} - {"other"}

    def rank(step: RunStep) -> int:
        found = find_run_step(tuple(steps or ()), step.name, step.position)
        if found is None:
            return 1
        concerned = found.needs_oidc or (found.cloud is not None and (not clouds or found.cloud in clouds))
        return 0 if concerned else 2

    return tuple(sorted(failed, key=rank))


def _passed(block: tuple[PipelineStep, ...], steps: Sequence[RunStep]) -> tuple[PipelineStep, ...]:
    """Steps of the block that ran and passed, where another failed: an error of this run is not theirs."""
    if not failed_steps(steps):
        return ()
    found = (find_run_step(block, step.name, step.position) for step in steps if step.result == "SUCCESSFUL")
    return tuple(step for step in found if step is not None)


def suspects(notes: Notes) -> tuple[Suspect, ...]:
    """The steps of the file to look at. Nothing is certain while the run, or its step, is inferred."""
    file = known(notes.file)
    if file is None:
        return ()
    ran, steps = block(file, known(notes.run)), known(notes.run_steps)
    passed = _passed(ran or (), () if steps is None else steps)
    chosen = choose_suspects(file, notes.symptoms, ran, notes.run_step, passed=passed)
    chosen = tuple(replace(suspect, doubtful=_is_doubtful(notes, suspect)) for suspect in chosen)
    if not notes.inferred:
        return chosen
    return tuple(replace(suspect, certain=False) for suspect in chosen)


def _is_doubtful(notes: Notes, suspect: Suspect) -> bool:
    """Whether the whole log of the run's step does not show what was pasted, and nothing in the step has to
    do with a cloud: the failure is another one's."""
    step = suspect.step
    if suspect.run_step is None or notes.log_holds is not False or notes.log_part is not None:
        return False
    touched = [step.cloud, *(command.cloud for command in step.script.commands)]
    return not step.needs_oidc and not any(touched)
