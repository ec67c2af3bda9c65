"""What went before: a second look says what changed, and a cause that comes again is told as such."""

from __future__ import annotations

import json

import pytest

from bot.playground.slack_state import OTHER_PERSON, Message
from bot.playground.stage import Stage
from tests.e2e.talk import answered, ask, button, facts_of, replies, settled, until, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

EMPTY_TOKEN = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
STOREFRONT = f"{EMPTY_TOKEN}\nhttps://bitbucket.org/acme/storefront/pipelines/results/214"
REFUSED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)


def line(reply: Message) -> str:
    """The reply's line about what went before; empty without one."""
    found = [block for block in reply.blocks if block.get("block_id") == "history"]
    return words({"blocks": found, "text": ""}) if found else ""


async def rechecked(stage: Stage, ts: str) -> Message:
    (reply,) = replies(stage, ts)
    await stage.slack.click(reply.ts, None, button(reply, "recheck"))
    await until(lambda: "Checked again" in line(replies(stage, ts)[0]))
    await settled(stage)
    return replies(stage, ts)[0]


async def test_a_second_look_that_finds_the_same_says_so(shared: Stage) -> None:
    ts = await ask(shared, STOREFRONT)
    assert "Checked again" not in line(await answered(shared, ts))

    assert "nothing has changed" in line(await rechecked(shared, ts))
    assert "nothing has changed" in line(await rechecked(shared, ts)), "its own line is no change"


async def test_a_second_look_says_what_the_answer_was_before(shared: Stage) -> None:
    granted = dict(shared.aws.granted)
    shared.aws.granted = dict.fromkeys(granted, frozenset())
    ts = await ask(shared, f"{REFUSED} https://bitbucket.org/acme/ledger/pipelines/results/512")
    assert facts_of(await answered(shared, ts))["cause"] == ""
    shared.aws.granted = granted

    reply = await rechecked(shared, ts)
    assert facts_of(reply)["cause"] == "trust-subject-mismatch"
    assert "before, no cause was found" in line(reply)


async def test_the_same_cause_in_the_same_repository_is_told_with_its_last_thread(shared: Stage) -> None:
    await settled(shared)
    first = await ask(shared, f"again {STOREFRONT}")
    await settled(shared)
    last = line(await answered(shared, first))
    ts = await shared.slack.post(f"mine too {STOREFRONT}", user=OTHER_PERSON)
    said = line(await answered(shared, ts))

    assert "time today: oidc-not-enabled in acme/storefront" in said
    assert f"/p{first.replace('.', '')}" in said
    assert said != last, "it counts on"
    assert "<@" not in json.dumps(replies(shared, ts)[0].blocks)


async def test_another_repository_is_not_the_same(shared: Stage) -> None:
    ts = await ask(shared, f"{REFUSED} https://bitbucket.org/acme/reporting/pipelines/results/1234")

    assert line(await answered(shared, ts)) == ""
