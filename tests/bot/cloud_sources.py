"""The readings between all stand-ins, those of Microsoft and Google among them; and files of credentials."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.playground.google import ACCOUNT, GoogleStandIn
from bot.playground.microsoft import MicrosoftStandIn
from bot.playground.stage import cloud_settings_for
from bot.playground.world import World
from bot.playground.world_clouds import ExamplePool, ExampleProject, ExampleServiceAccount
from tests.bot.sources import WORLD, Sources, opened

TENANT = WORLD.tenants[0].id
CLIENT = WORLD.tenants[0].applications[0].client_id
PROJECT = WORLD.projects[0]
PROVIDER = "projects/481516234200/locations/global/workloadIdentityPools/bitbucket/providers/acme"
EMAIL = "tile-deploy@acme-maps.iam.gserviceaccount.com"
POOL = (
    "principalSet://iam.googleapis.com/projects/481516234200/locations/global/workloadIdentityPools/bitbucket"
)


@dataclass(slots=True)
class CloudSources:
    """The readings, and the stand-ins of both clouds."""

    sources: Sources
    microsoft: MicrosoftStandIn
    google: GoogleStandIn

    @property
    def asked(self) -> list[str]:
        """What the clouds were asked, tokens apart."""
        calls = [*self.microsoft.calls, *self.google.calls]
        return [call.path for call in calls if not call.path.partition("?")[0].endswith("/token")]


@contextlib.asynccontextmanager
async def clouds_started(world: World = WORLD) -> AsyncIterator[tuple[MicrosoftStandIn, GoogleStandIn]]:
    microsoft, google = MicrosoftStandIn(world), GoogleStandIn(world)
    async with contextlib.AsyncExitStack() as stack:
        for stand_in in (microsoft, google):
            stack.push_async_callback(stand_in.stop)
            await stand_in.start()
        yield microsoft, google


@contextlib.asynccontextmanager
async def clouds_opened(folder: Path, world: World = WORLD, **overrides: str) -> AsyncIterator[CloudSources]:
    """As `tests.bot.sources.opened`; both clouds may be read."""
    async with clouds_started(world) as (microsoft, google):
        settings: dict[str, Any] = {**cloud_settings_for(microsoft, google, folder), **overrides}
        async with opened(world, **settings) as sources:
            yield CloudSources(sources, microsoft, google)


def with_project(
    provider: dict[str, Any] | None = None,
    members: tuple[str, ...] | None = None,
    *,
    pool_disabled: bool = False,
    account_disabled: bool = False,
) -> tuple[ExampleProject, ...]:
    """The example's project with another provider, or other members of its service account."""
    found = PROJECT.pools[0].providers["acme"] if provider is None else provider
    account = PROJECT.accounts[0]
    if members is not None:
        bindings = ({"role": "roles/iam.workloadIdentityUser", "members": list(members)},) if members else ()
        account = ExampleServiceAccount(account.email, bindings)
    account = replace(account, disabled=account_disabled)
    pool = ExamplePool("bitbucket", {"acme": found}, disabled=pool_disabled)
    return (ExampleProject(PROJECT.id, PROJECT.number, (pool,), (account,)),)


@functools.cache
def key_pair() -> tuple[str, bytes]:
    """A private key and its public one, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public


def account_key(google: GoogleStandIn, folder: Path, **changes: Any) -> Path:
    """The file of a key of the bot's own service account, which the stand-in takes."""
    private, google.key = key_pair()
    found = {
        "type": "service_account",
        "project_id": "acme-tools",
        "private_key_id": "1",
        "private_key": private,
        "client_email": ACCOUNT,
        "token_uri": f"{google.address}/token",
        **changes,
    }
    path = folder / "key.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return path
