"""What frameworks, pipes, Azure, Google Cloud and other services print, and what is read out of it."""

from __future__ import annotations

import pytest

from knowledge.redact import redact
from knowledge.symptoms import Family, Reach, recognise

ISSUER = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
SUBJECT = "{3b1a7f00-1111-4222-8333-944455566677}:{9c2d0e11-5555-4666-8777-888899990000}"
AUDIENCE = "ari:cloud:bitbucket::workspace/5d0c6a52-7777-4888-9999-aaaabbbbcccc"
ROLE = "User: arn:aws:sts::123456789012:assumed-role/deploy/botocore-session-1795400000"
PUT = f"{ROLE} is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::acme-site/index.html"
F = Family

#: text, id, family, some of the fields
FRAMEWORKS: tuple[tuple[str, str, Family, dict[str, str]], ...] = (
    (
        (
            "AWS provider credentials not found. Learn how to set up AWS provider credentials in our "
            "docs here: "
            "<http://slss.io/aws-creds-setup>."
        ),
        "aws-serverless-credentials",
        F.HIDDEN,
        {},
    ),
    (
        (
            "AWS credentials missing or invalid. Run `serverless login`. Original error from AWS: "
            "Could not load credentials from "
            "any providers"
        ),
        "aws-js-no-credentials",
        F.NO_CREDENTIALS,
        {},
    ),
    (
        (
            "CredentialsError: Missing credentials in config, if using AWS_CONFIG_FILE, set "
            "AWS_SDK_LOAD_CONFIG=1"
        ),
        "aws-js2-credentials",
        F.HIDDEN,
        {},
    ),
    (
        "Need to perform AWS calls for account 123456789012, but no credentials have been configured",
        "aws-cdk-no-credentials",
        F.NO_CREDENTIALS,
        {"account": "123456789012"},
    ),
    (
        (
            "Need to perform AWS calls for account 123456789012, but the current credentials are for "
            "210987654321"
        ),
        "aws-cdk-other-account",
        F.CALL_REFUSED,
        {"account": "123456789012", "current": "210987654321"},
    ),
    (
        (
            "Unable to resolve AWS account to use. It must be either configured when you define your "
            "CDK Stack, or through the "
            "environment"
        ),
        "aws-cdk-account-unknown",
        F.NO_CREDENTIALS,
        {},
    ),
    (
        (
            "Unable to determine the default AWS account (InvalidClientTokenId): The security token "
            "included in the request is "
            "invalid."
        ),
        "aws-static-keys-invalid",
        F.STATIC_KEYS,
        {},
    ),
    (
        (
            "current credentials could not be used to assume "
            "'arn:aws:iam::123456789012:role/cdk-hnb659fds-deploy-role-123456789012-eu-west-1', but "
            "are for the right account. "
            "Proceeding anyway."
        ),
        "aws-cdk-bootstrap-role",
        F.CALL_REFUSED,
        {"resource": "arn:aws:iam::123456789012:role/cdk-hnb659fds-deploy-role-123456789012-eu-west-1"},
    ),
    (
        "Error: Failed to create managed resources: Unable to locate credentials",
        "aws-no-credentials",
        F.NO_CREDENTIALS,
        {},
    ),
    (
        (
            "Error Setting Up Managed Stack Client: Unable to resolve credentials for the AWS SDK for "
            "Python client. Please see "
            "their documentation"
        ),
        "aws-no-credentials",
        F.NO_CREDENTIALS,
        {},
    ),
    (
        (
            "Error Setting Up Managed Stack Client: Unable to resolve a region. Please provide a "
            "region via the --region parameter "
            "or by the AWS_DEFAULT_REGION environment variable."
        ),
        "aws-region-missing",
        F.REGION_MISSING,
        {},
    ),
    ("Failed to resolve AWS credentials with --yes flag.", "aws-amplify-credentials", F.HIDDEN, {}),
    (
        (
            "Unable to connect to the server: getting credentials: exec: executable aws failed with exit "
            "code 254"
        ),
        "aws-kubectl-exec",
        F.HIDDEN,
        {"exit_code": "254"},
    ),
    ("error: You must be logged in to the server (Unauthorized)", "kubernetes-unauthorized", F.OTHER, {}),
    ("Error: Cannot perform an interactive login from a non TTY device", "aws-docker-login", F.HIDDEN, {}),
    (
        'WARNING: Parameter "oidc: true" in the step configuration is required for OIDC authentication',
        "pipe-token-missing",
        F.TOKEN_EMPTY,
        {},
    ),
    (
        "WARNING: Parameter `oidc: true` in the step configuration is required for OIDC authentication",
        "pipe-token-missing",
        F.TOKEN_EMPTY,
        {},
    ),
    (
        "✖ AWS_ACCESS_KEY_ID variable missing.",
        "pipe-keys-missing",
        F.NO_CREDENTIALS,
        {"variable": "AWS_ACCESS_KEY_ID"},
    ),
    (
        "✖ Validation errors: \nAWS_SECRET_ACCESS_KEY:\n- required field\n",
        "pipe-keys-missing",
        F.NO_CREDENTIALS,
        {"variable": "AWS_SECRET_ACCESS_KEY"},
    ),
    ("✖ AWS_DEFAULT_REGION variable missing.", "pipe-region-missing", F.REGION_MISSING, {}),
)

