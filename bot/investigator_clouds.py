"""Reads the identity at Azure, and provider and service account at Google, as soon as they are known."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from bot.errors import SourceNotFound
from bot.investigator_notes import Notes, known, read, waiting
from bot.ports import Azure, Clouds, Google
from knowledge.azure_identity import Identity, identity_of
from knowledge.azure_setup import MANAGED_IDENTITY
from knowledge.casefile import CaseFile
from knowledge.engine import diagnose
from knowledge.finding import Verdict
from knowledge.gcp_case import names_of
from knowledge.gcp_login import google_login
from knowledge.gcp_setup import ProviderPath, WorkloadProvider
from knowledge.reading import Absent, Reading, Unread
from knowledge.relevance import ACCOUNT_IDS, EXCHANGE_IDS, IDENTITY_IDS
from knowledge.words import code

T = TypeVar("T")

_APPLICATION = "the application's registration"
_PRINCIPAL = "the application's service principal"
_CREDENTIALS = "the identity's federated credentials"
_PROVIDER, _ACCOUNT = "the provider of the workload identity pool", "the service account's IAM policy"
_ENRICHING_SECONDS = 2.0
"""How much longer than Bitbucket these are waited for, where the cause is proven without them."""


class CloudReader:
    """Fills the notes' `clouds`: only for a failure that needs them, each once, of what is named first."""

    def __init__(self, clouds: Clouds, notes: Notes, group: asyncio.TaskGroup) -> None:
        self._azure = clouds.azure
        self._google = clouds.google
        self._notes = notes
        self._group = group
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked_azure = self._asked_provider = self._asked_account = False

    def named(self) -> None:
        """Start what the text, the log, or the steps under suspicion name by now."""
        if self._azure is None and self._google is None:
            return
        case = self._notes.case()
        ids = {symptom.id for symptom in case.symptoms}
        if self._azure is not None and ids & IDENTITY_IDS:
            self._of_azure(self._azure, case)
        if self._google is not None and (ids & (EXCHANGE_IDS | ACCOUNT_IDS) or (not ids and _logs_in(case))):
            self._of_google(self._google, case, ids)

    async def read_in_time(self) -> None:
        """Wait for what was asked for: to the end where the cause may hang on it, else for a moment."""
        pending = {task for task in self._tasks if not task.done()}
        if pending:
            _, pending = await asyncio.wait(pending, timeout=_ENRICHING_SECONDS)
        lead = diagnose(self._notes.case()).lead if pending else None
        if lead is not None and lead.verdict is Verdict.CONFIRMED:
            for task in pending:
                task.cancel()

    def _start(self, reading: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(self._group.create_task(reading))

    # -- Azure ----------------------------------------------------------------------------------------

    def _of_azure(self, azure: Azure, case: CaseFile) -> None:
        if self._asked_azure:
            return
        found, identity = self._notes.clouds, identity_of(case)
        remedy = _azure_remedy(identity)
        if identity.whole:
            self._asked_azure = True
            found.application, found.principal = waiting(_APPLICATION), waiting(_PRINCIPAL)
            found.credentials = _besides(waiting(_CREDENTIALS), remedy)
            self._start(self._identity(azure, identity, remedy))
        else:
            reason = "which application and tenant the step logs in to could not be told"
            remedy = f"keep both ids in variables that are not secured; or {remedy}"
            found.application = Unread(_APPLICATION, reason, remedy)
            found.principal = Unread(_PRINCIPAL, reason, remedy)
            found.credentials = Unread(_CREDENTIALS, reason, remedy)

    async def _identity(self, azure: Azure, identity: Identity, remedy: str) -> None:
        tenant, client, found = identity.tenant or "", identity.client or "", self._notes.clouds

        async def application() -> None:
            source = "the application's registration in its tenant"
            found.application = await read(source, lambda: azure.application(tenant, client), missing=True)

        async def principal() -> None:
            source = "the application's service principal in the tenant"
            found.principal = await read(source, lambda: azure.principal(tenant, client), missing=True)

        async def credentials() -> bool:
            source = "the federated credentials of the application"
            listed = await read(source, lambda: azure.credentials(tenant, client), missing=True)
            if not isinstance(listed, Absent):
                found.credentials = _besides(listed, remedy)
            return not isinstance(listed, Absent)

        _, _, had = await asyncio.gather(application(), principal(), credentials())
        if not had:
            found.credentials = self._without_application(remedy)

    def _without_application(self, remedy: str) -> Unread:
        """The credentials of a client id that no registration of the tenant has are not thereby none."""
        principal = known(self._notes.clouds.principal)
        if principal is None:
            return Unread(_CREDENTIALS, "the tenant has no application with the client id", remedy)
        if principal.kind == MANAGED_IDENTITY:
            command = code(
                "az identity federated-credential list --identity-name NAME --resource-group GROUP"
            )
            return Unread(
                _CREDENTIALS,
                "the client id is a managed identity's, whose credentials Microsoft Graph does not list",
                f"paste what {command} prints, with the error",
            )
        return Unread(_CREDENTIALS, "the application is registered in another tenant", remedy)

    # -- Google Cloud ---------------------------------------------------------------------------------

    def _of_google(self, google: Google, case: CaseFile, ids: set[str]) -> None:
        found, path, email = self._notes.clouds, _path(case), _email(case)
        wants_provider, wants_account = not ids or ids & EXCHANGE_IDS, not ids or ids & ACCOUNT_IDS
        untold = "its name could not be told"
        if wants_provider and not self._asked_provider:
            if path is not None:
                self._asked_provider = True
                found.provider = waiting(_PROVIDER)
                self._start(self._provider(google, path))
            else:
                found.provider = Unread(_PROVIDER, untold, "name it in a variable that is not secured")
        if wants_account and not self._asked_account:
            if email:
                self._asked_account = True
                found.account = waiting(_ACCOUNT)
                self._start(self._account(google, email))
            else:
                found.account = Unread(_ACCOUNT, untold, "name it in a variable that is not secured")

    async def _provider(self, google: Google, path: ProviderPath) -> None:
        source = f"the provider {path.provider} of the pool {path.pool} in the project {path.project}"
        missing: list[str] = []

        async def ask() -> WorkloadProvider:
            try:
                return await google.provider(path)
            except SourceNotFound as error:
                missing.append(error.reason)
                raise

        reading = await read(source, ask, missing=True)
        if isinstance(reading, Absent):
            # Which part of the name leads nowhere.
            reading = replace(reading, source=f"{source} ({', '.join(missing)})")
        self._notes.clouds.provider = reading

    async def _account(self, google: Google, email: str) -> None:
        source = f"the service account {email}, with its IAM policy"
        self._notes.clouds.account = await read(source, lambda: google.account(email), missing=True)


def _azure_remedy(identity: Identity) -> str:
    command = code(f"az ad app federated-credential list --id {identity.client or 'CLIENT-ID'}")
    return f"paste what {command} prints, with the error"


def _besides(reading: Reading[T], remedy: str) -> Reading[T]:
    if isinstance(reading, Unread):
        return replace(reading, remedy=f"{reading.remedy}; or {remedy}")
    return reading


def _logs_in(case: CaseFile) -> bool:
    return any(google_login(case, suspect.step) is not None for suspect in case.suspects)


def _path(case: CaseFile) -> ProviderPath | None:
    return _agreed(names_of(case, suspect).path for suspect in case.suspects or (None,))


def _email(case: CaseFile) -> str | None:
    return _agreed(names_of(case, suspect).email for suspect in case.suspects or (None,))


def _agreed(values: Iterator[T]) -> T | None:
    found = set(values)
    return found.pop() if len(found) == 1 else None
