"""Every example through the real bot between the stand-ins: the reply leads with what is broken there."""

from __future__ import annotations

import asyncio

from bot.playground.slack_state import CHANNEL
from bot.playground.stage import Stage, stage
from bot.playground.world import LOOSE, ExamplePaste

#: What the folders of `pastes` promise, and the repository whose failure is no login's.
LOOSE_ONES = {
    "another-workspace": ("refusal", "", 1),
    "design-tokens": None,
    "small-talk": None,
    "without-a-link": ("question", "", 1),
}


async def lead(set_up: Stage, paste: ExamplePaste) -> tuple[str, str, int] | None:
    """Kind and cause of the reply, and how many replies there are; None when the bot stays silent."""
    ts = await set_up.slack.post(paste.text)
    if not await set_up.bot.jobs.known(f"{set_up.slack.team}-{CHANNEL}-{ts}"):
        return None
    replies = await set_up.slack.answered(ts, seconds=60)
    payload = (replies[0].metadata or {})["event_payload"]
    return payload["kind"], payload["cause"], len(replies)


async def test_each_example_leads_with_its_cause_and_the_loose_ones_get_what_they_promise() -> None:
    async with stage() as set_up:
        pastes = set_up.world.pastes
        leads = await asyncio.gather(*(lead(set_up, paste) for paste in pastes))

    promised = {paste.name: ("diagnosis", paste.cause, 1) for paste in pastes if paste.name not in LOOSE_ONES}
    assert dict(zip((paste.name for paste in pastes), leads, strict=True)) == {**promised, **LOOSE_ONES}
    assert {paste.name for paste in pastes if paste.group == LOOSE} == set(LOOSE_ONES)
    # Nothing was sent that a real service would have refused, and nothing was asked for that must not be.
    assert set_up.slack.refused == []
    assert set_up.aws.forbidden == []
    assert {call.method for call in set_up.bitbucket.calls} == {"GET"}
    assert {call.status for call in set_up.bitbucket.calls} == {200, 307}
