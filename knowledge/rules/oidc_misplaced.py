"""The key `oidc` stands where Bitbucket does not read it: the root, a stage, an image, a pipe, by `step:`.

Where it is read: https://support.atlassian.com/bitbucket-cloud/docs/step-options/
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding
from knowledge.location import Position
from knowledge.quoting import quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.switch import Slip, need_evidence, switch_fault, why
from knowledge.switch_fixes import moved, switched_on
from knowledge.words import code

_CAUSE = "oidc-misplaced"


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    fault = switch_fault(case, suspect)
    if fault is None or fault.slip is not Slip.MISPLACED:
        return
    step = suspect.step
    if fault.stray is not None:
        key, at = fault.stray.key, fault.stray.at
        where = fault.stray.where
        where = f"the place {where}" if where.startswith("beside") else where
        fix = moved(case, step, fault.stray)
    elif fault.other is not None:
        parent = fault.other
        key, at = "oidc", parent.oidc.key_at or parent.at
        where = f"step {code(parent.label)}, which only starts the pipeline {code(parent.child_pipeline)}"
        fix = switched_on(case, step)
    else:
        return
    yield Finding(
        cause=_CAUSE,
        verdict=fault.verdict,
        headline=f"{code(key)} on line {at.line} does nothing there; step {code(step.label)} gets no token.",
        meaning=f"It stands in {where}; Bitbucket does not read it there. {why(case)}",
        step=step_ref(step),
        evidence=(
            quoted(case, at, f"Line {at.line} has {code(key)} in {where}."),
            _own(case, step.at),
            *need_evidence(case, fault.need),
        ),
        fixes=(fix,),
    )


def _own(case: CaseFile, at: Position) -> Evidence:
    return quoted(case, at, f"The step on line {at.line} has no `oidc` of its own.", primary=False)


RULE = Rule(cause=_CAUSE, check=check)
