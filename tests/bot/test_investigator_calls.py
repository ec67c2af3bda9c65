"""What a diagnosis costs in calls to Bitbucket, by what was read a moment before. The figures are printed.

The messages are of this very moment, as they are when somebody pastes: what was kept is older than they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.playground.world import ExampleRepository, ExampleRun, ExampleVariable, World
from knowledge.answer import Answer
from tests.bot.sources import DENIED, WORLD, changed, link, opened, repository
from tests.bot.test_investigator import EMPTY, another, of_something_else
from tests.bot.test_investigator_memory import now

LEDGER, STOREFRONT = repository("ledger"), repository("storefront")
COMMIT = "c" * 40
NOT_ENABLED = ("oidc-not-enabled", "confirmed")


def in_a_minute() -> str:
    """A time after all that has been read: a run that began then is newer than what is kept."""
    return (datetime.now(UTC) + timedelta(minutes=1)).isoformat()


def with_run(home: ExampleRepository, number: int, **more: Any) -> World:
    """The world, in which one more failed run is the newest."""
    run = another(home.runs[0], number, **{"created_on": in_a_minute(), **more})
    return changed(home.slug, lambda one: replace(one, runs=(run, *one.runs)))


def both_failed() -> World:
    """The storefront's run, both steps of which failed of the same."""
    run = STOREFRONT.runs[0]
    steps = tuple(replace(step, result="FAILED", log=run.steps[1].log) for step in run.steps)
    return changed("storefront", lambda one: replace(one, runs=(replace(run, steps=steps),)))