AFTER: tuple[tuple[str, str], ...] = (
    (" because no identity-based policy allows the s3:PutObject action", "identity-based policy"),
    (
        " with an explicit deny in an identity-based policy: arn:aws:iam::123456789012:policy/no",
        "identity-based policy",
    ),
    (" because no permissions boundary allows the s3:PutObject action", "permissions boundary"),
    (" with an explicit deny in a permissions boundary", "permissions boundary"),
    (
        (
            " with an explicit deny in a service control policy: "
            "arn:aws:organizations::210987654321:policy/o-a/service_control_policy/p-b"
        ),
        "service control policy",
    ),
    (" because no service control policy allows the s3:PutObject action", "service control policy"),
    (" with an explicit deny in a resource control policy", "resource control policy"),
    (" because no session policy allows the s3:PutObject action", "session policy"),
    (" with an explicit deny in a sessions policy", "sessions policy"),
    (" because no resource-based policy allows the s3:PutObject action", "resource-based policy"),
    (" with an explicit deny in a VPC endpoint policy", "VPC endpoint policy"),
    (" because no VPC endpoint policy allows the s3:PutObject action", "VPC endpoint policy"),
    (" because no role trust policy allows the sts:AssumeRole action", "role trust policy"),
    (" with an explicit deny in the role trust policy", "role trust policy"),
)

