"""The API takes no federated token: a service account has to stand between.

https://cloud.google.com/iam/docs/federated-identity-supported-services
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface
from knowledge.gcp_case import symptom_of
from knowledge.gcp_login import google_login
from knowledge.gcp_told import Saying, told
from knowledge.quoting import quoted
from knowledge.rules.rule import Rule

_CAUSE = "gcp-federation-unsupported"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-federated-token-unsupported")
    if symptom is None:
        return
    login = google_login(case, suspect.step) if suspect else None
    beside: tuple[Evidence, ...] = ()
    if login is not None and not login.account:
        sentence = f"Line {login.at.line} makes the configuration without `--service-account`."
        beside = (quoted(case, login.at, sentence, primary=False),)
    saying = Saying(
        cause=_CAUSE,
        headline="This Google API takes no federated token; it wants that of a service account.",
        meaning=(
            "Without `--service-account` the configuration gives the pool's own identity, which some "
            "APIs refuse."
        ),
        fixes=(
            Fix(
                title="Act as a service account",
                surface=Surface.PIPELINE_FILE,
                commands=(
                    "gcloud iam workload-identity-pools create-cred-config \\",
                    '  "$GCP_WORKLOAD_IDENTITY_PROVIDER" \\',
                    '  --service-account="$GCP_SERVICE_ACCOUNT" \\',
                    "  --credential-source-file=/tmp/gcp-token --output-file=/tmp/gcp-credentials.json",
                ),
                steps=(
                    (
                        "Make the configuration with `--service-account`, grant that account the role of "
                        "the call, "
                        "and `roles/iam.workloadIdentityUser` on it to the pool's member."
                    ),
                ),
                verify="Run the step again: the API takes the token.",
            ),
        ),
        beside=beside,
        of_the_step=bool(beside),
    )
    yield told(case, suspect, symptom, saying)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
