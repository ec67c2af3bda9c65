"""Changes in Google Cloud made in memory: they must let the step further, and nobody in needlessly."""

from __future__ import annotations

from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.gcp_assertion import ENVIRONMENT, Assertion, assertion_for, names_for
from knowledge.gcp_cel_values import value_of
from knowledge.gcp_members import admits
from knowledge.gcp_setup import GoogleChange, WorkloadProvider
from knowledge.reading import Known

#: A repository of the same workspace that is not this one.
_STRANGER = "{00000000-0000-4000-8000-000000000000}"


def with_change(case: CaseFile, suspect: Suspect | None, change: GoogleChange) -> CaseFile | None:
    """The case after the change; None where it lets in another repository that was kept out before, or where
    the step is still refused."""
    # The text tells of the login before the change: what holds after it is told by the readings alone.
    after = replace(case, symptoms=tuple(one for one in case.symptoms if one.provider != "gcp"))
    if change.provider is not None:
        if not isinstance(case.gcp_provider, Known):
            return None
        after = replace(after, gcp_provider=replace(case.gcp_provider, value=change.provider))
        if not _no_wider(case, suspect, case.gcp_provider.value, change.provider):
            return None
    if change.policy is not None:
        if not isinstance(case.gcp_account, Known):
            return None
        after = replace(after, gcp_account=replace(case.gcp_account, value=change.policy))
        if admits(after, suspect) is False:
            return None
    return after


def _no_wider(
    case: CaseFile, suspect: Suspect | None, before: WorkloadProvider, after: WorkloadProvider
) -> bool:
    """Whether another repository of the workspace meets the new condition only if it met the old one."""
    own = assertion_for(case, suspect)
    if own is None:
        return True
    stranger = _stranger(own)
    return not (_met(after, stranger) is True and _met(before, stranger) is False)


def _met(provider: WorkloadProvider, assertion: Assertion) -> object:
    if not provider.condition:
        return True
    return value_of(provider.condition, names_for(provider, assertion))


def _stranger(own: Assertion) -> Assertion:
    told = {**own.told, "repositoryUuid": _STRANGER, "sub": f"{_STRANGER}:{_STRANGER}"}
    told.pop(ENVIRONMENT, None)
    return Assertion(told, own.given, own.claims)
