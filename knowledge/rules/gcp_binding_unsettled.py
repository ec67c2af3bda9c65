"""A binding, as it was read, lets this step act as the service account, and Google refused it all the same;
or it may let it, and its role or its condition leave that open.

Changes reach Google's servers within minutes: https://cloud.google.com/iam/docs/access-change-propagation
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Disposition, Evidence, Finding, Fix, Surface, Verdict
from knowledge.gcp_bindings import IMPERSONATION
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
from knowledge.gcp_conditions import verdict_on
from knowledge.gcp_fixes import account_policy
from knowledge.gcp_left_open import left_open, member_evidence
from knowledge.gcp_members import Fit, judged_members
from knowledge.quoting import step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "gcp-binding-unsettled"
_DENIED = "gcp-impersonation-denied"
_URL = "https://cloud.google.com/iam/docs/access-change-propagation"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if not open_at(case, Stage.IMPERSONATION, IMPERSONATION):
        return
    symptom, judged = symptom_of(case, _DENIED), judged_members(case, suspect) or ()
    if symptom is None:
        return
    fitting = next((one for one in judged if one.fit is Fit.FITS), None)
    if fitting is None:
        open_ones = [one for one in judged if one.fits and one.binding is not None]
        yield from (left_open(case, suspect, symptom, one) for one in open_ones[:1])
        return
    names = names_of(case, suspect)
    whose = code(names.email) if names.email else "the service account"
    yield Finding(
        cause=_CAUSE,
        # Nothing that was read shows a fault: what is left is inferred.
        verdict=Verdict.LIKELY,
        headline=(
            f"A binding on {whose}, as it was read, lets {step_words(suspect)} in; most likely "
            "Google did not know of it everywhere yet."
        ),
        meaning=(
            "That rules out the member, its braces and the mapping behind it. What is left: the binding or "
            "the mapping is younger than the text, the step asks for another service account, or a deny "
            f"policy stands above the binding. {SAID[Stage.IMPERSONATION]}"
        ),
        step=step_for(suspect, of_the_step=False),
        evidence=(
            member_evidence(case, fitting),
            *_condition(case, suspect),
            said_by(case, symptom, primary=False),
        ),
        fixes=(
            Fix(
                title="Run the step again after some minutes; if it is refused, look at the service account",
                surface=Surface.OIDC_PROVIDER,
                disposition=Disposition.NEEDS_REVIEW,
                commands=(account_policy(names),),
                steps=(
                    "Leave the binding as it is: changes take up to about five minutes to be known.",
                    (
                        "If it is refused again, compare the service account in the credential configuration "
                        f"(`service_account_impersonation_url`) with {whose}."
                    ),
                    "Whoever keeps the organisation's policies sees whether one denies this.",
                ),
                verify="Run the step again: it logs in, or the same text comes back.",
                url=_URL,
            ),
        ),
    )


def _condition(case: CaseFile, suspect: Suspect | None) -> Iterator[Evidence]:
    provider = provider_of(case)
    if provider is not None and provider.condition and verdict_on(case, suspect, provider) is True:
        yield Evidence(
            "The provider's condition holds for this step too.",
            in_provider(case),
            provider.condition,
            primary=False,
        )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
