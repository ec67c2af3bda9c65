"""What a running bot has found out about its rights: in `/readyz` as warnings, on the Home tab in words."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.playground.slack_state import PERSON
from bot.playground.stage import Stage
from bot.playground.world import load_world
from tests.e2e.talk import REFUSED, ask, settled, until, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

STOREFRONT = next(one.paste for one in load_world().repositories if one.slug == "storefront")
LEDGER = f"{REFUSED} https://bitbucket.org/acme/ledger/pipelines/results/512"


async def ready(stage: Stage) -> tuple[int, list[dict[str, Any]]]:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{stage.bot.base_url}/readyz")
    return answer.status_code, answer.json().get("warnings", [])


async def home(stage: Stage) -> str:
    before = stage.slack.workspace.homes.get(PERSON)
    await stage.slack.open_home(user=PERSON)
    await until(lambda: stage.slack.workspace.homes.get(PERSON) is not before)
    return words(stage.slack.workspace.homes[PERSON].content)


async def test_a_start_asks_bitbucket_and_aws_nothing_and_says_that_nothing_was_read(shared: Stage) -> None:
    asked = [call.path.partition("?")[0] for call in shared.slack.calls]

    assert shared.bitbucket.calls == []
    assert shared.aws.calls == []
    assert sorted(set(asked)) == ["/api/auth.test", "/api/conversations.history"]
    assert len(asked) == 2, "one for the bot, one for the one channel"
    assert await ready(shared) == (200, [])
    assert "it has read nothing, so" in await home(shared)


async def test_a_scope_that_bitbucket_asked_for_weakens_the_answers_until_it_is_given(shared: Stage) -> None:
    scopes = shared.bitbucket.scopes
    shared.bitbucket.scopes = ("repository",)
    await ask(shared, STOREFRONT)
    await settled(shared)
    status, warnings = await ready(shared)
    tab = await home(shared)

    assert status == 200, "it answers as well as it can"
    assert [one["area"] for one in warnings] == ["bitbucket"]
    assert "the bot's token lacks the scope `pipeline` (403)" in warnings[0]["sentence"]
    assert "`BITBUCKET_TOKEN` the scope `pipeline`" in warnings[0]["remedy"]
    assert "could not be read: the bot's token lacks the scope pipeline (403)" in tab
    assert "whoever runs the bot gives BITBUCKET_TOKEN the scope pipeline" in tab
    assert "acme/storefront" not in str(warnings)

    shared.bitbucket.scopes = scopes
    await ask(shared, STOREFRONT)
    await settled(shared)
    tab = await home(shared)
    assert await ready(shared) == (200, [])
    assert "Missing" not in tab
    assert "Read within the last day: Bitbucket: " in tab
    assert "repository variables" in tab


async def test_an_account_that_aws_keeps_closed_is_told_without_its_number(shared: Stage) -> None:
    granted = dict(shared.aws.granted)
    shared.aws.granted = dict.fromkeys(granted, frozenset())
    await ask(shared, LEDGER)
    await settled(shared)
    status, warnings = await ready(shared)
    shared.aws.granted = granted

    assert status == 200
    assert any("AWS does not allow the bot `iam:GetRole`" in one["sentence"] for one in warnings)
    assert "123456789012" not in str(warnings)
    assert "123456789012" not in await home(shared)