ENTRA: tuple[tuple[str, str, str, Family, dict[str, str]], ...] = (
    (
        "70021",
        (
            "No matching federated identity record found for presented assertion. Assertion Issuer: '"
            f"{ISSUER}'. Assertion Subject: '{SUBJECT}'. Assertion Audience: '{AUDIENCE}'."
        ),
        "azure-assertion-refused",
        F.ROLE_REFUSED,
        {"issuer": ISSUER, "subject": SUBJECT, "audience": AUDIENCE},
    ),
    (
        "700211",
        f"No matching federated identity record found for presented assertion issuer '{ISSUER}'.",
        "azure-issuer-refused",
        F.PROVIDER_REFUSED,
        {"issuer": ISSUER},
    ),
    (
        "700212",
        f"No matching federated identity record found for presented assertion audience '{AUDIENCE}'.",
        "azure-audience-refused",
        F.AUDIENCE_REFUSED,
        {"audience": AUDIENCE},
    ),
    (
        "700213",
        f"No matching federated identity record found for presented assertion subject '{SUBJECT}'.",
        "azure-subject-refused",
        F.ROLE_REFUSED,
        {"subject": SUBJECT},
    ),
    (
        "7002138",
        "The subject matches with case-insensitive comparison.",
        "azure-subject-spelling",
        F.ROLE_REFUSED,
        {},
    ),
    ("7002137", "No matching record", "azure-subject-spelling", F.ROLE_REFUSED, {}),
    (
        "70025",
        "Client application has no configured federated identity credentials",
        "azure-no-federated-credential",
        F.ROLE_REFUSED,
        {},
    ),
    (
        "700222",
        "AAD-issued tokens may not be used for federated identity flows.",
        "azure-own-token",
        F.TOKEN_INVALID,
        {},
    ),
    ("700229", "Forbidden token type.", "azure-own-token", F.TOKEN_INVALID, {}),
    ("700223", "constrained", "azure-federation-forbidden", F.PROVIDER_REFUSED, {}),
    ("700238", "disabled", "azure-federation-forbidden", F.PROVIDER_REFUSED, {}),
    ("50027", "JWT token is invalid or malformed.", "azure-token-malformed", F.TOKEN_INVALID, {}),
    ("500273", "x", "azure-token-malformed", F.TOKEN_INVALID, {}),
    (
        "700024",
        (
            "Client assertion is not within its valid time range. Current time: 2026-11-20T10:20:30Z, "
            "assertion valid from "
            "2026-11-20T08:00:00Z, expiry time of assertion 2026-11-20T09:00:00Z."
        ),
        "azure-token-expired",
        F.TOKEN_EXPIRED,
        {"now": "2026-11-20T10:20:30Z"},
    ),
    ("50166", "Request to External OIDC endpoint failed.", "azure-issuer-unreachable", F.UNAVAILABLE, {}),
    ("501661", "Request to External OIDC endpoint failed.", "azure-issuer-unreachable", F.UNAVAILABLE, {}),
    ("90061", "Request to External OIDC endpoint failed.", "azure-issuer-unreachable", F.UNAVAILABLE, {}),
    (
        "7000272",
        "The certificate with identifier k1 could not be found",
        "azure-key-unknown",
        F.PROVIDER_REFUSED,
        {},
    ),
    ("50013", "Assertion isn't within its valid time range", "azure-assertion-time", F.OTHER, {}),
    (
        "700027",
        "Client assertion contains an invalid signature",
        "azure-certificate-signature",
        F.STATIC_KEYS,
        {},
    ),
    ("7000216", "'client_assertion' is required", "azure-token-empty", F.TOKEN_EMPTY, {}),
    ("7000218", "'client_assertion' or 'client_secret'.", "azure-token-empty", F.TOKEN_EMPTY, {}),
    ("900144", "The request body must contain", "azure-parameter-missing", F.OTHER, {}),
    (
        "700016",
        (
            "Application with identifier '11112222-3333-4444-8555-666677778888' was not found in the "
            "directory 'Acme'."
        ),
        "azure-application-not-found",
        F.ROLE_REFUSED,
        {"client": "11112222-3333-4444-8555-666677778888", "tenant": "Acme"},
    ),
    ("7000229", "missing service principal", "azure-service-principal-missing", F.ROLE_REFUSED, {}),
    ("7000112", "Application '1' is disabled.", "azure-application-disabled", F.ROLE_REFUSED, {}),
    ("90002", "Tenant 't1' not found.", "azure-tenant-not-found", F.ROLE_ARN_MALFORMED, {"tenant": "t1"}),
    (
        "900023",
        "Specified tenant identifier 't1' is neither",
        "azure-tenant-not-found",
        F.ROLE_ARN_MALFORMED,
        {},
    ),
    ("90023", "InvalidRequest", "azure-request-refused", F.OTHER, {}),
    ("500011", "x", "azure-request-refused", F.OTHER, {}),
    ("900382", "x", "azure-request-refused", F.OTHER, {}),
    ("53003", "Access has been blocked", "azure-conditional-access", F.ROLE_REFUSED, {}),
    ("530032", "x", "azure-conditional-access", F.ROLE_REFUSED, {}),
    ("7000215", "Invalid client secret provided.", "azure-secret-refused", F.STATIC_KEYS, {}),
    ("7000222", "expired.", "azure-secret-refused", F.STATIC_KEYS, {}),
)
ENTRA_FORMS = {
    "cli": "ERROR: AADSTS{code}: {text} Trace ID: 0a1b2c3d-0000-4000-8000-00000000abcd Correlation ID: "
    "x\nRun the command below "
    "to authenticate interactively; additional arguments may be added as needed:\naz logout\naz login",
    "terraform": "unable to build authorizer for Resource Manager API: could not configure OIDC Authorizer: "
    "clientCredentialsToken: received HTTP status 401 with response: "
    '{{"error":"invalid_client","error_description":'
    '"AADSTS{code}: {text}\\r\\nTrace ID: 0a1b2c3d-0000-4000-8000-00000000abcd","error_codes":[{code}]}}',
    "go": "FromAssertion(): http call(https://login.microsoftonline.com/t/oauth2/v2.0/token)(POST) "
    "error: reply status code was "
    '401:\n{{"error":"invalid_client","error_description":"AADSTS{code}: {text} Trace ID: '
    '0a1b2c3d-0000-4000-8000-00000000abcd"}}',
    "sdk": (
        "ClientAssertionCredential authentication failed: AADSTS{code}: {text} Trace ID: "
        "0a1b2c3d-0000-4000-8000-00000000abcd"
    ),
}

