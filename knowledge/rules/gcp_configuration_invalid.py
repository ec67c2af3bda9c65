"""What the client was given as credential configuration is none, or asks for a token in another form.

https://github.com/googleapis/google-auth-library-python
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface
from knowledge.gcp_case import symptom_of
from knowledge.gcp_login import CREDENTIALS, google_login
from knowledge.gcp_told import Saying, told
from knowledge.pipelines.model import PipelineStep, TokenWrite
from knowledge.pipelines.shell_paths import same_file
from knowledge.quoting import quoted, step_words
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Symptom
from knowledge.words import capitalised, code

_CAUSE = "gcp-configuration-invalid"
_FORMAT = "gcp-token-file-format"
_VERIFY = "Run the step again: the client reads the configuration and asks Google."


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-configuration-unreadable", _FORMAT)
    if symptom is None:
        return
    step = suspect.step if suspect else None
    if symptom.id == _FORMAT:
        yield _of_format(case, suspect, step, symptom)
        return
    path = symptom.fields.get("path", "")
    token = _token_in_place(step, path) if step else None
    beside = (_passed(case, token),) if token else ()
    yield told(
        case,
        suspect,
        symptom,
        Saying(
            cause=_CAUSE,
            headline=(
                (
                    f"{capitalised(step_words(suspect))} gives its token {code(path)} where the "
                    "configuration belongs."
                )
                if token
                else f"The file {code(path)} is no Google credential configuration."
            ),
            meaning=(
                "`--cred-file` and `GOOGLE_APPLICATION_CREDENTIALS` take the JSON of `create-cred-config`; "
                "the token itself stands in a second file that this JSON names."
            ),
            fixes=(_make(),),
            beside=tuple(beside),
            of_the_step=bool(beside),
        ),
    )


def _token_in_place(step: PipelineStep, path: str) -> TokenWrite | None:
    """The line that writes the token to the very file that was read as configuration."""
    return next((write for write in step.script.token_writes if same_file(write.target, path)), None)


def _passed(case: CaseFile, write: TokenWrite) -> Evidence:
    sentence = f"Line {write.at.line} writes the token to {code(write.target)}."
    return quoted(case, write.at, sentence, primary=False)


def _of_format(
    case: CaseFile, suspect: Suspect | None, step: PipelineStep | None, symptom: Symptom
) -> Finding:
    login = google_login(case, step) if step else None
    as_json = login if login is not None and login.as_json else None
    beside: tuple[Evidence, ...] = ()
    if as_json is not None:
        sentence = f"Line {as_json.at.line} says that the token's file is JSON."
        beside = (quoted(case, as_json.at, sentence, primary=False),)
    return told(
        case,
        suspect,
        symptom,
        Saying(
            cause=_CAUSE,
            headline="The Google configuration expects JSON in the token's file, which holds the bare token.",
            meaning="`$BITBUCKET_STEP_OIDC_TOKEN` is the token itself, so `format.type` has to be `text`.",
            fixes=(
                Fix(
                    title="Let the configuration expect the bare token",
                    surface=Surface.PIPELINE_FILE,
                    steps=(
                        (
                            "Make the configuration with `--credential-source-type=text`, without "
                            "`--credential-source-field-name`."
                        ),
                    ),
                    verify=_VERIFY,
                ),
            ),
            beside=tuple(beside),
            of_the_step=bool(beside),
        ),
    )


def _make() -> Fix:
    return Fix(
        title="Give the client the configuration, not the token",
        surface=Surface.PIPELINE_FILE,
        commands=(
            "printf '%s' \"$BITBUCKET_STEP_OIDC_TOKEN\" > /tmp/gcp-token",
            'gcloud iam workload-identity-pools create-cred-config "$GCP_WORKLOAD_IDENTITY_PROVIDER" \\',
            '  --service-account="$GCP_SERVICE_ACCOUNT" \\',
            "  --credential-source-file=/tmp/gcp-token --output-file=/tmp/gcp-credentials.json",
            "gcloud auth login --cred-file=/tmp/gcp-credentials.json",
            f"export {CREDENTIALS}=/tmp/gcp-credentials.json",
        ),
        steps=("The last line is for Terraform and the client libraries; `gcloud` does without.",),
        verify=_VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
