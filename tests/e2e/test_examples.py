"""Every example of the playground, from the paste to the posted JSON."""

from __future__ import annotations

import pytest

from bot.playground.slack_state import CHANNEL
from bot.playground.stage import Stage
from bot.playground.world import ExampleRepository, load_world
from tests.e2e.talk import answered, ask, facts_of, marks, replies, settled, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

BROKEN = [pytest.param(one, id=one.slug) for one in load_world().repositories if one.cause]
LIMIT = 12


@pytest.mark.parametrize("repository", BROKEN)
async def test_the_thread_names_the_cause_and_proves_it(shared: Stage, repository: ExampleRepository) -> None:
    ts = await ask(shared, repository.paste)
    reply = await answered(shared, ts)
    facts = facts_of(reply)

    assert facts["kind"] == "diagnosis"
    assert facts["cause"] == repository.cause
    assert facts["verdict"] in {"confirmed", "likely"}
    assert reply.thread_ts == ts
    assert reply.blocks[0]["block_id"] == f"rolecall:{facts['job']}"
    assert len(reply.blocks) <= LIMIT
    assert len(words(reply)) <= 6_000
    assert reply.text.strip()
    assert marks(shared, ts) == {"white_check_mark"}


@pytest.mark.parametrize("repository", BROKEN)
async def test_the_post_is_a_quiet_one(shared: Stage, repository: ExampleRepository) -> None:
    """In the thread, not broadcast, without previews of links."""
    ts = await ask(shared, repository.paste)
    await settled(shared)
    (post,) = [one for one in shared.slack.posted if one["body"].get("thread_ts") == ts]

    assert post["method"] == "chat.postMessage"
    assert post["body"]["channel"] == CHANNEL
    assert not post["body"].get("reply_broadcast")
    assert str(post["body"]["unfurl_links"]).lower() in {"false", "0"}
    assert str(post["body"]["unfurl_media"]).lower() in {"false", "0"}


async def test_what_is_no_login_failure_is_left_alone(shared: Stage) -> None:
    """No reply, no mark, no row, no call to anybody."""
    (design_tokens,) = [one for one in shared.world.repositories if one.cause is None]
    small_talk = next(one for one in shared.world.loose_pastes if one.name == "small-talk")
    await settled(shared)
    before = (len(shared.bitbucket.calls), len(shared.aws.calls), len(shared.slack.calls))
    for text in (small_talk.text, "npm ERR! code E401", "lunch?", design_tokens.paste):
        ts = await shared.slack.post(text)
        await settled(shared)

        assert replies(shared, ts) == []
        assert marks(shared, ts) == set()
        assert not await shared.bot.jobs.known(f"T0ACME0001-{CHANNEL}-{ts}")

    assert (len(shared.bitbucket.calls), len(shared.aws.calls), len(shared.slack.calls)) == before
