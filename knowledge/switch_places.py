"""Which steps a key that looks like `oidc` was meant for, where it does not stand in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from knowledge.location import Position
from knowledge.pipelines.model import OidcState, PipelineFile, PipelineStep, StrayOidc
from knowledge.pipelines.oidc import BESIDE_STEP


def strays_for(file: PipelineFile, step: PipelineStep) -> tuple[StrayOidc, ...]:
    """The keys that look like this step's `oidc` and are none, the nearest first: those in the step
    itself, then those of what it stands in, then those of the file."""
    if not file.stray_oidc:
        return ()
    places = _places(file)
    keys = {at for _, at in step.keys}
    own = {*places.by_line.get(step.at.line, ())}
    own.update(number for at in keys for number in places.by_key.get(at, ()))
    own.update(number for number in places.loose if _in_body(file, step.body_at, file.stray_oidc[number].at))
    around = []
    for number, meant in places.around:
        if number not in own and step in meant:
            stray = file.stray_oidc[number]
            around.append((len(meant), stray.at.line, stray))
    return (
        *(file.stray_oidc[number] for number in sorted(own)),
        *(stray for _, _, stray in sorted(around, key=lambda item: item[:2])),
    )


class _Places(NamedTuple):
    """The numbers of a file's stray keys by where they stand: by the line of their step, by their own place,
    those of no step, and of these the ones outside of every step, with the steps they may be meant for."""

    by_line: dict[int, list[int]]
    by_key: dict[Position, list[int]]
    loose: list[int]
    around: list[tuple[int, tuple[PipelineStep, ...]]]


def _places(file: PipelineFile) -> _Places:
    known: _Places | None = file.worked_out.get(_places.__qualname__)
    if known is not None:
        return known
    found = _Places({}, {}, [], [])
    for number, stray in enumerate(file.stray_oidc):
        found.by_key.setdefault(stray.at, []).append(number)
        if stray.step_line is not None:
            found.by_line.setdefault(stray.step_line, []).append(number)
        else:
            found.loose.append(number)
    if found.loose:
        keys = {at for step in file.steps for _, at in step.keys}
        bodies = {step.body_at for step in file.steps}
        for number in found.loose:
            stray = file.stray_oidc[number]
            if stray.at not in keys and not any(_in_body(file, body, stray.at) for body in bodies):
                found.around.append((number, scope(file, stray)))
    file.worked_out[_places.__qualname__] = found
    return found


def scope(file: PipelineFile, stray: StrayOidc) -> tuple[PipelineStep, ...]:
    """The steps that stand in the same block as the key; all steps when none does."""
    lines = file.lines
    first, last = _block(lines, stray.at.line)
    within = tuple(step for step in file.steps if first <= step.at.line <= last)
    return within or file.steps


def switch_beside(file: PipelineFile, step: PipelineStep) -> tuple[StrayOidc, ...]:
    """Keys meant for the switch among those that stand beside the step's own, empty `step:`."""
    if not step.keys_beside:
        return ()
    strays = (file.stray_oidc[number] for number in _places(file).by_line.get(step.at.line, ()))
    return tuple(stray for stray in strays if stray.where == BESIDE_STEP)


def child_parents(file: PipelineFile, step: PipelineStep) -> tuple[PipelineStep, ...]:
    """Steps that start this step's pipeline as a child, and have the switch themselves in vain."""
    return tuple(
        parent for parent in _switched_on(file).parents if step.pipeline == f"custom/{parent.child_pipeline}"
    )


def switched_on_in(file: PipelineFile, pipeline: str) -> Sequence[PipelineStep]:
    """The steps of the pipeline that have the switch, in file order."""
    return _switched_on(file).by_pipeline.get(pipeline, ())


class _SwitchedOn(NamedTuple):
    """The steps that have the switch, by their pipeline; and those of them that start a child pipeline."""

    by_pipeline: dict[str, list[PipelineStep]]
    parents: list[PipelineStep]


def _switched_on(file: PipelineFile) -> _SwitchedOn:
    """Found once: every step without the switch asks for them."""
    known: _SwitchedOn | None = file.worked_out.get(_switched_on.__qualname__)
    if known is not None:
        return known
    found = _SwitchedOn({}, [])
    for step in file.steps:
        if step.oidc.state is OidcState.ON:
            found.by_pipeline.setdefault(step.pipeline, []).append(step)
            if step.child_pipeline is not None:
                found.parents.append(step)
    file.worked_out[_switched_on.__qualname__] = found
    return found


def _in_body(file: PipelineFile, body: Position, at: Position) -> bool:
    """Whether a place stands in the block mapping that begins at `body`."""
    if at.line < body.line or (at.line == body.line and at.column < body.column):
        return False
    for line in file.lines[body.line : at.line]:
        if line.strip() and not line.lstrip().startswith("#") and _indent(line) < body.column - 1:
            return False
    return True


def _block(lines: Sequence[str], number: int) -> tuple[int, int]:
    """First and last 1-based line of the block that line `number` stands in."""
    mine = _indent(lines[number - 1])
    first = next(
        (
            row
            for row in range(number - 1, 0, -1)
            if _speaks(lines[row - 1]) and _indent(lines[row - 1]) < mine
        ),
        0,
    )
    if first == 0:
        return 1, len(lines)
    edge = _indent(lines[first - 1])
    last = next(
        (row - 1 for row in range(number + 1, len(lines) + 1) if _ends(lines[row - 1], edge)), len(lines)
    )
    return first, last


def _speaks(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _ends(line: str, edge: int) -> bool:
    return _speaks(line) and _indent(line) <= edge


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
