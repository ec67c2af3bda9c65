"""A mapped attribute is longer than Google takes: 127 bytes for `google.subject`.

https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding
from knowledge.gcp_case import as_printed, in_provider, names_of, provider_of, symptom_of
from knowledge.gcp_fixes import in_terraform, literal, mapping_option, provider_block, update
from knowledge.gcp_told import Saying, told
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "gcp-subject-too-long"
_SUBJECT = "google.subject"
_SHORT = "assertion.repositoryUuid"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-subject-too-long")
    if symptom is None:
        return
    provider, names = provider_of(case), names_of(case, suspect)
    attribute = symptom.fields.get("attribute", "").strip() or _SUBJECT
    expression = provider.mapping.get(attribute) if provider else None
    beside: tuple[Evidence, ...] = ()
    if expression is not None:
        sentence = f"The mapping makes {code(attribute)} of this."
        beside = (Evidence(sentence, in_provider(case), as_printed(attribute, expression), primary=False),)
    mapping = {**(provider.mapping if provider else {}), attribute: _SHORT}
    fix = update(
        names,
        f"Map {code(attribute)} to one short claim",
        [mapping_option(mapping)],
        after=replace(provider, mapping=mapping) if provider is not None and expression is not None else None,
        steps=(
            "The option sets the whole mapping; keep what else is in it.",
            "Bindings on the old value have to name the new one.",
        ),
    )
    lines = [f"  {literal(key)} = {literal(value)}" for key, value in mapping.items()]
    saying = Saying(
        cause=_CAUSE,
        headline=f"The mapping makes {code(attribute)} longer than the 127 bytes that Google takes.",
        meaning=(
            "Bitbucket's own `sub` has 77 bytes, 116 with an environment, so it is not too long by "
            "itself: more "
            "is put together in the mapping, such as the branch's name."
        ),
        fixes=(
            replace(fix, google_after=None),
            in_terraform(fix, provider_block("attribute_mapping = {", *lines, "}")),
        ),
        beside=beside,
    )
    yield told(case, suspect, symptom, saying)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
