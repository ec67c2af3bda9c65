"""The AWS client: real boto3 over loopback HTTP against the stand-in."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.clients.aws import AwsClient
from bot.errors import (
    SourceDenied,
    SourceError,
    SourceMalformed,
    SourceNotFound,
    SourceRateLimited,
    SourceUnreachable,
)
from bot.metrics import Metrics
from bot.playground.aws import AwsStandIn
from bot.playground.world import ExampleProvider, World
from knowledge.casefile import ProvidersRead
from knowledge.claims import provider_path
from tests.bot.sources import WORLD
from tests.proxy import listening

OWN, OTHER = (account.id for account in WORLD.accounts)
ROLE, FAR = (next(role for role in WORLD.roles_of(account)) for account in (OWN, OTHER))
PATH = provider_path("acme")


@contextlib.asynccontextmanager
async def reading(world: World = WORLD, **changes: str | None) -> AsyncIterator[tuple[AwsStandIn, AwsClient]]:
    """A client of a running stand-in; `changes` are settings, None takes one away."""
    stand_in = AwsStandIn(world)
    await stand_in.start()
    given = {name: value for name, value in {**stand_in.settings, **changes}.items() if value is not None}
    roles = [arn for arn in given.pop("AWS_READ_ROLES", "").split(",") if arn]
    client = AwsClient(given, roles, Metrics())
    try:
        yield stand_in, client
    finally:
        client.close()
        await stand_in.stop()


def actions(stand_in: AwsStandIn) -> list[str]:
    return [call.path.partition("?")[0] for call in stand_in.calls]


async def refused(client: AwsClient, arn: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await client.role(arn)
    return caught.value


async def test_a_role_of_the_own_account_is_read_with_its_policy_decoded() -> None:
    async with reading() as (stand_in, client):
        role = await client.role(ROLE.arn)

    assert role.arn == ROLE.arn
    assert role.trust_policy == ROLE.trust_policy
    assert role.max_session_seconds == 3600
    assert actions(stand_in) == ["/sts/GetCallerIdentity", "/iam/GetRole"]


async def test_the_environments_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a region that there is not: whoever asked the proxy for it would be seen there."""
    async with (
        listening() as proxy,
        reading(AWS_ENDPOINT_URL=None, AWS_REGION="xx-nowhere-1") as (_, client),
    ):
        for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        error = await refused(client, ROLE.arn)

    assert isinstance(error, SourceUnreachable)
    assert proxy.asked == []


async def test_a_role_with_a_path_is_looked_up_by_its_name() -> None:
    async with reading() as (stand_in, client):
        await client.role(f"arn:aws:iam::{OWN}:role/ci/deploy/{ROLE.name}")

    assert stand_in.calls[-1].path == f"/iam/GetRole?RoleName={ROLE.name}"


async def test_who_we_are_is_asked_once() -> None:
    async with reading() as (stand_in, client):
        await client.prepare()
        await client.role(ROLE.arn)
        await client.role(ROLE.arn)

    assert actions(stand_in).count("/sts/GetCallerIdentity") == 1


async def test_another_account_is_read_by_its_listed_role_assumed_once() -> None:
    async with reading() as (stand_in, client):
        role = await client.role(FAR.arn)
        await client.role(FAR.arn)
        await client.providers(OTHER, "aws", PATH)

    assert role.trust_policy == FAR.trust_policy
    assert actions(stand_in).count("/sts/AssumeRole") == 1
    assert f"RoleArn=arn:aws:iam::{OTHER}:role/RolecallRead" in stand_in.calls[0].path


async def test_a_session_is_renewed_before_it_ends() -> None:
    async with reading() as (stand_in, client):
        ends = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        await client.role(FAR.arn)
        assumed = stand_in.calls[0].path
        # The same answer, but its session is about to end.
        key, secret, token = next(
            (key, entry.secret, entry.session)
            for key, entry in stand_in._keys.items()
            if key.startswith("ASIA")
        )
        body = (
            '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
            f"<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>"
            f"<SessionToken>{token}</SessionToken><Expiration>{ends}</Expiration>"
            "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
        ).encode()
        again = AwsClient(stand_in.settings, stand_in.read_roles, Metrics())
        stand_in.calls.clear()
        stand_in.fail("/sts/AssumeRole", status=200, body=body, headers={"Content-Type": "text/xml"})
        await again.role(FAR.arn)
        await again.role(FAR.arn)
        again.close()

    assert assumed.startswith("/sts/AssumeRole")
    assert actions(stand_in).count("/sts/AssumeRole") == 2


