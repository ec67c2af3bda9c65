"""Reads Google's IAM in the listed projects: a provider of a pool, and a service account with its policy.

Only reads. https://cloud.google.com/iam/docs/reference/rest
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.clients.cloud_errors import google_refusal
from bot.clients.cloud_wire import CloudWire, SharedToken, outcome
from bot.errors import OPERATOR, SourceDenied, SourceError, SourceMalformed, SourceNotFound
from bot.metrics import Metrics
from bot.setting_clouds import GoogleSettings, token_addresses
from knowledge.gcp_read import SetupUnreadableError, read_policy, read_provider
from knowledge.gcp_setup import AccountPolicy, ProviderPath, WorkloadProvider, provider_path

_SEGMENT = re.compile(r"[a-z0-9][a-z0-9-]{2,31}\Z")
#: https://cloud.google.com/iam/docs/service-account-types
_ACCOUNT = re.compile(
    r"(?P<name>[a-z0-9-]{1,63})@(?:(?P<project>[a-z0-9-]+)(?:\.(?P<domain>[a-z0-9.-]+))?\.iam|"
    r"(?P<app>appspot)|(?P<number>developer))\.gserviceaccount\.com\Z"
)
_COMPUTE = "-compute"

PROVIDER_PERMISSION = "iam.workloadIdentityPoolProviders.get"
POOL_PERMISSION = "iam.workloadIdentityPools.get"
ACCOUNT_PERMISSION = "iam.serviceAccounts.get"
POLICY_PERMISSION = "iam.serviceAccounts.getIamPolicy"


class GoogleClient:
    """See `bot.ports.Google`. Built once, and only where the library for the tokens is installed."""

    def __init__(self, settings: GoogleSettings, metrics: Metrics) -> None:
        # Loaded only where it is wanted.
        from bot.clients.google_token import GoogleToken

        self._iam = settings.iam
        self._projects = frozenset(settings.projects)
        addresses = (settings.iam, *token_addresses(settings.credentials))
        self._wire = CloudWire("Google", "google", addresses, metrics)
        self._token = SharedToken(GoogleToken(settings.credentials, self._wire).fetch)

    async def close(self) -> None:
        await self._wire.close()

    async def token(self) -> None:
        """Get a token, for whoever wants to know whether there is one.

        Raises:
            SourceError: there is none to be had.
        """
        await self._token()

    async def provider(self, path: ProviderPath) -> WorkloadProvider:
        """The provider, with the state of its pool where that may be read.

        Raises:
            SourceNotFound: the project was read and has no such provider; the reason says what of its pool.
            SourceError: it could not be read.
        """
        self._check(path.project)
        if not (_SEGMENT.match(path.pool) and _SEGMENT.match(path.provider)):
            raise SourceMalformed("what names the provider is no name of one", "correct the provider's name")
        getting = self._asked("GET", path.name, PROVIDER_PERMISSION, path.project)
        pooling = self._asked("GET", path.pool_name, POOL_PERMISSION, path.project)
        found, pool = await asyncio.gather(outcome(getting), outcome(pooling))
        if isinstance(found, SourceNotFound) and isinstance(pool, SourceNotFound):
            raise SourceNotFound(f"the pool {path.pool} is not there either", found.remedy)
        if isinstance(found, SourceNotFound) and isinstance(pool, Mapping):
            raise SourceNotFound(f"the pool {path.pool} is there", found.remedy)
        if isinstance(found, SourceError):
            raise found
        try:
            provider = read_provider(found)
        except SetupUnreadableError:
            raise _malformed() from None
        named = provider_path(provider.name)
        if named is None or (named.pool, named.provider) != (path.pool, path.provider):
            raise _malformed()
        if isinstance(pool, Mapping):
            state = pool.get("state")
            return replace(
                provider,
                pool_state=state if isinstance(state, str) else provider.pool_state,
                pool_disabled=pool.get("disabled") is True,
            )
        return provider

    async def account(self, email: str) -> AccountPolicy:
        """Who may do what with the service account.

        The project is named, not left to the API: with `-` in its place a missing one is answered with 403,
        https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/get

        Raises:
            SourceNotFound: the project was read and has no such account.
            SourceError: its policy could not be read.
        """
        self._named(email)
        disabled, policy = await asyncio.gather(outcome(self.disabled(email)), outcome(self.policy(email)))
        if isinstance(disabled, SourceNotFound):
            raise disabled
        if isinstance(policy, SourceError):
            raise policy
        return replace(policy, disabled=disabled is True)

    async def disabled(self, email: str) -> bool:
        """Whether the service account is switched off; raises as `account`."""
        name, project = self._named(email)
        found = await self._asked("GET", name, ACCOUNT_PERMISSION, project)
        return found.get("disabled") is True

    async def policy(self, email: str) -> AccountPolicy:
        """The IAM policy alone; raises as `account`."""
        name, project = self._named(email)
        asked = f"{name}:getIamPolicy?options.requestedPolicyVersion=3"
        try:
            read = read_policy(await self._asked("POST", asked, POLICY_PERMISSION, project))
        except SetupUnreadableError:
            raise _malformed() from None
        return replace(read, email=email)

    def _named(self, email: str) -> tuple[str, str]:
        """The resource of the service account, and its project, which has to be listed."""
        project = project_of(email)
        if project is None:
            raise SourceMalformed(
                "what names the service account is no address of one that tells its project",
                "correct the address of the service account",
            )
        self._check(project)
        return f"projects/{project}/serviceAccounts/{email}", project

    def _check(self, project: str) -> None:
        if project not in self._projects:
            raise SourceDenied(
                f"the bot may not read the Google Cloud project {project[:100]}",
                f"{OPERATOR} adds it to `GOOGLE_READ_PROJECTS`",
            )

    async def _asked(self, method: str, name: str, permission: str, project: str) -> Mapping[str, Any]:
        token = await self._token()
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self._wire.send(method, f"{self._iam}/v1/{name}", headers)
        if answer.status != 200:
            raise google_refusal(answer, permission, project)
        found = answer.json()
        if not isinstance(found, Mapping):
            raise _malformed()
        return found


def project_of(email: str) -> str | None:
    """The project that a service account's address names, by its id or number; None where it names none."""
    found = _ACCOUNT.match(email)
    if found is None:
        return None
    if found["project"]:
        return f"{found['domain']}:{found['project']}" if found["domain"] else found["project"]
    if found["app"]:
        return found["name"]
    number = found["name"].removesuffix(_COMPUTE)
    return number if number.isdigit() and found["name"].endswith(_COMPUTE) else None


def _malformed() -> SourceMalformed:
    return SourceMalformed(
        "Google's answer does not have the documented shape",
        f"ask again; if it stays so, {OPERATOR} checks `GOOGLE_IAM_URL` and the way to it",
    )
