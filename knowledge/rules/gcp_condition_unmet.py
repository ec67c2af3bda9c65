"""The provider's attribute condition does not hold for this step's token.

https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding, Fix, Verdict
from knowledge.gcp_assertion import assertion_for, right_name
from knowledge.gcp_case import SAID, Stage, in_provider, names_of, open_at, provider_of, said_by, symptom_of
from knowledge.gcp_cel_values import Beginning, SomeUuid
from knowledge.gcp_condition_fixes import condition_fixes, condition_unseen
from knowledge.gcp_conditions import Reason, Refusal, for_one_run, refusals, verdict_on
from knowledge.gcp_fixes import look_again
from knowledge.gcp_setup import WorkloadProvider
from knowledge.quoting import step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.trust_reasons import common_length
from knowledge.words import code

_CAUSE = "gcp-condition-unmet"
_ID = "gcp-condition-refused"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if not open_at(case, Stage.TRUST, (_ID,)):
        return
    symptom, provider = symptom_of(case, _ID), provider_of(case)
    # Whether a claim that is not there refuses the token or ends in an error is not documented; either way it
    # is not let in, and where the text says that the condition refused it, that claim is why.
    value = verdict_on(case, suspect, provider) if provider else None
    found = refusals(case, suspect, provider) if provider and value is not True else ()
    if provider and value is True:
        # The text tells of another run than the one whose token was read.
        found = for_one_run(case, suspect, provider)
    if symptom is None and not (found and value is False):
        return
    evidence = [_part(case, one, primary=number == 0) for number, one in enumerate(found[:3])]
    if symptom is not None:
        evidence.append(said_by(case, symptom, primary=not evidence))
    evidence += _unread_part(case, provider, value, found)
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if found and value is not True else Verdict.LIKELY,
        headline=_headline(suspect, found, holds=provider is not None and value is True),
        meaning=(
            "The condition is looked at once issuer, audience and signature are right. UUIDs in a token are "
            f"in small letters and in braces. {SAID[Stage.TRUST] if symptom else ''}"
        ).strip(),
        step=step_for(suspect, of_the_step=False),
        evidence=tuple(evidence),
        fixes=tuple(_fixes(case, suspect, provider, value, found)),
    )


def _headline(suspect: Suspect | None, found: tuple[Refusal, ...], *, holds: bool) -> str:
    if not found and holds:
        return (
            "Google's text says that the attribute condition refused the token; as it was read, "
            f"it lets {step_words(suspect)} in."
        )
    if not found:
        return (
            "The attribute condition of Google's provider refuses the token; which part of it was not seen."
        )
    first = found[0]
    claim, name = code(first.part.claim), step_words(suspect)
    meant = right_name(first.part.claim.partition(".")[2]) or ""
    why = {
        Reason.BRACES: f"compares {claim} with a UUID without its braces",
        Reason.CASE: f"compares {claim} with a value in another case",
        Reason.SLUG: f"compares {claim} with a name, and the claim is a UUID",
        Reason.FOREIGN: f"asks for {claim}, which no token of Bitbucket carries",
        Reason.MISSPELT: f"asks for {claim}, which is called {code(meant)}",
        Reason.NO_ENVIRONMENT: f"asks for {claim}, and {name} deploys to no environment",
        Reason.LACKING: f"asks for {claim}, which this token does not carry",
        Reason.CHANGING: f"demands one value of {claim}, which is another in each step",
        Reason.EXCLUDED: f"shuts out the {claim} of {name}",
        Reason.PRESENT: f"lets in only tokens without {claim}, and that of {name} carries it",
        Reason.NEVER: "is `false` in one part, so that it lets nobody in",
        Reason.NO_ANSWER: f"has {claim} where it needs something that is true or false",
        Reason.NOT_TRUE: f"has a part that is not true for {name}",
        Reason.OTHER: f"demands another {claim} than that of {name}",
    }[first.reason]
    return f"The attribute condition of Google's provider {why}."


def _part(case: CaseFile, one: Refusal, *, primary: bool) -> Evidence:
    part, comparison = one.part, None
    if part.refuses:
        value = f": {code(part.claim)} is {code(one.actual)}" if one.actual else ""
        holds = "holds, and must not" if part.true else "does not hold"
        return Evidence(f"This part of the condition {holds}{value}.", in_provider(case), part.text, primary)
    if one.wanted and not part.true and not isinstance(part.actual, SomeUuid):
        whole = one.actual and part.sign in ("==", "in", "startsWith")
        at = common_length(one.wanted, one.actual) if whole else None
        begun = "…" if isinstance(part.actual, Beginning) else ""
        comparison = Comparison(part.claim, one.wanted, f"{one.actual}{begun}" or "(not in the token)", at)
    sentence = "This part of the condition does not hold."
    if one.reason is Reason.NOT_TRUE and type(part.actual) is int:
        sentence = (
            f"This part of the condition does not hold: {code(part.claim)} is {code(str(part.actual))}."
        )
    if part.true:
        sentence = "This part of the condition holds for one run alone."
    return Evidence(sentence, in_provider(case), part.text, primary, comparison)


def _unread_part(
    case: CaseFile, provider: WorkloadProvider | None, value: object, found: tuple[Refusal, ...]
) -> Iterable[Evidence]:
    """The condition itself, where it is not evaluated, or holds as it was read."""
    if provider is None or not provider.condition or found:
        return
    why = getattr(value, "why", None)
    sentence = f"Whether the condition holds cannot be told here{f': {why}' if why else ''}."
    if value is True:
        sentence = "This is the condition as it was read; it holds for this step."
    yield Evidence(sentence, in_provider(case), provider.condition, primary=False)


def _fixes(
    case: CaseFile,
    suspect: Suspect | None,
    provider: WorkloadProvider | None,
    value: object,
    found: tuple[Refusal, ...],
) -> Iterator[Fix]:
    names = names_of(case, suspect)
    if provider is not None and found:
        yield from condition_fixes(case, suspect, names, provider, found)
    elif provider is not None and value is True:
        yield look_again(names)
    else:
        assertion = assertion_for(case, suspect)
        yield condition_unseen(names, assertion.claims.repository_uuid if assertion else None)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
