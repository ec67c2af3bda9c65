"""An OAuth consumer logs in: its token is asked for once, renewed before its end and when it is refused."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from bot.clients.bitbucket import BitbucketClient
from bot.clients.bitbucket_credentials import Consumer
from bot.errors import SourceDenied, SourceMalformed, SourceUnreachable
from bot.metrics import Metrics
from bot.playground.bitbucket import BitbucketStandIn
from bot.playground.bitbucket_oauth import PATH, OAuthEndpoint
from bot.ports import RepositoryName
from knowledge.answer import Kind
from tests.bot.sources import WORLD, link, opened
from tests.bot.test_investigator import EMPTY, unread

HOME = RepositoryName("acme", "storefront")
PAIR = ("consumer-key", "consumer-secret")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@contextlib.asynccontextmanager
async def consuming(
    clock: Clock | None = None, secret: str = PAIR[1]
) -> AsyncIterator[tuple[BitbucketStandIn, OAuthEndpoint, BitbucketClient]]:
    server = BitbucketStandIn(WORLD, consumer=PAIR)
    base = await server.start()
    consumer = Consumer(PAIR[0], secret, server.oauth_url, clock or Clock())
    client = BitbucketClient(base, consumer, Metrics())
    assert server.oauth is not None
    try:
        yield server, server.oauth, client
    finally:
        await client.close()
        await server.stop()


def tokens_given(server: BitbucketStandIn) -> int:
    return sum(call.path == PATH for call in server.calls)


async def test_one_token_serves_all_calls_that_begin_together() -> None:
    async with consuming() as (server, _, client):
        look = client.look()
        await asyncio.gather(look.repository(HOME), look.environments(HOME), look.newest_runs(HOME))

    assert tokens_given(server) == 1
    assert {call.headers["authorization"] for call in server.calls if call.path != PATH} == {
        "Bearer playground-consumer-token-1"
    }


async def test_it_is_renewed_some_minutes_before_its_end() -> None:
    clock = Clock()
    async with consuming(clock) as (server, _, client):
        await client.look().newest_runs(HOME)
        clock.now += 7_200 - 301
        await client.look(anew=True).newest_runs(HOME)
        assert tokens_given(server) == 1
        clock.now += 2
        await client.look(anew=True).newest_runs(HOME)
        assert tokens_given(server) == 2


async def test_a_token_that_is_refused_is_renewed_once_and_the_question_asked_again() -> None:
    clock = Clock()
    async with consuming(clock) as (server, oauth, client):
        await client.look().repository(HOME)
        oauth.good.clear()
        await client.look(anew=True).newest_runs(HOME)
        assert tokens_given(server) == 2

        server.fail("/pipelines", status=401)
        server.calls.clear()
        with pytest.raises(SourceDenied) as caught:
            await client.look(anew=True).newest_runs(HOME)
        assert [call.path == PATH for call in server.calls] == [False]
    assert "`BITBUCKET_OAUTH_KEY`" in caught.value.remedy
    assert "BITBUCKET_TOKEN" not in caught.value.remedy


async def test_many_refusals_at_once_renew_it_once() -> None:
    async with consuming() as (server, oauth, client):
        await client.look().repository(HOME)
        oauth.good.clear()
        look = client.look(anew=True)
        await asyncio.gather(look.newest_runs(HOME), look.environments(HOME), look.repository_variables(HOME))

    assert tokens_given(server) == 2


async def test_a_wrong_secret_is_told_by_the_settings_names_and_not_repeated() -> None:
    async with consuming(secret="wrong-canary") as (_, _, client):
        with pytest.raises(SourceDenied) as caught:
            await client.look().repository(HOME)

    assert "`BITBUCKET_OAUTH_SECRET`" in caught.value.remedy
    assert "canary" not in f"{caught.value!r} {caught.value.reason} {caught.value.remedy}"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 503}, SourceUnreachable),
        ({"drop": True}, SourceUnreachable),
        ({"status": 200, "body": b"<html>"}, SourceMalformed),
        ({"status": 200, "body": b"[]"}, SourceMalformed),
        ({"status": 200, "body": b'{"access_token": "a b"}'}, SourceMalformed),
        ({"status": 200, "body": b'{"access_token": null}'}, SourceMalformed),
        ({"status": 200, "body": b'{"access_token": ""}'}, SourceMalformed),
        ({"status": 200, "body": b'{"access_token": "a", "expires_in": "NaN"}'}, SourceMalformed),
    ],
)
async def test_no_token_is_a_reason_like_another_and_the_next_question_asks_again(
    fault: dict[str, object], kind: type[Exception]
) -> None:
    async with consuming() as (server, _, client):
        server.fail(PATH, **fault)  # type: ignore[arg-type]
        with pytest.raises(kind):
            await client.look().repository(HOME)
        server.heal()
        assert (await client.look().repository(HOME)).full_name == "acme/storefront"


async def test_a_diagnosis_with_a_consumer_reads_everything_and_costs_nine_calls() -> None:
    server = BitbucketStandIn(WORLD, consumer=PAIR)
    async with opened(bitbucket=server, consumer=PAIR) as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront')}")

    assert answer.kind is Kind.DIAGNOSIS
    assert answer.cause == "oidc-not-enabled"
    assert unread(answer) == {}
    api = [call for call in server.calls if call.path != PATH]
    assert len(api) <= 9
    assert tokens_given(server) == 1
