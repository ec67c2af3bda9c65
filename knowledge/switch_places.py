"""Which steps a key that looks like `oidc` was meant for, where it does not stand in one of them."""

from __future__ import annotations

from knowledge.location import Position
from knowledge.pipelines.model import OidcState, PipelineFile, PipelineStep, StrayOidc
from knowledge.pipelines.oidc import BESIDE_STEP


def strays_for(file: PipelineFile, step: PipelineStep) -> tuple[StrayOidc, ...]:
    """The keys that look like this step's `oidc` and are none, the nearest first: those in the step
    itself, then those of what it stands in, then those of the file."""
    keys = {at for _, at in step.keys}
    own = [stray for stray in file.stray_oidc if _stands_in(file, step, keys, stray)]
    around = []
    for stray in file.stray_oidc:
        if stray.step_line is not None or stray in own or _in_some_step(file, stray):
            continue
        meant = scope(file, stray)
        if step in meant:
            around.append((len(meant), stray.at.line, stray))
    return (*own, *(stray for _, _, stray in sorted(around, key=lambda item: item[:2])))


def scope(file: PipelineFile, stray: StrayOidc) -> tuple[PipelineStep, ...]:
    """The steps that stand in the same block as the key; all steps when none does."""
    lines = file.text.split("\n")
    first, last = _block(lines, stray.at.line)
    within = tuple(step for step in file.steps if first <= step.at.line <= last)
    return within or file.steps


def switch_beside(file: PipelineFile, step: PipelineStep) -> tuple[StrayOidc, ...]:
    """Keys meant for the switch among those that stand beside the step's own, empty `step:`."""
    if not step.keys_beside:
        return ()
    return tuple(
        stray for stray in file.stray_oidc if stray.step_line == step.at.line and stray.where == BESIDE_STEP
    )


def child_parents(file: PipelineFile, step: PipelineStep) -> tuple[PipelineStep, ...]:
    """Steps that start this step's pipeline as a child, and have the switch themselves in vain."""
    return tuple(
        parent
        for parent in file.steps
        if parent.child_pipeline is not None
        and step.pipeline == f"custom/{parent.child_pipeline}"
        and parent.oidc.state is OidcState.ON
    )


def _stands_in(file: PipelineFile, step: PipelineStep, keys: set[Position], stray: StrayOidc) -> bool:
    """Whether the stray stands in the step, whose keys stand at these places."""
    if stray.step_line is not None:
        return stray.step_line == step.at.line or stray.at in keys
    return stray.at in keys or _in_body(file, step.body_at, stray.at)


def _in_some_step(file: PipelineFile, stray: StrayOidc) -> bool:
    return any(_stands_in(file, step, {at for _, at in step.keys}, stray) for step in file.steps)


def _in_body(file: PipelineFile, body: Position, at: Position) -> bool:
    """Whether a place stands in the block mapping that begins at `body`."""
    if at.line < body.line or (at.line == body.line and at.column < body.column):
        return False
    lines = file.text.split("\n")
    for line in lines[body.line : at.line]:
        if line.strip() and not line.lstrip().startswith("#") and _indent(line) < body.column - 1:
            return False
    return True


def _block(lines: list[str], number: int) -> tuple[int, int]:
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
