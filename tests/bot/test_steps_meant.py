"""Which step of a run somebody names in the form: by its name, or by its place in the pipeline that ran."""

from __future__ import annotations

import pytest

from bot.investigator_runs import steps_meant
from knowledge.casefile import Run, RunStep
from knowledge.target import Target
from tests.bot.sources import link, opened

RUN = Run(
    uuid="{r}",
    build_number=7,
    commit="0a1b",
    selector_type="branches",
    selector_pattern="main",
    ref_name="main",
    ref_type="branch",
    state="COMPLETED",
    result="FAILED",
    url="https://bitbucket.org/acme/widget/pipelines/results/7",
)
STEPS = tuple(
    RunStep(uuid=f"{{{at}}}", name=name, position=at, state="COMPLETED", result=result)
    for at, (name, result) in enumerate(
        [("Test", "SUCCESSFUL"), ("Deploy", "SUCCESSFUL"), ("Deploy", "FAILED"), (None, "FAILED")]
    )
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Test", [0]),
        ("  test ", [0]),
        ("deploy", [2]),
        ("branches/main:3", [3]),
        ("branches/main:9", []),
        ("default:3", []),
        ("3", []),
        ("Deploy to prod", []),
        ("", []),
    ],
)
def test_a_step_is_meant_by_its_name_or_its_place(typed: str, meant: list[int]) -> None:
    found = steps_meant(Target(step_named=typed), RUN, STEPS)

    assert [step.position for step in found] == meant


def test_a_place_counts_only_where_it_is_known_which_pipeline_ran() -> None:
    assert steps_meant(Target(step_named="branches/main:3"), None, STEPS) == ()


async def test_the_step_that_was_typed_is_looked_at_and_one_that_is_not_there_is_said() -> None:
    paste = f"Unable to locate credentials {link('parcel-tracker')}"
    async with opened() as sources:
        taken = await sources.ask(paste, step="push IMAGE")
        missing = await sources.ask(paste, step="Deploy to Mars")

    assert "step `Push image`" in taken.run_line
    assert (
        "the step `Deploy to Mars` is not in this run, so the one that failed was taken" in missing.run_line
    )
