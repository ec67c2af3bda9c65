"""Google could not fetch the issuer's keys, or was given keys of its own that are stale.

https://docs.cloud.google.com/iam/docs/troubleshooting-workload-identity-federation
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.claims import claims_for
from knowledge.finding import Evidence, Finding, Fix, Surface
from knowledge.gcp_case import in_provider, names_of, provider_of, symptom_of
from knowledge.gcp_fixes import LATER, PROVIDERS, describe_provider
from knowledge.gcp_told import Saying, told
from knowledge.printed_values import word
from knowledge.reading import Known
from knowledge.rules.rule import Rule

_CAUSE = "gcp-issuer-unreachable"
_ID = "gcp-issuer-unreachable"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, _ID)
    if symptom is None:
        return
    provider = provider_of(case)
    own_keys = provider is not None and provider.own_keys
    names = names_of(case, suspect)
    reading = claims_for(case, suspect)
    issuer = provider.issuer if provider else None
    issuer = word(issuer or (reading.value.issuer if isinstance(reading, Known) else None), "ISSUER")
    look = Fix(
        title="Fetch what Google fetches, without any credentials",
        surface=Surface.OIDC_PROVIDER,
        commands=(f"curl -fsS {issuer}/.well-known/openid-configuration", describe_provider(names)),
        steps=(
            (
                "A 404 means that the issuer's address is wrong on both sides, or that no step of the "
                "workspace "
                "ever had a token."
            ),
            (
                "With both right, keys that were uploaded to the provider are stale, or the service "
                "was away: run again."
            ),
        ),
        verify=LATER,
    )
    keys = Fix(
        title="Let Google fetch Bitbucket's keys in place of the uploaded ones",
        surface=Surface.OIDC_PROVIDER,
        steps=(
            (
                "Open IAM & Admin > Workload Identity Federation, edit the provider, and remove the "
                "uploaded JWKS file."
            ),
        ),
        verify=LATER,
        url=PROVIDERS,
    )
    beside: tuple[Evidence, ...] = ()
    if own_keys:
        beside = (Evidence("Keys were uploaded to the provider.", in_provider(case), primary=False),)
    saying = Saying(
        cause=_CAUSE,
        headline=(
            "Google checks the token with keys that were uploaded to the provider, and they do not fit."
            if own_keys
            else "Google could not fetch the keys of the token's issuer."
        ),
        meaning=(
            "To check the token's signature Google fetches the issuer's keys; with uploaded keys it fetches "
            "nothing, and the text blames the issuer all the same."
        ),
        fixes=(keys, look) if own_keys else (look,),
        beside=beside,
    )
    yield told(case, suspect, symptom, saying)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
