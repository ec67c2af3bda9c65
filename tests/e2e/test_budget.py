"""When Bitbucket takes no more questions the reply says so and when it is made anew; and then it is."""

from __future__ import annotations

from dbos import DBOS, WorkflowStatus

from bot.playground.slack_state import Message
from bot.playground.stage import Stage
from bot.works import LOOK
from tests.e2e.talk import answered, ask, button, facts_of, replies, settled, until, words

EMPTY_TOKEN = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
STOREFRONT = f"{EMPTY_TOKEN}\nhttps://bitbucket.org/acme/storefront/pipelines/results/214"
PROMISE = "This is looked at again by itself at about"


async def due_now() -> None:
    """Let the time pass for which the one look waits."""
    (look,) = await DBOS.list_workflows_async(name=LOOK, status="DELAYED")
    await DBOS.set_workflow_delay_async(look.workflow_id, delay_seconds=0)


async def test_a_paste_while_the_allowance_is_used_up_is_answered_once_it_is_not(
    running: Stage,
) -> None:
    running.bitbucket.allowance = 0
    ts = await ask(running, STOREFRONT)
    await settled(running)
    before = await answered(running, ts)
    calls = len(running.bitbucket.calls)
    assert "(429). " + PROMISE in words(before)
    assert PROMISE in before.text
    assert calls <= 12

    running.bitbucket.allowance = 1_000
    posts = sum(call.path.endswith("chat.postMessage") for call in running.slack.calls)
    await due_now()
    reply: Message = await until(
        lambda: next((one for one in replies(running, ts) if facts_of(one)["verdict"] == "confirmed"), None)
    )

    print(f"refused: {calls} calls; answered later: {len(running.bitbucket.calls) - calls}")
    assert facts_of(reply)["cause"] == "oidc-not-enabled"
    assert "Bitbucket takes questions again" in words(reply)
    assert PROMISE not in words(reply)
    assert [one.ts for one in replies(running, ts)] == [before.ts]
    assert sum(call.path.endswith("chat.postMessage") for call in running.slack.calls) == posts
    assert len(running.bitbucket.calls) - calls <= 9


async def test_while_it_is_still_used_up_the_reply_stays_and_another_look_waits(running: Stage) -> None:
    running.bitbucket.allowance = 0
    ts = await ask(running, STOREFRONT)
    await settled(running)
    before = words(await answered(running, ts))
    asked = len(running.bitbucket.calls)
    await due_now()
    await until(lambda: len(running.bitbucket.calls) > asked)
    waiting: list[WorkflowStatus] = []
    while not waiting:
        waiting = await DBOS.list_workflows_async(name=LOOK, status="DELAYED")

    assert "/look-2" in waiting[0].workflow_id
    assert words(await answered(running, ts)) == before


async def test_whoever_checks_again_himself_needs_no_later_look(running: Stage) -> None:
    running.bitbucket.allowance = 0
    ts = await ask(running, STOREFRONT)
    await settled(running)
    reply = await answered(running, ts)
    running.bitbucket.allowance = 1_000
    await running.slack.click(reply.ts, None, button(reply, "recheck"))
    await until(lambda: facts_of(replies(running, ts)[0])["verdict"] == "confirmed")
    await settled(running)

    assert await DBOS.list_workflows_async(name=LOOK) == []