AZURE: tuple[tuple[str, str, Family, dict[str, str]], ...] = (
    (
        "ERROR: Please specify both username and password in non-interactive mode.",
        "azure-cli-token-empty",
        F.TOKEN_EMPTY,
        {},
    ),
    (
        "ERROR: argument --federated-token: expected one argument",
        "azure-cli-token-argument-empty",
        F.TOKEN_EMPTY,
        {},
    ),
    (
        "ERROR: usage error: --service-principal --username NAME --password SECRET --tenant TENANT",
        "azure-cli-client-empty",
        F.ROLE_ARN_MISSING,
        {},
    ),
    (
        "ERROR: argument --username/-u: expected one argument",
        "azure-cli-client-empty",
        F.ROLE_ARN_MISSING,
        {},
    ),
    ("ERROR: argument --tenant/-t: expected one argument", "azure-cli-tenant-empty", F.ROLE_ARN_MISSING, {}),
    (
        "UnrecognizedArgumentError: unrecognized arguments: --federated-token x",
        "azure-cli-too-old",
        F.OTHER,
        {},
    ),
    ("ERROR: Please run 'az login' to setup account.", "azure-cli-not-logged-in", F.NO_CREDENTIALS, {}),
    (
        (
            "unable to build authorizer for Resource Manager API: could not configure AzureCli "
            "Authorizer: launching Azure CLI: exec: "
            '"az": executable file not found in $PATH'
        ),
        "azure-terraform-no-authorizer",
        F.NO_CREDENTIALS,
        {},
    ),
    (
        (
            "mismatch between supplied OIDC token and supplied OIDC token file contents - please "
            "either remove one or ensure they "
            "match"
        ),
        "azure-terraform-two-tokens",
        F.OTHER,
        {},
    ),
    (
        (
            "OIDC authentication was requested via useOidc/ARM_USE_OIDC but no token and/or request URL "
            "were configured."
        ),
        "azure-pulumi-token-missing",
        F.TOKEN_EMPTY,
        {},
    ),
    (
        (
            "WorkloadIdentityCredential authentication unavailable. The workload options are not fully "
            "configured. See the guide. "
            "Missing required arguments: 'tenant_id', 'client_id'."
        ),
        "azure-sdk-not-configured",
        F.NO_CREDENTIALS,
        {"missing": "'tenant_id', 'client_id'"},
    ),
    (
        "WorkloadIdentityCredential.get_token failed: [Errno 2] No such file or directory: '/opt/azure'",
        "azure-sdk-token-file-not-found",
        F.TOKEN_FILE_NOT_FOUND,
        {"path": "/opt/azure"},
    ),
    (
        "ERROR: Failed to resolve tenant 'acme'.",
        "azure-tenant-unknown",
        F.ROLE_ARN_MALFORMED,
        {"tenant": "acme"},
    ),
    ("ERROR: No subscriptions found for 1111-2222.", "azure-no-subscription", F.AFTER_ASSUME, {}),
    ("WARNING: Subscription '1111' not recognized.", "azure-no-subscription", F.AFTER_ASSUME, {}),
    (
        (
            "(AuthorizationFailed) The client '1' with object id '2' does not have authorization to "
            "perform action "
            "'Microsoft.Web/sites/write' over scope '/subscriptions/3' or the scope is invalid. If "
            "access was recently granted, "
            "please refresh your credentials."
        ),
        "azure-authorization-failed",
        F.AFTER_ASSUME,
        {"action": "Microsoft.Web/sites/write", "resource": "/subscriptions/3"},
    ),
)

