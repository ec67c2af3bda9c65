"""The binding compares what is another for each step, so that it lets in one run at most.

https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Verdict
from knowledge.gcp_assertion import changing_in
from knowledge.gcp_bindings import IMPERSONATION, narrow_fixes
from knowledge.gcp_case import (
    SAID,
    Stage,
    as_printed,
    in_account,
    in_provider,
    open_at,
    provider_of,
    said_by,
    symptom_of,
)
from knowledge.gcp_members import Fit, Judged, admits, refused
from knowledge.gcp_setup import WorkloadProvider
from knowledge.quoting import step_for
from knowledge.reading import Known
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "gcp-member-changes"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if not open_at(case, Stage.IMPERSONATION, IMPERSONATION):
        return
    symptom, provider = symptom_of(case, *IMPERSONATION), provider_of(case)
    found = next(refused(case, suspect, Fit.CHANGING), None)
    only = _only_changing(provider) if provider is not None and found is None else None
    # Another member, of which that cannot be told, may let the step in.
    undecided = admits(case, suspect) is None
    plain = found is not None and found.binding is None
    if found is not None and undecided and symptom is None:
        return
    if found is None and (only is None or symptom is None or _policy_read(case)):
        return
    evidence = list(_evidence(case, provider, found, only))
    if symptom is not None:
        evidence.append(said_by(case, symptom, primary=False))
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if plain and not undecided else Verdict.LIKELY,
        headline="The binding on the service account compares a value that is another for each step.",
        meaning=(
            "Bitbucket's `sub` ends in the step's own UUID. A member made of it fits the run it was "
            "copied from "
            f"and no other. {SAID[Stage.IMPERSONATION] if symptom else ''}"
        ).strip(),
        step=step_for(suspect, of_the_step=False),
        evidence=tuple(evidence),
        fixes=_fixes(case, suspect, found),
    )


def _fixes(case: CaseFile, suspect: Suspect | None, found: Judged | None) -> tuple[Fix, ...]:
    # A subject of three parts has the environment in the middle: the new member must not leave it out.
    deploys = found is not None and found.member.value.count(":") == 2
    return narrow_fixes(case, suspect, instead_of=found.member.text if found else None, deploys=deploys)


def _policy_read(case: CaseFile) -> bool:
    return isinstance(case.gcp_account, Known)


def _only_changing(provider: WorkloadProvider) -> str | None:
    """The attribute that bindings are left to compare, where all of them change with the step."""
    own = {key: text for key, text in provider.mapping.items() if key.startswith("attribute.")}
    changing = [key for key, text in own.items() if changing_in(text)]
    return changing[0] if changing and len(changing) == len(own) else None


def _evidence(
    case: CaseFile, provider: WorkloadProvider | None, found: Judged | None, only: str | None
) -> Iterable[Evidence]:
    if found is not None:
        yield Evidence("This member has the role.", in_account(case), found.member.text)
        key = "google.subject" if found.member.kind == "subject" else f"attribute.{found.member.key}"
        expression = provider.mapping.get(key) if provider else None
        if expression is not None:
            sentence = f"The provider makes {code(key)} of {code(expression)}."
            yield Evidence(sentence, in_provider(case), as_printed(key, expression), primary=False)
    elif provider is not None and only is not None:
        expression = provider.mapping[only]
        sentence = f"The only attribute that a binding can name is {code(only)}, made of {code(expression)}."
        yield Evidence(sentence, in_provider(case), as_printed(only, expression))


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
