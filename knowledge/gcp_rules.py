"""The rules about Google Cloud that speak from a text, a provider or a service account's policy alone, in the
order of a login. Their modules are loaded with the first case that has one of these."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding
from knowledge.reading import Unread
from knowledge.rules.rule import Rule


def _late(name: str) -> Rule:
    def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
        unread = isinstance(case.gcp_provider, Unread) and isinstance(case.gcp_account, Unread)
        if not case.symptoms and unread:
            return ()
        rule: Rule = import_module(f"knowledge.rules.gcp_{name}").RULE
        return rule.check(case, suspect)

    return Rule(cause=f"gcp-{name.replace('_', '-')}", check=check, without_step=True)


CONFIGURATION = tuple(
    map(_late, ("configuration_invalid", "configuration_not_found", "credentials_unset", "client_outdated"))
)
EXCHANGE = tuple(
    map(
        _late,
        (
            "token_mistaken",
            "exchange_throttled",
            "token_stale",
            "issuer_forbidden",
            "provider_not_found",
            "issuer_unreachable",
            "issuer_mismatch",
            "audience_not_allowed",
            "subject_unmapped",
            "subject_too_long",
            "condition_unmet",
        ),
    )
)
ACCOUNT = tuple(
    map(
        _late,
        (
            "account_not_found",
            "attribute_unmapped",
            "member_changes",
            "member_mismatch",
            "binding_missing",
            "binding_unsettled",
            "lifetime_too_long",
            "api_disabled",
            "federation_unsupported",
        ),
    )
)
PERMISSIONS = (_late("permission_missing"),)
ADVICE = (_late("trust_too_wide"),)
