"""What Google's own text says, without a file: the cause, the stage, and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from knowledge.casefile import CaseFile, RunStep
from knowledge.catalogue import CATALOGUE
from knowledge.engine import diagnose
from knowledge.redact import redact
from knowledge.symptoms import recognise
from tests.knowledge.rules.googling import (
    AUDIENCE_TEXT,
    CONDITION_TEXT,
    DENIED_TEXT,
    TARGET_TEXT,
    case_of,
    sts,
    suspect_of,
    told,
    whole,
)

LOCAL, TRUST = "in the step itself", "at the token exchange"
IMPERSONATION, RESOURCE = "where the service account is asked for", "the call that the login was for"
ISSUER = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
REFRESH = "There was a problem refreshing your current auth tokens:"
TEXTS = [
    (f"{REFRESH} File '/tmp/t' was not found.", "gcp-token-file-not-written", "confirmed", LOCAL),
    (
        "DefaultCredentialsError: File /tmp/gcp.json was not found.",
        "gcp-configuration-not-found",
        "confirmed",
        LOCAL,
    ),
    ("File /tmp/gcp.json is not a valid json file.", "gcp-configuration-invalid", "confirmed", LOCAL),
    (
        "Unable to parse the subject_token from the credential_source file",
        "gcp-configuration-invalid",
        "confirmed",
        LOCAL,
    ),
    ("Your default credentials were not found.", "gcp-credentials-unset", "likely", LOCAL),
    ('unknown credential type: "external_account"', "gcp-client-outdated", "confirmed", LOCAL),
    ("MalformedError: Invalid audience format.", "gcp-provider-path-incomplete", "confirmed", LOCAL),
    (
        sts(
            "invalid_request",
            'Invalid value for "audience". This value should be the full resource name of the '
            "Identity Provider.",
        ),
        "gcp-provider-path-incomplete",
        "confirmed",
        TRUST,
    ),
    (TARGET_TEXT, "gcp-provider-not-found", "likely", TRUST),
    (AUDIENCE_TEXT, "gcp-audience-not-allowed", "confirmed", TRUST),
    (
        sts(
            "invalid_grant",
            f"Specified identity issuer {ISSUER} not found in the configured identity providers.",
        ),
        "gcp-issuer-mismatch",
        "confirmed",
        TRUST,
    ),
    (
        sts("invalid_grant", "Error connecting to the given credential's issuer."),
        "gcp-issuer-unreachable",
        "confirmed",
        TRUST,
    ),
    (
        sts("invalid_grant", "ID Token issued at 1795396400 is stale to sign-in."),
        "gcp-token-stale",
        "confirmed",
        TRUST,
    ),
    (sts("invalid_grant", "Unable to parse the ID Token."), "gcp-token-mistaken", "confirmed", TRUST),
    (CONDITION_TEXT, "gcp-condition-unmet", "likely", TRUST),
    (
        sts("unauthorized_client", "Could not obtain a value for google.subject from the given credential."),
        "gcp-subject-unmapped",
        "confirmed",
        TRUST,
    ),
    (
        sts("invalid_request", "The size of mapped attribute google.subject exceeds the 127 bytes limit."),
        "gcp-subject-too-long",
        "confirmed",
        TRUST,
    ),
    (
        sts("quota_exceeded", "The request was throttled due to rate limit: sts.googleapis.com/requests."),
        "gcp-exchange-throttled",
        "confirmed",
        TRUST,
    ),
    (DENIED_TEXT, "gcp-binding-missing", "likely", IMPERSONATION),
    (
        "Unable to acquire impersonated credentials: Not found; Gaia id not found for email a@b.example",
        "gcp-account-not-found",
        "confirmed",
        IMPERSONATION,
    ),
    (
        "The access token lifetime cannot exceed 3600 seconds.",
        "gcp-lifetime-too-long",
        "confirmed",
        IMPERSONATION,
    ),
    ('"reason": "ACCESS_TOKEN_TYPE_UNSUPPORTED"', "gcp-federation-unsupported", "confirmed", RESOURCE),
    (
        "Permission 'run.services.get' denied on resource 'projects/acme' (or resource may not exist).",
        "gcp-permission-missing",
        "confirmed",
        RESOURCE,
    ),
    (
        "Cloud Run Admin API has not been used in project acme-prod before or it is disabled.",
        "gcp-api-disabled",
        "confirmed",
        "the API of the call that came after",
    ),
    (
        f"Org Policy violated for value: '{ISSUER}'. type: constraints/iam.workloadIdentityPoolProviders",
        "gcp-issuer-forbidden",
        "confirmed",
        "lists the issuers that pools may trust",
    ),
]


def alone(paste: str) -> CaseFile:
    text = redact(paste).text
    return CaseFile(symptoms=recognise(text), paste=text)


@pytest.mark.parametrize(("text", "cause", "verdict", "stage"), TEXTS, ids=[row[1] for row in TEXTS])
def test_the_text_alone_tells_the_cause_and_the_stage(
    text: str, cause: str, verdict: str, stage: str
) -> None:
    finding, *others = diagnose(alone(text)).findings

    assert (finding.cause, finding.verdict.value, others) == (cause, verdict, [])
    assert stage in finding.meaning
    assert finding.fixes[0].commands or finding.fixes[0].steps


@pytest.mark.parametrize(("text", "cause", "verdict", "stage"), TEXTS, ids=[row[1] for row in TEXTS])
def test_a_right_setup_of_the_step_adds_nothing_to_what_the_text_says(
    text: str, cause: str, verdict: str, stage: str
) -> None:
    del stage, verdict
    found = told(case_of(text))

    assert set(found) <= {cause}


def test_every_cause_of_googles_stands_on_a_page_of_google_alone() -> None:
    own = {cause for cause in CATALOGUE if cause.startswith("gcp-")}

    assert {cause for _, cause, _, _ in TEXTS} <= own
    assert all(CATALOGUE[cause].providers == ("gcp",) for cause in own)


def test_what_fails_after_the_exchange_was_refused_is_no_cause() -> None:
    both = f"{CONDITION_TEXT}\nYour default credentials were not found.\n{DENIED_TEXT}"

    assert list(told(case_of(both)))[:1] == ["gcp-condition-unmet"]
    assert "gcp-binding-missing" not in told(case_of(both))


def test_the_api_and_the_project_are_taken_from_the_text() -> None:
    text = (
        "IAM Service Account Credentials API has not been used in project 123456789012 before or it is "
        "disabled."
    )
    finding, *_ = whole(case_of(text)).findings

    assert finding.fixes[0].commands == (
        "gcloud services enable iamcredentials.googleapis.com --project=123456789012",
    )


def test_a_configuration_without_a_service_account_is_pointed_at() -> None:
    make = (
        "gcloud iam workload-identity-pools create-cred-config "
        "projects/1/locations/global/workloadIdentityPools/a/"
        "providers/b --credential-source-file=/tmp/t --output-file=/tmp/c"
    )
    finding, *_ = whole(case_of("ACCESS_TOKEN_TYPE_UNSUPPORTED", make)).findings

    assert finding.evidence[1].sentence == "Line 7 makes the configuration without `--service-account`."


@pytest.mark.parametrize(("later", "said"), [(60, "too old"), (3600, "it is not this step's")])
def test_a_token_a_little_older_than_the_step_by_another_clock_is_still_its_own(
    later: int, said: str
) -> None:
    case = case_of(sts("invalid_grant", "ID Token issued at 1795396400 is stale to sign-in."))
    started = datetime.fromtimestamp(1795396400 + later, UTC)
    ran = RunStep(uuid="{x}", name=None, position=0, state="COMPLETED", result="FAILED", started_on=started)
    finding, *_ = whole(replace(case, suspects=(replace(suspect_of(case), run_step=ran),))).findings

    assert said in finding.headline


def test_the_image_that_brings_an_old_client_is_pointed_at() -> None:
    case = case_of(
        'unknown credential type: "external_account"', head="oidc: true\nimage: hashicorp/terraform:0.12"
    )
    finding, *_ = whole(case).findings

    assert finding.evidence[1].excerpt == "image: hashicorp/terraform:0.12"


def test_an_error_of_aws_asks_none_of_these() -> None:
    aws = (
        "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not "
        "authorized"
    )

    assert not [cause for cause in told(case_of(aws)) if cause.startswith("gcp-")]
