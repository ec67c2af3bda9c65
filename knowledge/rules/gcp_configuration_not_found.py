"""The credential configuration is not where the client was told to look for it.

https://cloud.google.com/docs/authentication/application-default-credentials
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface
from knowledge.gcp_case import symptom_of
from knowledge.gcp_login import CREDENTIALS, google_login, lines_with
from knowledge.gcp_told import Saying, told
from knowledge.location import Position
from knowledge.pipelines.model import PipelineStep
from knowledge.pipelines.shell_paths import same_file
from knowledge.quoting import file_of, quoted, step_words
from knowledge.rules.rule import Rule
from knowledge.script_order import before
from knowledge.words import code

_CAUSE = "gcp-configuration-not-found"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-configuration-not-found")
    if symptom is None:
        return
    path = symptom.fields.get("path", "")
    beside = tuple(_beside(case, suspect.step, path)) if suspect else ()
    yield told(
        case,
        suspect,
        symptom,
        Saying(
            cause=_CAUSE,
            headline=(
                f"The Google configuration {code(path)} is not there when {step_words(suspect)} needs it."
            ),
            meaning=(
                f"{code(CREDENTIALS)} names the configuration, not the token; the file has to be made "
                "in this very "
                "step, or be part of the clone."
            ),
            fixes=(_fix(suspect.step if suspect else None),),
            beside=tuple(beside),
            of_the_step=bool(beside),
        ),
    )


def _beside(case: CaseFile, step: PipelineStep, path: str) -> Iterable[Evidence]:
    login = google_login(case, step)
    leaf = path.rsplit("/", 1)[-1]
    users = [at for line, at in lines_with(step, leaf) if "--output-file" not in line]
    if login is None:
        yield from _made_elsewhere(case, step, leaf)
    elif login.output and same_file(login.output, path) is False and leaf not in login.output:
        sentence = f"Line {login.at.line} makes {code(login.output)}, another file."
        yield quoted(case, login.at, sentence, primary=False)
    else:
        yield from _order(case, step, login.at, users)


def _order(case: CaseFile, step: PipelineStep, made: Position, users: list[Position]) -> Iterable[Evidence]:
    yield quoted(case, made, f"Line {made.line} makes the configuration.", primary=False)
    early = [at for at in users if before(step, at, made)]
    if early:
        yield quoted(case, early[0], f"Line {early[0].line} names it before it is made.", primary=False)


def _made_elsewhere(case: CaseFile, step: PipelineStep, leaf: str) -> Iterable[Evidence]:
    file = file_of(case)
    for other in file.steps if file else ():
        login = google_login(case, other)
        earlier = other.pipeline == step.pipeline and other.index < step.index
        if earlier and login is not None and leaf and leaf in login.output:
            sentence = f"Only step {code(other.label)} makes it; files of one step are gone in the next."
            yield quoted(case, login.at, sentence, primary=False)
            return
    yield quoted(case, step.at, "No line of this step makes a configuration.", primary=False)


def _fix(step: PipelineStep | None) -> Fix:
    del step
    return Fix(
        title="Make the configuration in this step, and name it from the root on",
        surface=Surface.PIPELINE_FILE,
        commands=(
            'gcloud iam workload-identity-pools create-cred-config "$GCP_WORKLOAD_IDENTITY_PROVIDER" \\',
            '  --service-account="$GCP_SERVICE_ACCOUNT" \\',
            "  --credential-source-file=/tmp/gcp-token --output-file=/tmp/gcp-credentials.json",
            f"export {CREDENTIALS}=/tmp/gcp-credentials.json",
        ),
        steps=("Put these lines before the command that failed, and write the token's file as well.",),
        verify="Run the step again: the client opens the configuration and asks Google.",
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
