"""The narrowest member that lets this repository act as the service account, and the change for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Fix
from knowledge.gcp_assertion import ENVIRONMENT, assertion_for
from knowledge.gcp_case import Names, names_of, provider_of
from knowledge.gcp_fixes import (
    account_policy,
    bind,
    in_terraform,
    literal,
    mapping_option,
    provider_block,
    update,
)
from knowledge.gcp_setup import AccountPolicy, GoogleChange, WorkloadProvider, principal_set
from knowledge.reading import Known
from knowledge.words import code

IMPERSONATION = ("gcp-impersonation-denied", "gcp-impersonation-failed")
REPOSITORY = "repositoryUuid"
_TITLES = {
    REPOSITORY: "Let this repository in by its UUID",
    ENVIRONMENT: "Let this environment in by its UUID",
}
UNDOCUMENTED = (
    "Whether the exchange still works for steps without an environment once this claim is mapped is not "
    "documented; a second provider keeps the two apart."
)


def key_of(mapping: Mapping[str, str], claim: str) -> str | None:
    """The attribute that is this very claim."""
    wanted = (f"assertion.{claim}", f"assertion['{claim}']", f'assertion["{claim}"]')
    return next(
        (
            key[10:]
            for key, text in mapping.items()
            if key.startswith("attribute.") and text.strip() in wanted
        ),
        None,
    )


def narrow_fixes(
    case: CaseFile, suspect: Suspect | None, *, instead_of: str | None = None, deploys: bool = False
) -> tuple[Fix, ...]:
    """Bind this repository by its UUID, or this environment where the mapping has it, or the binding that is
    replaced had one (`deploys`); where the mapping lacks the attribute, map it first."""
    names, provider = names_of(case, suspect), provider_of(case)
    claim, new, key, value = _narrowest(case, suspect, deploys=deploys)
    member = principal_set(names.whole, new, value or "{REPOSITORY_UUID}")
    policy = policy_of(case)
    fix, terraform = bind(
        names, _TITLES[claim], member, policy=policy if value else None, instead_of=instead_of
    )
    if key is None and provider is not None:
        return tuple(_with_mapping(provider, fix, terraform, names, (new, claim)))
    note = () if provider else (_mapped_too(new),)
    look = () if policy else (f"Who is bound now: {code(account_policy(names), 300)}",)
    return replace(fix, steps=(*note, *look)), terraform


def narrow_member(case: CaseFile, suspect: Suspect | None) -> tuple[str, tuple[str, ...]]:
    """The member for this repository, or this environment where the mapping has it, and what has to be so
    besides."""
    names, provider = names_of(case, suspect), provider_of(case)
    _, new, key, value = _narrowest(case, suspect, deploys=False)
    member = principal_set(names.whole, new, value or "{REPOSITORY_UUID}")
    return member, () if key is not None and provider is not None else (_mapped_too(new),)


def _mapped_too(key: str) -> str:
    return f"{code(f'attribute.{key}')} must be in the provider's mapping."


def _narrowest(
    case: CaseFile, suspect: Suspect | None, *, deploys: bool
) -> tuple[str, str, str | None, str | None]:
    """The claim to bind by; its attribute, mapped yet or not; that of the mapping; the value."""
    provider = provider_of(case)
    assertion = assertion_for(case, suspect)
    home = assertion.claims.repository_uuid if assertion else None
    environment = assertion.claims.environment_uuid if assertion else None
    mapping = provider.mapping if provider else {}
    claim, key, value = ENVIRONMENT, key_of(mapping, ENVIRONMENT), environment
    if value is None or (key is None and not deploys):
        claim, key, value = REPOSITORY, key_of(mapping, REPOSITORY), home
    return claim, key or claim.lower().removeprefix("deployment"), key, value


def member_fixes(
    case: CaseFile, suspect: Suspect | None, member: str, *, instead_of: str | None = None
) -> tuple[Fix, ...]:
    """Bind this very member: what was meant, written rightly."""
    title = "Correct the member of the binding" if instead_of else "Grant the role to this member"
    return bind(names_of(case, suspect), title, member, policy=policy_of(case), instead_of=instead_of)


def policy_of(case: CaseFile) -> AccountPolicy | None:
    """The service account's policy, if it was read."""
    return case.gcp_account.value if isinstance(case.gcp_account, Known) else None


def _with_mapping(
    provider: WorkloadProvider, fix: Fix, terraform: Fix, names: Names, attribute: tuple[str, str]
) -> Iterator[Fix]:
    """The same, with the attribute that the binding needs added to the mapping before."""
    key, claim = attribute
    mapping = {**provider.mapping, f"attribute.{key}": f"assertion.{claim}"}
    first = update(names, "", [mapping_option(mapping)])
    change = fix.google_after or GoogleChange()
    whom = "environment" if claim == ENVIRONMENT else "repository"
    both = replace(
        fix,
        title=f"Map {code(f'attribute.{key}')}, and let this {whom} in by it",
        commands=(*first.commands, *fix.commands),
        steps=(UNDOCUMENTED,) if claim == ENVIRONMENT else (),
        google_after=GoogleChange(replace(provider, mapping=mapping), change.policy),
    )
    yield both
    yield in_terraform(both, (*mapping_block(mapping), "", *terraform.commands))


def mapping_block(mapping: Mapping[str, str]) -> tuple[str, ...]:
    """The mapping in Terraform."""
    lines = [f"  {literal(key)} = {literal(value)}" for key, value in mapping.items()]
    return provider_block("attribute_mapping = {", *lines, "}")
