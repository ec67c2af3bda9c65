"""Entra could not fetch the discovery document, or the keys, of the token's issuer.

https://azure.github.io/azure-workload-identity/docs/troubleshooting.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.azure_findings import by_hand, refused, symptom_of
from knowledge.azure_presented import presented
from knowledge.casefile import CaseFile, Suspect
from knowledge.claims import claims_for
from knowledge.finding import Finding
from knowledge.printed_values import word
from knowledge.reading import Known
from knowledge.rules.rule import Rule

_CAUSE = "azure-issuer-unreachable"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-issuer-unreachable")
    if symptom is None:
        return
    claims = claims_for(case, suspect)
    issuer = presented(symptom).issuer or (claims.value.issuer if isinstance(claims, Known) else "")
    address = word(issuer or None, "ISSUER")
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline="Azure could not fetch the keys of the token's issuer.",
        meaning=(
            "It asks the issuer for its discovery document and its keys, without a login. A wrong path in "
            "the issuer, or a fault of either service that passes, ends like this."
        ),
        fixes=(
            by_hand(
                "See whether the issuer answers, then run the step again",
                "Both addresses must answer anyone with JSON; the first one names the second as `jwks_uri`.",
                "If they do, it was a passing fault; Bitbucket's and Microsoft's status pages tell of those.",
                commands=(
                    f"curl -sf {address}/.well-known/openid-configuration",
                    f"curl -sf {address}/keys.json",
                ),
                verify="Run the step again.",
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
