"""From the message to the posted reply, with what the bot itself reads of Azure and Google Cloud."""

from __future__ import annotations

import json

from bot.playground.stage import Stage, stage
from tests.bot.cloud_sources import POOL, with_project
from tests.bot.test_investigator_clouds import AUDIENCE, AZURE, DENIED, MAPPED, REPOSITORY


async def replied(made: Stage, text: str) -> tuple[str, str]:
    """Cause and blocks of the one reply."""
    ts = await made.slack.post(text)
    (reply,) = await made.slack.answered(ts, seconds=30)
    payload = (reply.metadata or {})["event_payload"]
    assert payload["verdict"] == "confirmed"
    return payload["cause"], json.dumps(reply.blocks, ensure_ascii=False)


#: What each posted reply shows, by its cause.
SAYINGS = {
    "azure-subject-changes": "as it was read, has that of another run",
    "gcp-audience-not-allowed": "is empty, so that only the provider's own name is taken",
    "gcp-member-changes": "assertion.sub",
    "gcp-member-mismatch": REPOSITORY,
}


async def test_the_surprising_ones_are_proven_by_what_was_read() -> None:
    async with stage() as made:
        found = dict([await replied(made, AZURE), await replied(made, AUDIENCE)])
        made.google.projects = with_project(MAPPED, (f"{POOL}/attribute.repository/{REPOSITORY}",))
        found.update([await replied(made, DENIED)])
        bare = f"{POOL}/attribute.repositoryuuid/{REPOSITORY.strip('{}')}"
        made.google.projects = with_project(members=(bare,))
        found.update([await replied(made, DENIED)])
        assert made.slack.refused == []

    assert set(found) == set(SAYINGS)
    for cause, words in SAYINGS.items():
        assert words in found[cause], cause
    # The way that works is told, and never to edit the subject.
    assert "aws sts get-web-identity-token" in found["azure-subject-changes"]
