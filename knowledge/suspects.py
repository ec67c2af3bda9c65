"""Which step of the file may be the one that failed, and how that is known."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence, Set

from knowledge.casefile import RunStep, Suspect
from knowledge.pipelines import find_named, find_run_step
from knowledge.pipelines.model import OidcState, PipelineFile, PipelineStep
from knowledge.pipelines.select import child_steps
from knowledge.symptoms.model import Symptom
from knowledge.words import code

_SAID = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud"}


class NoSuchStep(ValueError):
    """The step that was asked for is not in the file; the message lists those that are."""


def choose_suspects(
    file: PipelineFile,
    symptoms: Sequence[Symptom] = (),
    run_block: Sequence[PipelineStep] | None = None,
    run_step: RunStep | None = None,
    wanted: str | None = None,
    passed: Container[PipelineStep] = (),
) -> tuple[Suspect, ...]:
    """The steps to look at, in file order.

    `wanted` is a step's name or `pipeline:index`; `run_block` are the steps of the block that ran,
    `run_step` is the run's failed step, beside which those that `passed` are not meant. A step that was
    named, that the run names, or that is the only one there is, is certain; what is only inferred from what
    the steps do is not. For a step that starts a child pipeline, those of that pipeline are meant. Without
    any symptom nothing is said to have failed: every step that has to do with OIDC is looked at for its own
    sake, and is certain.

    Raises:
        NoSuchStep: no step of the file is called `wanted`.
    """
    if wanted is not None:
        return _named(file, wanted, run_block, symptoms)
    block = [step for step in (file.steps if run_block is None else run_block) if step.child_pipeline is None]
    if run_step is not None:
        found = find_run_step(tuple(run_block or ()), run_step.name, run_step.position)
        if found is not None and found.child_pipeline is not None:
            return _of_child(file, found, symptoms)
        if found is not None:
            return (Suspect(found, "it is the step of the run that failed", certain=True, run_step=run_step),)
    meant = {stray.step_line for stray in file.stray_oidc}
    if not symptoms and run_step is None:
        return tuple(
            Suspect(step, "it has to do with OIDC", certain=True)
            for step in _distinct(block)
            if _has_switch(step, meant) or step.needs_oidc
        )
    if run_step is not None and run_block is None:
        # Which block ran is not known; a name that only one step has still tells the step.
        named = _distinct(step for step in block if run_step.name and step.name == run_step.name)
        if len(named) == 1:
            return (
                Suspect(
                    named[0], "it has the name of the step that failed", certain=False, run_step=run_step
                ),
            )
    steps = _distinct(step for step in block if step not in passed)
    if len(steps) == len(_distinct(block)) == 1:
        # A step that the run's own step does not fit, or beside which others are imported, is a guess.
        certain = run_step is None and not file.imports
        return (Suspect(steps[0], "it is the only step", certain=certain, run_step=run_step),)
    return _inferred(steps, symptoms, run_step, meant)


def _of_child(file: PipelineFile, parent: PipelineStep, symptoms: Sequence[Symptom]) -> tuple[Suspect, ...]:
    """The steps of the child pipeline that `parent` starts, which has no script of its own; which of them
    failed is told by the child's own run. None where that pipeline is not in the file:
    https://support.atlassian.com/bitbucket-cloud/docs/parent-child-pipelines/"""
    steps = _distinct(child_steps(file, parent))
    if len(steps) == 1:
        how = f"it is the only step of the pipeline that {code(parent.label)} starts"
        return (Suspect(steps[0], how, certain=False),)
    meant = {stray.step_line for stray in file.stray_oidc}
    return _inferred(steps, symptoms, None, meant)


def _named(
    file: PipelineFile,
    wanted: str,
    run_block: Sequence[PipelineStep] | None,
    symptoms: Sequence[Symptom],
) -> tuple[Suspect, ...]:
    found = find_named(file, wanted)
    if not found:
        names = list(dict.fromkeys(step.label for step in file.steps))
        known = ", ".join(code(name) for name in names[:20])
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        there = f"its steps are {known}{more}" if names else "it has no steps"
        raise NoSuchStep(f"{file.path} has no step {code(wanted)}; {there}")
    ran = [step for step in found if run_block is not None and step in run_block]
    steps = _distinct(ran or found)
    if len(steps) == 1:
        if steps[0].child_pipeline is not None:
            return _of_child(file, steps[0], symptoms)
        return (Suspect(steps[0], "it was named", certain=True),)
    return tuple(
        Suspect(step, f"it is one of {len(steps)} steps with that name", certain=False) for step in steps
    )


def _distinct(steps: Iterable[PipelineStep]) -> list[PipelineStep]:
    """One of each: an anchored step that several pipelines use the same way is one suspect."""
    kept: dict[tuple[object, ...], PipelineStep] = {}
    for step in steps:
        kept.setdefault((step.body_at, step.keys, step.oidc, step.deployment, step.name), step)
    return list(kept.values())


def _has_switch(step: PipelineStep, meant: Set[int | None]) -> bool:
    """Whether the step has `oidc`, or a key that was meant as such; `meant` are the lines of the steps that
    have one of those."""
    return step.oidc.state is not OidcState.ABSENT or step.at.line in meant


def _inferred(
    block: list[PipelineStep], symptoms: Sequence[Symptom], run_step: RunStep | None, meant: Set[int | None]
) -> tuple[Suspect, ...]:
    clouds = {symptom.provider for symptom in symptoms} - {"other"}
    said = _SAID.get(next(iter(clouds)), "its cloud") if len(clouds) == 1 else "a cloud"
    # The second tier is only asked when the first is empty: a token that nothing visible uses.
    tiers = (
        (f"logs in to {said}", f"log in to {said}", [step for step in block if _logs_in(step, clouds)]),
        ("has `oidc`", "have `oidc`", [step for step in block if _has_switch(step, meant)]),
    )
    for one, many, steps in tiers:
        if len(steps) == 1:
            return (Suspect(steps[0], f"it is the only step that {one}", certain=False, run_step=run_step),)
        if steps:
            return tuple(
                Suspect(step, f"it is one of {len(steps)} steps that {many}", certain=False) for step in steps
            )
    return ()


def _logs_in(step: PipelineStep, clouds: set[str]) -> bool:
    if step.needs_oidc and (not clouds or step.cloud is None or step.cloud in clouds):
        return True
    if step.cloud is not None and (not clouds or step.cloud in clouds):
        return True
    return any(not clouds or command.cloud in clouds for command in step.script.commands)
