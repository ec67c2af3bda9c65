"""What people do in the channel around a paste: copies, edits, questions, buttons, commands."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from bot.playground.slack_state import CHANNEL, OTHER_CHANNEL, PERSON, Message
from bot.playground.stage import Stage
from tests.e2e.talk import (
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

LINK = "https://bitbucket.org/acme/storefront/pipelines/results/214"
EMPTY_TOKEN = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
PASTE = f"{EMPTY_TOKEN}\n{LINK}"


async def test_copies_of_a_message_get_one_reply(shared: Stage) -> None:
    """Redeliveries during and after the work, and the mention beside the message."""
    ts = await shared.slack.mention(PASTE)
    await asyncio.gather(*(shared.slack.again(ts) for _ in range(4)))
    await answered(shared, ts)
    await shared.slack.again(ts)
    await settled(shared)

    assert len(replies(shared, ts)) == 1


async def test_an_edit_that_changes_the_error_edits_the_reply(shared: Stage) -> None:
    ts = await ask(shared, PASTE)
    first = await answered(shared, ts)
    ledger = "https://bitbucket.org/acme/ledger/pipelines/results/512"
    before = first.ts
    await shared.slack.edit(ts, f"{REFUSED} {ledger}")
    await until(lambda: facts_of(replies(shared, ts)[0])["cause"] == "trust-subject-mismatch")
    await settled(shared)

    assert [one.ts for one in replies(shared, ts)] == [before]


async def test_an_edit_that_changes_nothing_does_nothing(shared: Stage) -> None:
    ts = await ask(shared, PASTE)
    await settled(shared)
    posts = len(shared.slack.posted)
    await shared.slack.edit(ts, PASTE)
    await settled(shared)

    assert len(shared.slack.posted) == posts


async def test_a_failure_edited_away_is_said_in_the_one_reply_and_comes_back_with_the_failure(
    shared: Stage,
) -> None:
    ts = await ask(shared, PASTE)
    (before,) = replies(shared, ts)
    cause = facts_of(before)["cause"]
    await shared.slack.edit(ts, "lunch, anyone?")
    await until(lambda: not marks(shared, ts))

    (reply,) = replies(shared, ts)
    assert "was edited, and shows no failure any more" in words(reply)
    assert (facts_of(reply)["kind"], facts_of(reply)["cause"]) == ("refusal", "")
    await shared.slack.edit(ts, PASTE)
    await until(lambda: marks(shared, ts) == {"white_check_mark"})
    (again,) = replies(shared, ts)
    assert (again.ts, facts_of(again)["cause"]) == (before.ts, cause)


async def test_a_harmless_message_edited_into_a_failure_gets_its_first_reply(shared: Stage) -> None:
    ts = await shared.slack.post("deploy is red again")
    await settled(shared)
    assert replies(shared, ts) == []
    await shared.slack.edit(ts, f"deploy is red again\n{PASTE}")

    assert facts_of(await answered(shared, ts))["cause"] == "oidc-not-enabled"


async def test_without_a_repository_the_form_leads_to_the_answer(shared: Stage) -> None:
    """The question says what the text alone shows; the form's answer updates it in its place."""
    ts = await ask(shared, f"help please\n```{REFUSED}```")
    question = await answered(shared, ts)
    assert facts_of(question)["kind"] == "question"
    assert marks(shared, ts) == {"grey_question"}

    await shared.slack.click(question.ts, None, button(question, "choose_repository"))
    view = await until(lambda: shared.slack.workspace.view)
    assert view.content["callback_id"] == "diagnose_form"
    (field,) = [
        block
        for block in view.content["blocks"]
        if block["type"] == "input"
        and block["element"]["type"] == "plain_text_input"
        and "epository" in block["label"]["text"]
    ]
    block_id, action_id = field["block_id"], field["element"]["action_id"]

    await shared.slack.submit(view.id, {block_id: {action_id: {"type": "plain_text_input", "value": "???"}}})
    assert shared.slack.workspace.view is not None
    assert block_id in shared.slack.workspace.view.errors

    answer = {"type": "plain_text_input", "value": "acme/reporting#1234"}
    await shared.slack.submit(view.id, {block_id: {action_id: answer}})
    await until(lambda: facts_of(replies(shared, ts)[0])["kind"] == "diagnosis")
    await settled(shared)

    (reply,) = replies(shared, ts)
    assert reply.ts == question.ts
    assert facts_of(reply)["cause"] == "trust-subject-mismatch"
    assert marks(shared, ts) == {"white_check_mark"}


