"""The desk: after `eyes` there is never silence, and never a trace."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient

from bot.desk import Desk
from bot.metrics import Metrics
from bot.playground.slack import SlackStandIn
from bot.playground.slack_state import BOT_USER, CHANNEL, TEAM
from handlers.delivery import Delivery
from handlers.ports import Paste
from knowledge.answer import Answer
from knowledge.redact import redact

CANARY = "a-value-that-nobody-may-see"


async def broken(_: Paste) -> Answer:
    raise KeyError(CANARY)


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    stand_in = SlackStandIn()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


async def test_our_own_fault_ends_in_an_apology_with_a_reference(slack: SlackStandIn) -> None:
    metrics = Metrics()
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=session)
        desk = Desk(broken, Delivery(client, BOT_USER, slack.hooks_url), metrics, lambda _: None)
        slack.events_url = None
        ts = slack.workspace.new_ts()
        paste = Paste(team=TEAM, channel=CHANNEL, ts=ts, user="U0DANA0001", text=redact("it fails").text)
        reply = await desk.prepare(paste)

    assert reply.kind == "apology"
    assert reply.reaction == "warning"
    assert "Check again" in reply.text or "recheck" in str(reply.blocks)
    assert CANARY not in str(reply)
    assert "KeyError" not in str(reply)
    assert 'rolecall_faults_total{where="answer"} 1.0' in metrics.render().decode()
