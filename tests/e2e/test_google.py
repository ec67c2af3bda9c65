"""Google Cloud from the message to the posted reply: what surprises people, and a setup that they paste."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.playground.stage import Stage, stage
from tests.e2e.talk import answered, ask, facts_of, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAME = "projects/481516234200/locations/global/workloadIdentityPools/bitbucket/providers/acme"
AUDIENCE = "ari:cloud:bitbucket::workspace/df17aa72-3bde-4468-a13b-ecb9733ba43b"
HOME = "{b8a5f1de-6f0c-4f53-9a07-6f0f2f1f2d10}"
LINK = "https://bitbucket.org/acme/tile-server/pipelines/results/58"
POOL = f"principalSet://iam.googleapis.com/{NAME.partition('/providers')[0]}"
REFRESH = "ERROR: (gcloud.auth.login) There was a problem refreshing your current auth tokens:"
CONDITION = (
    f"{REFRESH} ('Error code unauthorized_client: The given credential is rejected by the attribute "
    "condition.', '')"
)
DENIED = (
    "Unable to acquire impersonated credentials: Permission 'iam.serviceAccounts.getAccessToken' "
    "denied on resource "
    "(or it may not exist)."
)
PROVIDER = {
    "name": NAME,
    "state": "ACTIVE",
    "attributeMapping": {
        "google.subject": "assertion.repositoryUuid",
        "attribute.repositoryuuid": "assertion.repositoryUuid",
    },
    "oidc": {
        "issuerUri": "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
        "allowedAudiences": [AUDIENCE],
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[Stage]:
    """Without access to Google Cloud: only a person can look there."""
    async with stage(GOOGLE_READ_PROJECTS="") as made:
        yield made


def pasted(error: str, *setup: object) -> str:
    """What a person writes: the error, and below it what `gcloud` printed."""
    printed = "\n".join(json.dumps(item, indent=2) for item in setup)
    return f"why? {LINK}\n```\n{error}\n{printed}\n```"


async def test_an_empty_list_of_audiences_is_told_from_the_text_alone(shared: Stage) -> None:
    error = (
        f"{REFRESH} ('Error code invalid_grant: The audience in ID Token [{AUDIENCE}] does not match "
        "the expected "
        f"audience https://iam.googleapis.com/{NAME}.', '')"
    )
    reply = await answered(shared, await ask(shared, pasted(error)))
    text = words(reply)

    assert (facts_of(reply)["cause"], facts_of(reply)["verdict"]) == ("gcp-audience-not-allowed", "confirmed")
    assert "The provider allows no audience but its own name" in text
    assert f"--allowed-audiences='{AUDIENCE}'" in text
    assert "providers describe acme --location=global" in text


async def test_a_condition_without_braces_is_evaluated_for_this_step(shared: Stage) -> None:
    bare = HOME.strip("{}")
    setup = {**PROVIDER, "attributeCondition": f"assertion.repositoryUuid == '{bare}'"}
    reply = await answered(shared, await ask(shared, pasted(CONDITION, setup)))
    text = words(reply)

    assert (facts_of(reply)["cause"], facts_of(reply)["verdict"]) == ("gcp-condition-unmet", "confirmed")
    assert "a UUID without its braces" in text
    assert f"assertion.repositoryUuid == '{HOME}'" in text


async def test_a_binding_without_braces_is_told_and_the_right_member_is_given(shared: Stage) -> None:
    member = f"{POOL}/attribute.repositoryuuid/{HOME.strip('{}')}"
    policy = {"bindings": [{"role": "roles/iam.workloadIdentityUser", "members": [member]}], "etag": "BwY"}
    reply = await answered(shared, await ask(shared, pasted(DENIED, PROVIDER, policy)))

    assert (facts_of(reply)["cause"], facts_of(reply)["verdict"]) == ("gcp-member-mismatch", "confirmed")
    assert f"--member='{POOL}/attribute.repositoryuuid/{HOME}'" in words(reply)


async def test_a_mapping_on_the_subject_is_told_as_what_changes_each_time(shared: Stage) -> None:
    setup = {
        **PROVIDER,
        "attributeMapping": {"google.subject": "assertion.sub", "attribute.repository": "assertion.sub"},
    }
    member = f"{POOL}/attribute.repository/{HOME}:{{9f3c2b1a-5d6e-4f70-8a91-b2c3d4e5f607}}"
    policy = {"bindings": [{"role": "roles/iam.workloadIdentityUser", "members": [member]}]}
    reply = await answered(shared, await ask(shared, pasted(DENIED, setup, policy)))

    assert (facts_of(reply)["cause"], facts_of(reply)["verdict"]) == ("gcp-member-changes", "confirmed")
    assert "another for each step" in words(reply)


async def test_half_of_a_setup_is_as_if_it_were_not_there(shared: Stage) -> None:
    half = json.dumps(PROVIDER, indent=2)[:200]
    reply = await answered(shared, await ask(shared, f"why? {LINK}\n```\n{CONDITION}\n{half}\n```"))

    assert (facts_of(reply)["cause"], facts_of(reply)["verdict"]) == ("gcp-condition-unmet", "likely")
    assert "Could not see the provider of the workload identity pool" in words(reply)