async def test_what_is_not_listed_is_refused_alike_and_unread(shared: Stage) -> None:
    await settled(shared)
    before = (len(shared.bitbucket.calls), len(shared.aws.calls))
    said = set()
    for name in ("umbrella/vault", "umbrella/no-such-thing"):
        ts = await ask(shared, f"{REFUSED} https://bitbucket.org/{name}/pipelines/results/1")
        reply = await answered(shared, ts)
        assert facts_of(reply)["kind"] == "refusal"
        said.add(words(reply))

    assert len(said) == 1
    assert (len(shared.bitbucket.calls), len(shared.aws.calls)) == before


async def test_check_again_edits_the_reply_and_reads_anew(shared: Stage) -> None:
    ts = await ask(shared, PASTE)
    reply = await answered(shared, ts)
    calls = len(shared.bitbucket.calls)
    for _ in range(2):
        updates = _updates(shared)
        await shared.slack.click(reply.ts, None, button(reply, "recheck"))
        await until(partial(_more_updates, shared, updates))
        await settled(shared)

    assert len(replies(shared, ts)) == 1
    assert any("variables" in call.path for call in shared.bitbucket.calls[calls:])


async def test_a_deleted_paste_takes_the_reply_with_it(shared: Stage) -> None:
    ts = await ask(shared, PASTE)
    await answered(shared, ts)
    await settled(shared)
    await shared.slack.delete(ts)
    await until(lambda: not shared.slack.workspace.thread(CHANNEL, ts))
    await shared.slack.again(ts)
    await settled(shared)

    assert shared.slack.workspace.thread(CHANNEL, ts) == []
    assert sum("chat.delete" in call.path for call in shared.slack.calls) == 1


async def test_a_deleted_paste_inside_a_thread_takes_its_own_reply_alone(shared: Stage) -> None:
    root = await ask(shared, PASTE)
    inner = await shared.slack.post(PASTE, root)
    await until(lambda: "white_check_mark" in marks(shared, inner))
    await settled(shared)
    assert len(replies(shared, root)) == 2
    await shared.slack.delete(inner)
    await until(lambda: len(replies(shared, root)) == 1)

    (left,) = replies(shared, root)
    assert facts_of(left)["job"].endswith(root)


async def test_deleting_what_was_never_answered_does_nothing(shared: Stage) -> None:
    await settled(shared)
    before = len(shared.slack.calls)
    ts = await shared.slack.post("who broke main?")
    await shared.slack.delete(ts)
    await settled(shared)

    assert shared.slack.calls[before:] == []


async def test_the_proof_opens_in_a_modal(shared: Stage) -> None:
    ts = await ask(shared, PASTE)
    reply = await answered(shared, ts)
    posts = len(shared.slack.posted)
    await shared.slack.click(reply.ts, None, button(reply, "proof"))
    view = await until(lambda: shared.slack.workspace.view)
    await until(lambda: "Deploy to S3" in str(view.content["blocks"]))

    assert view.content["type"] == "modal"
    assert len(shared.slack.posted) == posts
    shared.slack.close_view(view.id)


async def test_a_vote_posts_nothing_and_is_counted(shared: Stage) -> None:
    ts = await ask(shared, PASTE)
    reply = await answered(shared, ts)
    await settled(shared)
    posts = len(shared.slack.posted)
    for action_id in ("feedback_up", "feedback_down", "feedback_up"):
        await shared.slack.click(reply.ts, None, button(reply, action_id))
    await settled(shared)

    assert len(shared.slack.posted) == posts
    assert 'rolecall_feedback_total{helpful="yes"} 1.0' in shared.bot.metrics.render().decode()


