"""Without access to AWS the trust policy is pasted into a form: judged, told, and kept nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.playground.slack_state import CHANNEL, Message
from bot.playground.stage import Stage
from bot.playground.world import World, load_world
from tests.e2e.serving import Surroundings, surroundings
from tests.e2e.talk import answered, ask, button, facts_of, marks, replies, settled, until, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEDGER = "https://bitbucket.org/acme/ledger/pipelines/results/512"
REFUSED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)
#: A statement id that stands nowhere else.
CANARY = "SidThatNobodyKeeps"


def without_iam(stage: Stage) -> None:
    """The bot may read nothing of any account, as where it was given no access to AWS."""
    stage.aws.granted = dict.fromkeys(stage.aws.granted, frozenset())


def policy_of(world: World, name: str) -> dict[str, Any]:
    """The trust policy of an example's role, with the canary in it."""
    (repository,) = [one for one in world.repositories if one.slug == name]
    assert repository.role is not None
    policy: dict[str, Any] = json.loads(json.dumps(repository.role.trust_policy))
    policy["Statement"][0]["Sid"] = CANARY
    return policy


async def form(stage: Stage, reply: Message) -> tuple[str, str, str]:
    """Press the button: the view's id, the field's block and action."""
    if stage.slack.workspace.view is not None:
        stage.slack.close_view(stage.slack.workspace.view.id)
    await stage.slack.click(reply.ts, None, button(reply, "paste_policy"))
    view = await until(lambda: stage.slack.workspace.view)
    (field,) = [block for block in view.content["blocks"] if block["type"] == "input"]
    return view.id, field["block_id"], field["element"]["action_id"]


async def submit(stage: Stage, at: tuple[str, str, str], typed: str) -> None:
    view, block, action = at
    await stage.slack.submit(view, {block: {action: {"type": "plain_text_input", "value": typed}}})


async def test_a_pasted_policy_is_judged_for_the_step_and_the_one_reply_is_updated(shared: Stage) -> None:
    without_iam(shared)
    ts = await ask(shared, f"{REFUSED} {LEDGER}")
    before = await answered(shared, ts)
    assert facts_of(before)["verdict"] == ""
    assert "could not be seen" in words(before)
    # What it must hold is known without it.
    assert "needs StringLike with {54c7382d-baac-4490-8f30-bfb21099e0fe}:" in words(before)

    await submit(shared, await form(shared, before), json.dumps(policy_of(shared.world, "ledger")))
    assert shared.slack.workspace.view is None
    await until(lambda: facts_of(replies(shared, ts)[0])["cause"] == "trust-subject-mismatch")
    await settled(shared)

    (reply,) = replies(shared, ts)
    assert reply.ts == before.ts
    assert facts_of(reply)["verdict"] in ("confirmed", "likely")
    assert "the policy you pasted" in words(reply)
    assert "they part here" in words(reply)
    assert marks(shared, ts) == {"white_check_mark"}

    await shared.slack.click(reply.ts, None, button(reply, "proof"))
    view = await until(lambda: shared.slack.workspace.view)
    assert "the policy you pasted" in json.dumps(view.content)


async def judged_by_a_pasted_policy(around: Surroundings) -> str:
    """The paste whose reply rests on the trust policy that was put into the form."""
    workspace = around.slack.workspace
    ts = await around.slack.post(f"{REFUSED} {LEDGER}")
    _, before = await until(lambda: len(found := workspace.thread(CHANNEL, ts)) == 2 and found)
    await around.slack.click(before.ts, None, button(before, "paste_policy"))
    view = await until(lambda: workspace.view)
    typed = {"type": "plain_text_input", "value": json.dumps(policy_of(load_world(), "ledger"))}
    await around.slack.submit(view.id, {"policy": {"policy": typed}})
    await until(lambda: facts_of(workspace.thread(CHANNEL, ts)[1])["cause"] == "trust-subject-mismatch")
    return ts


async def test_the_policy_is_neither_stored_nor_logged(tmp_path: Path) -> None:
    """In a process of its own, whose whole output and whole database are looked through."""
    async with surroundings(tmp_path) as around:
        around.aws.granted = dict.fromkeys(around.aws.granted, frozenset())
        async with around.serving(LOG_LEVEL="DEBUG") as process:
            ts = await judged_by_a_pasted_policy(around)
            await process.terminate()
            output = await process.rest()
        kept = b"".join(file.read_bytes() for file in around.folder.glob("rolecall.db*"))

    assert ts.encode() in kept, "this is not the database that the bot writes"
    assert CANARY.encode() not in kept
    assert "prepared" in output, "this is not where the bot logs"
    assert CANARY not in output


async def test_the_policy_of_a_role_that_the_step_does_not_ask_for_is_not_judged(shared: Stage) -> None:
    without_iam(shared)
    ts = await ask(shared, f"{REFUSED} {LEDGER}")
    before = await answered(shared, ts)
    other = {
        "Arn": "arn:aws:iam::123456789012:role/another",
        "AssumeRolePolicyDocument": policy_of(shared.world, "ledger"),
    }
    await submit(shared, await form(shared, before), json.dumps({"Role": other}))
    await until(lambda: "is that of" in words(replies(shared, ts)[0]))
    await settled(shared)

    (reply,) = replies(shared, ts)
    assert facts_of(reply)["verdict"] not in ("confirmed", "likely")
    assert "the policy you pasted is that of arn:aws:iam::123456789012:role/another" in words(reply)
    assert button(reply, "paste_policy")


