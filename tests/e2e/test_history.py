"""What went before: a second look says what changed, and a cause that comes again is told as such."""

from __future__ import annotations

import json

import pytest

from bot.playground.slack_state import OTHER_PERSON, Message
from bot.playground.stage import Stage
from bot.playground.world import load_world
from tests.e2e.talk import answered, ask, button, facts_of, replies, settled, until, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

EMPTY_TOKEN = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
STOREFRONT = f"{EMPTY_TOKEN}\nhttps://bitbucket.org/acme/storefront/pipelines/results/214"
INVOICES = f"{EMPTY_TOKEN}\nhttps://bitbucket.org/acme/invoices/pipelines/results/88"
REFUSED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)
WORLD = load_world()
THUMBNAILS, MEDIA = (
    next(one.paste for one in WORLD.repositories if one.slug == slug)
    for slug in ("thumbnailer", "media-encoder")
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
    first = await ask(shared, INVOICES)
    await settled(shared)
    second = await ask(shared, f"again {INVOICES}")
    await settled(shared)
    ts = await shared.slack.post(f"mine too {INVOICES}", user=OTHER_PERSON)
    third = await answered(shared, ts)

    told = "time today: oidc-misspelt in acme/invoices, {} with the role invoices-deploy."
    assert f"The second {told.format('both')}" in line(await answered(shared, second))
    assert f"The third {told.format('all')}" in line(third)
    assert f"/p{first.replace('.', '')}" in line(third), "where the proof is told"
    assert "<@" not in json.dumps(third.blocks)


async def test_what_rests_on_the_same_evidence_is_answered_short_and_proven_behind_its_button(
    shared: Stage,
) -> None:
    whole = await answered(shared, await ask(shared, THUMBNAILS))
    await settled(shared)
    ts = await ask(shared, THUMBNAILS)
    short = await answered(shared, ts)

    assert facts_of(short)["cause"] == facts_of(whole)["cause"] == "token-file-variable-misnamed"
    assert (short.text, short.blocks[0]["block_id"]) == (whole.text, f"rolecall:{facts_of(short)['job']}")
    assert "rich_text_preformatted" in json.dumps(whole.blocks)
    assert "(bitbucket-pipelines.yml, line" in words(whole)
    assert "(bitbucket-pipelines.yml, line" not in words(short), "the proof is not repeated"
    assert "Fix: " in words(short)
    assert "shows the same as before" in words(short)
    assert "Looked at run #" in words(short)
    await shared.slack.click(short.ts, None, button(short, "proof"))
    view = await until(lambda: shared.slack.workspace.view)
    assert "rich_text_preformatted" in json.dumps(view.content), "worked out anew, and whole"

    again = await rechecked(shared, ts)
    assert "nothing has changed" in line(again), "it is told at length, and says the same"
    assert "rich_text_preformatted" in json.dumps(again.blocks)


async def test_what_rests_on_something_else_is_told_whole_with_what_differs(shared: Stage) -> None:
    await ask(shared, MEDIA)
    await settled(shared)
    granted = dict(shared.aws.granted)
    shared.aws.granted = {who: may - {"iam:ListOpenIDConnectProviders"} for who, may in granted.items()}
    try:
        reply = await answered(shared, await ask(shared, MEDIA))
    finally:
        shared.aws.granted = granted

    assert "What differs from then: what could not be seen." in line(reply)
    assert "rich_text_preformatted" in json.dumps(reply.blocks)


async def test_another_repository_is_not_the_same(shared: Stage) -> None:
    ts = await ask(shared, f"{REFUSED} https://bitbucket.org/acme/reporting/pipelines/results/1234")

    assert line(await answered(shared, ts)) == ""