async def test_an_account_that_is_not_listed_is_not_asked_and_the_remedy_names_the_setting() -> None:
    async with reading() as (stand_in, client):
        error = await refused(client, "arn:aws:iam::999999999999:role/deploy")

    assert isinstance(error, SourceDenied)
    assert "999999999999" in error.reason
    assert "`AWS_READ_ROLES`" in error.remedy
    assert set(actions(stand_in)) <= {"/sts/GetCallerIdentity"}


async def test_a_role_that_is_not_there_is_told_from_one_that_may_not_be_read() -> None:
    async with reading() as (stand_in, client):
        missing = await refused(client, f"arn:aws:iam::{OWN}:role/nothing-here")
        stand_in.granted[OWN] = frozenset()
        denied = await refused(client, ROLE.arn)

    assert type(missing) is SourceNotFound
    assert type(denied) is SourceDenied
    assert "`iam:GetRole`" in denied.remedy


async def test_a_read_role_that_does_not_let_us_in_is_named_so() -> None:
    async with reading() as (stand_in, client):
        stand_in.fail("/sts/AssumeRole", status=403)
        error = await refused(client, FAR.arn)

    assert type(error) is SourceDenied
    assert "`sts:AssumeRole`" in error.remedy


@pytest.mark.parametrize(
    ("status", "kind"), [(400, SourceRateLimited), (500, SourceUnreachable), (503, SourceUnreachable)]
)
async def test_trouble_of_the_service(status: int, kind: type[SourceError]) -> None:
    async with reading() as (stand_in, client):
        stand_in.fail("/iam/GetRole", status=status)
        error = await refused(client, ROLE.arn)

    assert type(error) is kind
    assert len([one for one in actions(stand_in) if one == "/iam/GetRole"]) <= 2


async def test_wrong_keys_are_named_by_the_setting() -> None:
    async with reading(AWS_SECRET_ACCESS_KEY="wrong-1b2c") as (_, client):
        error = await refused(client, ROLE.arn)

    assert type(error) is SourceDenied
    assert "`AWS_*`" in error.remedy
    assert "wrong-1b2c" not in error.reason + error.remedy


async def test_an_answer_that_does_not_say_who_the_bot_is_is_not_kept() -> None:
    """Taken for an account of no number, it would make every role one of another account."""
    nobody = b"<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>"
    async with reading() as (stand_in, client):
        stand_in.fail("/sts/GetCallerIdentity", status=200, body=nobody, times=1)
        error = await refused(client, ROLE.arn)
        role = await client.role(ROLE.arn)

    assert "documented shape" in error.reason
    assert role.arn == ROLE.arn


async def test_a_failed_identity_is_asked_again_by_the_next_diagnosis() -> None:
    async with reading() as (stand_in, client):
        stand_in.fail("/sts/GetCallerIdentity", status=403, times=1)
        await client.prepare()
        role = await client.role(ROLE.arn)

    assert role.arn == ROLE.arn


async def test_without_credentials_nothing_is_asked_and_the_reply_can_say_so() -> None:
    async with reading(
        AWS_ACCESS_KEY_ID=None,
        AWS_SECRET_ACCESS_KEY=None,
        AWS_READ_ROLES=None,
        AWS_EC2_METADATA_DISABLED="true",
    ) as (stand_in, _):
        client = AwsClient({}, (), Metrics())
        error = await refused(client, ROLE.arn)
        client.close()

    assert type(error) is SourceDenied
    assert "credentials" in error.reason
    assert stand_in.calls == []


async def test_nobody_listens() -> None:
    async with reading() as (stand_in, client):
        await stand_in.stop()
        error = await refused(client, ROLE.arn)

    assert type(error) is SourceUnreachable


async def test_what_is_no_role_arn_is_not_asked_for() -> None:
    async with reading() as (stand_in, client):
        error = await refused(client, f"arn:aws:iam::{OWN}:user/dana")

    assert type(error) is SourceMalformed
    assert stand_in.calls == []


