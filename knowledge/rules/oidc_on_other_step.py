"""Another step of the same pipeline has `oidc`, the one that needs the token has not.

https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding
from knowledge.quoting import quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.switch import Slip, need_evidence, switch_fault, why
from knowledge.switch_fixes import switched_on
from knowledge.words import code

_CAUSE = "oidc-on-other-step"


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    fault = switch_fault(case, suspect)
    if fault is None or fault.slip is not Slip.OTHER_STEP or fault.other is None:
        return
    step, other = suspect.step, fault.other
    there = other.oidc.key_at or other.at
    yield Finding(
        cause=_CAUSE,
        verdict=fault.verdict,
        headline=(
            f"Step {code(other.label)} has `oidc: true`; step {code(step.label)} has not, and gets no token."
        ),
        meaning=f"{why(case)} The token of {code(other.label)} is not handed on to later steps.",
        step=step_ref(step),
        evidence=(
            quoted(case, step.at, f"The step on line {step.at.line} has no key `oidc`."),
            quoted(
                case, there, f"Line {there.line} switches it on for {code(other.label)} alone.", primary=False
            ),
            *need_evidence(case, fault.need),
        ),
        fixes=(switched_on(case, step),),
    )


RULE = Rule(cause=_CAUSE, check=check)
