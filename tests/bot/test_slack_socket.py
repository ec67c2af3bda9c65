"""The socket: whatever an address does, another one is asked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import APP_TOKEN, SlackStandIn
from bot.settings import SettingsError
from bot.slack_socket import SocketHandler

_OPEN = r"apps\.connections\.open"


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    stand_in = SlackStandIn()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest_asyncio.fixture
async def socket(slack: SlackStandIn) -> AsyncIterator[SocketHandler]:
    """One that tries an address for a tenth of a second."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        client = AsyncWebClient(
            token=slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )
        app = AsyncApp(client=client, request_verification_enabled=False)
        handler = SocketHandler(app, APP_TOKEN, client, address_seconds=0.1)
        yield handler
        await handler.close_async()  # type: ignore[no-untyped-call]


def addresses(slack: SlackStandIn) -> int:
    return sum("apps.connections.open" in call.path for call in slack.calls)


async def test_where_nobody_listens_at_the_first_address_another_is_asked_for(
    slack: SlackStandIn, socket: SocketHandler
) -> None:
    dead = json.dumps({"ok": True, "url": "ws://127.0.0.1:9/link/?ticket=x"}).encode()
    slack.fail(_OPEN, status=200, body=dead, headers={"Content-Type": "application/json"}, times=1)
    async with asyncio.timeout(20):
        await socket.open()

    assert addresses(slack) == 2
    assert len(slack.courier.sockets) == 1


@pytest.mark.parametrize("fault", [{"hang": 60.0}, {"status": 503}, {"status": 404}], ids=str)
async def test_where_the_first_address_gives_no_socket_another_is_asked_for(
    slack: SlackStandIn, socket: SocketHandler, fault: dict[str, float]
) -> None:
    slack.fail("/link/", times=1, **fault)  # type: ignore[arg-type]
    async with asyncio.timeout(20):
        await socket.open()

    assert addresses(slack) == 2
    assert len(slack.courier.sockets) == 1


async def test_after_a_drop_an_address_that_is_dead_is_given_up_too(
    slack: SlackStandIn, socket: SocketHandler
) -> None:
    await socket.open()
    slack.fail("/link/", times=1, status=503)
    await slack.courier.sockets[0].close()
    async with asyncio.timeout(20):
        while not (slack.courier.sockets and addresses(slack) == 3):
            await asyncio.sleep(0.05)


async def test_a_token_that_slack_refuses_ends_it(slack: SlackStandIn, socket: SocketHandler) -> None:
    slack.refuse("apps.connections.open", "invalid_auth")
    with pytest.raises(SettingsError, match="SLACK_APP_TOKEN"):
        await socket.open()

    assert addresses(slack) == 1