async def test_check_again_reads_anew_and_no_longer_knows_the_policy(shared: Stage) -> None:
    without_iam(shared)
    ts = await ask(shared, f"{REFUSED} {LEDGER}")
    first = await answered(shared, ts)
    await submit(shared, await form(shared, first), json.dumps(policy_of(shared.world, "ledger")))
    await until(lambda: facts_of(replies(shared, ts)[0])["cause"] == "trust-subject-mismatch")
    (reply,) = replies(shared, ts)
    await shared.slack.click(reply.ts, None, button(reply, "recheck"))
    await until(lambda: facts_of(replies(shared, ts)[0])["cause"] == "")

    (again,) = replies(shared, ts)
    assert button(again, "paste_policy")
    assert "without the trust policy that was pasted: it is not kept. Paste it once more" in words(again)
    assert "The cause was proven by the trust policy that was pasted, and that is not kept." in words(again)
    assert "Nothing that was read explains" not in words(again)
    assert "iam:GetRole" in words(again), "what could be allowed instead is still told"
    await shared.slack.click(again.ts, None, button(again, "recheck"))
    await until(lambda: "Checked again: nothing has changed" in words(replies(shared, ts)[0]))


async def test_another_process_says_that_the_policy_has_to_be_pasted_again(tmp_path: Path) -> None:
    """The one that compared it has ended; the next has the same database, and no policy in it."""
    async with surroundings(tmp_path) as around:
        around.aws.granted = dict.fromkeys(around.aws.granted, frozenset())
        workspace = around.slack.workspace
        async with around.serving() as process:
            ts = await judged_by_a_pasted_policy(around)
            await process.terminate()
        async with around.serving():
            _, judged = workspace.thread(CHANNEL, ts)
            await around.slack.click(judged.ts, None, button(judged, "proof"))
            proof = await until(lambda: workspace.view)
            await around.slack.click(judged.ts, None, button(judged, "recheck"))
            await until(lambda: facts_of(workspace.thread(CHANNEL, ts)[1])["cause"] == "")
            again = workspace.thread(CHANNEL, ts)[1]

    assert "rests on the trust policy that was pasted, and that is not kept" in json.dumps(proof.content)
    assert "The cause was proven by the trust policy that was pasted, and that is not kept." in words(again)
    assert "Checked again without the trust policy that was pasted" in words(again)
    assert "Nothing that was read explains" not in words(again)


async def test_check_again_while_the_policy_is_compared_has_the_last_word(shared: Stage) -> None:
    without_iam(shared)
    ts = await ask(shared, f"{REFUSED} {LEDGER}")
    first = await answered(shared, ts)
    await submit(shared, await form(shared, first), json.dumps(policy_of(shared.world, "ledger")))
    await shared.slack.click(first.ts, None, button(first, "recheck"))
    await until(lambda: "Checked again" in words(replies(shared, ts)[0]))
    await settled(shared)
    (reply,) = replies(shared, ts)
    assert "the policy you pasted" not in words(reply)

    await shared.slack.click(reply.ts, None, button(reply, "proof"))
    view = await until(lambda: shared.slack.workspace.view)
    assert view.content["title"]["text"] == "The whole proof"
    assert "the policy you pasted" not in json.dumps(view.content)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("it lets everybody in", "not valid JSON"),
        ('{"Version": "2012-10-17"} and so on', "more text"),
        ('["Statement"]', "not a list"),
        ('{"Version": "2012-10-17"}', "no `Statement`"),
        ('{"Statement": [], "Statement": []}', "twice"),
        ('{"Statement": [{"Effect": "Perhaps"}]}', "IAM would not save"),
        ('{"Role": {"Arn": "x"}}', "AssumeRolePolicyDocument"),
        ("   ", "nothing here"),
    ],
)
async def test_what_is_no_policy_is_told_at_the_field(shared: Stage, typed: str, said: str) -> None:
    without_iam(shared)
    ts = await ask(shared, f"{REFUSED} {LEDGER}")
    reply = await answered(shared, ts)
    at = await form(shared, reply)
    await submit(shared, at, typed)

    view = shared.slack.workspace.view
    assert view is not None
    assert said.replace("`", "") in view.errors[at[1]].replace("“", "").replace("”", "")


async def test_an_answer_that_only_its_asker_sees_is_judged_there(shared: Stage) -> None:
    without_iam(shared)
    before = len(shared.slack.workspace.messages) - len(_ephemeral(shared))
    await shared.slack.command("/oidc acme/ledger#512")
    shown = await until(lambda: _ephemeral_with(shared, "paste_policy"))
    await submit(shared, await form(shared, shown), json.dumps(policy_of(shared.world, "ledger")))
    await until(lambda: "the policy you pasted" in words(_last_ephemeral(shared)))

    assert len(shared.slack.workspace.messages) == before + len(_ephemeral(shared))


def _ephemeral(stage: Stage) -> list[Message]:
    return [one for one in stage.slack.workspace.messages if one.ephemeral]


def _last_ephemeral(stage: Stage) -> Message:
    return _ephemeral(stage)[-1]


def _ephemeral_with(stage: Stage, action: str) -> Message | None:
    return next((one for one in _ephemeral(stage) if action in json.dumps(one.blocks)), None)
