"""What Google Cloud's clients and its token exchange print: local files and trust."""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import COMMON, DOUBLE, OIDC, Signature

_AUTH = "https://github.com/googleapis/google-auth-library-python"
_GO = "https://github.com/golang/oauth2"
_TROUBLE = "https://docs.cloud.google.com/iam/docs/troubleshooting-workload-identity-federation"
_ACTION = "https://github.com/google-github-actions/auth/blob/main/docs/TROUBLESHOOTING.md"
_ISSUER = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
_AUDIENCE = "ari:cloud:bitbucket::workspace/5d0c6a52-7777-4888-9999-aaaabbbbcccc"
_TOKENISH = r"(?i:token|oidc|jwt|web.?identity|gcp)"
_CONFIGURATION = r"(?i:gcp|google|gcloud|cred|adc|identity)"
_REFRESH = "There was a problem refreshing your current auth tokens:"

_local = partial(Signature, provider="gcp", reach=COMMON, source=_AUTH)
_trust = partial(Signature, provider="gcp", reach=OIDC, operation="ExchangeToken", source=_TROUBLE)


def _sts(code: str, text: str) -> tuple[str, ...]:
    """The three forms in which clients print an error of the token exchange."""
    plain, escaped = text, text.replace('"', '\\"')
    return (
        (
            f"google.auth.exceptions.OAuthError: ('Error code {code}: {plain}', "
            f'\'{{"error":"{code}","error_description":"{escaped}"}}\')'
        ),
        f'oauth2/google: status code 400: {{"error":"{code}","error_description":"{escaped}"}}',
        f"ERROR: (gcloud.auth.login) {_REFRESH} ('Error code {code}: {plain}', 'x')",
    )


LOCAL: tuple[Signature, ...] = (
    _local(
        id="gcp-token-file-empty",
        reach=OIDC,
        family=Family.TOKEN_EMPTY,
        needle="Missing subject_token in the credential_source file",
        pattern=r"Missing subject_token in the credential_source file",
        meaning="The token file is empty: the step had no token when it was written.",
        examples=(
            "google.auth.exceptions.RefreshError: Missing subject_token in the credential_source file",
        ),
    ),
    _local(
        id="gcp-token-file-not-found",
        family=Family.TOKEN_FILE_NOT_FOUND,
        needle="' was not found.|open credential file|does not exist, or it is not a file",
        pattern=r"(?:auth tokens: |RefreshError: )File '(?P<path>[^']{1,300})' was not found\."
        r"|File '(?P<path4>[^']{0,200}"
        + _TOKENISH
        + r"[^']{0,200})' was not found\.|failed to open credential file "
        r"[\"']?(?P<path2>[^\"'\s]{1,300})"
        rf"|The file at (?P<path3>/\S{{1,300}}|\S{{0,200}}{_TOKENISH}\S{{0,200}}) does not exist",
        meaning="The token file is not where the configuration says.",
        examples=(
            f"ERROR: (gcloud.auth.login) {_REFRESH} File '/tmp/gcp_access_token.out' was not found.",
            'oauth2/google/externalaccount: failed to open credential file "/tmp/gcp_access_token.out"',
            "The file at /tmp/gcp_access_token.out does not exist, or it is not a file.",
        ),
    ),
    _local(
        id="gcp-token-file-format",
        reach=OIDC,
        family=Family.TOKEN_INVALID,
        needle="subject_token from",
        pattern=r"Unable to parse (?:the )?subject_token from (?:JSON file '(?P<path>[^']{1,300})'|the "
        r"credential_source file)",
        meaning="The configuration expects JSON, and the file holds the bare token.",
        examples=(
            "Unable to parse subject_token from JSON file '/tmp/token' using key 'access_token'",
            "Unable to parse the subject_token from the credential_source file",
        ),
    ),
    _local(
        id="gcp-configuration-not-found",
        family=Family.NO_CREDENTIALS,
        needle=" was not found.",
        # Many tools say this of many files; here the library's name or the file's must tell.
        pattern=r"DefaultCredentialsError: File (?P<path>[/.~\w][^\s']{1,300}) was not found\."
        r"|File (?P<path2>[/.~\w][^\s']{0,200}" + _CONFIGURATION + r"[^\s']{0,200}) was not found\.",
        meaning="The credential configuration is not where `GOOGLE_APPLICATION_CREDENTIALS` says.",
        examples=("google.auth.exceptions.DefaultCredentialsError: File /build/gcp.json was not found.",),
    ),
    _local(
        id="gcp-configuration-unreadable",
        family=Family.OTHER,
        needle="is not a valid json file|does not have a valid type",
        pattern=r"File (?P<path>\S{1,300}) is not a valid json file|The file (?P<path2>\S{1,300}) does "
        r"not have a valid type\. Type is (?P<type>\w+)",
        meaning="The credential configuration is not one; often the token itself was passed instead.",
        examples=(
            "File /build/gcp.json is not a valid json file.",
            (
                "The file /build/gcp.json does not have a valid type. Type is None, expected one of "
                "('authorized_user', 'service_account')"
            ),
        ),
    ),
    _local(
        id="gcp-library-too-old",
        reach=OIDC,
        family=Family.OTHER,
        needle="'external_account' not|unknown credential type",
        pattern=r"'type' value 'external_account' not recognized|unknown credential type: "
        rf"{DOUBLE}external_account",
        meaning="This client is too old to know federated credentials.",
        source=_GO,
        examples=(
            (
                "Error reading credential file: 'type' value 'external_account' not recognized. Expecting "
                "'authorized_user' or 'service_account'."
            ),
            'unknown credential type: "external_account"',
        ),
    ),
    _local(
        id="gcp-no-credentials",
        family=Family.NO_CREDENTIALS,
        needle="default credentials",
        pattern=r"Your default credentials were not found|could not find default credentials|Attempted to "
        r"load application default credentials since",
        meaning="No credential configuration is set for this client.",
        source=_GO,
        examples=(
            (
                "google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found. To "
                "set up Application Default Credentials"
            ),
            (
                "google: could not find default credentials. See "
                "https://cloud.google.com/docs/authentication/external/set-up-adc"
            ),
            (
                "Attempted to load application default credentials since neither `credentials` nor "
                "`access_token` was set in the provider block. "
                "No credentials loaded."
            ),
        ),
    ),
    _local(
        id="gcp-audience-malformed",
        family=Family.ROLE_ARN_MALFORMED,
        needle="Invalid audience format",
        pattern=r"Invalid audience format",
        meaning="The configuration names no provider.",
        examples=("google.auth.exceptions.MalformedError: Invalid audience format.",),
    ),
)

