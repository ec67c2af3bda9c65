"""What `/metrics` counts, scraped from a bot that answered."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.playground.slack import APP_TOKEN
from bot.playground.stage import Stage, stage
from bot.upkeep import measure
from tests.e2e.talk import REFUSED, answered, ask, settled, until

LINK = "https://bitbucket.org/acme/storefront/pipelines/results/214"
PASTE = f"Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4\n{LINK}"


@pytest_asyncio.fixture
async def running() -> AsyncIterator[Stage]:
    async with stage() as made:
        yield made


def figure(running: Stage, name: str, **labels: str) -> float:
    """The value of a series with these labels, whatever others it has; 0 when there is none."""
    found = 0.0
    for line in running.bot.metrics.render().decode().splitlines():
        if match := re.match(rf"{name}(?:{{(?P<labels>.*)}})? (?P<value>\S+)\Z", line):
            given = dict(re.findall(r'(\w+)="([^"]*)"', match["labels"] or ""))
            if labels.items() <= given.items():
                found += float(match["value"])
    return found


async def test_calls_to_every_service_are_counted_by_status_and_timed(running: Stage) -> None:
    await ask(running, f"{REFUSED}\nhttps://bitbucket.org/acme/search-indexer/pipelines/results/1")
    for service in ("slack", "bitbucket", "aws"):
        assert figure(running, "rolecall_calls_total", service=service, status="200") > 0, service
        assert figure(running, "rolecall_call_seconds_count", service=service) > 0, service


async def test_calls_that_fail_are_counted_as_what_they_were(running: Stage) -> None:
    running.slack.fail(r"chat\.postMessage", status=500, times=1)
    running.slack.fail(r"reactions\.add", drop=True, times=1)
    await ask(running, PASTE)
    assert figure(running, "rolecall_calls_total", service="slack", status="500") == 1
    assert figure(running, "rolecall_calls_total", service="slack", status="none") == 1


async def test_secrets_in_a_paste_are_counted_by_kind_once(running: Stage) -> None:
    ts = await ask(running, f"{PASTE}\nAKIA{'B' * 16} and AKIA{'C' * 16}")
    await running.slack.edit(ts, f"{PASTE}\nAKIA{'B' * 16} and AKIA{'C' * 16}, see above")
    await answered(running, ts)
    assert figure(running, "rolecall_redactions_total") == 2


async def test_a_text_that_was_asked_about_and_is_not_known_is_counted(running: Stage) -> None:
    await running.slack.mention("why does this not work, it says computer says no")
    assert figure(running, "rolecall_unknown_texts_total", way_in="mention") == 1


async def test_unfinished_work_is_counted_with_its_age_until_it_is_done(running: Stage) -> None:
    running.slack.fail(r"chat\.postMessage", status=429, headers={"Retry-After": "1"}, times=1)
    ts = await running.slack.post(PASTE)
    await until(lambda: any("chat.postMessage" in call.path for call in running.slack.calls))
    await measure(running.bot.metrics)
    assert figure(running, "rolecall_work_unfinished") == 1
    assert 0 < figure(running, "rolecall_work_oldest_seconds") < 60

    await answered(running, ts)
    await settled(running)
    await measure(running.bot.metrics)
    assert figure(running, "rolecall_work_unfinished") == 0
    assert figure(running, "rolecall_work_oldest_seconds") == 0


@pytest.mark.parametrize("over", ["http", "socket"])
async def test_the_socket_is_shown_as_it_is(over: str) -> None:
    changes: dict[str, str] = (
        {} if over == "http" else {"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": ""}
    )
    async with stage(None, **changes) as running:
        assert figure(running, "rolecall_socket_connected") == (0 if over == "http" else 1)
        assert figure(running, "rolecall_socket_silence_seconds") < 30
