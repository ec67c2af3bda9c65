"""What goes on below an answer: a reply that names the run, a "no" with its one line, a harmless shortcut."""

from __future__ import annotations

import asyncio

import pytest
from dbos import DBOS

from bot.playground.slack_state import CHANNEL, OTHER_PERSON, PERSON, Message
from bot.playground.stage import Stage
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

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEDGER = "https://bitbucket.org/acme/ledger/pipelines/results/512"


async def test_a_reply_in_the_thread_that_names_the_run_updates_the_one_reply(shared: Stage) -> None:
    ts = await ask(shared, REFUSED)
    question = await answered(shared, ts)
    assert facts_of(question)["kind"] == "question"
    await shared.slack.post(f"it was {LEDGER}", ts, user=OTHER_PERSON)
    await until(lambda: facts_of(replies(shared, ts)[0])["kind"] == "diagnosis")
    await settled(shared)

    (reply,) = replies(shared, ts)
    assert reply.ts == question.ts
    assert facts_of(reply)["cause"] == "trust-subject-mismatch"
    assert marks(shared, ts) == {"white_check_mark"}


async def test_a_second_error_in_a_thread_is_of_the_repository_that_its_root_named_in_words(
    shared: Stage,
) -> None:
    root = await ask(shared, f"{REFUSED} in acme/ledger")
    assert facts_of(await answered(shared, root))["kind"] == "diagnosis"
    inner = await shared.slack.post(f"and now this\n{REFUSED}", root)
    await until(lambda: marks(shared, inner) and "eyes" not in marks(shared, inner))

    said = replies(shared, root)[-1]
    assert (facts_of(said)["kind"], facts_of(said)["cause"]) == ("diagnosis", "trust-subject-mismatch")
    assert "inferred from the earlier answer in this thread" in words(said)


async def test_talk_below_an_answer_changes_nothing(shared: Stage) -> None:
    ts = await ask(shared, f"{REFUSED} {LEDGER}")
    await settled(shared)
    posted = len(shared.slack.posted)
    await shared.slack.post("mended on main, thanks", ts)
    await shared.slack.post("#513 is green", ts, user=OTHER_PERSON)
    await settled(shared)

    assert len(shared.slack.posted) == posted


async def test_the_line_after_a_no_is_kept_with_cause_and_verdict_and_goes_with_the_message(
    shared: Stage,
) -> None:
    ts = await ask(shared, f"{REFUSED} {LEDGER}")
    reply = await answered(shared, ts)
    await settled(shared)
    posted = len(shared.slack.posted)
    await shared.slack.click(reply.ts, None, button(reply, "feedback_down"))
    view = await until(lambda: shared.slack.workspace.view)
    await shared.slack.submit(view.id, {"remark": {"remark": {"type": "plain_text_input", "value": "DNS"}}})
    job = facts_of(reply)["job"]
    kept = await DBOS.list_workflows_async(workflow_id_prefix=f"vote/{job}/")

    votes = [vote.input["args"][0] for vote in kept if vote.input]
    about = {"job": job, "helpful": False, "cause": "trust-subject-mismatch", "verdict": "confirmed"}
    assert sorted(votes, key=len) == [about, {**about, "remark": "DNS"}]
    assert len(shared.slack.posted) == posted

    await shared.slack.delete(ts)
    await until(lambda: not replies(shared, ts))
    # The reply goes first, what was kept of it after that.
    async with asyncio.timeout(PATIENCE):
        while await DBOS.list_workflows_async(workflow_id_prefix=f"vote/{job}/"):
            await asyncio.sleep(0.02)


async def test_a_shortcut_on_a_harmless_message_is_answered_to_its_user_alone(shared: Stage) -> None:
    message = Message(channel=CHANNEL, ts=shared.slack.workspace.new_ts(), user=PERSON, text="lunch?")
    shared.slack.workspace.messages.append(message)
    await shared.slack.shortcut("diagnose_message", message.ts)
    view = await until(lambda: shared.slack.workspace.view)
    assert view.content["title"]["text"] == "Nothing recognised"
    typed = {"type": "plain_text_input", "value": "acme/ledger#512"}
    await shared.slack.submit(view.id, {"repo": {"repo": typed}})
    shown = await until(lambda: [one for one in shared.slack.workspace.messages if one.ephemeral])

    assert "trust-subject-mismatch" in str(shown[-1].blocks)
    assert replies(shared, message.ts) == []
    assert marks(shared, message.ts) == set()