TRUST: tuple[Signature, ...] = (
    _trust(
        id="gcp-provider-path",
        code="invalid_request",
        family=Family.ROLE_ARN_MALFORMED,
        needle="Invalid value for ",
        pattern=rf"Invalid value for {DOUBLE}audience{DOUBLE}\. This value should be the full resource "
        r"name of the Identity Provider",
        meaning="The path of the provider is incomplete.",
        source="https://github.com/google-github-actions/deploy-appengine/issues/247",
        examples=_sts(
            "invalid_request",
            'Invalid value for "audience". This value should be the full resource name of the Identity '
            "Provider.",
        ),
    ),
    _trust(
        id="gcp-provider-missing",
        code="invalid_target",
        family=Family.PROVIDER_REFUSED,
        needle="The target service indicated by the",
        pattern=rf"The target service indicated by the {DOUBLE}audience{DOUBLE} parameters is invalid",
        meaning="No pool or provider answers to this path.",
        source="https://github.com/google-github-actions/auth/issues/17",
        examples=_sts(
            "invalid_target",
            'The target service indicated by the "audience" parameters is invalid. This might either be '
            "because the pool or provider is disabled or deleted "
            "or because it doesn't exist.",
        ),
    ),
    _trust(
        id="gcp-audience-refused",
        code="invalid_grant",
        family=Family.AUDIENCE_REFUSED,
        needle="The audience in ID Token",
        pattern=r"The audience in ID Token \[(?P<audience>[^\]]{0,400})\] does not match the expected "
        r"audience(?: (?P<expected>[^\s\".,'\\][^\s\",'\\]{1,400}?))?(?=[.\"',]?(?:\s|$|[\"',\\]))",
        meaning="The provider does not allow the token's audience.",
        examples=_sts(
            "invalid_grant", f"The audience in ID Token [{_AUDIENCE}] does not match the expected audience."
        ),
    ),
    _trust(
        id="gcp-issuer-refused",
        code="invalid_grant",
        family=Family.PROVIDER_REFUSED,
        needle="The issuer in ID Token|Specified identity issuer",
        pattern=r"The issuer in ID Token (?P<issuer>\S{1,300}) does not match the expected ones?:? "
        r"?(?P<expected>https?:[^\s\"',]{1,300})?"
        r"|Specified identity issuer (?P<issuer2>\S{1,300}) not found in the configured identity providers",
        meaning="The provider is set to another issuer than the token's.",
        source=_ACTION,
        examples=(
            *_sts(
                "invalid_grant",
                f"The issuer in ID Token {_ISSUER} does not match the expected ones: {_ISSUER}/",
            ),
            f"Specified identity issuer {_ISSUER} not found in the configured identity providers.",
        ),
    ),
    _trust(
        id="gcp-issuer-unreachable",
        code="invalid_grant",
        family=Family.UNAVAILABLE,
        needle="Error connecting to the given credential",
        pattern=r"Error connecting to the given credential\\?'s issuer",
        meaning="Google could not fetch the issuer's keys, or the uploaded keys are stale.",
        examples=_sts("invalid_grant", "Error connecting to the given credential's issuer."),
    ),
    _trust(
        id="gcp-token-stale",
        code="invalid_grant",
        family=Family.TOKEN_EXPIRED,
        needle="is stale to sign-in",
        pattern=r"ID Token issued at (?P<issued>\d+) is stale to sign-in",
        meaning="The token is too old.",
        examples=_sts("invalid_grant", "ID Token issued at 1795396400 is stale to sign-in."),
    ),
    _trust(
        id="gcp-condition-refused",
        code="unauthorized_client",
        family=Family.ROLE_REFUSED,
        needle="rejected by the attribute condition",
        pattern=r"The given credential is rejected by the attribute condition",
        meaning="Issuer and audience are right; the provider's condition is not met.",
        source="https://github.com/terraform-google-modules/terraform-example-foundation/issues/1362",
        examples=_sts("unauthorized_client", "The given credential is rejected by the attribute condition."),
    ),
    _trust(
        id="gcp-subject-unmapped",
        code="unauthorized_client",
        family=Family.ROLE_REFUSED,
        needle="Could not obtain a value for google.subject",
        pattern=r"Could not obtain a value for google\.subject from the given credential",
        meaning="The mapping of `google.subject` gives nothing for this token.",
        examples=_sts(
            "unauthorized_client", "Could not obtain a value for google.subject from the given credential."
        ),
    ),
    _trust(
        id="gcp-subject-too-long",
        code="invalid_request",
        family=Family.ROLE_REFUSED,
        needle="exceeds the 127 bytes limit",
        pattern=r"mapped attribute (?P<attribute>\S{1,60} )?exceeds the 127 bytes limit",
        meaning="A mapped attribute is too long.",
        examples=_sts(
            "invalid_request", "The size of mapped attribute google.subject exceeds the 127 bytes limit."
        ),
    ),
    _trust(
        id="gcp-throttled",
        code="quota_exceeded",
        family=Family.UNAVAILABLE,
        needle="sts.googleapis.com/requests",
        pattern=r"The request was throttled due to rate limit: sts\.googleapis\.com/requests",
        meaning="Too many exchanges at once; a retry may pass.",
        examples=_sts(
            "quota_exceeded",
            "The request was throttled due to rate limit: sts.googleapis.com/requests. Please retry after "
            "a few seconds.",
        ),
    ),
    _trust(
        id="gcp-token-malformed",
        code="invalid_grant",
        family=Family.TOKEN_INVALID,
        needle="Error code invalid_|status code 40",
        # The bare JSON is not enough: a refused key of a service account reads the same.
        pattern=r"(?:Error code (?P<code>invalid_grant|invalid_request): "
        rf"|status code 40[0-3]: \{{ ?{DOUBLE}error{DOUBLE}: ?{DOUBLE}(?P<code2>invalid_grant|"
        rf"invalid_request){DOUBLE}, ?{DOUBLE}error_description{DOUBLE}: ?{DOUBLE})"
        r"(?:Invalid JWT(?! Signature)|Unable to parse the ID Token)",
        meaning="What was sent as token is no JWT.",
        examples=(
            (
                "google.auth.exceptions.OAuthError: ('Error code invalid_grant: Unable to parse the ID "
                "Token.', 'x')"
            ),
            'oauth2/google: status code 400: {"error":"invalid_grant","error_description":"Invalid JWT"}',
        ),
    ),
)

ROWS: tuple[Signature, ...] = (*LOCAL, *TRUST)
