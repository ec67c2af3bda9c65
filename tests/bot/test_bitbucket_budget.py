"""The hour's calls: counted, kept free for whole diagnoses, shared, and said to be spent when they are."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.clients.bitbucket_budget import Budget
from bot.errors import SourceRateLimited
from bot.playground.bitbucket import BitbucketStandIn
from bot.playground.world import World
from knowledge.answer import Answer
from tests.bot.sources import WORLD, link, opened, repository
from tests.bot.test_investigator import EMPTY, unread

MANY = 50


class Clock:
    """Seconds since 1970, at the beginning of a minute."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def spent(budget: Budget, calls: int) -> None:
    for _ in range(calls):
        budget.spend()


def crowd(number: int = MANY) -> World:
    """The example world with as many repositories like one of it."""
    home = repository("storefront")
    copies = tuple(
        replace(home, slug=f"shop-{at}", uuid=f"{{{at:08d}{home.uuid[9:]}") for at in range(number)
    )
    return replace(WORLD, repositories=(*WORLD.repositories, *copies))


def paste(at: int) -> str:
    return f"{EMPTY}\n{link('storefront').replace('/storefront/', f'/shop-{at}/')}"


def test_calls_count_for_an_hour_and_a_part_is_left_over_for_what_others_spend_meanwhile() -> None:
    clock = Clock()
    budget = Budget(clock=clock)
    assert budget.left == 980
    spent(budget, 400)
    clock.now += 1_800
    spent(budget, 100)
    assert budget.left == 480
    clock.now += 1_800
    assert budget.left == 480, "the first of these were made less than an hour and a minute ago"
    clock.now += 60
    assert budget.left == 880


def test_the_calls_of_other_processes_count_too() -> None:
    clock = Clock()
    budget = Budget(clock=clock)
    budget.others({budget.minute: 970, budget.minute - 61: 500})

    assert budget.left == 10
    budget.hold()
    with pytest.raises(SourceRateLimited):
        budget.hold()


def test_calls_are_kept_free_for_a_whole_diagnosis_or_it_gets_none() -> None:
    budget = Budget(allowed=20, clock=Clock())
    held = budget.hold()
    for _ in range(3):
        held = budget.take(held)
        budget.spend()
    held_too = budget.hold()
    with pytest.raises(SourceRateLimited):
        budget.hold()
    budget.free(held)
    budget.free(held_too)
    assert budget.hold() == 9


def test_when_it_is_spent_the_wait_is_until_enough_is_free_for_one_more() -> None:
    clock = Clock()
    budget = Budget(clock=clock)
    spent(budget, 5)
    clock.now += 600
    spent(budget, 975)
    clock.now += 900

    with pytest.raises(SourceRateLimited) as caught:
        budget.hold()

    # 5 are free in 36 minutes (61 after they were made, less 25), which do not make nine; ten later they do.
    assert caught.value.seconds == 46 * 60
    assert "46 minutes" in caught.value.remedy


def test_what_bitbucket_says_of_a_larger_allowance_is_taken_and_nonsense_is_not() -> None:
    budget = Budget(clock=Clock())
    budget.tell({"x-ratelimit-limit": "4000"})
    assert budget.allowed == 4_000
    for odd in ("0", "", "-1", "many", "٣"):
        budget.tell({"x-ratelimit-limit": odd})
    budget.tell({"x-ratelimit-limit": "9", "x-ratelimit-resource": "raw"})
    assert budget.allowed == 4_000


async def test_a_burst_of_fifty_repositories_is_answered_within_the_budget_and_without_a_429() -> None:
    async with opened(crowd()) as sources:
        # As many at a time as are enough to meet; how fast this machine is decides nothing here.
        slots = asyncio.Semaphore(8)

        async def ask(at: int) -> Answer:
            async with slots:
                return await sources.ask(paste(at))

        answers = await asyncio.gather(*(ask(at) for at in range(MANY)))
        left = sources.readings.budget.left

    calls = [call for call in sources.bitbucket.calls if "/src/" not in call.path]
    print(f"{MANY} repositories: {len(sources.bitbucket.calls)} calls, {len(calls)} of the hour's 1,000")
    assert {answer.cause for answer in answers} == {"oidc-not-enabled"}
    assert {str(unread(answer)) for answer in answers} == {"{}"}
    assert 429 not in {call.status for call in sources.bitbucket.calls}
    assert left == 980 - len(calls)
    assert "rolecall_budget_left" in sources.metrics.render().decode()


def is_late(answer: Answer) -> bool:
    return bool(answer.again_in)


async def test_a_burst_over_the_budget_is_told_so_without_a_429_and_half_a_diagnosis_for_anybody() -> None:
    """The credential is told that its allowance is 100 calls."""
    server = BitbucketStandIn(crowd(), allowance=100)
    async with opened(server.world, bitbucket=server) as sources:
        await sources.ask(paste(0))
        answers = await asyncio.gather(*(sources.ask(paste(at)) for at in range(1, MANY)))

    told = [answer for answer in answers if is_late(answer)]
    whole = [answer for answer in answers if not is_late(answer)]
    print(f"{len(whole) + 1} answered, {len(told)} told to wait, {len(server.calls)} calls")
    assert 429 not in {call.status for call in server.calls}
    assert len(whole) >= 8
    assert {answer.cause for answer in whole} == {"oidc-not-enabled"}
    assert {str(unread(answer)) for answer in whole} == {"{}"}
    for answer in told:
        assert answer.note.startswith(
            "The bot has made the 100 calls to Bitbucket that it may make in an hour."
        )
        assert "looked at again by itself at about" in answer.note
        assert answer.again_in <= 61 * 60


async def test_an_answer_that_does_not_last_promises_no_other_one() -> None:
    async with opened() as sources:
        sources.bitbucket.fail("", status=429, headers={"Retry-After": "1200"})
        answer = await sources.ask(
            link("storefront"), way_in="command", response_url="https://hooks.slack.com/x"
        )

    assert answer.again_in == 0
    assert "by itself" not in answer.note
    assert ". Ask again at " in answer.note


async def test_a_429_is_shared_by_all_that_are_asking_and_slows_them_down_without_losing_any() -> None:
    async with opened(crowd()) as sources:
        sources.bitbucket.fail("", status=429, times=8, headers={"Retry-After": "0"})
        answers = await asyncio.gather(*(sources.ask(paste(at)) for at in range(8)))

    refused = sum(call.status == 429 for call in sources.bitbucket.calls)
    print(f"8 repositories, {refused} refusals, {len(sources.bitbucket.calls)} calls")
    assert {answer.cause for answer in answers} == {"oidc-not-enabled"}
    assert refused == 8


async def test_while_bitbucket_takes_nothing_many_pastes_cost_few_calls_and_are_told_when() -> None:
    async with opened(crowd()) as sources:
        sources.bitbucket.fail("", status=429)
        first = await sources.ask(paste(0))
        sources.forget_calls()
        answers = await asyncio.gather(*(sources.ask(paste(at)) for at in range(1, 21)))
        during = len(sources.bitbucket.calls)
        sources.bitbucket.heal()
        after = await sources.ask(paste(21))

    print(f"20 pastes while it says 429: {during} calls")
    assert during <= 20
    assert all(map(is_late, [first, *answers]))
    assert first.again_in == 60
    assert "(429)" in first.note
    assert (after.cause, is_late(after)) == ("oidc-not-enabled", False)
