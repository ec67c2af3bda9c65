"""Which run is looked at where its number, or its UUID, is written out."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.bot.sources import link, opened, repository
from tests.bot.test_investigator import EMPTY, another, with_runs

RUN = repository("storefront").runs[0]
WORLD = with_runs("storefront", another(RUN, 103), another(RUN, 102), another(RUN, 101))


@pytest.mark.parametrize("words", ["run 102", "#102", "build 102", "pipeline 102", "Pipeline #102 failed"])
async def test_a_number_beside_the_error_names_the_run_of_the_channels_repository(words: str) -> None:
    async with opened(WORLD, channels={"C2": ("acme/storefront",)}) as sources:
        answer = await sources.ask(f"{EMPTY}\n{words}", channel="C2")

    assert answer.run_line.startswith("run #102 of `acme/storefront`; ")
    assert "inferred, as no build number" not in answer.run_line


@pytest.mark.parametrize("words", ["exit code 102", "PR #102", "line 102", "Build 22.04"])
async def test_another_number_leaves_the_run_to_be_inferred(words: str) -> None:
    async with opened(WORLD, channels={"C2": ("acme/storefront",)}) as sources:
        answer = await sources.ask(f"{EMPTY}\n{words}", channel="C2")

    assert not answer.run_line.startswith("run #102 of `acme/storefront`; ")
    assert answer.target.build_number is None


@pytest.mark.parametrize("words", ["run 102", "#102"])
async def test_a_second_error_in_a_thread_is_of_the_run_that_it_names(words: str) -> None:
    async def earlier(_: object) -> str:
        return "acme/storefront"

    async with opened(WORLD) as sources:
        sources.readings.look_back(earlier)
        named = await sources.ask(f"{EMPTY}\n{words}", thread_ts="1795300000.000001")
        unnamed = await sources.ask(EMPTY, thread_ts="1795300000.000001")

    assert named.run_line.startswith("run #102 of `acme/storefront`; ")
    assert unnamed.run_line.startswith("run #103 of `acme/storefront`, the newest failed run (inferred")
    assert "the repository is inferred from the earlier answer in this thread" in unnamed.run_line


async def test_a_number_far_from_the_repository_names_its_run() -> None:
    async with opened(WORLD) as sources:
        printed = "Uploading\n" * 60
        answer = await sources.ask(f"acme/storefront\n{EMPTY}\n{printed}{EMPTY}\nrun 102")

    assert answer.run_line.startswith("run #102 of `acme/storefront`; ")


async def test_a_run_is_named_by_its_uuid() -> None:
    wanted = next(run for one in WORLD.repositories if one.slug == "storefront" for run in one.runs[1:2])
    api = f"https://api.bitbucket.org/2.0/repositories/acme/storefront/pipelines/{quote(wanted.uuid)}"
    async with opened(WORLD) as sources:
        answer = await sources.ask(f"{EMPTY}\n{api}")
        calls = len(sources.bitbucket.calls)
        gone = await sources.ask(f"{EMPTY}\n{api.replace(wanted.uuid[1:9], '00000000')}")

    assert answer.run_line.startswith(f"run #{wanted.build_number} of `acme/storefront`; ")
    assert (answer.cause, answer.verdict) == ("oidc-not-enabled", "confirmed")
    assert calls <= 9
    assert "which has no run `{00000000" in gone.run_line
    assert "confirmed" not in {finding.verdict for finding in gone.diagnosis.findings}


async def test_the_link_to_a_run_wins_over_a_number_in_words() -> None:
    async with opened(WORLD) as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront', 101)} since run 102")

    assert answer.run_line.startswith("run #101 of ")
