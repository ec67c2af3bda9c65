"""The mapping gives `google.subject` no value for this step's token.

https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Verdict
from knowledge.gcp_assertion import ENVIRONMENT, assertion_for, claims_in, mapped, right_name
from knowledge.gcp_case import (
    SAID,
    Names,
    Stage,
    as_printed,
    in_provider,
    names_of,
    open_at,
    provider_of,
    said_by,
    symptom_of,
)
from knowledge.gcp_cel_values import Lacking
from knowledge.gcp_fixes import (
    describe_provider,
    in_terraform,
    literal,
    look_again,
    mapping_option,
    provider_block,
    update,
)
from knowledge.gcp_setup import WorkloadProvider
from knowledge.quoting import step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "gcp-subject-unmapped"
_ID = "gcp-subject-unmapped"
_SUBJECT = "google.subject"
_STABLE = "assertion.repositoryUuid"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if not open_at(case, Stage.TRUST, (_ID,)):
        return
    symptom, provider = symptom_of(case, _ID), provider_of(case)
    shown = tuple(_shown(case, suspect, provider)) if provider else ()
    if symptom is None and not shown:
        return
    evidence = [*shown]
    if symptom is not None:
        evidence.append(said_by(case, symptom, primary=not shown))
    expression = provider.mapping.get(_SUBJECT) if provider is not None else None
    if expression is not None and not shown:
        is_set = as_printed(_SUBJECT, expression)
        evidence.append(
            Evidence("This is the mapping as it was read.", in_provider(case), is_set, primary=False)
        )
    gives = provider is not None and not shown and _gives(case, suspect, provider)
    certain = _certain(case, suspect, provider) if symptom is None else not gives
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if certain else Verdict.LIKELY,
        headline=(
            "Google's text says that `google.subject` has no value; as it was read, the mapping gives "
            f"{step_words(suspect)} one."
            if gives
            else "The provider's mapping gives `google.subject` no value for the token of "
            f"{step_words(suspect)}."
        ),
        meaning=(
            "Every identity needs a `google.subject`. A claim that this token does not carry gives none: "
            f"{code(ENVIRONMENT)} is there only in a step that deploys. "
            f"{SAID[Stage.TRUST] if symptom else ''}"
        ).strip(),
        step=step_for(suspect, of_the_step=False),
        evidence=tuple(evidence),
        fixes=(look_again(names_of(case, suspect)),)
        if gives
        else tuple(_fixes(names_of(case, suspect), provider)),
    )


def _shown(case: CaseFile, suspect: Suspect | None, provider: WorkloadProvider) -> Iterable[Evidence]:
    expression = provider.mapping.get(_SUBJECT)
    if expression is None:
        yield Evidence("The mapping has no `google.subject`.", in_provider(case))
        return
    assertion = assertion_for(case, suspect)
    value = mapped(provider, assertion)[_SUBJECT] if assertion else None
    if isinstance(value, Lacking):
        name = value.name.partition(".")[2]
        meant = right_name(name)
        hint = f"; the claim is called {code(meant)}" if meant else ""
        sentence = f"{code(_SUBJECT)} is made of {code(value.name)}, which this token does not carry{hint}."
        yield Evidence(sentence, in_provider(case), as_printed(_SUBJECT, expression))


def _gives(case: CaseFile, suspect: Suspect | None, provider: WorkloadProvider) -> bool:
    """Whether the mapping, as it was read, gives this step a subject."""
    assertion = assertion_for(case, suspect)
    return assertion is not None and isinstance(mapped(provider, assertion).get(_SUBJECT), str)


def _certain(case: CaseFile, suspect: Suspect | None, provider: WorkloadProvider | None) -> bool:
    """Without a text: no mapping at all, or a token that was read."""
    assertion = assertion_for(case, suspect)
    expression = provider.mapping.get(_SUBJECT) if provider else None
    if expression is None:
        return True
    return assertion is not None and (assertion.given or claims_in(expression) == {ENVIRONMENT})


def _fixes(names: Names, provider: WorkloadProvider | None) -> Iterable[Fix]:
    mapping = {**(provider.mapping if provider else {}), _SUBJECT: _STABLE}
    after = replace(provider, mapping=mapping) if provider is not None else None
    steps = ["Bindings on `…/subject/…` compare the new value from then on."]
    if provider is None:
        steps.insert(
            0,
            (
                "The option sets the whole mapping; see first what is in it: "
                f"{code(describe_provider(names), 300)}."
            ),
        )
    fix = update(
        names,
        f"Map {code(_SUBJECT)} to a claim that every step's token carries",
        [mapping_option(mapping)],
        after=after,
        steps=steps,
    )
    yield fix
    lines = [f"  {literal(key)} = {literal(value)}" for key, value in mapping.items()]
    yield in_terraform(fix, provider_block("attribute_mapping = {", *lines, "}"))


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
