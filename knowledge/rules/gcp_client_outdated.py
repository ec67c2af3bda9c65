"""The client does not know federated credentials: it is too old for them, or never learnt them.

https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface
from knowledge.gcp_case import symptom_of
from knowledge.gcp_told import Saying, told
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import quoted
from knowledge.rules.rule import Rule

_CAUSE = "gcp-client-outdated"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-library-too-old")
    if symptom is None:
        return
    saying = Saying(
        cause=_CAUSE,
        headline="The client that reads the Google configuration does not know its type `external_account`.",
        meaning=(
            "Federated credentials have the type `external_account`, which clients learnt in 2021 and "
            "later. An "
            "older one takes only a user's or a service account's own key."
        ),
        fixes=(
            Fix(
                title="Update the client, or hand it an access token",
                surface=Surface.PIPELINE_FILE,
                steps=(
                    "Update the tool or its Google library, and the image of the step with it.",
                    (
                        "Terraform can take a token instead: log `gcloud` in with `--cred-file`, then set "
                        "`GOOGLE_OAUTH_ACCESS_TOKEN` as below. It lasts an hour and is not renewed."
                    ),
                ),
                commands=('export GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)"',),
                verify="Run the step again: the client no longer speaks of `external_account`.",
            ),
        ),
        beside=tuple(_image(case, suspect.step)) if suspect else (),
        of_the_step=suspect is not None,
    )
    yield told(case, suspect, symptom, saying)


def _image(case: CaseFile, step: PipelineStep) -> Iterable[Evidence]:
    at = step.key_at("image")
    if at is not None:
        yield quoted(case, at, "The image brings the client's version.", primary=False)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
