"""A pipe for Azure is meant to log in by the step's token, and takes an application's secret only.

No pipe for Azure was found to take the token; that none does is inferred from what they document:
https://bitbucket.org/atlassian/azure-cli-run
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.azure_findings import symptom_of
from knowledge.azure_login import PIPE_PASSWORD, azure_pipes
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Fix, Surface, Verdict
from knowledge.pipelines.model import OidcState
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.text_evidence import in_text
from knowledge.variables import look_up
from knowledge.words import code

_CAUSE = "azure-pipe-without-token"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if suspect is None:
        return
    step = suspect.step
    symptom = symptom_of(case, "azure-pipe-variable-missing", "azure-cli-token-empty")
    if symptom is None:
        return
    for pipe in azure_pipes(step):
        handed = next((value for _, value in pipe.variables if TOKEN in value.text), None)
        meant = handed is not None or step.oidc.state is OidcState.ON
        if not meant or pipe.variable(PIPE_PASSWORD) is not None:
            continue
        if not look_up(case, step, PIPE_PASSWORD, pipe.at).lacks:
            continue
        at = handed.at if handed else pipe.at
        yield Finding(
            cause=_CAUSE,
            verdict=Verdict.LIKELY,
            headline=f"The pipe {code(pipe.name)} is not known to log in by the step's token.",
            meaning=(
                f"It documents `AZURE_APP_ID`, {code(PIPE_PASSWORD)} and `AZURE_TENANT_ID`, a client "
                "secret. That it takes no token is inferred from that."
            ),
            step=step_ref(step),
            evidence=(
                quoted(case, at, f"Line {at.line} calls it without {code(PIPE_PASSWORD)}."),
                in_text(case, symptom, "The text says what it did not get.", primary=False),
            ),
            fixes=(
                Fix(
                    title=f"Give the pipe {code(PIPE_PASSWORD)}, or call `az` in the script itself",
                    surface=Surface.PIPELINE_FILE,
                    steps=(
                        (
                            f"Add {code(f'{PIPE_PASSWORD}: ${PIPE_PASSWORD}')} to its variables, secured "
                            "and renewed regularly."
                        ),
                        (
                            "The step's own token cannot be used at Azure directly: its subject is new in "
                            "each run."
                        ),
                    ),
                    verify="Run the step again.",
                ),
            ),
        )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
