"""A host in trouble is asked by one call at a time, and answers for it are given at once."""

from __future__ import annotations

import asyncio
import traceback

import pytest

from bot.clients.bitbucket_gate import Gate, PassingError
from bot.clients.bitbucket_wire import _is_raw
from bot.errors import SourceRateLimited
from bot.playground.bitbucket import BitbucketStandIn
from knowledge.answer import Kind
from tests.bot.sources import WORLD, link, opened
from tests.bot.test_investigator import EMPTY, unread

PASTE = f"{EMPTY}\n{link('storefront')}"


async def test_a_host_that_breaks_every_connection_costs_few_calls_and_the_next_paste_asks_again() -> None:
    async with opened() as sources:
        sources.bitbucket.fail("", drop=True)
        down = await sources.ask(PASTE)
        calls = len(sources.bitbucket.calls)
        sources.forget_calls()
        more = await asyncio.gather(*(sources.ask(PASTE) for _ in range(10)))
        during = len(sources.bitbucket.calls)
        sources.bitbucket.heal()
        up = await sources.ask(PASTE)

    print(f"cold: {calls} calls; ten more pastes: {during}")
    assert calls <= 12
    assert during <= 10
    for answer in (down, *more):
        assert answer.kind is Kind.DIAGNOSIS
        assert "Bitbucket cannot be reached" in answer.note
    assert (up.cause, unread(up)) == ("oidc-not-enabled", {})


async def test_a_few_broken_connections_are_no_trouble() -> None:
    async with opened() as sources:
        sources.bitbucket.fail("", drop=True, times=4)
        answer = await sources.ask(PASTE)

    assert (answer.cause, unread(answer)) == ("oidc-not-enabled", {})


async def test_more_broken_connections_than_that_are_overcome_by_the_one_that_goes_first() -> None:
    async with opened() as sources:
        sources.bitbucket.fail("", drop=True, times=6)
        answer = await sources.ask(PASTE)

    assert (answer.cause, unread(answer)) == ("oidc-not-enabled", {})


async def test_a_store_that_is_down_does_not_close_bitbucket() -> None:
    server = BitbucketStandIn(WORLD)
    async with opened(bitbucket=server) as sources:
        server.storage.fail("", drop=True)
        for _ in range(4):
            answer = await sources.ask(PASTE)
            assert [source.startswith("the log") for source in unread(answer)] == [True]
        asked = len(server.storage.calls)
        server.storage.heal()
        healed = await sources.ask(PASTE)

    assert asked <= 3 + 3 + 1 + 1
    assert unread(healed) == {}


async def test_a_failure_that_is_told_again_and_again_does_not_grow() -> None:
    gate = Gate(clock=lambda: 0.0)
    gate.answered(limited=True)

    async def ask() -> None:
        raise PassingError(SourceRateLimited("no more (429)", "wait", 7.0), 7.0)

    caught: list[PassingError] = []
    for _ in range(4):
        with pytest.raises(PassingError) as raised:
            await gate.passed(ask, at_once=True)
        caught.append(raised.value)

    assert len(set(map(id, caught))) == len({id(one.error) for one in caught}) == 4
    assert len({len(traceback.extract_tb(one.__traceback__)) for one in caught[1:]}) == 1
    for one in caught:
        assert isinstance(one.error, SourceRateLimited)
        assert (one.error.reason, one.error.remedy, one.error.seconds) == ("no more (429)", "wait", 7.0)
        assert (one.wait, one.down) == (7.0, False)


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("/repositories/acme/widget/src/3b4547d/bitbucket-pipelines.yml", True),
        ("/repositories/src/src/src/3b4547d/bitbucket-pipelines.yml", True),
        ("/repositories/acme/src/pipelines/5/steps?pagelen=100", False),
        ("/repositories/src/widget/pipelines", False),
        ("/workspaces/src/pipelines-config/variables", False),
        ("/repositories/acme/widget?fields=/repositories/a/b/src/", False),
    ],
)
def test_only_a_file_of_a_repository_is_a_raw_one(path: str, raw: bool) -> None:
    assert _is_raw(f"https://api.bitbucket.org/2.0{path}") is raw