def of_step(number: int) -> str:
    uuid = STOREFRONT.runs[0].steps[number].uuid.replace("{", "%7B").replace("}", "%7D")
    return f"{EMPTY}\n{link('storefront')}/steps/{uuid}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """`first` was asked a moment before `then`, when the world had become `later`."""

    name: str
    first: str
    then: str
    later: Callable[[], World] = lambda: WORLD
    at_first: Callable[[], World] = lambda: WORLD
    told: tuple[str, str] = ("trust-subject-mismatch", "confirmed")
    most: int = 3


SCENARIOS = (
    Scenario("the same run", LEDGER.paste, LEDGER.paste),
    Scenario("a refused role, the same run", f"{DENIED} {link('ledger')}", f"{DENIED} {link('ledger')}"),
    Scenario(
        "a refused role, a newer run of another commit",
        f"{DENIED} {link('ledger')}",
        f"{DENIED} {link('ledger', 600)}",
        lambda: with_run(LEDGER, 600, commit=COMMIT),
    ),
    Scenario(
        "a refused role, a newer run of the same commit",
        f"{DENIED} {link('ledger')}",
        f"{DENIED} {link('ledger', 600)}",
        lambda: with_run(LEDGER, 600),
    ),
    Scenario(
        "an empty token, a newer run of another commit",
        f"{EMPTY} {link('storefront')}",
        f"{EMPTY} {link('storefront', 300)}",
        lambda: with_run(STOREFRONT, 300, commit=COMMIT),
        told=NOT_ENABLED,
    ),
    Scenario(
        "the newest failed run, a newer one of the same commit",
        f"{EMPTY} acme/storefront",
        f"{EMPTY} acme/storefront",
        lambda: with_run(STOREFRONT, 300),
        told=NOT_ENABLED,
    ),
    Scenario(
        # The list, the steps, the log that tells whether it is the one, and the file of another commit.
        "the newest failed run, a newer one of another commit",
        f"{EMPTY} acme/storefront",
        f"{EMPTY} acme/storefront",
        lambda: with_run(STOREFRONT, 300, commit=COMMIT),
        told=NOT_ENABLED,
        most=4,
    ),
    # That step runs tests, and has nothing to do with a cloud.
    Scenario("another step of the same run", of_step(1), of_step(0), both_failed, both_failed, ("", "")),
)


async def asked_twice(scenario: Scenario) -> tuple[Answer, int, int]:
    """The second answer, and the calls of both."""
    async with opened(scenario.at_first()) as sources:
        await now(sources, scenario.first)
        cold = len(sources.bitbucket.calls)
        sources.bitbucket.world = scenario.later()
        sources.forget_calls()
        answer = await now(sources, scenario.then)
        paths = [call.path for call in sources.bitbucket.calls]
    print(f"{scenario.name}: {cold} calls, then {len(paths)}: {answer.cause} {answer.verdict}")
    assert len(set(paths)) == len(paths)
    return answer, cold, len(paths)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
async def test_what_was_read_a_moment_ago_makes_the_next_answer_cheap(scenario: Scenario) -> None:
    answer, cold, warm = await asked_twice(scenario)

    assert answer.run_line.startswith("run #")
    assert (answer.cause, answer.verdict) == scenario.told
    assert cold <= 9
    assert warm <= scenario.most


async def test_variables_that_were_read_before_the_run_began_are_said_to_be_of_then() -> None:
    answer, _, _ = await asked_twice(SCENARIOS[2])

    assert answer.cause == "trust-subject-mismatch"
    assert "variables as they were" in answer.run_line
    assert "its log was not read, as the message names the run and shows the error" in answer.run_line


async def test_a_cause_that_shows_itself_in_a_variable_is_never_told_of_one_that_was_changed_since() -> None:
    """A key pair stood before the token; it was taken away, and the run that began then failed again."""
    denied = (
        "An error occurred (AccessDenied) when calling the PutObject operation: "
        "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: s3:PutObject on resource: "
        "arn:aws:s3:::acme-site/index.html because no identity-based policy allows the s3:PutObject action"
    )
    keys = tuple(ExampleVariable(name, None) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))

    def evidence(answer: Answer) -> list[str]:
        found = [one for one in answer.diagnosis.findings if one.cause == "static-keys-shadow"]
        return [item.sentence for one in found for item in one.evidence]

    async with opened(replace(WORLD, variables=(*WORLD.variables, *keys))) as sources:
        before = await now(sources, f"{denied} {link('ledger')}")
        sources.bitbucket.world = with_run(LEDGER, 600)
        after = await now(sources, f"{denied} {link('ledger', 600)}")

    assert any("AWS_ACCESS_KEY_ID" in one for one in evidence(before))
    assert not any("AWS_ACCESS_KEY_ID" in one for one in evidence(after))


def behind(run: ExampleRun, newer: int) -> World:
    runs = tuple(of_something_else(run, run.build_number + number) for number in range(newer, 0, -1))
    return changed("storefront", lambda one: replace(one, runs=(*runs, run)))


@pytest.mark.parametrize("newer", [1, 3])
async def test_an_error_behind_other_failed_runs_costs_no_more_and_a_click_goes_on_looking(
    newer: int,
) -> None:
    run = STOREFRONT.runs[0]
    text = f"{EMPTY}\nhttps://bitbucket.org/acme/storefront"
    async with opened(behind(run, newer)) as sources:
        first = await now(sources, text)
        cold = len(sources.bitbucket.calls)
        sources.forget_calls()
        again = await now(sources, text, revision="click-1")
        clicked = len(sources.bitbucket.calls)

    print(f"behind {newer}: {cold} calls, then {clicked} for a click")
    assert cold <= 9
    assert clicked <= 20
    assert ("not looked into yet, which “Check again” does" in first.run_line) is (newer > 1)
    assert again.run_line.startswith(f"run #{run.build_number} of ")


async def test_several_failed_steps_whose_logs_are_not_all_looked_at_are_said_to_be_so() -> None:
    run = STOREFRONT.runs[0]
    steps = tuple(
        replace(
            run.steps[0],
            uuid=f"{{{number:08d}-2222-4222-8222-222222222222}}",
            name=f"Test {number}",
            result="FAILED",
            log="1 test failed\n",
        )
        for number in range(4)
    )
    world = changed("storefront", lambda one: replace(one, runs=(replace(run, steps=steps),)))
    async with opened(world) as sources:
        answer = await now(sources, f"{EMPTY}\n{link('storefront')}")
        cold = len(sources.bitbucket.calls)
        again = await now(sources, f"{EMPTY}\n{link('storefront')}", revision="click-1")

    print(f"four failed steps: {cold} calls")
    assert cold <= 9
    assert "more failed steps were not looked into yet, which “Check again” does" in answer.run_line
    assert "not looked into yet" not in again.run_line
