"""A log read in part, a step without an end, and a file that ran although nobody can read it:
what is concluded from each, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.clients.bitbucket_body import Body
from bot.clients.bitbucket_log import WINDOW, log_of
from bot.playground.world import World
from tests.bot.sources import link, opened, repository
from tests.bot.test_investigator import EMPTY, with_runs

NOISE = "Uploading dist/assets/0001.js to the bucket, part 17 of 3000\n"


def printing(logs: dict[int, str], slug: str = "storefront", result: str = "FAILED") -> World:
    """The example world with these runs of a repository, newest first: the log of each one's last step."""
    run = repository(slug).runs[0]
    runs = []
    for number, log in sorted(logs.items(), reverse=True):
        last = replace(run.steps[-1], log=log, result=result)
        before = tuple(replace(step, result="SUCCESSFUL") for step in run.steps[:-1])
        runs.append(replace(run, build_number=number, result=result, steps=(*before, last)))
    return with_runs(slug, *runs)


def far_up(behind: int, error: str = EMPTY) -> str:
    """A log with the error so many bytes before its end."""
    return f"{NOISE * 4_000}+ aws s3 sync\n{error}\n{NOISE * (behind // len(NOISE))}"


@pytest.mark.parametrize("behind", [300_000, 1_500_000])
async def test_an_error_far_above_the_end_of_a_log_is_found(behind: int) -> None:
    async with opened(printing({9: far_up(behind), 8: EMPTY})) as sources:
        answer = await sources.ask(f"{EMPTY}\nacme/storefront")

    assert answer.run_line.startswith("run #9 of ")
    assert "its log holds this error" in answer.run_line


async def test_an_error_on_a_line_longer_than_any_other_is_found() -> None:
    async with opened(printing({9: EMPTY + "x" * 500_000})) as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront', 9)}")

    assert "its log holds this error" in answer.run_line or "its log was not read" in answer.run_line
    assert "does not show" not in answer.run_line


async def test_what_stands_above_the_end_that_was_read_is_not_said_not_to_be_there() -> None:
    async with opened(printing({9: far_up(WINDOW + 200_000)})) as sources:
        answer = await sources.ask(f"{EMPTY}\nacme/storefront")

    assert "the last 2 MiB of its log do not show this error" in answer.run_line
    assert "what stands above was not read" in answer.run_line


async def test_a_run_whose_log_was_read_in_part_is_not_passed_over_in_silence() -> None:
    async with opened(printing({9: far_up(WINDOW + 200_000), 8: EMPTY})) as sources:
        answer = await sources.ask(f"{EMPTY}\nacme/storefront")

    assert answer.run_line.startswith("run #8 of ")
    assert "of the newer run #9 only the last 2 MiB of the log were read" in answer.run_line
    assert [choice.build_number for choice in answer.choices] == [9]
    assert "confirmed" not in {finding.verdict for finding in answer.diagnosis.findings}


async def test_an_older_run_whose_log_was_read_in_part_is_not_among_those_that_do_not_show_it() -> None:
    async with opened(printing({9: "make: Error 1\n", 8: far_up(WINDOW + 200_000)})) as sources:
        answer = await sources.ask(f"{EMPTY}\nacme/storefront")

    assert answer.run_line.startswith("run #9 of ")
    assert "its log does not show this error" in answer.run_line
    assert "nor does" not in answer.run_line


@pytest.mark.parametrize("behind", [10, 4_000], ids=["kept whole", "kept in part"])
async def test_the_rest_of_a_line_whose_beginning_was_not_read_is_dropped(behind: int) -> None:
    """It may be the rest of a secret, by which nothing tells it any more."""
    content = b"restofasecret\n" + NOISE.encode() * behind

    cut = await log_of(Body(content, None, cut=True, media_type="text/plain"), "https://bitbucket.org/")
    whole = await log_of(
        Body(content, len(content), cut=False, media_type="text/plain"), "https://bitbucket.org/"
    )

    assert cut.text.startswith("Uploading")
    assert (cut.part, whole.part) == (len(content), None)
    assert whole.text.startswith("restofasecret")


@pytest.mark.parametrize("result", ["STOPPED", "EXPIRED", "IN_PROGRESS"])
async def test_the_log_of_a_step_without_an_end_is_looked_through(result: str) -> None:
    async with opened(printing({9: EMPTY}, result=result)) as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront', 9)}")
        calls = len(sources.bitbucket.calls)

    assert f"step `{repository('storefront').runs[0].steps[-1].name}`" in answer.run_line
    assert "its log holds this error" in answer.run_line
    assert (answer.cause, answer.verdict) == ("oidc-not-enabled", "confirmed")
    assert calls <= 9


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00\x01 caf\xe9", b"", b"- just\n- a list\n", b"a:\n\t- b\n", b"<html>no</html>\n"]
)
async def test_of_a_file_whose_steps_ran_all_the_same_it_is_not_said_that_no_step_starts(
    content: bytes,
) -> None:
    async with opened() as sources:
        sources.bitbucket.fail("/src/", status=200, body=content)
        answer = await sources.ask(f"{EMPTY}\n{link('storefront')}")

    first = answer.diagnosis.findings[0]
    assert first.cause == "pipeline-file-unreadable"
    assert "no step" not in first.headline
    assert "Steps of the run ran all the same" in first.meaning


async def test_a_step_that_touches_no_cloud_and_whose_log_shows_another_failure_is_not_accused() -> None:
    run = repository("storefront").runs[0]
    other = replace(run.steps[0], result="FAILED", log="make: *** [all] Error 2\n")
    rest = tuple(replace(step, result="NOT_RUN", log="") for step in run.steps[1:])
    async with opened(with_runs("storefront", replace(run, steps=(other, *rest)))) as sources:
        answer = await sources.ask(f"{EMPTY}\nacme/storefront")

    assert answer.verdict not in ("confirmed", "likely")