async def test_the_command_answers_the_one_who_asks(shared: Stage) -> None:
    await settled(shared)
    public = sum(one["method"] == "chat.postMessage" for one in shared.slack.posted)
    for text in ("acme/storefront#214", LINK, "acme/storefront"):
        before = len(_ephemeral(shared))
        await shared.slack.command(f"/oidc {text}")

        def diagnosed(seen: int = before) -> list[Message]:
            return [one for one in _ephemeral(shared)[seen:] if "no oidc: true" in words(one)]

        (answer,) = await until(diagnosed)
        assert "oidc-not-enabled" in str(answer.blocks)
    await settled(shared)

    assert sum(one["method"] == "chat.postMessage" for one in shared.slack.posted) == public


async def test_the_command_helps(shared: Stage) -> None:
    for text in ("/oidc help", "/oidc", "/oidc what is this"):
        before = len(_ephemeral(shared))
        await shared.slack.command(text)
        await until(partial(_more_ephemeral, shared, before))
        assert "/oidc workspace/repository#1234" in words(_ephemeral(shared)[-1])


async def test_in_another_channel_nothing_is_read_and_nothing_posted(shared: Stage) -> None:
    await settled(shared)
    before, calls = (len(shared.bitbucket.calls), len(shared.aws.calls)), len(shared.slack.calls)
    ts = await shared.slack.mention(PASTE, channel=OTHER_CHANNEL)
    plain = await shared.slack.post(PASTE, channel=OTHER_CHANNEL)
    await settled(shared)

    assert replies(shared, ts, OTHER_CHANNEL) == []
    assert replies(shared, plain, OTHER_CHANNEL) == []
    assert (len(shared.bitbucket.calls), len(shared.aws.calls)) == before
    assert shared.slack.calls[calls:] == []


async def test_a_thread_reply_with_the_error_is_answered_in_that_thread(shared: Stage) -> None:
    root = await shared.slack.post("deploy is red, log in the thread")
    inner = await shared.slack.post(PASTE, root)
    await until(lambda: "white_check_mark" in marks(shared, inner))
    (reply,) = replies(shared, root)

    assert reply.thread_ts == root


async def test_the_message_shortcut_diagnoses_that_message(shared: Stage) -> None:
    """As in a thread, where commands cannot be used: a message that was there before the bot was asked."""
    message = Message(channel=CHANNEL, ts=shared.slack.workspace.new_ts(), user=PERSON, text=PASTE)
    shared.slack.workspace.messages.append(message)
    await shared.slack.shortcut("diagnose_message", message.ts)

    assert facts_of(await answered(shared, message.ts))["cause"] == "oidc-not-enabled"


async def test_the_global_shortcut_asks_for_all_and_answers_its_asker(shared: Stage) -> None:
    open_before = shared.slack.workspace.view
    await shared.slack.shortcut("diagnose_pipeline")
    await until(lambda: shared.slack.workspace.view is not open_before)
    view = shared.slack.workspace.view
    assert view is not None
    before = len(_ephemeral(shared))
    values = {
        "repo": {"repo": {"type": "plain_text_input", "value": "acme/storefront#214"}},
        "channel": {"channel": {"type": "conversations_select", "selected_conversation": CHANNEL}},
    }
    await shared.slack.submit(view.id, values)
    await until(partial(_more_ephemeral, shared, before))

    assert shared.slack.workspace.view is None
    assert "oidc-not-enabled" in str(_ephemeral(shared)[-1].blocks)


def _ephemeral(stage: Stage) -> list[Message]:
    return [one for one in stage.slack.workspace.messages if one.ephemeral]


def _more_ephemeral(stage: Stage, than: int) -> bool:
    return len(_ephemeral(stage)) > than


def _updates(stage: Stage) -> int:
    return sum(post["method"] == "chat.update" for post in stage.slack.posted)


def _more_updates(stage: Stage, than: int) -> bool:
    return _updates(stage) > than
