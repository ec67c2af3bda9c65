"""A policy of the organisation lets no provider be made for Bitbucket's issuer.

https://docs.cloud.google.com/iam/docs/troubleshooting-workload-identity-federation
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Fix, Surface
from knowledge.gcp_case import symptom_of
from knowledge.gcp_told import Saying, told
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "gcp-issuer-forbidden"
_CONSTRAINT = "constraints/iam.workloadIdentityPoolProviders"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-issuer-forbidden")
    if symptom is None:
        return
    issuer = symptom.fields.get("issuer", "")
    saying = Saying(
        cause=_CAUSE,
        headline=(
            "The organisation's policy allows no provider for the "
            f"issuer{' ' + code(issuer) if issuer else ''}."
        ),
        meaning=(
            f"The constraint {code(_CONSTRAINT)} lists the issuers that pools may trust, and this one is "
            "not in it."
        ),
        fixes=(
            Fix(
                title="Have the issuer added to the policy",
                surface=Surface.OIDC_PROVIDER,
                steps=(
                    (
                        "Whoever keeps the organisation's policies adds the workspace's issuer to "
                        f"{code(_CONSTRAINT)}; "
                        "then make the provider again."
                    ),
                ),
                verify="Make the provider again: Google accepts it.",
            ),
        ),
    )
    yield told(case, suspect, symptom, saying)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
