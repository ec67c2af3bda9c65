"""Google's IAM with real google-auth and httpx: tokens, provider and account, and every way they fail."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.clients.google import GoogleClient, project_of
from bot.errors import (
    SourceDenied,
    SourceError,
    SourceMalformed,
    SourceNotFound,
    SourceRateLimited,
    SourceUnreachable,
)
from bot.metrics import Metrics
from bot.playground.google import READS, GoogleStandIn
from bot.setting_clouds import GoogleSettings, read_clouds
from knowledge.gcp_setup import ProviderPath, provider_path
from tests.bot.cloud_sources import EMAIL, PROVIDER, account_key, clouds_started, with_project

FOUND = provider_path(PROVIDER)
assert FOUND is not None
PATH: ProviderPath = FOUND


def settings_of(given: dict[str, str]) -> GoogleSettings:
    problems: list[str] = []
    found = read_clouds(given, problems).google
    assert problems == []
    assert found is not None
    return found


@contextlib.asynccontextmanager
async def reading(folder: Path, **overrides: str) -> AsyncIterator[tuple[GoogleStandIn, GoogleClient]]:
    async with clouds_started() as (_, google):
        client = GoogleClient(settings_of({**google.settings(folder), **overrides}), Metrics())
        try:
            yield google, client
        finally:
            await client.close()


async def test_provider_and_account_are_read_with_one_token(tmp_path: Path) -> None:
    async with reading(tmp_path) as (google, client):
        provider = await client.provider(PATH)
        account = await client.account(EMAIL)

    assert (provider.name, provider.audiences, provider.state) == (PROVIDER, (), "ACTIVE")
    assert (provider.pool_state, provider.pool_disabled) == ("ACTIVE", False)
    assert (account.email, account.disabled, len(account.bindings)) == (EMAIL, False, 1)
    assert sum(call.path == "/v1/token" for call in google.calls) == 1
    assert {call.status for call in google.calls} == {200}


async def test_a_service_accounts_key_serves_as_well(tmp_path: Path) -> None:
    async with clouds_started() as (_, google):
        given = google.settings(tmp_path)
        given["GOOGLE_APPLICATION_CREDENTIALS"] = str(account_key(google, tmp_path))
        client = GoogleClient(settings_of(given), Metrics())
        assert (await client.provider(PATH)).name == PROVIDER
        await client.close()
    assert google.calls[0].path == "/token"


async def test_a_federation_that_acts_as_a_service_account_serves_as_well(tmp_path: Path) -> None:
    async with clouds_started() as (_, google):
        given = google.settings(tmp_path)
        acting = {
            **google.federation(tmp_path / "google-token"),
            "service_account_impersonation_url": google.impersonation,
        }
        file = tmp_path / "acting.json"
        file.write_text(json.dumps(acting), encoding="utf-8")
        given["GOOGLE_APPLICATION_CREDENTIALS"] = str(file)
        client = GoogleClient(settings_of(given), Metrics())
        assert (await client.provider(PATH)).name == PROVIDER
        assert (await client.account(EMAIL)).email == EMAIL
        await client.close()
    paths = [call.path for call in google.calls]
    assert paths[0] == "/v1/token"
    assert paths[1].endswith(":generateAccessToken")
    assert {call.status for call in google.calls} == {200}


async def test_a_pool_that_is_off_and_an_account_that_is_off_are_told(tmp_path: Path) -> None:
    async with reading(tmp_path) as (google, client):
        google.projects = with_project(pool_disabled=True, account_disabled=True)
        assert (await client.provider(PATH)).pool_disabled
        assert (await client.account(EMAIL)).disabled


async def test_a_policy_without_bindings_is_empty_and_not_unread(tmp_path: Path) -> None:
    async with reading(tmp_path) as (google, client):
        google.projects = with_project(members=())
        assert (await client.account(EMAIL)).bindings == ()


async def test_what_the_project_does_not_have_is_not_there(tmp_path: Path) -> None:
    async with reading(tmp_path) as (_, client):
        with pytest.raises(SourceNotFound, match="pool bitbucket is there"):
            await client.provider(ProviderPath(PATH.project, PATH.pool, "other"))
        with pytest.raises(SourceNotFound, match="pool other-pool is not there either"):
            await client.provider(ProviderPath(PATH.project, "other-pool", "other"))
        with pytest.raises(SourceNotFound):
            await client.account("nobody@acme-maps.iam.gserviceaccount.com")


async def test_an_account_that_is_not_there_is_told_without_leave_to_read_policies(tmp_path: Path) -> None:
    async with reading(tmp_path) as (google, client):
        google.granted["acme-maps"] = READS - {"iam.serviceAccounts.getIamPolicy"}
        with pytest.raises(SourceNotFound):
            await client.account("nobody@acme-maps.iam.gserviceaccount.com")


async def test_a_project_that_is_not_listed_is_not_asked_about(tmp_path: Path) -> None:
    async with reading(tmp_path) as (google, client):
        with pytest.raises(SourceDenied, match="may not read the Google Cloud project 999999999999"):
            await client.provider(ProviderPath("999999999999", "bitbucket", "acme"))
        with pytest.raises(SourceDenied, match="may not read the Google Cloud project other-project"):
            await client.account("deploy@other-project.iam.gserviceaccount.com")
        for pool in ("../x", "a?b", "Upper"):
            with pytest.raises(SourceMalformed):
                await client.provider(ProviderPath(PATH.project, pool, "acme"))
        with pytest.raises(SourceMalformed):
            await client.account("somebody@example.com")
    assert google.calls == []


@pytest.mark.parametrize(
    ("email", "project"),
    [
        ("deploy@acme-maps.iam.gserviceaccount.com", "acme-maps"),
        ("deploy@maps.example.com.iam.gserviceaccount.com", "example.com:maps"),
        ("481516234200-compute@developer.gserviceaccount.com", "481516234200"),
        ("acme-maps@appspot.gserviceaccount.com", "acme-maps"),
        ("acme@developer.gserviceaccount.com", None),
        ("deploy@acme.iam.gserviceaccount.com/../x", None),
        ("deploy@example.com", None),
        ("", None),
    ],
)
def test_an_accounts_address_tells_its_project(email: str, project: str | None) -> None:
    assert project_of(email) == project


@pytest.mark.parametrize("permission", sorted(READS - {"iam.workloadIdentityPools.get"}))
async def test_the_missing_permission_is_named(tmp_path: Path, permission: str) -> None:
    async with reading(tmp_path) as (google, client):
        google.granted["acme-maps"] = READS - {permission}
        refused: list[SourceError] = []
        for asking in (client.provider(PATH), client.account(EMAIL)):
            try:
                await asking
            except SourceDenied as error:
                refused.append(error)
    # The account's own state is a help; its policy is what counts.
    wanted = 0 if permission == "iam.serviceAccounts.get" else 1
    assert [f"`{permission}`" in one.remedy for one in refused] == [True] * wanted


async def test_without_the_pools_permission_the_provider_is_read(tmp_path: Path) -> None:
    async with reading(tmp_path) as (google, client):
        google.granted["acme-maps"] = READS - {"iam.workloadIdentityPools.get"}
        assert (await client.provider(PATH)).name == PROVIDER


async def test_an_api_that_is_off_is_named(tmp_path: Path) -> None:
    async with reading(tmp_path) as (google, client):
        google.off.add("acme-maps")
        with pytest.raises(SourceDenied, match=r"API `iam\.googleapis\.com` is off") as caught:
            await client.provider(PATH)
    assert "gcloud services enable" in caught.value.remedy


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ({"status": 401}, SourceDenied, "does not accept the bot's token"),
        ({"status": 404, "body": b"<html>"}, SourceMalformed, "refused the question (404)"),
        ({"status": 429}, SourceRateLimited, "no more questions"),
        ({"status": 503}, SourceUnreachable, "a fault of its own (503)"),
        ({"status": 307, "headers": {"Location": "http://127.0.0.1:1/"}}, SourceMalformed, "(307)"),
        ({"status": 200, "body": b"[]"}, SourceMalformed, "documented shape"),
        ({"status": 200, "body": b"{}"}, SourceMalformed, "documented shape"),
        ({"status": 200, "body": b"x" * 600_000}, SourceMalformed, "is longer"),
        ({"drop": True}, SourceUnreachable, "cannot be reached"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_whatever_iam_does_instead_of_answering_has_its_words(
    tmp_path: Path, fault: dict[str, Any], error: type[SourceError], words: str
) -> None:
    async with reading(tmp_path) as (google, client):
        google.fail("^/v1/projects", **fault)
        for asking in (client.provider(PATH), client.account(EMAIL)):
            with pytest.raises(error) as caught:
                await asking
            assert words in caught.value.reason


async def test_another_providers_answer_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    other = {"name": PROVIDER.replace("providers/acme", "providers/other"), "state": "ACTIVE"}
    async with reading(tmp_path) as (google, client):
        google.fail("providers/acme", status=200, body=json.dumps(other).encode())
        with pytest.raises(SourceMalformed):
            await client.provider(PATH)


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ({"status": 400, "body": b'{"error": "invalid_grant"}'}, SourceDenied, "gives the bot no token"),
        ({"status": 200, "body": b"{}"}, SourceError, "Google"),
        ({"status": 200, "body": b"<html>"}, SourceError, "Google"),
        ({"status": 200, "body": b"x" * 600_000}, SourceMalformed, "is longer"),
        ({"drop": True}, SourceUnreachable, "cannot be reached"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_whatever_the_exchange_does_instead_of_giving_a_token_has_its_words(
    tmp_path: Path, fault: dict[str, Any], error: type[SourceError], words: str
) -> None:
    async with reading(tmp_path) as (google, client):
        google.fail("^/v1/token", **fault)
        with pytest.raises(error) as caught:
            await client.provider(PATH)
        assert words in caught.value.reason
        assert caught.value.remedy
        google.heal()
        assert (await client.provider(PATH)).name == PROVIDER


async def test_a_token_file_that_is_gone_and_a_key_that_is_none_are_said(tmp_path: Path) -> None:
    async with clouds_started() as (_, google):
        given = google.settings(tmp_path)
        client = GoogleClient(settings_of(given), Metrics())
        (tmp_path / "google-token").unlink()
        with pytest.raises(SourceDenied) as gone:
            await client.provider(PATH)
        await client.close()
        given["GOOGLE_APPLICATION_CREDENTIALS"] = str(
            account_key(google, tmp_path, private_key="canary-no-key")
        )
        client = GoogleClient(settings_of(given), Metrics())
        with pytest.raises(SourceDenied, match="cannot be used") as none:
            await client.provider(PATH)
        await client.close()
    assert google.calls == []
    for caught in (gone, none):
        assert "`GOOGLE_APPLICATION_CREDENTIALS`" in caught.value.remedy
        assert "canary" not in f"{caught.value!r} {caught.value.remedy}"
        assert str(tmp_path) not in f"{caught.value!r} {caught.value.remedy}"
