"""The keys of a step stand beside `step:` and not below it, so the step itself is empty.

When `oidc` is among them, `oidc-misplaced` speaks instead.
https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Verdict
from knowledge.pipelines.model import OidcState
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.switch import REACHED
from knowledge.switch_fixes import moved_in
from knowledge.switch_places import keys_beside_step, strays_for
from knowledge.words import code

_CAUSE = "misindented-step"


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    file, step = file_of(case), suspect.step
    if file is None or not keys_beside_step(step) or step.oidc.state is not OidcState.ABSENT:
        return
    if any(stray.step_line == step.at.line for stray in strays_for(file, step)):
        return
    key, at = min(step.keys, key=lambda item: (item[1].line, item[1].column))
    yield Finding(
        cause=_CAUSE,
        # A token came from somewhere, and so from a file that could be run.
        verdict=Verdict.LIKELY if case.families & REACHED else Verdict.CONFIRMED,
        headline=f"The keys of the step on line {step.at.line} stand beside it, so the step is empty.",
        meaning=(
            f"{code(key)} and what follows must be indented further than `step:`. As it stands they belong "
            "to no step, and Bitbucket is expected to refuse the file."
        ),
        step=step_ref(step),
        evidence=(
            quoted(case, at, f"Line {at.line} has {code(key)} at the indent of `step:`."),
            quoted(case, step.at, f"Nothing stands below `step:` on line {step.at.line}.", primary=False),
        ),
        fixes=(moved_in(case, step),),
    )


RULE = Rule(cause=_CAUSE, check=check)
