"""Which steps of a file a run, or a person, means.

The run's own selector decides which block ran; patterns are never matched here, because the order in
which Bitbucket tries them is not published:
https://support.atlassian.com/bitbucket-cloud/docs/pipeline-start-conditions/
"""

from __future__ import annotations

from knowledge.pipelines.model import PipelineFile, PipelineStep

#: The selector's types as the API returns them, and as its filters are called.
_BLOCKS = {
    "branches": "branches",
    "branch": "branches",
    "tags": "tags",
    "tag": "tags",
    "bookmarks": "bookmarks",
    "bookmark": "bookmarks",
    "custom": "custom",
    "pull-requests": "pull-requests",
    "pullrequests": "pull-requests",
}


def pipeline_of(selector_type: str | None, selector_pattern: str | None) -> str | None:
    """The pipeline that a run's selector names (`branches/main`); None when it is of no known kind."""
    kind = (selector_type or "").strip().lower().replace("_", "-")
    if kind == "default":
        return "default"
    return f"{_BLOCKS[kind]}/{selector_pattern}" if kind in _BLOCKS and selector_pattern else None


def block_of(
    file: PipelineFile, selector_type: str | None, selector_pattern: str | None
) -> tuple[PipelineStep, ...] | None:
    """The steps of the block that a run's selector names (`branches` + `main`), in file order.

    None when the selector is not known or the file has no such block; empty when the block is only
    imported.
    """
    pipeline = pipeline_of(selector_type, selector_pattern)
    if pipeline is None:
        return None
    steps = tuple(step for step in file.steps if step.pipeline == pipeline)
    if not steps and all(name != pipeline for name, _ in file.imports):
        return None
    return steps


def child_steps(file: PipelineFile, parent: PipelineStep) -> tuple[PipelineStep, ...]:
    """The steps of the child pipeline that a `type: pipeline` step starts, without those that only start
    another; empty when it is not in the file."""
    pipeline = f"custom/{parent.child_pipeline}"
    return tuple(step for step in file.steps if step.pipeline == pipeline and step.child_pipeline is None)


def find_named(file: PipelineFile, wanted: str) -> tuple[PipelineStep, ...]:
    """The steps called `wanted`: by name, else by `pipeline:index`, else by name without regard to case
    and blanks, else by the label that a nameless step is shown under."""
    found = tuple(step for step in file.steps if step.name == wanted)
    if found:
        return found
    pipeline, _, index = wanted.rpartition(":")
    if index.isdecimal():
        number = int(index) if len(index) < 9 else -1
        found = tuple(step for step in file.steps if step.pipeline == pipeline and step.index == number)
        if found:
            return found
    bare = _bare(wanted)
    found = tuple(step for step in file.steps if step.name is not None and _bare(step.name) == bare)
    return found or tuple(step for step in file.steps if step.name is None and step.label == wanted)


def find_run_step(steps: tuple[PipelineStep, ...], name: str | None, position: int) -> PipelineStep | None:
    """The step of the file that a run's step is, of the steps of the block that ran.

    `name` is what the API calls it, `position` counts the run's steps from 0. The name decides; where
    it repeats, or the file gives none (Bitbucket then makes one up), the position does. A name that
    contradicts the file, or a repeated one whose position does not fit, gives None.
    """
    here = steps[position] if 0 <= position < len(steps) else None
    if name is None:
        return here
    for same in (_exactly, _loosely):
        named = [step for step in steps if step.name is not None and same(step.name, name)]
        if len(named) == 1:
            return named[0]
        if named:
            if here in named:
                return here
            first = named[0]
            alike = all(
                (step.body_at, step.oidc, step.keys) == (first.body_at, first.oidc, first.keys)
                for step in named
            )
            return first if alike else None
    return here if here is not None and here.name is None else None


def _exactly(one: str, other: str) -> bool:
    return one == other


def _loosely(one: str, other: str) -> bool:
    return _bare(one) == _bare(other)


def _bare(name: str) -> str:
    return " ".join(name.split()).casefold()


def same_step(file: PipelineFile, step: PipelineStep) -> PipelineStep | None:
    """The step at the place that `step` has in another text of the file."""
    places: dict[tuple[str, int], PipelineStep] | None = file.worked_out.get("places")
    if places is None:
        places = {(item.pipeline, item.index): item for item in reversed(file.steps)}
        file.worked_out["places"] = places
    return places.get((step.pipeline, step.index))
