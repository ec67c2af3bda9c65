"""A secret of the step goes to its log: advice, never the reason of a failure.

Whether Bitbucket masks the token in logs is not documented, so this is never more than likely:
https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Disposition, Finding, Fix, Severity, Surface, Verdict
from knowledge.pipelines.edit import remove_line
from knowledge.pipelines.model import OidcState, PipelineStep
from knowledge.pipelines.printed import Printed
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "token-printed"
_WHAT = {
    "token": "prints its OIDC token to the log",
    "credentials": "prints the credentials that it gets to the log",
    "environment": "prints all its variables to the log, its OIDC token among them",
    "trace": "prints its commands with their values, and so its OIDC token, to the log",
}
_LINE = {
    "token": "prints the token",
    "credentials": "prints what the cloud answers",
    "environment": "prints every variable of the step",
    "trace": "makes the shell print each command with its values, and the token is used below it",
}
_INSTEAD = {
    "token": (
        'To see whether there is a token: `test -n "$BITBUCKET_STEP_OIDC_TOKEN" && echo "there is a token"`.'
    ),
    "credentials": "Send the answer to a file outside the clone, or into a variable: `answer=$(...)`.",
    "environment": "Print the one variable that is asked for, by its name.",
    "trace": "Leave `-x` out, or put `set +x` in front of the first line that uses the token.",
}


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    if step.oidc.state is not OidcState.ON:
        # Without a token there is none to print, and that is told by another rule.
        return
    for printed in step.script.printed:
        yield Finding(
            cause=_CAUSE,
            verdict=Verdict.LIKELY,
            severity=Severity.ADVICE,
            headline=f"Step {code(step.label)} {_WHAT[printed.what]}.",
            meaning=(
                "Whoever can read the log can use it until it expires; Bitbucket does not promise to mask it."
            ),
            step=step_ref(step),
            evidence=(quoted(case, printed.at, f"Line {printed.at.line} {_LINE[printed.what]}."),),
            fixes=(_fix(case, step, printed),),
        )


def _fix(case: CaseFile, step: PipelineStep, printed: Printed) -> Fix:
    """Leave the line out where it does nothing but print; else say what to do."""
    file = file_of(case)
    after = None
    alone = any(
        command.at == printed.at and command.text.strip() == printed.text for command in step.commands
    )
    if file is not None and alone and printed.what != "credentials" and len(step.commands) > 1:
        after = remove_line(file, printed.at)
    return Fix(
        title=f"Take line {printed.at.line} out"
        if after
        else f"Keep it out of the log on line {printed.at.line}",
        surface=Surface.PIPELINE_FILE,
        # Who looked at the log for it, and whether other flags of `set` are wanted, is for a person to say.
        disposition=Disposition.NEEDS_REVIEW,
        file_after=after,
        steps=(_INSTEAD[printed.what],),
        verify="Run the step again: its log shows no token and no key.",
    )


RULE = Rule(cause=_CAUSE, check=check)
