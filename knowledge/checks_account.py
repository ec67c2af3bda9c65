"""What was read of the cloud account and is fine: the provider, and the role's trust policy."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.casefile import CaseFile, OidcProvider, Suspect
from knowledge.claims import Claims, claims_for
from knowledge.reading import Known
from knowledge.trust import ConditionResult
from knowledge.trust_case import judge


def fine_in_account(case: CaseFile, suspect: Suspect | None) -> Iterator[str]:
    """Short phrases about the account's providers and the role's trust policy."""
    claims = claims_for(case, suspect)
    if isinstance(case.providers, Known) and isinstance(claims, Known):
        yield from _provider(case.providers.value, claims.value)
    judged = judge(case, suspect)
    if judged is None or not judged.known:
        return
    if judged.result.decision == "allowed":
        yield "the role's trust policy lets this step in"
    elif judged.result.decision == "denied" and judged.meant is not None:
        if judged.meant.principal_fits:
            yield "the trust policy names this workspace's provider"
        for claim, name in (("aud", "audience"), ("sub", "subject")):
            if _matched(judged.meant.conditions, claim):
                yield f"the trust policy's {name} fits"


def _matched(conditions: tuple[ConditionResult, ...], claim: str) -> bool:
    about = [item for item in conditions if item.claim == claim and not item.negated]
    return bool(about) and all(item.matches is True for item in about)


def _provider(providers: tuple[OidcProvider, ...], claims: Claims) -> Iterator[str]:
    for provider in providers:
        if claims.issuer_path and provider.url.removeprefix("https://") == claims.issuer_path:
            yield "the account has the workspace's OIDC provider"
            audiences = claims.audiences
            if claims.aud_certain and set(audiences) & set(provider.client_ids or ()):
                yield "the provider lists the token's audience"
            return
