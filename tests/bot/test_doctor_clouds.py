"""`doctor` for Azure and Google Cloud: a good set-up, and ones that lack one thing each."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.doctor import azure, google
from bot.doctor.report import Check, State
from bot.playground.google import READS, GoogleStandIn
from bot.playground.microsoft import MicrosoftStandIn
from bot.playground.stage import cloud_settings_for
from bot.settings import Settings
from tests.bot.cloud_sources import PROJECT, TENANT, clouds_started
from tests.bot.test_settings import GOOD


@dataclass(slots=True)
class Town:
    microsoft: MicrosoftStandIn
    google: GoogleStandIn
    folder: Path

    async def doctor(self, **overrides: str) -> list[Check]:
        given = cloud_settings_for(self.microsoft, self.google, self.folder)
        settings = Settings.from_mapping({**GOOD, **given, **overrides})
        return [*await azure.examine(settings), *await google.examine(settings)]


@contextlib.asynccontextmanager
async def built(folder: Path) -> AsyncIterator[Town]:
    async with clouds_started() as (microsoft, google):
        yield Town(microsoft, google, folder)


def problems(checks: list[Check]) -> list[str]:
    return [f"{one.area}: {one.sentence} -> {one.remedy}" for one in checks if one.state is State.PROBLEM]


async def test_a_good_set_up_names_each_tenant_and_project_and_only_reads(tmp_path: Path) -> None:
    async with built(tmp_path) as town:
        checks = await town.doctor()
        written = [c for c in town.google.calls if c.method == "POST" and "getIamPolicy" not in c.path]
    assert problems(checks) == []
    said = " ".join(check.sentence for check in checks if check.state is State.OK)
    for name in (TENANT, PROJECT.id, PROJECT.number):
        assert name in said
    assert {call.path for call in written} == {"/v1/token"}


async def test_without_a_list_nothing_is_examined(tmp_path: Path) -> None:
    async with built(tmp_path) as town:
        assert await town.doctor(AZURE_READ_TENANTS="", GOOGLE_READ_PROJECTS="") == []
        assert town.microsoft.calls == town.google.calls == []


async def test_a_refused_secret_and_a_missing_permission_at_azure_have_their_remedies(tmp_path: Path) -> None:
    async with built(tmp_path) as town:
        (refused,) = problems(await town.doctor(AZURE_CLIENT_SECRET="canary", GOOGLE_READ_PROJECTS=""))
        town.microsoft.granted[TENANT] = frozenset()
        (denied,) = problems(await town.doctor(GOOGLE_READ_PROJECTS=""))
    assert "AADSTS7000215" in refused
    assert "`AZURE_CLIENT_SECRET`" in refused
    assert "canary" not in refused
    assert "`Application.Read.All`" in denied


@pytest.mark.parametrize("permission", sorted(READS - {"iam.workloadIdentityPools.get"}))
async def test_each_missing_permission_at_google_is_named(tmp_path: Path, permission: str) -> None:
    async with built(tmp_path) as town:
        town.google.granted[PROJECT.id] = READS - {permission}
        checks = await town.doctor(AZURE_READ_TENANTS="")
    found = problems(checks)
    notes = [f"{one.remedy}" for one in checks if one.state is State.NOTE]
    if permission == "iam.serviceAccounts.get":
        # The policy is what counts.
        assert found == []
        assert [f"`{permission}`" in one for one in notes] == [True]
    else:
        assert found
        assert all(f"`{permission}`" in one for one in found)


async def test_a_google_token_that_is_not_to_be_had_is_one_problem(tmp_path: Path) -> None:
    async with built(tmp_path) as town:
        town.google.fail("^/v1/token", status=400, body=b'{"error": "invalid_target"}')
        (found,) = problems(await town.doctor(AZURE_READ_TENANTS=""))
    assert "`GOOGLE_APPLICATION_CREDENTIALS`" in found


@pytest.mark.parametrize(("listed", "lacks"), [("acme-maps", "number"), ("481516234200", "id")])
async def test_a_project_listed_by_half_is_a_note(tmp_path: Path, listed: str, lacks: str) -> None:
    async with built(tmp_path) as town:
        checks = await town.doctor(AZURE_READ_TENANTS="", GOOGLE_READ_PROJECTS=listed)
    (note,) = [check for check in checks if check.state is State.NOTE]
    assert f"by its {lacks}" in note.sentence
    assert problems(checks) == []
