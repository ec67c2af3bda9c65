"""Cases of a login to Google Cloud: a right setup, of which each test breaks one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from knowledge.casefile import CaseFile, Repository, Suspect
from knowledge.engine import diagnose
from knowledge.finding import Diagnosis
from knowledge.gcp_setup import IMPERSONATE, AccountPolicy, Binding, WorkloadProvider
from knowledge.pipelines import parse
from knowledge.reading import Known
from knowledge.redact import redact
from knowledge.suspects import choose_suspects
from knowledge.symptoms import recognise

HOME = "{495d8ecc-f500-4ab8-aed5-ddaefa477b7f}"
ENVIRONMENT = "{8f0d5a4e-2b1c-4d3e-9f60-718293a4b5c6}"
WORKSPACE = "{df17aa72-3bde-4468-a13b-ecb9733ba43b}"
STEP = "{9f3c2b1a-5d6e-4f70-8a91-b2c3d4e5f607}"
ISSUER = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
AUDIENCE = "ari:cloud:bitbucket::workspace/df17aa72-3bde-4468-a13b-ecb9733ba43b"
POOL = "projects/123456789012/locations/global/workloadIdentityPools/bitbucket"
NAME = f"{POOL}/providers/acme"
EMAIL = "deploy@acme-prod.iam.gserviceaccount.com"
SET = f"principalSet://iam.googleapis.com/{POOL}"
OWN = f"{SET}/attribute.repositoryuuid/{HOME}"
MAPPING = {
    "google.subject": "assertion.repositoryUuid",
    "attribute.repositoryuuid": "assertion.repositoryUuid",
}

WRITE = "printf '%s' \"$BITBUCKET_STEP_OIDC_TOKEN\" > /tmp/gcp-token"
MAKE = (
    f"gcloud iam workload-identity-pools create-cred-config {NAME} --service-account={EMAIL} "
    "--credential-source-file=/tmp/gcp-token --output-file=/tmp/gcp.json"
)
LOGIN = "gcloud auth login --cred-file=/tmp/gcp.json"
GOOD = (WRITE, MAKE, LOGIN, "gcloud run deploy site")


def sts(code: str, text: str) -> str:
    """An error of the token exchange as `gcloud` prints it."""
    return (
        "ERROR: (gcloud.auth.login) There was a problem refreshing your current auth tokens: "
        f"('Error code {code}: {text}', '{{\"error\":\"{code}\"}}')"
    )


AUDIENCE_TEXT = sts(
    "invalid_grant", f"The audience in ID Token [{AUDIENCE}] does not match the expected audience."
)
CONDITION_TEXT = sts("unauthorized_client", "The given credential is rejected by the attribute condition.")
TARGET_TEXT = sts(
    "invalid_target",
    'The target service indicated by the "audience" parameters is invalid. This might either be because '
    "the pool or provider is disabled or deleted or because it doesn't exist.",
)
DENIED_TEXT = (
    "Unable to acquire impersonated credentials: Permission 'iam.serviceAccounts.getAccessToken' denied on "
    "resource (or it may not exist)."
)


def file(*lines: str, head: str = "oidc: true") -> str:
    """A pipeline of one step with these lines as its script."""
    script = "".join(f"          - {line}\n" for line in lines)
    top = "".join(f"        {line}\n" for line in head.split("\n") if line)
    return f"pipelines:\n  default:\n    - step:\n        name: Deploy\n{top}        script:\n{script}"


def provider(**changed: Any) -> WorkloadProvider:
    """The right provider, but for what is changed."""
    right: dict[str, Any] = {
        "name": NAME,
        "issuer": ISSUER,
        "audiences": (AUDIENCE,),
        "mapping": MAPPING,
        "condition": f"assertion.repositoryUuid == '{HOME}'",
    }
    return WorkloadProvider(**{**right, **changed})


def policy(*members: str, role: str = IMPERSONATE, conditional: bool = False) -> AccountPolicy:
    """A policy that gives the role to these members."""
    return AccountPolicy(EMAIL, (Binding(role, members, conditional),) if members else ())


def case_of(
    paste: str = "",
    *lines: str,
    setup: WorkloadProvider | None = None,
    bound: AccountPolicy | None = None,
    claims: Mapping[str, Any] | None = None,
    head: str = "oidc: true",
    **readings: Any,
) -> CaseFile:
    """A case about the one step; a reading that is None was not had."""
    text = redact(paste).text
    read = parse(file(*(lines or GOOD), head=head))
    symptoms = recognise(text)
    case = CaseFile(
        symptoms=symptoms,
        paste=text,
        pipeline_file=Known(read, "the file"),
        suspects=choose_suspects(read, symptoms),
        repository=Known(Repository(HOME, "site", WORKSPACE, "acme"), "the repository"),
        claims=claims,
    )
    if setup is not None:
        case = replace(case, gcp_provider=Known(setup, "the provider"))
    if bound is not None:
        case = replace(case, gcp_account=Known(bound, "the policy"))
    return replace(case, **readings)


def suspect_of(case: CaseFile) -> Suspect:
    return case.suspects[0]


def told(case: CaseFile) -> dict[str, str]:
    """Causes and verdicts of what stands, in order."""
    return {finding.cause: finding.verdict.value for finding in diagnose(case).findings}


def whole(case: CaseFile) -> Diagnosis:
    return diagnose(case)
