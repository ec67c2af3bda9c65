"""The key stands in the right place under a name that Bitbucket does not read: `OIDC: true`, `odic: true`.

An article prints it in capitals: https://confluence.atlassian.com/display/BBKB/OIDC+authentication+issues+troubleshooting
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Finding
from knowledge.quoting import quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.switch import Slip, need_evidence, switch_fault, why
from knowledge.switch_fixes import respelt
from knowledge.words import code

_CAUSE = "oidc-misspelt"


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    fault = switch_fault(case, suspect)
    if fault is None or fault.slip is not Slip.MISSPELT or fault.stray is None:
        return
    step, stray = suspect.step, fault.stray
    same = stray.key.lower() == "oidc"
    slip = "keys are read with their case" if same else "the name is another one"
    whose = code(step.label)
    # Beside the steps only `options` is a place where the right name would be read.
    headline = (
        f"Step {whose} has {code(stray.key)} for `oidc`, so it gets no token."
        if stray.step_line is not None
        else f"`options` has {code(stray.key)} for `oidc`, so step {whose} gets no token."
    )
    yield Finding(
        cause=_CAUSE,
        verdict=fault.verdict,
        headline=headline,
        meaning=f"It is no key that Bitbucket documents, and nothing complains about it; {slip}. {why(case)}",
        step=step_ref(step),
        evidence=(
            quoted(
                case,
                stray.at,
                f"Line {stray.at.line} says {code(stray.key)}.",
                comparison=Comparison("key", "oidc", stray.key, _first_difference("oidc", stray.key)),
            ),
            *need_evidence(case, fault.need),
        ),
        fixes=(respelt(case, step, stray),),
    )


def _first_difference(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


RULE = Rule(cause=_CAUSE, check=check)
