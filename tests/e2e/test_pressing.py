"""Buttons, forms and events when things went on meanwhile: many press at once, the message is gone, Slack
keeps the bot out, Bitbucket hangs, the token is revoked."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from bot.playground.slack_state import PERSON
from bot.playground.stage import Stage
from bot.playground.world import load_world
from tests.e2e.talk import answered, ask, button, facts_of, marks, replies, settled, until, words

STOREFRONT = next(one.paste for one in load_world().repositories if one.slug == "storefront")


async def health(stage: Stage) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"{stage.bot.base_url}/readyz")


async def test_fifty_people_who_press_the_same_buttons_cost_few_looks_and_make_no_post(
    running: Stage,
) -> None:
    ts = await ask(running, STOREFRONT)
    reply = await answered(running, ts)
    asked, posted = len(running.bitbucket.calls), len(running.slack.posted)
    people = [f"U0PRESS{number:03}" for number in range(50)]
    again, yes = button(reply, "recheck"), button(reply, "feedback_up")
    await asyncio.gather(
        *(
            running.slack.click(reply.ts, None, pressed, user=who)
            for who in people
            for pressed in (again, yes)
        )
    )
    await until(lambda: "Checked again" in words(replies(running, ts)[0]))
    await settled(running)

    assert len(replies(running, ts)) == 1
    assert facts_of(replies(running, ts)[0])["cause"] == "oidc-not-enabled"
    edits = [one for one in running.slack.posted[posted:] if one["method"] != "chat.update"]
    assert edits == [], "nothing but edits of the one reply"
    assert len(running.bitbucket.calls) - asked <= 50, "who waits is answered by the look that waits"
    assert 'rolecall_feedback_total{helpful="yes"} 50.0' in running.bot.metrics.render().decode()


async def test_a_button_below_a_deleted_paste_does_no_harm(running: Stage) -> None:
    ts = await ask(running, STOREFRONT)
    reply = await answered(running, ts)
    pressed = {name: button(reply, name) for name in ("recheck", "proof", "feedback_down")}
    await running.slack.delete(ts)
    await until(lambda: not replies(running, ts))
    await settled(running)
    # They were pressed before the message was gone, and come late.
    running.slack.workspace.messages.append(reply)
    for one in pressed.values():
        await running.slack.click(reply.ts, None, one)
    view = await until(lambda: running.slack.workspace.view)
    await settled(running)

    assert "no longer kept" in words({"blocks": view.content["blocks"], "text": ""})
    assert "feedback_total{" not in running.bot.metrics.render().decode()


@pytest.mark.parametrize(
    ("refusal", "said"), [("is_archived", "is archived"), ("not_in_channel", "is not in the channel")]
)
async def test_where_slack_keeps_the_bot_out_the_mark_and_the_health_say_so(
    running: Stage, refusal: str, said: str
) -> None:
    running.slack.refuse("chat.postMessage", refusal)
    ts = await running.slack.post(STOREFRONT)
    await until(lambda: marks(running, ts) == {"warning"})
    refused = await health(running)
    running.slack.heal()
    again = await answered(running, await ask(running, STOREFRONT))
    await settled(running)
    taken = await health(running)

    assert (refused.status_code, taken.status_code) == (200, 200), "other channels are answered"
    assert said in refused.json()["warnings"][0]["sentence"]
    assert "warnings" not in taken.json()
    assert "The second time" not in words(again), "what was not posted is no earlier answer"


async def test_forms_open_and_suggest_while_bitbucket_hangs(running: Stage) -> None:
    running.bitbucket.fail(".*", hang=60.0)
    ts = await running.slack.post(STOREFRONT)
    await running.slack.shortcut("diagnose_pipeline")
    view = await until(lambda: running.slack.workspace.view)
    assert view.content["callback_id"] == "diagnose_form"
    running.slack.close_view(view.id)

    reply = await answered(running, ts)
    await running.slack.click(reply.ts, None, button(reply, "recheck"))
    if any(one.get("action_id") == "proof" for block in reply.blocks for one in block.get("elements", [])):
        await running.slack.click(reply.ts, None, button(reply, "proof"))
        assert await until(lambda: running.slack.workspace.view)
    assert running.slack.refused == [], "no trigger was too old"


@pytest.mark.parametrize("gone", [True, False])
async def test_a_revoked_token_shows_in_the_health_only_if_it_is_ours(running: Stage, gone: bool) -> None:
    if gone:
        running.slack.refuse("auth.test", "token_revoked")
    before = len(running.slack.calls)
    await running.slack.tell({"type": "tokens_revoked", "tokens": {"oauth": [PERSON], "bot": []}})
    await until(lambda: any("auth.test" in call.path for call in running.slack.calls[before:]))
    if gone:
        async with asyncio.timeout(10):
            while (await health(running)).status_code != 503:
                await asyncio.sleep(0.02)
        assert "token_revoked" in (await health(running)).json()["missing"]["slack"]
    else:
        await ask(running, STOREFRONT)
        assert (await health(running)).status_code == 200
