"""Microsoft Graph with real azure-identity and httpx: tokens, the three objects, and every way they fail."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.clients.azure import AzureClient
from bot.errors import (
    SourceDenied,
    SourceError,
    SourceMalformed,
    SourceNotFound,
    SourceRateLimited,
    SourceUnreachable,
)
from bot.metrics import Metrics
from bot.playground.microsoft import CLIENT_ID, MicrosoftStandIn
from bot.playground.world_clouds import ExampleApplication, ExampleTenant
from bot.setting_clouds import AzureSettings, read_clouds
from knowledge.azure_setup import Application
from tests.bot.cloud_sources import CLIENT, TENANT, clouds_started

OTHER = "11111111-2222-4333-8444-555555555555"
FLEXIBLE = {
    "name": "flexible",
    "issuer": "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
    "audiences": ["api://AzureADTokenExchange"],
    "claimsMatchingExpression": {"value": "claims['sub'] matches '{x}:*'", "languageVersion": 1},
}


def settings_of(given: dict[str, str]) -> AzureSettings:
    problems: list[str] = []
    found = read_clouds({name: value for name, value in given.items() if value}, problems).azure
    assert problems == []
    assert found is not None
    return found


@contextlib.asynccontextmanager
async def reading(**overrides: str) -> AsyncIterator[tuple[MicrosoftStandIn, AzureClient]]:
    async with clouds_started() as (microsoft, _):
        client = AzureClient(settings_of({**microsoft.settings, **overrides}), Metrics())
        try:
            yield microsoft, client
        finally:
            await client.close()


def with_application(microsoft: MicrosoftStandIn, **changes: Any) -> ExampleApplication:
    tenant = microsoft.tenants[TENANT]
    application = replace(tenant.applications[0], **changes)
    microsoft.tenants[TENANT] = ExampleTenant(TENANT, (application,))
    return application


async def test_application_principal_and_credentials_are_read_with_one_token() -> None:
    async with reading() as (microsoft, client):
        application = await client.application(TENANT, CLIENT)
        principal = await client.principal(TENANT, CLIENT)
        credentials = await client.credentials(TENANT, CLIENT)

    assert application == Application(CLIENT, "7d0c2b4e-6f81-4a93-b5d7-9e1f3a5c7b20", "loyalty-deploy")
    assert (principal.enabled, principal.kind) == (True, "Application")
    assert [(one.name, one.subject is not None, one.flexible) for one in credentials] == [
        ("bitbucket", True, None)
    ]
    assert [call.method for call in microsoft.calls] == ["POST", "GET", "GET", "GET"]
    assert {call.status for call in microsoft.calls} == {200}


async def test_a_federated_token_serves_in_the_place_of_the_secret(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("own.federated.token")
    async with reading(AZURE_CLIENT_SECRET="", AZURE_FEDERATED_TOKEN_FILE=str(file)) as (microsoft, client):
        with pytest.raises(SourceDenied, match="AADSTS700213"):
            await client.application(TENANT, CLIENT)
        microsoft.assertion = "own.federated.token"
        assert (await client.application(TENANT, CLIENT)).client_id == CLIENT


async def test_an_object_id_in_the_place_of_the_client_id_is_found_as_what_it_is() -> None:
    async with reading() as (_, client):
        application = await client.application(TENANT, "7d0c2b4e-6f81-4a93-b5d7-9e1f3a5c7b20")
    assert application.client_id == CLIENT


async def test_what_the_tenant_does_not_have_is_not_there() -> None:
    async with reading() as (_, client):
        for asking in (client.application, client.principal, client.credentials):
            with pytest.raises(SourceNotFound):
                await asking(TENANT, OTHER)


async def test_a_credential_with_an_expression_is_asked_of_beta_and_an_empty_list_too() -> None:
    async with reading() as (microsoft, client):
        with_application(microsoft, credentials=(FLEXIBLE,))
        (flexible,) = await client.credentials(TENANT, CLIENT)
        with_application(microsoft, credentials=())
        none = await client.credentials(TENANT, CLIENT)
        microsoft.fail("^/beta", status=403)
        with_application(microsoft, credentials=(FLEXIBLE,))
        (unseen,) = await client.credentials(TENANT, CLIENT)
        with_application(microsoft, credentials=())
        with pytest.raises(SourceDenied):
            await client.credentials(TENANT, CLIENT)

    assert (flexible.subject, flexible.flexible) == (None, "claims['sub'] matches '{x}:*'")
    assert none == ()
    assert (unseen.subject, unseen.flexible) == (None, None)


async def test_pages_are_followed_on_the_configured_host_only() -> None:
    own = {"name": "a", "issuer": "https://i", "subject": "s", "audiences": ["a"]}
    async with reading() as (microsoft, client):
        with_application(microsoft, credentials=tuple({**own, "name": str(n)} for n in range(5)))
        microsoft.page = 2
        assert [one.name for one in await client.credentials(TENANT, CLIENT)] == ["0", "1", "2", "3", "4"]
        microsoft.page = 1
        with pytest.raises(SourceMalformed, match="without an end"):
            await client.credentials(TENANT, CLIENT)
        foreign = {"value": [], "@odata.nextLink": "https://graph.example.com/v1.0/applications"}
        microsoft.fail("federatedIdentityCredentials", status=200, body=json.dumps(foreign).encode())
        before = len(microsoft.calls)
        with pytest.raises(SourceMalformed, match="another host"):
            await client.credentials(TENANT, CLIENT)
        assert len(microsoft.calls) == before + 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"AZURE_CLIENT_SECRET": "wrong-canary-secret"}, "AADSTS7000215"),
        ({"AZURE_CLIENT_ID": OTHER}, "AADSTS700016"),
        ({"AZURE_READ_TENANTS": OTHER}, "AADSTS90002"),
    ],
)
async def test_a_refused_token_is_told_by_its_code_and_without_what_was_sent(
    given: dict[str, str], words: str
) -> None:
    tenant = given.get("AZURE_READ_TENANTS", TENANT)
    async with reading(**given) as (_, client):
        with pytest.raises(SourceDenied) as caught:
            await client.principal(tenant, CLIENT)
    assert words in caught.value.reason
    assert "`AZURE_CLIENT_ID`" in caught.value.remedy
    assert "canary" not in f"{caught.value!r} {caught.value.reason} {caught.value.remedy}"


async def test_a_tenant_that_is_not_listed_is_not_asked_about() -> None:
    async with reading() as (microsoft, client):
        with pytest.raises(SourceDenied, match="may not read the tenant"):
            await client.application(OTHER, CLIENT)
    assert microsoft.calls == []


async def test_the_missing_permission_is_named() -> None:
    async with reading() as (microsoft, client):
        microsoft.granted[TENANT] = frozenset()
        with pytest.raises(SourceDenied) as caught:
            await client.credentials(TENANT, CLIENT)
    assert "`Application.Read.All`" in caught.value.remedy


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ({"status": 401}, SourceDenied, "does not accept the bot's token"),
        ({"status": 404, "body": b"<html>"}, SourceMalformed, "refused the question (404)"),
        ({"status": 429, "headers": {"Retry-After": "17"}}, SourceRateLimited, "no more questions"),
        ({"status": 503}, SourceUnreachable, "a fault of its own (503)"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}}, SourceMalformed, "(302)"),
        ({"status": 200, "body": b"[]"}, SourceMalformed, "documented shape"),
        ({"status": 200, "body": b"{}"}, SourceMalformed, "documented shape"),
        ({"status": 200, "body": b"x" * 600_000}, SourceMalformed, "is longer"),
        ({"drop": True}, SourceUnreachable, "cannot be reached"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_whatever_graph_does_instead_of_answering_has_its_words(
    fault: dict[str, Any], error: type[SourceError], words: str
) -> None:
    async with reading() as (microsoft, client):
        microsoft.fail("^/v1.0", **fault)
        for asking in (client.application, client.principal, client.credentials):
            with pytest.raises(error) as caught:
                await asking(TENANT, CLIENT)
            assert words in caught.value.reason


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ({"status": 200, "body": b"{}"}, SourceMalformed, "documented shape"),
        ({"status": 200, "body": b"[]"}, SourceMalformed, "documented shape"),
        ({"status": 200, "body": b"<html>"}, SourceMalformed, "documented shape"),
        ({"status": 200, "body": b""}, SourceMalformed, "documented shape"),
        ({"status": 500, "body": b"{}"}, SourceUnreachable, "Microsoft Entra ID has a fault of its own"),
        ({"status": 200, "body": b"x" * 600_000}, SourceMalformed, "is longer"),
        ({"drop": True}, SourceUnreachable, "cannot be reached"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_whatever_entra_does_instead_of_giving_a_token_has_its_words(
    fault: dict[str, Any], error: type[SourceError], words: str
) -> None:
    async with reading() as (microsoft, client):
        microsoft.fail("/oauth2/v2.0/token", **fault)
        with pytest.raises(error) as caught:
            await client.principal(TENANT, CLIENT)
        assert words in caught.value.reason
        # It is tried once: whoever asks has a deadline.
        assert len(microsoft.calls) == 1
        microsoft.heal()
        assert (await client.principal(TENANT, CLIENT)).enabled


async def test_a_certificate_that_is_none_is_said_without_its_content(tmp_path: Path) -> None:
    file = tmp_path / "certificate.pem"
    file.write_text("canary-no-certificate")
    async with reading(AZURE_CLIENT_CERTIFICATE_PATH=str(file)) as (microsoft, client):
        with pytest.raises(SourceDenied, match="cannot be used") as caught:
            await client.principal(TENANT, CLIENT)
    assert "canary" not in f"{caught.value!r} {caught.value.remedy}"
    assert microsoft.calls == []
    assert CLIENT_ID not in caught.value.reason