#: error, description, id, family, some of the fields
GOOGLE_STS: tuple[tuple[str, str, str, Family, dict[str, str]], ...] = (
    (
        "invalid_request",
        (
            'Invalid value for "audience". This value should be the full resource name of the Identity '
            "Provider. See "
            "https://cloud.google.com/iam/docs for the list of possible formats."
        ),
        "gcp-provider-path",
        F.ROLE_ARN_MALFORMED,
        {},
    ),
    (
        "invalid_target",
        (
            'The target service indicated by the "audience" parameters is invalid. This might either '
            "be because the pool or "
            "provider is disabled or deleted or because it doesn't exist."
        ),
        "gcp-provider-missing",
        F.PROVIDER_REFUSED,
        {},
    ),
    (
        "invalid_grant",
        f"The audience in ID Token [{AUDIENCE}] does not match the expected audience https://iam.example/x.",
        "gcp-audience-refused",
        F.AUDIENCE_REFUSED,
        {"audience": AUDIENCE, "expected": "https://iam.example/x"},
    ),
    (
        "invalid_grant",
        f"The audience in ID Token [{AUDIENCE}] does not match the expected audience.",
        "gcp-audience-refused",
        F.AUDIENCE_REFUSED,
        {"audience": AUDIENCE},
    ),
    (
        "invalid_grant",
        f"The issuer in ID Token {ISSUER} does not match the expected ones: {ISSUER}/",
        "gcp-issuer-refused",
        F.PROVIDER_REFUSED,
        {"issuer": ISSUER},
    ),
    (
        "invalid_grant",
        f"Specified identity issuer {ISSUER} not found in the configured identity providers.",
        "gcp-issuer-refused",
        F.PROVIDER_REFUSED,
        {"issuer": ISSUER},
    ),
    (
        "invalid_grant",
        "Error connecting to the given credential's issuer.",
        "gcp-issuer-unreachable",
        F.UNAVAILABLE,
        {},
    ),
    (
        "invalid_grant",
        "ID Token issued at 1795396400 is stale to sign-in.",
        "gcp-token-stale",
        F.TOKEN_EXPIRED,
        {"issued": "1795396400"},
    ),
    (
        "unauthorized_client",
        "The given credential is rejected by the attribute condition.",
        "gcp-condition-refused",
        F.ROLE_REFUSED,
        {},
    ),
    (
        "unauthorized_client",
        "Could not obtain a value for google.subject from the given credential.",
        "gcp-subject-unmapped",
        F.ROLE_REFUSED,
        {},
    ),
    (
        "invalid_request",
        (
            "The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your "
            "attribute mapping."
        ),
        "gcp-subject-too-long",
        F.ROLE_REFUSED,
        {"attribute": "google.subject"},
    ),
    (
        "quota_exceeded",
        (
            "The request was throttled due to rate limit: sts.googleapis.com/requests. Please retry after "
            "a few seconds."
        ),
        "gcp-throttled",
        F.UNAVAILABLE,
        {},
    ),
    ("invalid_grant", "Invalid JWT: could not be parsed", "gcp-token-malformed", F.TOKEN_INVALID, {}),
    ("invalid_grant", "Unable to parse the ID Token.", "gcp-token-malformed", F.TOKEN_INVALID, {}),
)
GOOGLE_FORMS = {
    "gcloud": "ERROR: (gcloud.run.deploy) There was a problem refreshing your current auth tokens: "
    "('Error code {error}: {text}', "
    '\'{{"error":"{error}","error_description":"{escaped}"}}\')\nPlease run:\n\n  $ gcloud auth login',
    "old gcloud": "ERROR: gcloud crashed (OAuthError): ('Error code {error}: {text}', 'x')",
    "python": "google.auth.exceptions.OAuthError: ('Error code {error}: {text}', "
    '\'{{"error":"{error}","error_description":"{escaped}"}}\')',
    "go": 'oauth2/google: status code 400: {{"error":"{error}","error_description":"{escaped}"}}',
    "new go": 'credentials: status code 400: {{"error":"{error}","error_description":"{escaped}"}}',
    "bare": '{{\n  "error": "{error}",\n  "error_description": "{escaped}"\n}}',
}

