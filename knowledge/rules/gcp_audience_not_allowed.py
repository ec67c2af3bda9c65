"""The provider does not take the token's audience; one whose list is empty takes none of Bitbucket's own.

https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers#Oidc
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding, Verdict
from knowledge.gcp_audience import (
    accepted,
    audience_fixes,
    is_accepted,
    of_another_service,
    of_token,
    told_by_text,
    wanted,
)
from knowledge.gcp_case import (
    SAID,
    Stage,
    in_provider,
    names_of,
    open_at,
    provider_of,
    said_by,
    symptom_of,
)
from knowledge.gcp_setup import WorkloadProvider, provider_path
from knowledge.quoting import quoted, step_for
from knowledge.rules.rule import Rule
from knowledge.trust_reasons import common_length
from knowledge.words import code

_CAUSE = "gcp-audience-not-allowed"
_ID = "gcp-audience-refused"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if not open_at(case, Stage.TRUST, (_ID,)):
        return
    symptom, provider = symptom_of(case, _ID), provider_of(case)
    if of_another_service(case, suspect):
        # Not an audience to allow: `gcp-token-mistaken` says so.
        return
    lacks = provider is not None and is_accepted(case, suspect, provider) is False
    if symptom is None and not lacks:
        return
    evidence: list[Evidence] = []
    if provider is not None and lacks:
        evidence.append(_listing(case, suspect, provider))
    if symptom is not None:
        evidence.append(said_by(case, symptom, primary=not evidence))
    evidence += _asked(case, suspect)
    audience = wanted(case, suspect)
    names = names_of(case, suspect)
    which = f" {code(audience)}" if audience else ""
    # What the text expects is the provider's own name, which is all that one with an empty list takes.
    by_text = (
        symptom is not None and provider_path(symptom.fields.get("expected", "").rstrip(".")) is not None
    )
    empty = not provider.audiences if provider is not None else by_text
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY if symptom and provider and not lacks else Verdict.CONFIRMED,
        headline=_headline(which, empty=empty, allowed=bool(provider) and not lacks),
        meaning=(
            "A provider without allowed audiences takes only its own name as audience. Bitbucket's "
            "token carries "
            f"the workspace's, unless the step asks for another. {SAID[Stage.TRUST] if symptom else ''}"
        ).strip(),
        step=step_for(suspect, of_the_step=False),
        evidence=tuple(evidence),
        fixes=tuple(audience_fixes(case, suspect, names, provider, audience)),
    )


def _headline(which: str, *, empty: bool, allowed: bool) -> str:
    if allowed:
        return f"Google did not take the token's audience{which}; as it was read, the provider allows it."
    if empty:
        return f"The provider allows no audience but its own name, and the token's is{which or ' another'}."
    return f"Google's provider does not allow the token's audience{which}."


def _listing(case: CaseFile, suspect: Suspect | None, provider: WorkloadProvider) -> Evidence:
    audiences, _ = of_token(case, suspect)
    actual = audiences[0]
    nearest = max(accepted(provider), key=lambda item: common_length(item, actual))
    if not provider.audiences:
        comparison = Comparison("audience", accepted(provider)[0], actual)
        return Evidence(
            "`allowedAudiences` is empty, so that only the provider's own name is taken.",
            in_provider(case),
            comparison=comparison,
        )
    comparison = Comparison("audience", nearest, actual, common_length(nearest, actual))
    return Evidence(
        f"The provider allows {code(nearest)}.", in_provider(case), nearest, comparison=comparison
    )


def _asked(case: CaseFile, suspect: Suspect | None) -> Iterator[Evidence]:
    oidc = suspect.step.oidc if suspect else None
    if oidc is not None and oidc.audiences and oidc.key_at is not None:
        sentence = f"The step asks for the audience {code(oidc.audiences[0])}."
        if told_by_text(case) and not set(told_by_text(case)) & set(oidc.audiences):
            sentence = f"{sentence[:-1]}, which the token that Google was sent does not have."
        yield quoted(case, oidc.key_at, sentence, primary=False)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
