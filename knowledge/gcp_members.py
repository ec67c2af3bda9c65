"""Whether a binding on the service account lets the identity of this step in, and where the two part.

https://cloud.google.com/iam/docs/principal-identifiers
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from knowledge.casefile import CaseFile, Suspect
from knowledge.frozen import dataclass
from knowledge.gcp_assertion import Assertion, assertion_or_form, changing_in, mapped
from knowledge.gcp_case import Names, names_of, provider_of
from knowledge.gcp_cel_values import Lacking, SomeUuid, Unknown, Value
from knowledge.gcp_setup import IMPERSONATE, AccountPolicy, Binding, Member, WorkloadProvider, member_of
from knowledge.once import once_per_case
from knowledge.reading import Known

#: Roles on a service account that let nobody make a token for it.
#: https://cloud.google.com/iam/docs/service-account-permissions
POWERLESS = frozenset(
    {
        "roles/iam.serviceAccountUser",
        "roles/iam.serviceAccountViewer",
        "roles/iam.serviceAccountOpenIdTokenCreator",
        "roles/owner",
        "roles/editor",
        "roles/viewer",
    }
)
#: Beside the one that is meant for it, the role that is documented to hold
#: `iam.serviceAccounts.getAccessToken`.
CREATES_TOKENS = "roles/iam.serviceAccountTokenCreator"
_BARE = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Fit(StrEnum):
    """How a member stands to the identity of the step."""

    FITS = "fits"
    UNKNOWN = "unknown"
    """It cannot be told."""
    OTHER_POOL = "other-pool"
    PROJECT_ID = "project-id"
    """It names the project by its id; members have its number."""
    UNMAPPED = "unmapped"
    """The provider maps no such attribute."""
    CHANGING = "changing"
    """What it compares is another for each step."""
    BRACES = "braces"
    """Equal but for the braces around the UUID."""
    ESCAPED = "escaped"
    """Equal but for the braces, which stand there as an address has them. Whether Google takes the two for
    one is not documented."""
    FORM = "form"
    """It begins with `principalSet:` where `principal:` is documented, or the other way round."""
    CASE = "case"
    OTHER_VALUE = "other-value"
    NOTHING = "nothing"
    """The token has no such claim."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A member that has the role, how it fits, and what stands on the other side where that is known.

    `binding` is the one that it stands in, where that is no plain grant of the role: another role, or a
    condition. Then `fits` is whether the member itself fits.
    """

    member: Member
    fit: Fit
    actual: str = ""
    claim: str = ""
    binding: Binding | None = None
    fits: bool = False


@once_per_case
def judged_members(case: CaseFile, suspect: Suspect | None) -> tuple[Judged, ...] | None:
    """The federated members that may act as the service account; None while the policy was not read."""
    if not isinstance(case.gcp_account, Known):
        return None
    assertion = assertion_or_form(case, suspect)
    return judged_of(case.gcp_account.value, names_of(case, suspect), provider_of(case), assertion)


def judged_of(
    policy: AccountPolicy, names: Names, provider: WorkloadProvider | None, assertion: Assertion
) -> tuple[Judged, ...]:
    """The same for any policy and any token."""
    found: list[Judged] = []
    for binding in policy.bindings:
        if binding.role in POWERLESS:
            continue
        for member in map(member_of, binding.members):
            if member is None:
                continue
            judged = _judge(member, names, provider, assertion)
            if judged.fit is Fit.FITS and member.text.startswith("principalSet:") == (
                member.kind == "subject"
            ):
                judged = replace(judged, fit=Fit.FORM)
            if binding.role == IMPERSONATE and not binding.conditional:
                found.append(judged)
            elif judged.fit is Fit.FITS:
                # Another role may hold the permission too, and a condition may let it through.
                found.append(replace(judged, fit=Fit.UNKNOWN, binding=binding, fits=True))
            elif binding.role == IMPERSONATE:
                # Whatever the condition is: it lets nobody in whom the member does not name.
                found.append(replace(judged, binding=binding))
    return tuple(found)


def in_another_role(case: CaseFile, suspect: Suspect | None) -> tuple[Judged, str] | None:
    """A member that would let the step in, had it not a role that gives no tokens; and that role."""
    if not isinstance(case.gcp_account, Known):
        return None
    assertion = assertion_or_form(case, suspect)
    for binding in case.gcp_account.value.bindings:
        for member in map(member_of, binding.members if binding.role in POWERLESS else ()):
            judged = member and _judge(member, names_of(case, suspect), provider_of(case), assertion)
            if judged and judged.fit in (Fit.FITS, Fit.UNKNOWN):
                return judged, binding.role
    return None


def _judge(member: Member, names: Names, provider: WorkloadProvider | None, assertion: Assertion) -> Judged:
    path = names.path
    if not member.project.isdigit():
        return Judged(member, Fit.PROJECT_ID, path.project if path else "")
    if (
        path is not None
        and path.project.isdigit()
        and (member.project, member.pool) != (path.project, path.pool)
    ):
        return Judged(member, Fit.OTHER_POOL, path.pool_name)
    if member.kind == "pool":
        return Judged(member, Fit.FITS if path is not None else Fit.UNKNOWN)
    if member.kind == "group":
        return Judged(member, Fit.UNKNOWN)
    key = "google.subject" if member.kind == "subject" else f"attribute.{member.key}"
    if provider is None:
        return _without_mapping(member, assertion)
    expression = provider.mapping.get(key)
    if expression is None:
        return Judged(member, Fit.UNMAPPED)
    claim = changing_in(expression)
    if claim is not None:
        other = _of_another_repository(member, assertion)
        return Judged(member, Fit.OTHER_VALUE) if other else Judged(member, Fit.CHANGING, claim=claim)
    return Judged(member, *_against(member, mapped(provider, assertion)[key]))


def _of_another_repository(member: Member, assertion: Assertion) -> bool:
    """Whether the value is a subject of another repository: then it was never meant for this step."""
    home = assertion.claims.repository_uuid
    return home is not None and ":" in member.value and not member.value.startswith(f"{home}:")


def _unescaped(text: str) -> str:
    """The text with braces for their escapes."""
    return re.sub("%7b", "{", re.sub("%7d", "}", text, flags=re.IGNORECASE), flags=re.IGNORECASE)


def _against(member: Member, value: Value) -> tuple[Fit, str]:
    if isinstance(value, Lacking):
        return Fit.NOTHING, value.name
    wanted = member.value
    if isinstance(value, SomeUuid) and _BARE.fullmatch(wanted):
        # Whichever it is: it has its braces.
        return Fit.BRACES, ""
    if isinstance(value, Unknown) or not isinstance(value, str):
        return Fit.UNKNOWN, ""
    if value == wanted:
        return Fit.FITS, value
    if value == _unescaped(wanted):
        return Fit.ESCAPED, value
    if value.strip("{}") == wanted.strip("{}"):
        return Fit.BRACES, value
    if value.casefold() == wanted.casefold():
        return Fit.CASE, value
    return Fit.OTHER_VALUE, value


def _without_mapping(member: Member, assertion: Assertion) -> Judged:
    """What can be told of a member while the mapping was not read: a value with a step's UUID at its end is
    the subject of one step."""
    home = assertion.claims.repository_uuid
    if home is not None and member.value.startswith(f"{home}:"):
        return Judged(member, Fit.CHANGING, claim="sub")
    return Judged(member, Fit.UNKNOWN)


def admits(case: CaseFile, suspect: Suspect | None) -> bool | None:
    """Whether one of the members lets the step in; None where that cannot be told."""
    judged = judged_members(case, suspect)
    if judged is None:
        return None
    if any(one.fit is Fit.FITS for one in judged):
        return True
    return None if any(one.fit in (Fit.UNKNOWN, Fit.ESCAPED, Fit.FORM) for one in judged) else False


def refused(case: CaseFile, suspect: Suspect | None, *fits: Fit) -> Iterator[Judged]:
    """The members that fail for one of these reasons, unless another one lets the step in."""
    judged = judged_members(case, suspect) or ()
    if any(one.fit is Fit.FITS for one in judged):
        return
    yield from (one for one in judged if one.fit in fits)
