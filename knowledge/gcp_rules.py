"""The rules about Google Cloud that speak from a text, a provider or a service account's policy alone, in the
order of a login. Their modules are loaded with the first case that has one of these."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding
from knowledge.reading import Unread
from knowledge.rules.rule import Rule


def _late(name: str, *, of_the_account: bool = False) -> Rule:
    def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
        unread = isinstance(case.gcp_provider, Unread) and isinstance(case.gcp_account, Unread)
        if not case.symptoms and unread:
            return ()
        rule: Rule = import_module(f"knowledge.rules.gcp_{name}").RULE
        found = rule.check(case, suspect)
        if not of_the_account or not case.symptoms:
            return found
        accounts = import_module("knowledge.gcp_accounts")
        return (accounts.of_the_account(case, suspect, one) for one in found)

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
#: What these say of a policy is only certain where it is known to be that of the account in the text.
_OF_A_POLICY = (
    "attribute_unmapped",
    "member_changes",
    "member_mismatch",
    "binding_missing",
    "binding_unsettled",
)
ACCOUNT = (
    _late("account_not_found"),
    *(_late(name, of_the_account=True) for name in _OF_A_POLICY),
    *map(_late, ("lifetime_too_long", "api_disabled", "federation_unsupported")),
)
PERMISSIONS = (_late("permission_missing"),)
ADVICE = (_late("trust_too_wide"),)
