"""Which repository and run a paste means when it does not say so itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.playground.stage import Stage
from tests.e2e.talk import REFUSED, answered, ask, button, facts_of, marks, replies, settled, until, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

EMPTY_TOKEN = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
STOREFRONT = f"{EMPTY_TOKEN}\nhttps://bitbucket.org/acme/storefront/pipelines/results/214"


async def test_a_second_error_in_a_thread_is_of_the_repository_that_the_thread_was_answered_about(
    shared: Stage,
) -> None:
    root = await ask(shared, STOREFRONT)
    await settled(shared)
    calls = len(shared.bitbucket.calls)
    inner = await shared.slack.post(f"and now this:\n{EMPTY_TOKEN}", root)
    await until(lambda: "white_check_mark" in marks(shared, inner))
    await settled(shared)

    second = replies(shared, root)[-1]
    assert facts_of(second)["cause"] == "oidc-not-enabled"
    assert "the repository is inferred from the earlier answer in this thread" in words(second)
    assert {call.method for call in shared.bitbucket.calls[calls:]} <= {"GET"}
    assert len(shared.bitbucket.calls) - calls <= 3


async def test_the_same_error_in_a_thread_of_people_leads_to_the_question(shared: Stage) -> None:
    root = await shared.slack.post("deploy is red, log in the thread")
    inner = await shared.slack.post(f"this:\n{REFUSED}", root)
    await until(lambda: "grey_question" in marks(shared, inner))

    assert facts_of(replies(shared, root)[0])["kind"] == "question"


async def test_a_run_that_is_not_there_is_the_headline(shared: Stage) -> None:
    ts = await ask(shared, f"{REFUSED} https://bitbucket.org/acme/storefront/pipelines/results/99999")
    reply = await answered(shared, ts)

    assert "Pipeline #99999 was not found in “acme/storefront”" in reply.text
    assert "Pipeline #99999 was not found in" in words(reply)


async def test_where_no_log_shows_the_error_the_other_failed_runs_are_offered_and_a_click_takes_one(
    shared: Stage,
) -> None:
    """The world is changed for this test alone: two more failed runs, neither with a failed login."""
    world = shared.bitbucket.world
    home = next(one for one in world.repositories if one.slug == "media-encoder")
    run = home.runs[0]
    tests = [replace(step, log="npm ERR! 1 test failed\n") for step in run.steps]
    more = [
        replace(
            run,
            build_number=run.build_number + number,
            uuid=f"{{{number:08d}{run.uuid[9:]}",
            created_on=run.created_on.replace(run.created_on[:4], str(2030 + number), 1),
            steps=tuple(replace(one, uuid=f"{{{number:08d}{one.uuid[9:]}") for one in tests),
        )
        for number in (2, 1)
    ]
    quiet = replace(run, steps=tuple(tests))
    changed = replace(home, runs=(*more, quiet))
    shared.bitbucket.world = replace(
        world, repositories=tuple(changed if one is home else one for one in world.repositories)
    )
    try:
        ts = await ask(shared, f"{EMPTY_TOKEN}\nacme/media-encoder")
        reply = await answered(shared, ts)
        await settled(shared)
        offered = [
            element
            for block in reply.blocks
            if block.get("block_id") == "choices"
            for element in block["elements"]
        ]
        assert [one["text"]["text"].split(" ")[0] for one in offered] == [
            f"#{run.build_number + 1}",
            f"#{run.build_number}",
        ]
        await shared.slack.click(reply.ts, None, button(reply, "choose_run_1"))
        await until(lambda: f"run #{run.build_number} of" in words(replies(shared, ts)[0]))
        await settled(shared)
    finally:
        shared.bitbucket.world = world

    assert len(replies(shared, ts)) == 1
