"""The provider is set to another issuer than the one that made the token.

https://github.com/google-github-actions/auth/blob/main/docs/TROUBLESHOOTING.md
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.claims import claims_for
from knowledge.claims_beside import other_claim
from knowledge.finding import Comparison, Disposition, Evidence, Finding, Fix, Surface, Verdict
from knowledge.gcp_case import (
    SAID,
    Names,
    Stage,
    in_provider,
    names_of,
    open_at,
    provider_of,
    said_by,
    symptom_of,
)
from knowledge.gcp_fixes import in_terraform, literal, provider_block, quoted, update
from knowledge.gcp_setup import WorkloadProvider
from knowledge.printed_values import masked
from knowledge.quoting import step_for
from knowledge.reading import Known
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Symptom
from knowledge.trust_reasons import common_length
from knowledge.words import code

_CAUSE = "gcp-issuer-mismatch"
_ID = "gcp-issuer-refused"
_BITBUCKET = "https://api.bitbucket.org/2.0/workspaces/"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if not open_at(case, Stage.TRUST, (_ID,)):
        return
    symptom, provider = symptom_of(case, _ID), provider_of(case)
    issuer = _issuer(case, suspect, symptom)
    differs = provider is not None and issuer is not None and provider.issuer != issuer
    if symptom is None and not differs:
        return
    evidence: list[Evidence] = []
    if provider is not None and issuer is not None and differs:
        evidence.append(_set(case, provider, issuer))
    if symptom is not None:
        evidence.append(said_by(case, symptom, primary=not evidence))
    foreign = issuer is not None and not issuer.startswith(_BITBUCKET)
    same = provider is not None and issuer is not None and not differs
    yield Finding(
        cause=_CAUSE,
        # Where the provider is right now, the text may be older than it.
        verdict=Verdict.LIKELY if same else Verdict.CONFIRMED,
        headline=(
            f"The token was made by {code(issuer)}, not by Bitbucket."
            if foreign
            else "Google did not take the token's issuer; as it was read, the provider is set to it."
            if same
            else "Google's provider is set to another issuer than the token's."
        ),
        meaning=(
            "The issuer of a provider must be the token's `iss` to the letter: the workspace's name in small "
            f"letters, no slash at the end. {SAID[Stage.TRUST] if symptom else ''}"
        ).strip(),
        step=step_for(suspect, of_the_step=foreign),
        evidence=tuple(evidence),
        fixes=(_another_token(),) if foreign else tuple(_of_bitbucket(case, suspect, provider, issuer)),
    )


def _of_bitbucket(
    case: CaseFile, suspect: Suspect | None, provider: WorkloadProvider | None, issuer: str | None
) -> Iterable[Fix]:
    given = other_claim(case, "iss", issuer)
    if provider is not None and issuer is not None and given is not None and given == provider.issuer:
        yield _of_which_workspace(issuer, given)
        return
    yield from _fixes(names_of(case, suspect), provider, issuer)


def _issuer(case: CaseFile, suspect: Suspect | None, symptom: Symptom | None) -> str | None:
    if symptom is not None and "issuer" in symptom.fields:
        told = symptom.fields["issuer"].rstrip(".,'\"")
        if not masked(told):
            return told
    reading = claims_for(case, suspect)
    return reading.value.issuer or None if isinstance(reading, Known) else None


def _set(case: CaseFile, provider: WorkloadProvider, issuer: str) -> Evidence:
    there = provider.issuer or ""
    comparison = Comparison("issuer", there, issuer, common_length(there, issuer))
    return Evidence("This is the provider's issuer.", in_provider(case), there, comparison=comparison)


def _fixes(names: Names, provider: WorkloadProvider | None, issuer: str | None) -> Iterable[Fix]:
    right = issuer or f"{_BITBUCKET}WORKSPACE/pipelines-config/identity/oidc"
    after = replace(provider, issuer=right) if provider is not None and issuer else None
    fix = update(names, f"Set the issuer to {code(right)}", [f"--issuer-uri={quoted(right)}"], after=after)
    yield fix
    yield in_terraform(fix, provider_block("oidc {", f"  issuer_uri = {literal(right)}", "}"))


def _of_which_workspace(issuer: str, given: str) -> Fix:
    return Fix(
        title="See of which workspace the pipeline of the text is",
        surface=Surface.OIDC_PROVIDER,
        disposition=Disposition.NEEDS_REVIEW,
        steps=(
            f"The provider has the issuer of the claims that were given, {code(given, 200)}: leave it so.",
            f"If a pipeline with {code(issuer, 200)} is to log in too, give it a provider of its own.",
        ),
        verify="Run the step again: it logs in, or the same text comes back.",
    )


def _another_token() -> Fix:
    return Fix(
        title="Send the step's own token",
        surface=Surface.PIPELINE_FILE,
        steps=(
            (
                "Write `$BITBUCKET_STEP_OIDC_TOKEN` to the file that the configuration names, and no "
                "other token."
            ),
        ),
        verify="Run the step again: the issuer in the text is Bitbucket's, or the login works.",
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
