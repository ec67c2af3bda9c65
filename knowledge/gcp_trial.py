"""Changes in Google Cloud made in memory: they must change something, let the step further, and nobody in
needlessly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.frozen import dataclass
from knowledge.gcp_assertion import ENVIRONMENT, Assertion, assertion_or_form, claims_in, names_for
from knowledge.gcp_case import Names, names_of
from knowledge.gcp_cel_values import Lacking, parts_of, value_of
from knowledge.gcp_members import Fit, admits, judged_of
from knowledge.gcp_setup import AccountPolicy, GoogleChange, WorkloadProvider, member_of
from knowledge.reading import Known

#: A repository of the same workspace that is not this one, and an environment of no repository.
_STRANGER = "{00000000-0000-4000-8000-000000000000}"
_BRANCH = "rolecall-no-such-branch"


@dataclass(frozen=True, slots=True)
class _Setup:
    provider: WorkloadProvider | None
    policy: AccountPolicy | None


def changes_nothing(case: CaseFile, change: GoogleChange) -> bool:
    """Whether what the change sets is set already."""
    if change.provider is None and change.policy is None:
        # It says of itself that nothing is changed here.
        return False
    provider, policy = case.gcp_provider, case.gcp_account
    same_provider = change.provider is None or (
        isinstance(provider, Known) and _comparable(provider.value) == _comparable(change.provider)
    )
    same_policy = change.policy is None or (
        isinstance(policy, Known) and _grants(policy.value) == _grants(change.policy)
    )
    return same_provider and same_policy


def _comparable(provider: WorkloadProvider) -> WorkloadProvider:
    return replace(provider, audiences=tuple(sorted(set(provider.audiences))))


def _grants(policy: AccountPolicy) -> frozenset[tuple[str, str, bool]]:
    return frozenset((one.role, member, one.conditional) for one in policy.bindings for member in one.members)


def with_change(case: CaseFile, suspect: Suspect | None, change: GoogleChange) -> CaseFile | None:
    """The case after the change; None where it changes nothing, lets in what was kept out before and need not
    be let in, or leaves the step refused."""
    if changes_nothing(case, change):
        return None
    # The text tells of the login before the change: what holds after it is told by the readings alone.
    after = replace(case, symptoms=tuple(one for one in case.symptoms if one.provider != "gcp"))
    if change.provider is not None:
        if not isinstance(case.gcp_provider, Known):
            return None
        after = replace(after, gcp_provider=replace(case.gcp_provider, value=change.provider))
    if change.policy is not None:
        if not isinstance(case.gcp_account, Known):
            return None
        after = replace(after, gcp_account=replace(case.gcp_account, value=change.policy))
        if admits(after, suspect) is False:
            return None
    own, names = assertion_or_form(case, suspect), names_of(case, suspect)
    before, then = _setup(case), _setup(after)
    wider = any(_wider(before, then, names, stranger) for stranger in _strangers(before, own))
    return None if wider else after


def _setup(case: CaseFile) -> _Setup:
    provider = case.gcp_provider.value if isinstance(case.gcp_provider, Known) else None
    return _Setup(provider, case.gcp_account.value if isinstance(case.gcp_account, Known) else None)


def _wider(before: _Setup, after: _Setup, names: Names, stranger: Assertion) -> bool:
    """Whether this token is taken, or may act as the service account, only after the change."""
    if _met(after, stranger) is True and _refused(before, stranger):
        return True
    return _may_act(after, names, stranger) and not _may_act(before, names, stranger)


def _met(setup: _Setup, assertion: Assertion) -> object:
    if setup.provider is None or not setup.provider.condition:
        return True
    return value_of(setup.provider.condition, names_for(setup.provider, assertion))


def _refused(setup: _Setup, assertion: Assertion) -> bool:
    value = _met(setup, assertion)
    return value is False or isinstance(value, Lacking)


def _may_act(setup: _Setup, names: Names, assertion: Assertion) -> bool:
    if setup.policy is None or _refused(setup, assertion):
        return False
    judged = judged_of(setup.policy, names, setup.provider, assertion)
    return any(one.fit is Fit.FITS for one in judged)


def _strangers(before: _Setup, own: Assertion) -> Iterator[Assertion]:
    """Another repository; where `before` goes by the branch or the environment, this repository with another
    one, and without any."""
    other = {**own.told, "repositoryUuid": _STRANGER, "sub": f"{_STRANGER}:{_STRANGER}"}
    other.pop(ENVIRONMENT, None)
    yield Assertion(other, own.given, own.claims)
    claims = _limits(before, own)
    home = own.claims.repository_uuid or own.told.get("repositoryUuid", _STRANGER)
    if "branchName" in claims:
        yield Assertion({**own.told, "branchName": _BRANCH}, own.given, own.claims)
    if ENVIRONMENT in claims:
        there, nowhere = f"{home}:{_STRANGER}:{_STRANGER}", f"{home}:{_STRANGER}"
        yield Assertion({**own.told, ENVIRONMENT: _STRANGER, "sub": there}, own.given, own.claims)
        lacks = Lacking(f"assertion.{ENVIRONMENT}")
        yield Assertion({**own.told, ENVIRONMENT: lacks, "sub": nowhere}, own.given, own.claims)


def _letting_in(provider: WorkloadProvider, own: Assertion) -> tuple[str, ...]:
    """The parts of the condition that let in only what they name. A part that shuts something out lets in
    whatever else there is, before a change and after it."""
    condition = provider.condition or ""
    parts = parts_of(condition, names_for(provider, own))
    return tuple(part.text for part in parts if not part.refuses) if parts else (condition,)


def _limits(setup: _Setup, own: Assertion) -> frozenset[str]:
    """The claims by which the condition and the members let in."""
    provider = setup.provider
    if provider is None:
        return frozenset()
    conditions = _letting_in(provider, own)
    used = {key for key in provider.mapping if any(key in text for text in conditions)}
    for binding in setup.policy.bindings if setup.policy else ():
        for member in filter(None, map(member_of, binding.members)):
            used.add("google.subject" if member.kind == "subject" else f"attribute.{member.key}")
    named = [claims_in(provider.mapping[key]) for key in used if key in provider.mapping]
    return frozenset().union(*map(claims_in, conditions), *named)
