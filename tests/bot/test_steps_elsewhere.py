"""A run whose own pipeline is not in the file at its commit: that is said where the run is named."""

from __future__ import annotations

from dataclasses import replace

from bot.playground.world import ExampleRepository
from handlers.render import render
from tests.bot.sources import changed, opened, repository


async def test_the_pipeline_that_is_not_in_the_file_is_named_and_no_change_of_another_is_shown() -> None:
    def of_another(home: ExampleRepository) -> ExampleRepository:
        runs = tuple(
            replace(
                one,
                selector_type="custom",
                selector_pattern="nightly",
                steps=tuple(replace(step, commands=()) for step in one.steps),
            )
            for one in home.runs
        )
        return replace(home, runs=runs)

    async with opened(changed("storefront", of_another)) as sources:
        answer = await sources.ask(repository("storefront").paste)
    shown = str(render(answer, "T1-C1-1").blocks)

    assert (answer.cause, answer.verdict) == ("oidc-not-enabled", "likely")
    assert "`bitbucket-pipelines.yml` has no pipeline `custom/nightly` at that commit" in answer.run_line
    assert "custom/nightly" in shown
    assert not any(fix.diff for finding in answer.diagnosis.findings for fix in finding.fixes)
