"""What Google Cloud answers once the token was exchanged: impersonation and the calls after it."""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import COMMON, DOUBLE, OIDC, SINGLE, Signature

_TROUBLE = "https://docs.cloud.google.com/iam/docs/troubleshooting-workload-identity-federation"
_ACTION = "https://github.com/google-github-actions/auth/blob/main/docs/TROUBLESHOOTING.md"

_impersonate = partial(
    Signature, provider="gcp", reach=COMMON, operation="GenerateAccessToken", source=_TROUBLE
)
_after = partial(Signature, provider="gcp", reach=COMMON, source=_ACTION)
_ACCOUNT = r"[\w.+-]{2,64}@[\w.-]{2,120}\w"
#: Who asked, in the words of `gcloud` and of the storage API.
_ASKED = (
    rf"\[(?P<principal>{_ACCOUNT})\] does not have",
    r"(?P<principal>principal(?:Set)?://iam\.googleapis\.com/[^\s\"'\\]{10,300}) does not have",
    rf"(?P<principal>{_ACCOUNT}) does not have",
)
_EMAIL = r"^.{0,600}?serviceAccounts/(?P<account_email>[\w.@-]{3,200})"

ROWS: tuple[Signature, ...] = (
    _impersonate(
        id="gcp-impersonation-denied",
        reach=OIDC,
        code="PERMISSION_DENIED",
        family=Family.ROLE_REFUSED,
        needle="iam.serviceAccounts.getAccessToken|The caller does not have permission",
        pattern=rf"Permission {SINGLE}(?P<action>iam\.serviceAccounts\.getAccessToken){SINGLE} denied on "
        r"resource|[Uu]nable to (?:acquire impersonated credentials|generate access token).{0,300}?The "
        r"caller does not have permission",
        details=(_EMAIL,),
        leads=(r"serviceAccounts/(?P<account_email>[\w.@-]{3,200}):generateAccessToken",),
        meaning="The exchange worked; the identity may not act as the service account.",
        source="https://github.com/google-github-actions/auth/issues/526",
        examples=(
            (
                '(\'Unable to acquire impersonated credentials\', \'{"error": {"code": 403, "message": '
                '"Permission '
                "\\'iam.serviceAccounts.getAccessToken\\' denied on resource (or it may not exist).\", "
                '"status": "PERMISSION_DENIED"}}\')'
            ),
            "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
            (
                'impersonate: unable to generate access token: Post "https://iamcredentials.googleapis.com/v1/'
                'projects/-/serviceAccounts/deploy@acme-prod.iam.gserviceaccount.com:generateAccessToken": '
                'oauth2/google: status code 403: {"error": {"code": 403, "message": "Permission '
                "'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).\"}}"
            ),
        ),
    ),
    _impersonate(
        id="gcp-service-account-missing",
        code="NOT_FOUND",
        family=Family.ROLE_REFUSED,
        needle="Gaia id not found|impersonated credentials|unable to generate access token",
        pattern=r"Gaia id not found for email (?P<account_email>[\w.@-]{3,200})"
        r"|[Uu]nable to (?:acquire impersonated credentials|generate access token).{0,400}?(?:Requested "
        r"entity was not found|Unknown service account| not found)",
        details=(r"^ for email (?P<account_email>[\w.@-]{3,200})",),
        meaning="There is no such service account.",
        source="https://github.com/MarkEdmondson1234/googleAuthR/issues/197",
        examples=(
            "Not found; Gaia id not found for email deploy@acme-prod.iam.gserviceaccount.com",
            (
                'Unable to acquire impersonated credentials {"error": {"code": 404, "message": "Requested '
                'entity was not found."}}'
            ),
        ),
    ),
    _after(
        id="gcp-api-disabled",
        code="SERVICE_DISABLED",
        family=Family.OTHER,
        needle="has not been used in project",
        pattern=r"(?P<api>[A-Z][\w ()]{2,80} API) has not been used in project (?P<project>\S{1,80}) "
        r"before or it is disabled",
        meaning="An API is switched off in the project.",
        source="https://github.com/terraform-google-modules/terraform-example-foundation/issues/1133",
        examples=(
            (
                "IAM Service Account Credentials API has not been used in project 123456789012 before or it "
                "is disabled. Enable it by visiting"
            ),
        ),
    ),
    _impersonate(
        id="gcp-token-lifetime",
        code="INVALID_ARGUMENT",
        family=Family.SESSION_ARGUMENT,
        needle="The access token lifetime cannot exceed",
        pattern=r"The access token lifetime cannot exceed (?P<seconds>\d+) seconds",
        meaning="The session was asked to last longer than allowed.",
        source=_ACTION,
        examples=("The access token lifetime cannot exceed 3600 seconds.",),
    ),
    _after(
        id="gcp-federated-token-unsupported",
        code="ACCESS_TOKEN_TYPE_UNSUPPORTED",
        family=Family.AFTER_ASSUME,
        needle="ACCESS_TOKEN_TYPE_UNSUPPORTED",
        pattern=r"ACCESS_TOKEN_TYPE_UNSUPPORTED",
        meaning="This API takes no federated token; a service account is needed.",
        source=_TROUBLE,
        examples=('"status": "UNAUTHENTICATED", "details": [{"reason": "ACCESS_TOKEN_TYPE_UNSUPPORTED"}]',),
    ),
    _after(
        id="gcp-issuer-forbidden",
        reach=OIDC,
        code="FAILED_PRECONDITION",
        family=Family.OTHER,
        needle="iam.workloadIdentityPoolProviders",
        pattern=r"(?:Org Policy violated for value: '(?P<issuer>[^']{1,300})'.{0,400}?)?"
        r"constraints/iam\.workloadIdentityPoolProviders",
        meaning="A policy of the organisation lets no provider be made for this issuer.",
        source=_TROUBLE,
        examples=(
            (
                "FAILED_PRECONDITION: Precondition check failed. Org Policy violated for value: "
                "'https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc'. type: "
                "constraints/iam.workloadIdentityPoolProviders"
            ),
        ),
    ),
    _impersonate(
        id="gcp-impersonation-failed",
        family=Family.HIDDEN,
        generic=True,
        needle="impersonated credentials|impersonate: unable",
        pattern=r"Unable to acquire impersonated credentials|impersonate: unable to generate access token",
        meaning="The exchange worked, but the service account gave no token; the reason stands beside it.",
        examples=(
            (
                "google.auth.exceptions.RefreshError: Unable to acquire impersonated credentials: No access "
                "token or invalid expiration in response."
            ),
        ),
    ),
    _after(
        id="gcp-permission-denied",
        code="PERMISSION_DENIED",
        family=Family.AFTER_ASSUME,
        needle="denied on resource",
        pattern=rf"Permission (?:{SINGLE}|{DOUBLE})(?P<action>(?!iam\.serviceAccounts\.getAccessToken)"
        rf"[\w.]{{3,100}})(?:{SINGLE}|{DOUBLE}) denied on resource"
        rf"(?: (?:{SINGLE}|{DOUBLE})(?P<resource>[^'\"\\]{{1,300}})(?:{SINGLE}|{DOUBLE}))?",
        details=(rf"authenticated as (?P<principal>{_ACCOUNT})",),
        leads=_ASKED,
        meaning="The login worked; the service account lacks a permission.",
        examples=(
            (
                "Permission 'run.services.get' denied on resource "
                "'projects/acme/locations/europe-west1/services/site' (or resource may not exist)."
            ),
            (
                "PERMISSION_DENIED: Permission 'run.services.get' denied on resource 'site' (or it may not "
                "exist). This command is authenticated as deploy@acme-prod.iam.gserviceaccount.com which is "
                "the active account specified by the [core/account] property."
            ),
            (
                'denied: Permission "artifactregistry.repositories.downloadArtifacts" denied on resource '
                '"projects/acme/locations/europe/repositories/site" (or it may not exist)'
            ),
        ),
    ),
    _after(
        id="gcp-object-access-denied",
        code="PERMISSION_DENIED",
        family=Family.AFTER_ASSUME,
        needle="gserviceaccount.com does not have|principal://iam.|principalSet://iam.",
        pattern=r"(?P<principal>[\w.@-]{3,200}gserviceaccount\.com|principal(?:Set)?://iam\.googleapis\.com/"
        r"[^\s\"'\\]{10,300}) does not have "
        r"(?P<action>[a-z]\w+(?:\.\w+){1,4}) access",
        meaning="The login worked; the service account lacks a permission.",
        examples=(
            (
                "deploy@acme-prod.iam.gserviceaccount.com does not have storage.objects.get access to the "
                "Google Cloud Storage object."
            ),
            (
                "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/"
                "bitbucket/subject/site does not have storage.objects.get access to the Google Cloud Storage "
                "object."
            ),
        ),
    ),
)
