"""The answer that surprises, from the paste to the posted reply: Azure cannot match a step's subject."""

from __future__ import annotations

import pytest

from bot.playground.stage import Stage
from tests.e2e.talk import answered, ask, facts_of, words

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_refused_subject_is_taken_apart_and_answered_with_the_ways_that_work(shared: Stage) -> None:
    (repository,) = [one for one in shared.world.repositories if one.slug == "loyalty-api"]
    run = repository.runs[0]
    failed = next(step for step in run.steps if step.result == "FAILED")
    reply = await answered(shared, await ask(shared, repository.paste))
    text = words(reply)

    assert facts_of(reply)["cause"] == "azure-subject-changes"
    assert facts_of(reply)["verdict"] == "confirmed"
    for part in (repository.uuid, repository.environments[0].uuid, failed.uuid):
        assert part in text
    for name in ("acme/loyalty-api", "Production", "Deploy to Azure"):
        assert name in text
    ways = ["Through AWS", "Through Google Cloud", "HashiCorp Vault", "broker", "Without OIDC"]
    places = [text.index(way) for way in ways]
    assert places == sorted(places)


async def test_an_id_of_another_environment_is_answered_with_a_change_of_the_file(shared: Stage) -> None:
    (repository,) = [one for one in shared.world.repositories if one.slug == "claims-portal"]
    text = words(await answered(shared, await ask(shared, repository.paste)))

    assert "AZURE_CLIENT_ID" in text
    assert "+          deployment: production" in text
