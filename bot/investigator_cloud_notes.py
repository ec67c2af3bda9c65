"""What an investigation has read of Azure and Google Cloud; None is what nobody asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from knowledge.azure_credentials import credentials_in, none_listed
from knowledge.azure_setup import Application, Credential, ServicePrincipal
from knowledge.casefile import CaseFile
from knowledge.gcp_setup import AccountPolicy, WorkloadProvider
from knowledge.reading import Known, Reading, Unread


@dataclass(slots=True)
class CloudNotes:
    """Part of `bot.investigator_notes.Notes`."""

    application: Reading[Application] | None = None
    principal: Reading[ServicePrincipal] | None = None
    credentials: Reading[tuple[Credential, ...]] | None = None
    provider: Reading[WorkloadProvider] | None = None
    account: Reading[AccountPolicy] | None = None

    @property
    def of_google(self) -> bool:
        """Whether anything of Google Cloud was asked for."""
        return self.provider is not None or self.account is not None

    def readings(self) -> Iterator[Reading[Any]]:
        """All that were asked for."""
        for one in (self.application, self.principal, self.credentials, self.provider, self.account):
            if one is not None:
                yield one

    def with_azure(self, case: CaseFile, *, anew: bool) -> CaseFile:
        """The case with what was asked of Azure. The credentials that a person handed over with the message
        stand for those that were read, as a pasted policy does; with a click (`anew`) only in their absence.
        """
        if self.application is None or self.principal is None or self.credentials is None:
            return case
        pasted = bool(credentials_in(case)) or none_listed(case) is not None
        case = replace(case, azure_application=self.application, azure_principal=self.principal)
        if pasted and not (anew and isinstance(self.credentials, Known)):
            return case
        return replace(case, azure_credentials=self.credentials)

    def with_google(self, case: CaseFile, *, anew: bool) -> CaseFile:
        """The case with what was asked of Google Cloud; of what was pasted the same holds."""
        if self.provider is not None and not _pasted_instead(self.provider, case.gcp_provider, anew=anew):
            case = replace(case, gcp_provider=self.provider)
        if self.account is not None and not _pasted_instead(self.account, case.gcp_account, anew=anew):
            case = replace(case, gcp_account=self.account)
        return case


def _pasted_instead(reading: Reading[Any], pasted: Reading[Any], *, anew: bool) -> bool:
    return isinstance(pasted, Known) and (not anew or isinstance(reading, Unread))
