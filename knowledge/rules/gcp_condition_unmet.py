"""The provider's attribute condition does not hold for this step's token.

https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding, Fix, Verdict
from knowledge.gcp_assertion import ENVIRONMENT, assertion_for, right_name
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
from knowledge.gcp_conditions import Reason, Refusal, refusals, repaired, verdict_on
from knowledge.gcp_fixes import (
    condition_option,
    describe_provider,
    in_terraform,
    literal,
    provider_block,
    update,
)
from knowledge.gcp_setup import WorkloadProvider
from knowledge.quoting import step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.trust_reasons import common_length
from knowledge.words import code

_CAUSE = "gcp-condition-unmet"
_ID = "gcp-condition-refused"
_SAFE = "assertion.repositoryUuid"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if not open_at(case, Stage.TRUST, (_ID,)):
        return
    symptom, provider = symptom_of(case, _ID), provider_of(case)
    # Whether a claim that is not there refuses the token or ends in an error is not documented; either way it
    # is not let in, and where the text says that the condition refused it, that claim is why.
    value = verdict_on(case, suspect, provider) if provider else None
    found = refusals(case, suspect, provider) if provider and value is not True else ()
    if symptom is None and not (found and value is False):
        return
    evidence = [_part(case, one, primary=number == 0) for number, one in enumerate(found[:3])]
    if symptom is not None:
        evidence.append(said_by(case, symptom, primary=not evidence))
    evidence += _unread_part(case, provider, value, found)
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if found else Verdict.LIKELY,
        headline=_headline(suspect, found),
        meaning=(
            "The condition is looked at once issuer, audience and signature are right. UUIDs in a token are "
            f"in small letters and in braces. {SAID[Stage.TRUST] if symptom else ''}"
        ).strip(),
        step=step_for(suspect, of_the_step=False),
        evidence=tuple(evidence),
        fixes=tuple(_fixes(case, suspect, names_of(case, suspect), provider, found)),
    )


def _headline(suspect: Suspect | None, found: tuple[Refusal, ...]) -> str:
    if not found:
        return (
            "The attribute condition of Google's provider refuses the token; which part of it was not seen."
        )
    first = found[0]
    claim, name = code(first.part.claim), step_words(suspect)
    why = {
        Reason.BRACES: f"compares {claim} with a UUID without its braces",
        Reason.CASE: f"compares {claim} with a value in another case",
        Reason.SLUG: f"compares {claim} with a name, and the claim is a UUID",
        Reason.FOREIGN: f"asks for {claim}, which no token of Bitbucket carries",
        Reason.MISSPELT: f"asks for {claim}, which is called {code(right_name(first.claim) or '')}",
        Reason.NO_ENVIRONMENT: f"asks for {claim}, and {name} deploys to no environment",
        Reason.LACKING: f"asks for {claim}, which this token does not carry",
        Reason.CHANGING: f"demands one value of {claim}, which is another in each step",
        Reason.OTHER: f"demands another {claim} than that of {name}",
    }[first.reason]
    return f"The attribute condition of Google's provider {why}."


def _part(case: CaseFile, one: Refusal, *, primary: bool) -> Evidence:
    comparison = None
    if one.wanted:
        at = common_length(one.wanted, one.actual) if one.actual else None
        comparison = Comparison(one.part.claim, one.wanted, one.actual or "(not in the token)", at)
    return Evidence(
        "This part of the condition does not hold.", in_provider(case), one.part.text, primary, comparison
    )


def _unread_part(
    case: CaseFile, provider: WorkloadProvider | None, value: object, found: tuple[Refusal, ...]
) -> Iterable[Evidence]:
    """The condition itself, where it is not evaluated."""
    why = getattr(value, "why", None)
    if provider is not None and provider.condition and not found:
        reason = f": {why}" if why else ""
        sentence = f"Whether the condition holds cannot be told here{reason}."
        yield Evidence(sentence, in_provider(case), provider.condition, primary=False)


def _fixes(
    case: CaseFile,
    suspect: Suspect | None,
    names: Names,
    provider: WorkloadProvider | None,
    found: tuple[Refusal, ...],
) -> Iterable[Fix]:
    assertion = assertion_for(case, suspect)
    home = assertion.claims.repository_uuid if assertion else None
    first = found[0] if found else None
    right = repaired(provider, first) if provider is not None and first is not None else None
    title = "Correct the condition"
    if right is None:
        right = f"{_SAFE} == '{home or '{REPOSITORY_UUID}'}'"
        title = "Let the condition ask for this repository by its UUID"
    steps = []
    if provider is None:
        steps.append(f"See first what the condition is now: {code(describe_provider(names), 300)}.")
    if first is not None and first.reason is Reason.NO_ENVIRONMENT:
        steps.append(f"Or let the step deploy: only then its token carries {code(ENVIRONMENT)}.")
    if home is None:
        steps.append("The UUID stands, with its braces, in Repository settings > Pipelines > OpenID Connect.")
    after = replace(provider, condition=right) if provider is not None and home is not None else None
    fix = update(names, title, [condition_option(right)], after=after, steps=steps)
    yield fix
    yield in_terraform(fix, provider_block(f"attribute_condition = {literal(right)}"))


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