GOOGLE: tuple[tuple[str, str, Family, dict[str, str]], ...] = (
    (
        "google.auth.exceptions.RefreshError: Missing subject_token in the credential_source file",
        "gcp-token-file-empty",
        F.TOKEN_EMPTY,
        {},
    ),
    (
        (
            "ERROR: (gcloud.auth.login) There was a problem refreshing your current auth tokens: File "
            "'/opt/t.out' was not found."
        ),
        "gcp-token-file-not-found",
        F.TOKEN_FILE_NOT_FOUND,
        {"path": "/opt/t.out"},
    ),
    (
        (
            "Post "
            '"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/d@acme.iam.gserviceac'
            "count.com:"
            'generateAccessToken": oauth2/google/externalaccount: failed to open credential file "/opt/t.out"'
        ),
        "gcp-token-file-not-found",
        F.TOKEN_FILE_NOT_FOUND,
        {"path": "/opt/t.out"},
    ),
    (
        "The file at /opt/t.out does not exist, or it is not a file.",
        "gcp-token-file-not-found",
        F.TOKEN_FILE_NOT_FOUND,
        {"path": "/opt/t.out"},
    ),
    (
        "Unable to parse subject_token from JSON file '/opt/t' using key 'access_token'",
        "gcp-token-file-format",
        F.TOKEN_INVALID,
        {"path": "/opt/t"},
    ),
    (
        "Unable to parse the subject_token from the credential_source file",
        "gcp-token-file-format",
        F.TOKEN_INVALID,
        {},
    ),
    (
        "google.auth.exceptions.DefaultCredentialsError: File /build/gcp.json was not found.",
        "gcp-configuration-not-found",
        F.NO_CREDENTIALS,
        {"path": "/build/gcp.json"},
    ),
    (
        "File /build/gcp.json is not a valid json file.",
        "gcp-configuration-unreadable",
        F.OTHER,
        {"path": "/build/gcp.json"},
    ),
    ('unknown credential type: "external_account"', "gcp-library-too-old", F.OTHER, {}),
    (
        (
            "Attempted to load application default credentials since neither `credentials` nor "
            "`access_token` was set in the provider "
            "block. No credentials loaded."
        ),
        "gcp-no-credentials",
        F.NO_CREDENTIALS,
        {},
    ),
    (
        "google.auth.exceptions.MalformedError: Invalid audience format.",
        "gcp-audience-malformed",
        F.ROLE_ARN_MALFORMED,
        {},
    ),
    (
        "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
        "gcp-impersonation-denied",
        F.ROLE_REFUSED,
        {"action": "iam.serviceAccounts.getAccessToken"},
    ),
    (
        (
            "google.auth.exceptions.RefreshError: ('Unable to acquire impersonated credentials', "
            '\'{"error": {"code": 403, '
            '"message": "The caller does not have permission", "status": "PERMISSION_DENIED"}}\')'
        ),
        "gcp-impersonation-denied",
        F.ROLE_REFUSED,
        {},
    ),
    (
        (
            "impersonate: unable to generate access token: Post "
            '"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/'
            'd@acme.iam.gserviceaccount.com:generateAccessToken": oauth2/google: status code 403: '
            '{"error":{"code":403,"message":'
            "\"Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).\"}}"
        ),
        "gcp-impersonation-denied",
        F.ROLE_REFUSED,
        {},
    ),
    (
        "Not found; Gaia id not found for email d@acme.iam.gserviceaccount.com",
        "gcp-service-account-missing",
        F.ROLE_REFUSED,
        {"account_email": "d@acme.iam.gserviceaccount.com"},
    ),
    (
        "Unable to acquire impersonated credentials: Unknown service account",
        "gcp-service-account-missing",
        F.ROLE_REFUSED,
        {},
    ),
    (
        (
            "IAM Service Account Credentials API has not been used in project 123456789012 before or "
            "it is disabled. Enable it by "
            "visiting https://console.developers.google.com/apis then retry."
        ),
        "gcp-api-disabled",
        F.OTHER,
        {"project": "123456789012"},
    ),
    (
        "The access token lifetime cannot exceed 3600 seconds.",
        "gcp-token-lifetime",
        F.SESSION_ARGUMENT,
        {"seconds": "3600"},
    ),
    (
        "Permission 'run.services.get' denied on resource 'projects/acme' (or it may not exist)",
        "gcp-permission-denied",
        F.AFTER_ASSUME,
        {"action": "run.services.get", "resource": "projects/acme"},
    ),
)

