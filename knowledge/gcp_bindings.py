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
from knowledge.gcp_setup import GoogleChange, WorkloadProvider, principal_set
from knowledge.reading import Known
from knowledge.words import code

IMPERSONATION = ("gcp-impersonation-denied", "gcp-impersonation-failed")
REPOSITORY = "repositoryUuid"
_KEY = "repositoryuuid"
_TITLE = "Let this repository in by its UUID"


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
    case: CaseFile, suspect: Suspect | None, *, instead_of: str | None = None
) -> tuple[Fix, ...]:
    """Bind this repository by its UUID, or this environment where the mapping has it; where the mapping lacks
    the attribute, map it first."""
    names, provider = names_of(case, suspect), provider_of(case)
    assertion = assertion_for(case, suspect)
    home = assertion.claims.repository_uuid if assertion else None
    environment = assertion.claims.environment_uuid if assertion else None
    mapping = provider.mapping if provider else {}
    key, value = key_of(mapping, ENVIRONMENT), environment
    if key is None or value is None:
        key, value = key_of(mapping, REPOSITORY), home
    member = principal_set(names.whole, key or _KEY, value or home or "{REPOSITORY_UUID}")
    policy = case.gcp_account.value if isinstance(case.gcp_account, Known) else None
    tried = policy if value or home else None
    fix, terraform = bind(names, _TITLE, member, policy=tried, instead_of=instead_of)
    if key is None and provider is not None:
        return tuple(_with_mapping(provider, fix, terraform, names))
    note = () if provider else (f"{code(f'attribute.{_KEY}')} must be in the provider's mapping.",)
    look = () if policy else (f"Who is bound now: {code(account_policy(names), 300)}",)
    return replace(fix, steps=(*note, *look)), terraform


def _with_mapping(provider: WorkloadProvider, fix: Fix, terraform: Fix, names: Names) -> Iterator[Fix]:
    """The same, with the attribute that the binding needs added to the mapping before."""
    mapping = {**provider.mapping, f"attribute.{_KEY}": f"assertion.{REPOSITORY}"}
    first = update(names, "", [mapping_option(mapping)])
    change = fix.google_after or GoogleChange()
    both = replace(
        fix,
        title=f"Map {code(f'attribute.{_KEY}')}, and let this repository in by it",
        commands=(*first.commands, *fix.commands),
        google_after=GoogleChange(replace(provider, mapping=mapping), change.policy),
    )
    yield both
    lines = [f"  {literal(key)} = {literal(value)}" for key, value in mapping.items()]
    block = provider_block("attribute_mapping = {", *lines, "}")
    yield in_terraform(both, (*block, "", *terraform.commands))
