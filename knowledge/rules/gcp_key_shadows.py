"""A stored key wins over the federated login: Terraform looks for it first.

https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.gcp_stored_key import stored_key
from knowledge.quoting import quoted, step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.variables import where
from knowledge.words import code

_CAUSE = "gcp-key-shadows"
#: Another identity than the federated one asked; no text says whose key it was.
_MAY_SHOW = frozenset({Family.AFTER_ASSUME, Family.CALL_REFUSED, Family.HIDDEN, Family.OTHER})


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    if case.families and not case.families & _MAY_SHOW:
        return
    key = stored_key(case, suspect)
    if key is None:
        return
    found, user, login = key.setting, key.user, key.login
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY,
        headline=(
            f"{code(found.name)} is set, so {code(user.program)} of {step_words(suspect)} uses that key."
        ),
        meaning=(
            f"Terraform's Google provider takes {code(found.name)} before it looks at the "
            "configuration that the "
            "step makes, unless its own `credentials` say otherwise."
        ),
        step=step_for(suspect, of_the_step=True),
        evidence=(
            Evidence(f"{code(found.name)} is set {where(found)}.", found.location, found.name),
            quoted(case, user.at, f"Line {user.at.line} runs {code(user.program)}.", primary=False),
            quoted(case, login.at, f"Line {login.at.line} makes the configuration.", primary=False),
        ),
        fixes=(
            Fix(
                title=f"Remove {code(found.name)}",
                surface=Surface.VARIABLES,
                steps=(
                    (
                        "Remove it where it is set, once nothing else uses the key; until then, "
                        f"{code('unset ' + found.name)} in this step."
                    ),
                ),
                verify="Run the step again: Terraform acts as the service account of the configuration.",
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check)