LOGIN = (
    "Error making API request.\n\nURL: PUT https://vault.acme.example/v1/auth/jwt/login\nCode: "
    "400. Errors:\n\n* "
)
OTHER: tuple[tuple[str, str, Family, dict[str, str]], ...] = (
    (LOGIN + "missing token", "vault-token-missing", F.TOKEN_EMPTY, {}),
    (LOGIN + "missing role", "vault-role-missing", F.ROLE_ARN_MISSING, {}),
    (LOGIN + 'role "deploy" could not be found', "vault-role-not-found", F.ROLE_REFUSED, {"role": "deploy"}),
    (
        LOGIN + "error validating token: invalid issuer (iss) claim",
        "vault-issuer-refused",
        F.PROVIDER_REFUSED,
        {},
    ),
    (
        LOGIN
        + (
            "error validating token: invalid audience (aud) claim: audience claim does not match any "
            "expected audience"
        ),
        "vault-audience-refused",
        F.AUDIENCE_REFUSED,
        {},
    ),
    (
        LOGIN + "audience claim found in JWT but no audiences bound to the role",
        "vault-audience-refused",
        F.AUDIENCE_REFUSED,
        {},
    ),
    (
        LOGIN + "error validating token: invalid subject (sub) claim",
        "vault-claim-refused",
        F.ROLE_REFUSED,
        {},
    ),
    (
        LOGIN + 'error validating claims: claim "deploymentEnvironmentUuid" is missing',
        "vault-claim-refused",
        F.ROLE_REFUSED,
        {"claim": "deploymentEnvironmentUuid"},
    ),
    (
        LOGIN + "error validating token: invalid expiration time (exp) claim: token is expired",
        "vault-token-expired",
        F.TOKEN_EXPIRED,
        {},
    ),
    (
        LOGIN + "error validating token: error verifying token signature: no known key successfully "
        "validated the token "
        "signature",
        "vault-signature-refused",
        F.PROVIDER_REFUSED,
        {},
    ),
    (LOGIN + "error checking oidc discovery URL", "vault-issuer-unreachable", F.UNAVAILABLE, {}),
    (
        f'oidc: verify token: oidc: expected audience "k8s" got ["{AUDIENCE}"]',
        "kubernetes-audience-refused",
        F.AUDIENCE_REFUSED,
        {"expected": "k8s"},
    ),
    (
        f'oidc: id token issued by a different provider, expected "https://a.example" got "{ISSUER}"',
        "kubernetes-issuer-refused",
        F.PROVIDER_REFUSED,
        {"issuer": ISSUER},
    ),
    (
        (
            "[Error] the --oidc-token-id flag must be provided when --oidc-provider is used. Ensure the "
            "flag is set"
        ),
        "jfrog-token-missing",
        F.TOKEN_EMPTY,
        {},
    ),
    ("OIDC token exchange failed: [HTTP 401]", "jfrog-exchange-refused", F.ROLE_REFUSED, {}),
    (
        "Error: invalid workload_identity: at least one of token_file or token must be set",
        "hcp-token-missing",
        F.TOKEN_EMPTY,
        {},
    ),
    ("id token claims did not match any allow rules", "teleport-claims-refused", F.ROLE_REFUSED, {}),
)


