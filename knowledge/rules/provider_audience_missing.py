"""The OIDC provider in AWS does not list the token's audience.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.casefile import CaseFile, OidcProvider, Suspect
from knowledge.claims import Claims, claims_for
from knowledge.finding import Comparison, Evidence, Finding, Verdict
from knowledge.location import InAccount
from knowledge.provider_case import account_for, audience_fix, audience_of, providers_page
from knowledge.quoting import quoted
from knowledge.reading import Known
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.text_evidence import first_of, in_text
from knowledge.trust_reasons import common_length
from knowledge.words import code, listed

_CAUSE = "provider-audience-missing"
#: AWS compares the audience before these, so they come only when it was right.
_FITTED = frozenset(
    {Family.ROLE_REFUSED, Family.AFTER_ASSUME, Family.SESSION_EXPIRED, Family.PROVIDER_REFUSED}
)


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = first_of(case, Family.AUDIENCE_REFUSED)
    reading = claims_for(case, suspect)
    claims = reading.value if isinstance(reading, Known) else None
    provider = _provider(case, claims)
    lacks = _lacks(provider, claims)
    evidence: list[Evidence] = []
    if symptom is not None:
        evidence.append(in_text(case, symptom, "AWS says so itself."))
        verdict = Verdict.LIKELY if lacks is False else Verdict.CONFIRMED
    elif lacks and not case.families & _FITTED:
        certain = not case.families and claims is not None and claims.aud_certain
        verdict = Verdict.CONFIRMED if certain else Verdict.LIKELY
    else:
        return
    if provider is not None:
        evidence.append(_listing(case, suspect, provider, claims, primary=not evidence))
    evidence += _asked(case, suspect)
    yield _finding(case, suspect, claims, provider, verdict, tuple(evidence))


def _provider(case: CaseFile, claims: Claims | None) -> OidcProvider | None:
    if not isinstance(case.providers, Known) or claims is None or not claims.issuer:
        return None
    return next((item for item in case.providers.value if item.url == claims.issuer_path), None)


def _lacks(provider: OidcProvider | None, claims: Claims | None) -> bool | None:
    """Whether the provider lists none of the token's audiences; None when that cannot be told."""
    if provider is None or provider.client_ids is None or claims is None or not claims.audiences:
        return None
    return not any(audience in provider.client_ids for audience in claims.audiences)


def _listing(
    case: CaseFile, suspect: Suspect | None, provider: OidcProvider, claims: Claims | None, *, primary: bool
) -> Evidence:
    where = InAccount(account_for(case, suspect) or "", "OIDC provider", providers_page(case))
    ids = provider.client_ids
    if not ids:
        return Evidence(
            "The provider lists no audience." if ids == () else "This is the provider.",
            where,
            provider.arn,
            primary,
        )
    actual = claims.audiences[0] if claims and claims.audiences else ""
    nearest = max(ids, key=lambda item: common_length(item, actual))
    comparison = None
    if actual and nearest != actual:
        comparison = Comparison("audience", nearest, actual, common_length(nearest, actual))
    sentence = f"The provider lists {listed([code(item) for item in ids[:5]])}."
    return Evidence(sentence, where, nearest, primary, comparison)


def _asked(case: CaseFile, suspect: Suspect | None) -> Iterator[Evidence]:
    oidc = suspect.step.oidc if suspect else None
    if oidc is not None and oidc.audiences and oidc.key_at is not None:
        asked = listed([code(item) for item in oidc.audiences])
        yield quoted(case, oidc.key_at, f"The step asks for the audience {asked}.", primary=False)


def _finding(
    case: CaseFile,
    suspect: Suspect | None,
    claims: Claims | None,
    provider: OidcProvider | None,
    verdict: Verdict,
    evidence: tuple[Evidence, ...],
) -> Finding:
    custom = suspect.step.oidc.audiences if suspect else None
    wanted = custom[0] if custom else audience_of(case, claims)
    account = account_for(case, suspect)
    path = claims.issuer_path if claims and claims.issuer else "PROVIDER"
    arn = provider.arn if provider else f"arn:aws:iam::{account or 'ACCOUNT'}:oidc-provider/{path}"
    which = f" {code(wanted)}" if wanted else ""
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=f"Bitbucket's OIDC provider in AWS does not list the token's audience{which}.",
        meaning=(
            "AWS takes a token only when its `aud` is among the provider's audiences (client IDs). That is "
            "looked at before the role's trust policy."
        ),
        evidence=evidence,
        fixes=(audience_fix(arn, wanted, custom=bool(custom)),),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
