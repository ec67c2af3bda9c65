"""A host in trouble is asked by one call at a time, and answers for it are given at once."""

from __future__ import annotations

import asyncio

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