@pytest.mark.parametrize(
    "odd",
    [
        {"AWS_PROFILE": "there-is-none"},
        {"AWS_ENDPOINT_URL": "http://[broken"},
        {"AWS_ENDPOINT_URL": "nonsense"},
    ],
)
async def test_settings_that_cannot_be_used_are_named_and_keep_nothing_from_starting(
    odd: dict[str, str],
) -> None:
    client = AwsClient({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", **odd}, (), Metrics())
    await client.open()
    error = await refused(client, ROLE.arn)
    client.close()

    assert "`AWS_*`" in error.remedy


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b"", b"{}", b"<GetRoleResponse><GetRoleResult/>"])
async def test_an_answer_of_another_shape_is_malformed(body: bytes) -> None:
    async with reading() as (stand_in, client):
        stand_in.fail("/iam/GetRole", status=200, body=body)
        error = await refused(client, ROLE.arn)
        stand_in.fail("/sts/AssumeRole", status=200, body=body)
        other = await refused(client, FAR.arn)

    assert (type(error), type(other)) == (SourceMalformed, SourceMalformed)


async def test_a_closed_client_says_so() -> None:
    async with reading() as (_, client):
        client.close()
        error = await refused(client, ROLE.arn)

    assert type(error) is SourceUnreachable


# -- providers ----------------------------------------------------------------------------------------------


async def test_of_the_matching_provider_the_client_ids_are_read_and_of_others_the_address() -> None:
    others = (ExampleProvider("token.actions.githubusercontent.com", ("sts.amazonaws.com",)),)
    accounts = (
        replace(WORLD.accounts[0], providers=(*WORLD.accounts[0].providers, *others)),
        WORLD.accounts[1],
    )
    async with reading(replace(WORLD, accounts=accounts)) as (stand_in, client):
        found = await client.providers(OWN, "aws", PATH)

    assert [(one.url, one.client_ids) for one in found.found] == [
        (PATH, WORLD.accounts[0].providers[0].client_ids),
        ("token.actions.githubusercontent.com", None),
    ]
    assert actions(stand_in).count("/iam/GetOpenIDConnectProvider") == 1


async def test_an_account_without_providers_has_none() -> None:
    async with reading() as (_, client):
        assert await client.providers(OTHER, "aws", PATH) == ProvidersRead(())


async def test_a_list_that_is_refused_does_not_hide_the_provider_that_may_be_read() -> None:
    async with reading() as (stand_in, client):
        stand_in.granted[OWN] = frozenset({"iam:GetOpenIDConnectProvider"})
        found = await client.providers(OWN, "aws", PATH)

        stand_in.granted[OWN] = frozenset()
        with pytest.raises(SourceDenied) as caught:
            await client.providers(OWN, "aws", PATH)

    assert [one.url for one in found.found] == [PATH]
    assert ["`iam:ListOpenIDConnectProviders`" in one.remedy for one in found.unread] == [True]
    assert "`iam:ListOpenIDConnectProviders`" in caught.value.remedy


async def test_a_provider_that_is_only_listed_is_said_to_be_read_in_part() -> None:
    async with reading() as (stand_in, client):
        stand_in.granted[OWN] = frozenset({"iam:ListOpenIDConnectProviders"})
        found = await client.providers(OWN, "aws", PATH)

    assert [(one.url, one.client_ids) for one in found.found] == [(PATH, None)]
    assert ["`iam:GetOpenIDConnectProvider`" in one.remedy for one in found.unread] == [True]


async def test_a_refused_list_does_not_make_a_missing_provider_known() -> None:
    async with reading() as (stand_in, client):
        stand_in.granted[OWN] = frozenset({"iam:GetOpenIDConnectProvider"})
        with pytest.raises(SourceDenied):
            await client.providers(OWN, "aws", provider_path("another"))


async def test_only_reads_are_asked_for() -> None:
    async with reading() as (stand_in, client):
        await client.role(ROLE.arn)
        await client.role(FAR.arn)
        await client.providers(OWN, "aws", PATH)

    assert stand_in.forbidden == []
    assert set(actions(stand_in)) == {
        "/sts/GetCallerIdentity",
        "/sts/AssumeRole",
        "/iam/GetRole",
        "/iam/ListOpenIDConnectProviders",
        "/iam/GetOpenIDConnectProvider",
    }
