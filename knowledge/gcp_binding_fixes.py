"""What can be done about a member that is another than the identity of the step: that member written rightly,
or both ways in words where it limits branches or environments on purpose."""

from __future__ import annotations

import re
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Disposition, Fix, Surface
from knowledge.gcp_assertion import ENVIRONMENT, Assertion, assertion_or_form, claim_named, claims_in
from knowledge.gcp_bindings import (
    REPOSITORY,
    UNDOCUMENTED,
    mapping_block,
    member_fixes,
    narrow_fixes,
)
from knowledge.gcp_case import names_of, provider_of
from knowledge.gcp_condition_fixes import environment_named
from knowledge.gcp_conditions import in_braces
from knowledge.gcp_fixes import DOCUMENTED, LATER, in_terraform, mapping_option, update
from knowledge.gcp_members import Fit, Judged, judged_of
from knowledge.gcp_setup import (
    IMPERSONATE,
    AccountPolicy,
    Binding,
    Member,
    WorkloadProvider,
    principal_set,
)
from knowledge.words import code

_CONDITIONAL = (
    "This grants the role without the condition that the binding has now. Where the condition is meant, give "
    "it with `--condition-from-file` instead, and see that it holds for the step."
)
_LIMITS = frozenset({ENVIRONMENT, "branchName"})
_KNOWN = (REPOSITORY, ENVIRONMENT, "workspaceUuid", "branchName")


def mismatch_fixes(case: CaseFile, suspect: Suspect | None, found: Judged) -> tuple[Fix, ...]:
    """For a member that does not fit."""
    member, provider = found.member, provider_of(case)
    key = "google.subject" if member.kind == "subject" else f"attribute.{member.key}"
    mapping = provider.mapping if provider else {}
    if found.fit is Fit.FORM:
        rest = member.text.partition(":")[2]
        right = f"{'principal' if member.kind == 'subject' else 'principalSet'}:{rest}"
        return member_fixes(case, suspect, right, instead_of=member.text)
    if found.fit in (Fit.BRACES, Fit.CASE, Fit.ESCAPED):
        value = found.actual or in_braces(member.value.lower())
        right = member.text.removesuffix(member.value) + value
        if found.binding is not None:
            return tuple(
                replace(fix, steps=(*fix.steps, _CONDITIONAL)) for fix in member_fixes(case, suspect, right)
            )
        return member_fixes(case, suspect, right, instead_of=member.text)
    if found.fit in (Fit.PROJECT_ID, Fit.OTHER_POOL):
        moved = _in_this_pool(case, suspect, member, provider)
        return member_fixes(case, suspect, moved) if moved else narrow_fixes(case, suspect)
    if found.fit is Fit.NOTHING or claims_in(mapping.get(key, "")) & _LIMITS:
        return (_in_words(case, suspect, found, claim_named(key, mapping)),)
    return narrow_fixes(case, suspect)


def _in_this_pool(
    case: CaseFile, suspect: Suspect | None, member: Member, provider: WorkloadProvider | None
) -> str | None:
    """The member with the pool that the step logs in to, where that is all that it lacks."""
    names, assertion = names_of(case, suspect), assertion_or_form(case, suspect)
    if names.path is None or member.kind == "pool":
        return None
    pool = f"projects/{member.project}/locations/global/workloadIdentityPools/{member.pool}/"
    moved = member.text.replace(pool, f"{names.path.pool_name}/", 1)
    judged = judged_of(AccountPolicy("", (Binding(IMPERSONATE, (moved,)),)), names, provider, assertion)
    return moved if any(one.fit is Fit.FITS for one in judged) else None


def _in_words(case: CaseFile, suspect: Suspect | None, found: Judged, claim: str) -> Fix:
    member, names = found.member, names_of(case, suspect)
    own = code(principal_set(names.whole, member.key or "ATTRIBUTE", found.actual), 300)
    name = environment_named(case, member.value) if claim == ENVIRONMENT else None
    if found.fit is Fit.NOTHING and claim == ENVIRONMENT:
        to = f" to {code(name)}" if name else ""
        first = f"Let the step deploy{to}: with `deployment:` its token carries {code(claim)}."
        second = (
            "Or, if steps that deploy nowhere are to act as the service account too, grant it the role on "
            "purpose to a member that they have, the repository's UUID for one."
        )
    elif claim == ENVIRONMENT:
        which = f", {code(name)}" if name else ""
        first = f"Let the step deploy to the environment that the binding names{which}."
        second = f"Or, if this environment is to log in too, grant the role to {own} as well."
    elif claim == "branchName":
        first = f"Run the step on the branch that the binding names, {code(member.value)}."
        second = f"Or, if this branch is to log in too, grant the role to {own} as well."
    else:
        first = "See of which claim the provider makes the attribute, and what this step's token has there."
        second = "If this step is to log in, grant the role to a member that its token gives as well."
    return Fix(
        title="Let the step fit the binding, or bind it on purpose",
        surface=Surface.CLOUD_IDENTITY,
        disposition=Disposition.NEEDS_REVIEW,
        steps=(first, second),
        verify=LATER,
        url=DOCUMENTED,
    )


def mapping_fixes(case: CaseFile, suspect: Suspect | None, member: Member) -> tuple[Fix, ...]:
    """For a member whose attribute is not mapped: map it to the claim whose value it has."""
    provider, names = provider_of(case), names_of(case, suspect)
    if provider is None or member.kind != "attribute":
        return narrow_fixes(case, suspect)
    low = member.key.lower()
    right = member.text.replace(f"/attribute.{member.key}/", f"/attribute.{low}/", 1)
    if low != member.key and f"attribute.{low}" in provider.mapping:
        return member_fixes(case, suspect, right, instead_of=member.text)
    claim = _claim_with(assertion_or_form(case, suspect), member.value)
    if claim is None or low != member.key or not re.fullmatch(r"[a-z0-9_]{1,100}", low):
        return (_map_in_words(low),)
    mapping = {**provider.mapping, f"attribute.{low}": f"assertion.{claim}"}
    fix = update(
        names,
        f"Map {code(f'attribute.{low}')} to {code(f'assertion.{claim}')}",
        [mapping_option(mapping)],
        after=replace(provider, mapping=mapping),
        steps=(UNDOCUMENTED,) if claim == ENVIRONMENT else (),
    )
    return fix, in_terraform(fix, mapping_block(mapping))


def _claim_with(assertion: Assertion, value: str) -> str | None:
    return next((claim for claim in _KNOWN if assertion.told.get(claim) == value), None)


def _map_in_words(low: str) -> Fix:
    return Fix(
        title=f"Map {code(f'attribute.{low}')}, or bind an attribute that is mapped",
        surface=Surface.OIDC_PROVIDER,
        disposition=Disposition.NEEDS_REVIEW,
        steps=(
            f"Add {code(f'attribute.{low}')} to the mapping, made of the claim that the member goes by.",
            "Or grant the role to a member by an attribute that is mapped, no wider than this one is.",
        ),
        verify=LATER,
        url=DOCUMENTED,
    )
