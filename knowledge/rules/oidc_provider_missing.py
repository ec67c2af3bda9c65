"""The role's account has no OIDC provider for the issuer of the token.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from knowledge.casefile import CaseFile, OidcProvider, Suspect
from knowledge.claims import Claims, claims_for
from knowledge.claims_beside import other_claim
from knowledge.finding import Evidence, Finding, Verdict
from knowledge.location import InAccount
from knowledge.provider_case import account_for, provider_evidence, provider_fix, providers_page
from knowledge.reading import Known
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family, Symptom
from knowledge.text_evidence import first_of, in_text
from knowledge.words import code

_CAUSE = "oidc-provider-missing"
_HOST = "https://api.bitbucket.org/"
#: Texts that say it, and one that may mean it.
_SAYS = ("aws-sts-provider-missing",)
_MAY = ("aws-sts-token-not-validated",)
#: AWS looks for the provider first, so these come only when it was found.
_FOUND = frozenset(
    {
        Family.ROLE_REFUSED,
        Family.AUDIENCE_REFUSED,
        Family.AFTER_ASSUME,
        Family.SESSION_EXPIRED,
        Family.TOKEN_EXPIRED,
    }
)


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = first_of(case, Family.PROVIDER_REFUSED, ids=_SAYS)
    issuer = symptom.fields.get("issuer") if symptom else None
    if issuer is not None and not issuer.startswith(_HOST):
        # A token of another issuer: not a step of Bitbucket.
        return
    reading = claims_for(case, suspect)
    claims = reading.value if isinstance(reading, Known) else None
    wanted = (issuer or (claims.issuer if claims else "")).removeprefix("https://")
    there = _same(case, wanted)
    if symptom is not None:
        yield _said(case, suspect, symptom, wanted, claims, there)
        return
    if not wanted or there is not None or not isinstance(case.providers, Known) or case.families & _FOUND:
        return
    hint = first_of(case, Family.PROVIDER_REFUSED, ids=_MAY)
    proven = not case.providers_unread and (not case.families or hint is not None)
    yield _finding(
        case,
        suspect,
        wanted,
        claims,
        Verdict.CONFIRMED if proven else Verdict.LIKELY,
        provider_evidence(case, suspect, wanted),
    )


def _same(case: CaseFile, wanted: str) -> OidcProvider | None:
    if not isinstance(case.providers, Known):
        return None
    return next((item for item in case.providers.value if item.url == wanted), None)


def _said(
    case: CaseFile,
    suspect: Suspect | None,
    symptom: Symptom,
    wanted: str,
    claims: Claims | None,
    there: OidcProvider | None,
) -> Finding:
    text = in_text(case, symptom, "AWS says so itself.")
    if there is not None:
        return Finding(
            cause=_CAUSE,
            verdict=Verdict.POSSIBLE,
            headline="AWS found no OIDC provider for the token, yet the account that was read has one.",
            meaning=(
                "It may have been created since the run, or the step assumes a role of another "
                "account than the "
                "one that was read."
            ),
            evidence=(
                text,
                Evidence(
                    "This provider is there now.",
                    InAccount(account_for(case, suspect) or "", "OIDC providers", providers_page(case)),
                    there.arn,
                    primary=False,
                ),
            ),
        )
    verdict = Verdict.CONFIRMED if wanted else Verdict.LIKELY
    other = other_claim(case, "iss", symptom.fields.get("issuer"))
    if other is not None:
        # What else they say is not of the token that was refused either.
        claims = None
    listed = tuple(_lowered(item) for item in provider_evidence(case, suspect, wanted)) if wanted else ()
    finding = _finding(case, suspect, wanted, claims, verdict, (text, *listed))
    if other is None:
        return finding
    beside = f"The claims beside the text are another token's: their issuer is {code(other, 200)}."
    return replace(finding, meaning=f"{beside} {finding.meaning}")


def _lowered(item: Evidence) -> Evidence:
    return replace(item, primary=False)


def _finding(
    case: CaseFile,
    suspect: Suspect | None,
    wanted: str,
    claims: Claims | None,
    verdict: Verdict,
    evidence: tuple[Evidence, ...],
) -> Finding:
    account = account_for(case, suspect)
    whose = f"Account {code(account)}" if account else "The account of the role"
    for_whom = f" for {code(f'https://{wanted}', 200)}" if wanted else " for the token's issuer"
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=f"{whose} has no OIDC provider{for_whom}.",
        meaning=(
            "AWS looks for a provider with exactly the token's issuer, in the account of the "
            "role that is asked "
            "for. If there is one in another account, the role's ARN names the wrong account."
        ),
        evidence=evidence,
        fixes=(provider_fix(case, wanted, claims, account),),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
