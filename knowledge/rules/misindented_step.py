"""The keys of a step stand beside `step:` and not below it, so the step itself is empty.

`oidc` may be one of them: it comes in with the others, so `oidc-misplaced` has nothing to add.
https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Verdict
from knowledge.pipelines.model import OidcState, PipelineFile
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.switch_fixes import moved_in
from knowledge.switch_places import switch_beside
from knowledge.symptoms.model import TOKEN_REACHED
from knowledge.words import code

_CAUSE = "misindented-step"


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    file, step = file_of(case), suspect.step
    if file is None or not step.keys_beside or not _about_oidc(file):
        return
    switches = switch_beside(file, step)
    keys = [*step.keys, *((stray.key, stray.at) for stray in switches)]
    key, at = min(keys, key=lambda item: (item[1].line, item[1].column))
    evidence = [
        quoted(case, at, f"Line {at.line} has {code(key)} at the indent of `step:`."),
        quoted(case, step.at, f"Nothing stands below `step:` on line {step.at.line}.", primary=False),
    ]
    for stray in switches:
        if stray.at != at:
            said = f"Line {stray.at.line} has {code(stray.key)} there too, so the step gets no token."
            evidence.append(quoted(case, stray.at, said, primary=False))
    yield Finding(
        cause=_CAUSE,
        # A token came from somewhere, and so from a file that could be run.
        verdict=Verdict.LIKELY if case.families & TOKEN_REACHED else Verdict.CONFIRMED,
        headline=f"The keys of the step on line {step.at.line} stand beside it, so the step is empty.",
        meaning=(
            f"{code(key)} and what follows must be indented further than `step:`. As it stands they belong "
            "to no step, and Bitbucket is expected to refuse the file."
        ),
        step=step_ref(step),
        evidence=tuple(evidence),
        fixes=(moved_in(case, step),),
    )


def _about_oidc(file: PipelineFile) -> bool:
    """Whether any step of the file uses OIDC, or was meant to."""
    if file.stray_oidc or file.options_oidc.state is not OidcState.ABSENT:
        return True
    return any(step.needs_oidc or step.oidc.state is not OidcState.ABSENT for step in file.steps)


RULE = Rule(cause=_CAUSE, check=check)
