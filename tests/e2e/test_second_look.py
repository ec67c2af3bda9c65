"""CloudTrail's record comes after the answer: the one reply is edited with it, without a word beside it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from dbos import DBOS, DBOSClient, WorkflowStatus

from bot.playground.aws import HELPS, READS, AwsStandIn
from bot.playground.slack import SlackStandIn
from bot.playground.slack_state import BOT_USER, CHANNEL, Message
from bot.playground.stage import Stage, stage
from bot.store import serializer
from bot.works import LOOK
from tests.bot.test_aws import OWN
from tests.bot.test_aws_policies import SOUND, login
from tests.e2e.serving import surroundings
from tests.e2e.talk import (
    PATIENCE,
    REFUSED,
    answered,
    ask,
    button,
    facts_of,
    marks,
    replies,
    settled,
    until,
    words,
)

LEDGER = f"{REFUSED} https://bitbucket.org/acme/ledger/pipelines/results/512"
LATER = "no record of this login yet"
RECORDED = "CloudTrail recorded it in"


@pytest_asyncio.fixture
async def sound() -> AsyncIterator[Stage]:
    """The example world, in which the policy of `ledger` admits the step, and CloudTrail may be read."""
    async with stage(SOUND) as made:
        made.aws.granted[OWN] = READS | HELPS
        yield made


def said(slack: SlackStandIn) -> Counter[str]:
    """The bot's calls to Slack, by method."""
    return Counter(call.path.rpartition("/")[2] for call in slack.calls)


def lookups(aws: AwsStandIn) -> int:
    return sum(call.path.startswith("/cloudtrail/") for call in aws.calls)


async def stored_as(status: str) -> WorkflowStatus:
    """The one look, once it has come to that."""
    async with asyncio.timeout(PATIENCE):
        while [look.status for look in await DBOS.list_workflows_async(name=LOOK)] != [status]:
            await asyncio.sleep(0.02)
        (look,) = await DBOS.list_workflows_async(name=LOOK)
        return look


async def due_now() -> None:
    """Let the time pass for which the one look waits."""
    look = await stored_as("DELAYED")
    await DBOS.set_workflow_delay_async(look.workflow_id, delay_seconds=0)


async def test_the_record_that_comes_later_edits_the_reply_and_nothing_else(sound: Stage) -> None:
    ts = await ask(sound, LEDGER)
    await settled(sound)
    before = await answered(sound, ts)
    assert (facts_of(before)["cause"], LATER in words(before)) == ("", True)
    assert "asked again by itself" in words(before)
    slack, bitbucket, mark = said(sound.slack), len(sound.bitbucket.calls), marks(sound, ts)

    sound.aws.trails[OWN].logins.append(login())
    await due_now()
    reply: Message = await until(lambda: next((r for r in replies(sound, ts) if RECORDED in words(r)), None))

    now = {"cause": "refused-above-the-role", "verdict": "likely"}
    assert facts_of(reply) == {**facts_of(before), **now}
    assert "record of the login has come since" in words(reply)
    assert [one.ts for one in replies(sound, ts)] == [before.ts]
    assert said(sound.slack) - slack == Counter({"chat.update": 1})
    assert marks(sound, ts) == mark
    assert len(sound.bitbucket.calls) - bitbucket <= 3
    await stored_as("SUCCESS")
    shown = await sound.bot.jobs.last_reply(facts_of(reply)["job"])
    assert shown is not None
    assert shown.verdict == "likely", "what the buttons show is of the newest reply"


async def test_a_record_that_is_still_missing_changes_nothing_and_is_looked_for_again(sound: Stage) -> None:
    ts = await ask(sound, LEDGER)
    await settled(sound)
    slack, asked = said(sound.slack), lookups(sound.aws)
    await due_now()
    await until(lambda: lookups(sound.aws) > asked)
    look = await stored_as("DELAYED")

    assert "/look-2" in look.workflow_id
    assert said(sound.slack) == slack
    assert LATER in words(await answered(sound, ts))


async def test_checking_again_finds_the_record_and_ends_the_looks(sound: Stage) -> None:
    ts = await ask(sound, LEDGER)
    await settled(sound)
    sound.aws.trails[OWN].logins.append(login())
    reply = await answered(sound, ts)
    await sound.slack.click(reply.ts, None, button(reply, "recheck"))
    await until(lambda: RECORDED in words(replies(sound, ts)[0]))
    await settled(sound)

    assert await DBOS.list_workflows_async(name=LOOK) == []


async def test_where_cloudtrail_may_not_be_read_nothing_is_looked_at_again(sound: Stage) -> None:
    sound.aws.granted[OWN] = READS
    await ask(sound, LEDGER)
    await settled(sound)

    assert await DBOS.list_workflows_async(name=LOOK) == []


async def test_a_waiting_look_lets_the_process_end_and_is_done_by_the_next(tmp_path: Path) -> None:
    async with surroundings(tmp_path, SOUND) as around:
        around.aws.granted[OWN] = READS | HELPS

        def bots() -> list[Message]:
            return [one for one in around.slack.workspace.thread(CHANNEL, ts) if one.user == BOT_USER]

        client = None
        try:
            async with around.serving() as process:
                ts = await around.slack.post(LEDGER)
                await until(bots)
                client = DBOSClient(
                    system_database_url=around.settings(0)["DATABASE_URL"], serializer=serializer()
                )
                (look,) = await until(lambda: client.list_workflows(name=LOOK, status="DELAYED"))
                assert await process.terminate() == 0
            around.aws.trails[OWN].logins.append(login())
            client.set_workflow_delay(look.workflow_id, delay_seconds=0)
            async with around.serving():
                await until(lambda: RECORDED in str(bots()[0].blocks))
                assert len(bots()) == 1
        finally:
            if client is not None:
                client.destroy()
