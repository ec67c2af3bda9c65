"""A question offers what may be meant: a button for each repository that the channel may speak about."""

from __future__ import annotations

import asyncio

import pytest

from bot.playground.slack_state import Message
from bot.playground.stage import Stage
from tests.e2e.talk import REFUSED, answered, ask, button, facts_of, replies, settled, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEDGER = f"{REFUSED} https://bitbucket.org/acme/ledger/pipelines/results/512"
VAULT = f"{REFUSED} https://bitbucket.org/umbrella/vault/pipelines/results/1"


def offered(reply: Message) -> list[str]:
    return [
        element["text"]["text"]
        for block in reply.blocks
        for element in block.get("elements", [])
        if str(element.get("action_id", "")).startswith("choose_run_")
    ]


async def test_what_was_looked_at_in_the_channel_is_offered_and_chosen_by_a_button(shared: Stage) -> None:
    await ask(shared, VAULT)
    await ask(shared, LEDGER)
    await settled(shared)
    ts = await ask(shared, REFUSED)
    question = await answered(shared, ts)
    assert offered(question) == ["acme/ledger"], "what was refused is not offered"
    assert button(question, "choose_repository")

    pressed = button(question, "choose_run_0")
    await asyncio.gather(*(shared.slack.click(question.ts, None, pressed) for _ in range(5)))
    await until(lambda: facts_of(replies(shared, ts)[0])["kind"] == "diagnosis")
    await settled(shared)
    (reply,) = replies(shared, ts)
    assert reply.ts == question.ts
    assert facts_of(reply)["cause"] == "trust-subject-mismatch"


async def test_a_choice_that_was_changed_by_hand_is_judged_as_any_other_name(shared: Stage) -> None:
    ts = await ask(shared, REFUSED)
    question = await answered(shared, ts)
    before = len(shared.bitbucket.calls)
    block = next(one for one in question.blocks if one.get("block_id") == "choices")
    block["elements"][0]["value"] = f"{facts_of(question)['job']} umbrella/vault"
    await shared.slack.click(question.ts, None, button(question, "choose_run_0"))
    await until(lambda: facts_of(replies(shared, ts)[0])["kind"] == "refusal")

    assert len(shared.bitbucket.calls) == before


async def test_the_form_suggests_what_was_looked_at_in_the_channel(shared: Stage) -> None:
    ts = await ask(shared, REFUSED)
    question = await answered(shared, ts)
    await shared.slack.click(question.ts, None, button(question, "choose_repository"))
    view = await until(lambda: shared.slack.workspace.view)
    options = await shared.slack.suggest(view.id, "suggested", "suggested", "ledg")

    assert [option["value"] for option in options] == ["acme/ledger"]
    assert await shared.slack.suggest(view.id, "suggested", "suggested", "vault") == []