def check(text: str, provider: str, wanted: str, family: Family, fields: dict[str, str]) -> None:
    found = recognise(redact(text).text)
    assert [symptom.id for symptom in found] == [wanted]
    assert (found[0].family, found[0].provider) == (family, provider)
    assert fields.items() <= found[0].fields.items()


@pytest.mark.parametrize(("text", "wanted", "family", "fields"), FRAMEWORKS)
def test_what_frameworks_and_pipes_print_is_recognised(
    text: str, wanted: str, family: Family, fields: dict[str, str]
) -> None:
    check(text, "other" if wanted.startswith("kubernetes") else "aws", wanted, family, fields)


@pytest.mark.parametrize(("reason", "kind"), AFTER)
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_refusal_of_an_assumed_role_is_never_taken_for_a_refused_token(
    reason: str, kind: str, quote: str
) -> None:
    resource = "arn:aws:s3:::acme-site/index.html"
    text = PUT.replace(resource, f"{quote}{resource}{quote}") + reason
    (found,) = recognise(redact(text).text)
    assert (found.id, found.family, found.reach) == ("aws-after-assume-denied", F.AFTER_ASSUME, Reach.COMMON)
    wanted = {
        "action": "s3:PutObject",
        "resource": resource,
        "policy_kind": kind,
        "account": "123456789012",
        "role": "deploy",
        "session": "botocore-session-1795400000",
    }
    assert wanted.items() <= found.fields.items()


@pytest.mark.parametrize("form", ENTRA_FORMS)
@pytest.mark.parametrize(("code", "text", "wanted", "family", "fields"), ENTRA, ids=[row[0] for row in ENTRA])
def test_every_code_of_entra_is_recognised_however_its_client_wraps_it(
    form: str, code: str, text: str, wanted: str, family: Family, fields: dict[str, str]
) -> None:
    pasted = ENTRA_FORMS[form].format(code=code, text=text)
    check(pasted, "azure", wanted, family, {**fields, "request_id": "0a1b2c3d-0000-4000-8000-00000000abcd"})
    assert recognise(redact(pasted).text)[0].code == code


@pytest.mark.parametrize(("text", "wanted", "family", "fields"), AZURE)
def test_what_clients_of_azure_print_is_recognised(
    text: str, wanted: str, family: Family, fields: dict[str, str]
) -> None:
    check(text, "azure", wanted, family, fields)


@pytest.mark.parametrize(
    ("form", "error", "text", "wanted", "family", "fields"),
    # A refused key of a service account prints the bare JSON of a malformed token too.
    [
        (form, *row)
        for form in GOOGLE_FORMS
        for row in GOOGLE_STS
        if (form, row[2]) != ("bare", "gcp-token-malformed")
    ],
)
def test_every_answer_of_googles_token_exchange_is_recognised_however_its_client_wraps_it(
    form: str, error: str, text: str, wanted: str, family: Family, fields: dict[str, str]
) -> None:
    pasted = GOOGLE_FORMS[form].format(error=error, text=text, escaped=text.replace('"', '\\"'))
    check(pasted, "gcp", wanted, family, fields)
    assert recognise(redact(pasted).text)[0].code == error


@pytest.mark.parametrize(("text", "wanted", "family", "fields"), GOOGLE)
def test_what_clients_of_google_print_is_recognised(
    text: str, wanted: str, family: Family, fields: dict[str, str]
) -> None:
    check(text, "gcp", wanted, family, fields)


@pytest.mark.parametrize(("text", "wanted", "family", "fields"), OTHER)
def test_what_other_services_print_is_recognised(
    text: str, wanted: str, family: Family, fields: dict[str, str]
) -> None:
    check(text, "other", wanted, family, fields)
