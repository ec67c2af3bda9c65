"""What each client prints for each failure, text by text, and what is read out of it.

The texts are those that the clients and services themselves print; names, numbers and ids are invented.
"""

from __future__ import annotations

import pytest

from knowledge.redact import redact
from knowledge.symptoms import Family, Reach, Symptom, aws_sts_arguments, recognise

ROLE = "arn:aws:iam::123456789012:role/deploy"
ISSUER = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
RID = "6f2c9a51-0d3e-4b7a-9c58-1e4f70a2b6d3"
CALLING = "when calling the AssumeRoleWithWebIdentity operation"
DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
PARAMETER = "Parameter validation failed:\n"
GO2 = (
    "operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: {}, RequestID: "
    + RID
    + ", "
)
FORMS = {
    "cli1": "\nAn error occurred ({code}) when calling the AssumeRoleWithWebIdentity operation: {message}",
    "cli2": (
        "aws: [ERROR]: An error occurred ({code}) when calling the AssumeRoleWithWebIdentity "
        "operation: {message}"
    ),
    "retried": "An error occurred ({code}) when calling the AssumeRoleWithWebIdentity operation "
    "(reached max retries: 2): "
    "{message}",
    "json": '{{\n    "Code": "{code}",\n    "Message": "{message}"\n}}',
    "yaml": "Code: {code}\nMessage: {message}",
    "text": "{code}\t{message}",
    "table": "-------------\n|  Code     |  {code}  |\n|  Message  |  {message}  |\n-------------",
    "go2": GO2.format(400) + "{code}: {message}",
    "go2-api": GO2.format(403) + "api error {code}: {message}",
    "go2-retried": "operation error STS: AssumeRoleWithWebIdentity, exceeded maximum number of "
    "attempts, 3, https response error "
    f"StatusCode: 400, RequestID: {RID}, " + "{code}: {message}",
    "go1": (
        "WebIdentityErr: failed to retrieve credentials\ncaused by: {code}: {message}\n\tstatus "
        "code: 400, request id: "
    )
    + RID,
    "java2": "software.amazon.awssdk.services.sts.model.StsException: {message} (Service: Sts, Status "
    "Code: 403, Request ID: "
    f"{RID})",
    "java2-attempts": "software.amazon.awssdk.services.sts.model.StsException: {message} (Service: "
    "Sts, Status Code: 403, "
    f"Request ID: {RID}) (SDK Attempt Count: 1)",
    "java1": "com.amazonaws.services.securitytoken.model.AWSSecurityTokenServiceException: {message} "
    "(Service: "
    "AWSSecurityTokenService; Status Code: 403; Error Code: {code}; Request ID: " + RID + ")",
    "dotnet": "Amazon.Runtime.AmazonClientException: Error calling AssumeRole for role "
    + ROLE
    + " ---> Amazon.SecurityToken.AmazonSecurityTokenServiceException: {message}",
    "ruby": "Aws::STS::Errors::{code} ({message})",
    "xml": "<ErrorResponse "
    'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>{code}</Code>'
    "<Message>{message}</Message></Error><RequestId>" + RID + "</RequestId></ErrorResponse>",
    "terraform": "Error: Cannot assume IAM Role with web identity\n\nIAM Role ("
    + ROLE
    + ") cannot be assumed with web identity "
    "token.\n\nError: " + GO2.format(400) + "{code}: {message}",
}
"""How clients wrap what STS answered; in braces what STS said."""

STS = (
    ("AccessDenied", DENIED, "aws-sts-access-denied", Family.ROLE_REFUSED),
    (
        "InvalidIdentityToken",
        f"No OpenIDConnect provider found in your account for {ISSUER}",
        "aws-sts-provider-missing",
        Family.PROVIDER_REFUSED,
    ),
    ("InvalidIdentityToken", "Incorrect token audience", "aws-sts-audience-refused", Family.AUDIENCE_REFUSED),
    (
        "InvalidIdentityToken",
        (
            "Couldn't retrieve verification key from your identity provider,  please reference "
            "AssumeRoleWithWebIdentity "
            "documentation for requirements"
        ),
        "aws-sts-keys-unreachable",
        Family.UNAVAILABLE,
    ),
    (
        "InvalidIdentityToken",
        "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
        "aws-sts-thumbprint",
        Family.PROVIDER_REFUSED,
    ),
    (
        "InvalidIdentityToken",
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        "aws-sts-not-a-jwt",
        Family.TOKEN_INVALID,
    ),
    ("InvalidIdentityToken", "Missing a required claim: sub", "aws-sts-claim-missing", Family.TOKEN_INVALID),
    ("InvalidIdentityToken", "Missing a required claim: aud", "aws-sts-claim-missing", Family.TOKEN_INVALID),
    (
        "InvalidIdentityToken",
        "Provided Token is not a Login With Amazon token",
        "aws-sts-issuer-unreadable",
        Family.TOKEN_INVALID,
    ),
    (
        "InvalidIdentityToken",
        "The web identity token provided could not be validated",
        "aws-sts-token-not-validated",
        Family.PROVIDER_REFUSED,
    ),
    (
        "ExpiredTokenException",
        "Token expired: current date/time 1795400000 must be before the expiration date/time 1795396400",
        "aws-sts-token-expired",
        Family.TOKEN_EXPIRED,
    ),
    (
        "ExpiredTokenException",
        "Token expired: current date/time1795400000 must be before the expiration date/time1795396400",
        "aws-sts-token-expired",
        Family.TOKEN_EXPIRED,
    ),
    ("ExpiredTokenException", "Token too old: 86523", "aws-sts-token-too-old", Family.TOKEN_EXPIRED),
    (
        "RegionDisabledException",
        (
            "STS is not activated in this region for account:123456789012.  Your account administrator "
            "can activate STS in "
            "this region using the IAM Console."
        ),
        "aws-sts-region-disabled",
        Family.OTHER,
    ),
    ("ValidationError", "Request ARN is invalid", "aws-sts-role-arn-invalid", Family.ROLE_ARN_MALFORMED),
    (
        "ValidationError",
        (
            "1 validation error detected: Value '' at 'webIdentityToken' failed to satisfy constraint: "
            "Member must have "
            "length greater than or equal to 4"
        ),
        "aws-sts-token-empty",
        Family.TOKEN_EMPTY,
    ),
    (
        "ValidationError",
        (
            "1 validation error detected: Value '\n' at 'webIdentityToken' failed to satisfy "
            "constraint: Member must have "
            "length greater than or equal to 4"
        ),
        "aws-sts-token-empty",
        Family.TOKEN_EMPTY,
    ),
    (
        "ValidationError",
        (
            "1 validation error detected: Value null at 'webIdentityToken' failed to satisfy "
            "constraint: Member must not be "
            "null"
        ),
        "aws-sts-token-empty",
        Family.TOKEN_EMPTY,
    ),
    (
        "ValidationError",
        (
            "2 validation errors detected: Value '' at 'roleArn' failed to satisfy constraint: Member "
            "must have length "
            r"greater than or equal to 20; Value '' at 'roleArn' failed to satisfy constraint: Member "
            r"must satisfy regular "
            r"expression pattern: [\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF]+"
        ),
        "aws-sts-role-arn-empty",
        Family.ROLE_ARN_MISSING,
    ),
    (
        "ValidationError",
        (
            "1 validation error detected: Value 'deploy' at 'roleArn' failed to satisfy constraint: "
            "Member must have length "
            "greater than or equal to 20"
        ),
        "aws-sts-role-arn-rejected",
        Family.ROLE_ARN_MALFORMED,
    ),
    (
        "ValidationError",
        (
            "1 validation error detected: Value 'feature/login' at 'roleSessionName' failed to satisfy "
            "constraint: Member "
            r"must satisfy regular expression pattern: [\w+=,.@-]*"
        ),
        "aws-sts-session-name",
        Family.SESSION_ARGUMENT,
    ),
    (
        "ValidationError",
        (
            "1 validation error detected: Value 'a-name-far-beyond-the-limit' at 'roleSessionName' "
            "failed to satisfy "
            "constraint: Member must have length less than or equal to 64"
        ),
        "aws-sts-session-name",
        Family.SESSION_ARGUMENT,
    ),
    (
        "ValidationError",
        (
            "1 validation error detected: Value '60' at 'durationSeconds' failed to satisfy "
            "constraint: Member must have "
            "value greater than or equal to 900"
        ),
        "aws-sts-duration",
        Family.SESSION_ARGUMENT,
    ),
    (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        "aws-sts-duration-above-role",
        Family.SESSION_ARGUMENT,
    ),
    (
        "InvalidAction",
        "Could not find operation AssumeRoleWithWebIdentity for version 2011-06-15",
        "aws-sts-wrong-endpoint",
        Family.OTHER,
    ),
)

#: What the other operations of STS answer too: only the operation's name tells.
SHARED = frozenset(row.id for row in aws_sts_arguments.ROWS if row.reach is Reach.COMMON)

#: What a form says besides the message.
_NAMES_CODE = frozenset(FORMS) - {"java2", "java2-attempts", "dotnet"}
_NAMES_OPERATION = frozenset({"cli1", "cli2", "retried", "go2", "go2-api", "go2-retried", "go1", "terraform"})
_NAMES_REQUEST = frozenset(
    {"go2", "go2-api", "go2-retried", "go1", "java2", "java2-attempts", "java1", "terraform", "xml"}
)


def only(text: str) -> Symptom:
    found = recognise(redact(text).text)
    assert len(found) == 1, [symptom.id for symptom in found]
    return found[0]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("code", "message", "wanted", "family"), STS, ids=[f"{row[2]}-{i}" for i, row in enumerate(STS)]
)
def test_every_answer_of_sts_is_recognised_however_its_client_wraps_it(
    form: str, code: str, message: str, wanted: str, family: Family
) -> None:
    symptom = only(FORMS[form].format(code=code, message=message))
    assert (symptom.id, symptom.family) == (wanted, family)
    assert symptom.provider == "aws"
    if form in _NAMES_OPERATION or wanted not in SHARED:
        assert (symptom.operation, symptom.reach) == ("AssumeRoleWithWebIdentity", Reach.OIDC)
    else:
        assert (symptom.operation, symptom.reach) == (None, Reach.COMMON)
    if form in _NAMES_CODE:
        assert symptom.code == code
    if form in _NAMES_REQUEST:
        assert symptom.fields["request_id"] == RID
    if form in {"dotnet", "terraform"} and wanted != "aws-sts-role-arn-rejected":
        assert symptom.fields["role_arn"] == ROLE
        assert symptom.fields["account"] == "123456789012"


PASSING = (
    (
        "An error occurred (Throttling) {} (reached max retries: 4): Rate exceeded",
        "aws-sts-throttled",
        Family.UNAVAILABLE,
    ),
    (GO2.format(400) + "api error Throttling: Rate exceeded", "aws-sts-throttled", Family.UNAVAILABLE),
    (
        "An error occurred (IDPRejectedClaim) {}: The claim was rejected",
        "aws-sts-claim-rejected",
        Family.PROVIDER_REFUSED,
    ),
    (
        "An error occurred (IDPCommunicationError) {}: No answer",
        "aws-sts-issuer-unreachable",
        Family.UNAVAILABLE,
    ),
    (
        (
            "botocore.errorfactory.IDPCommunicationErrorException: An error occurred "
            "(IDPCommunicationError) {}: No answer"
        ),
        "aws-sts-issuer-unreachable",
        Family.UNAVAILABLE,
    ),
    (
        "An error occurred (MalformedPolicyDocument) {}: Syntax errors in policy.",
        "aws-sts-session-policy",
        Family.SESSION_ARGUMENT,
    ),
    (
        GO2.format(400) + "PackedPolicyTooLarge: Packed policy consumes 112% of allotted space",
        "aws-sts-session-policy",
        Family.SESSION_ARGUMENT,
    ),
)


@pytest.mark.parametrize(("text", "wanted", "family"), PASSING)
def test_answers_of_sts_that_a_code_decides_are_recognised(text: str, wanted: str, family: Family) -> None:
    symptom = only(text.format(CALLING))
    assert (symptom.id, symptom.family, symptom.reach) == (wanted, family, Reach.OIDC)


LANGUAGES = (
    f"botocore.exceptions.ClientError: An error occurred (AccessDenied) {CALLING}: {DENIED}",
    (
        f"AccessDenied: {DENIED}\n    at throwDefaultError (/app/node_modules/x.js:1:2) {{\n  "
        f"'$fault': 'client',\n  '$metadata': "
        f"{{\n    httpStatusCode: 403,\n    requestId: '{RID}',\n    attempts: 1 }},\n  Code: 'AccessDenied'"
    ),
    (
        f"Unable to load credentials from any of the providers in the chain AwsCredentialsProviderChain(x) : "
        f"[SystemPropertyCredentialsProvider(): none, WebIdentityTokenCredentialsProvider(): {DENIED} "
        f"(Service: Sts, Status Code: "
        f"403, Request ID: {RID})]"
    ),
    (
        f"PHP Fatal error: Uncaught Aws\\Sts\\Exception\\StsException: Error executing "
        f'"AssumeRoleWithWebIdentity" on '
        f'"https://sts.eu-west-1.amazonaws.com"; AccessDenied (client): {DENIED}'
    ),
    (
        f'ServiceError(ServiceError {{ source: Unhandled {{ code: Some("AccessDenied"), message: '
        f'Some("{DENIED}") }} }})'
    ),
    f"Failed to create a cloudfront invalidation: An error occurred (AccessDenied) {CALLING}: {DENIED}",
    f"Error: Could not assume role with OIDC: {DENIED}",
    f"Error: Could not assume role with web identity token file: {DENIED}",
    f"Retry AssumeRole: attempt 1 of 12 failed: {DENIED}",
)


@pytest.mark.parametrize("text", LANGUAGES)
def test_the_refusal_is_recognised_in_every_language(text: str) -> None:
    symptom = only(text)
    assert (symptom.id, symptom.code, symptom.operation) == (
        "aws-sts-access-denied",
        "AccessDenied",
        "AssumeRoleWithWebIdentity",
    )


#: text, id, family, reach, some of the fields
CLIENT: tuple[tuple[str, str, Family, dict[str, str]], ...] = (
    (
        PARAMETER + "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4",
        "aws-client-token-empty",
        Family.TOKEN_EMPTY,
        {"length": "1"},
    ),
    (
        (
            f"aws: [ERROR]: An error occurred (ParamValidation): {PARAMETER}Invalid length for "
            f"parameter WebIdentityToken, value: 0, "
            "valid min length: 4"
        ),
        "aws-client-token-empty",
        Family.TOKEN_EMPTY,
        {"length": "0"},
    ),
    (
        "usage: aws [options] <command>\n\naws: error: argument --web-identity-token: expected one argument",
        "aws-cli-token-argument-empty",
        Family.TOKEN_EMPTY,
        {},
    ),
    (
        PARAMETER + "Invalid length for parameter RoleArn, value: 0, valid min length: 20",
        "aws-client-role-arn-empty",
        Family.ROLE_ARN_MISSING,
        {},
    ),
    (
        PARAMETER + "Invalid length for parameter RoleArn, value: 12, valid min length: 20",
        "aws-client-role-arn-short",
        Family.ROLE_ARN_MALFORMED,
        {"length": "12"},
    ),
    (
        PARAMETER + "Invalid length for parameter RoleSessionName, value: 1, valid min length: 2",
        "aws-client-session-argument",
        Family.SESSION_ARGUMENT,
        {"argument": "RoleSessionName"},
    ),
    (
        PARAMETER + "Invalid value for parameter DurationSeconds, value: 100, valid min value: 900",
        "aws-client-session-argument",
        Family.SESSION_ARGUMENT,
        {"argument": "DurationSeconds", "given": "100"},
    ),
    (
        "aws: error: argument --role-arn: expected one argument",
        "aws-cli-role-argument-empty",
        Family.ROLE_ARN_MISSING,
        {},
    ),
    (
        (
            "Error parsing parameter '--web-identity-token': Unable to load paramfile "
            "file:///opt/oidc: [Errno 2] No such file or "
            "directory: '/opt/oidc'"
        ),
        "aws-cli-token-file-not-found",
        Family.TOKEN_FILE_NOT_FOUND,
        {"path": "/opt/oidc"},
    ),
    (
        "[Errno 2] No such file or directory: '/opt/atlassian/pipelines/agent/build/web-identity-token'",
        "aws-token-file-not-found",
        Family.TOKEN_FILE_NOT_FOUND,
        {"path": "/opt/atlassian/pipelines/agent/build/web-identity-token"},
    ),
    (
        "FileNotFoundError: [Errno 2] No such file or directory: '/opt/.aws-oidc/web_identity_token'",
        "aws-token-file-not-found",
        Family.TOKEN_FILE_NOT_FOUND,
        {"path": "/opt/.aws-oidc/web_identity_token"},
    ),
    (
        (
            "failed to refresh cached credentials, failed to retrieve jwt from provide source, unable "
            "to read file at /opt/t: open "
            "/opt/t: no such file or directory"
        ),
        "aws-go-token-file-not-found",
        Family.TOKEN_FILE_NOT_FOUND,
        {"path": "/opt/t"},
    ),
    (
        (
            "failed to retrieve jwt from provide source, unable to read file at : open : no such file or "
            "directory"
        ),
        "aws-go-token-file-not-found",
        Family.TOKEN_FILE_NOT_FOUND,
        {},
    ),
    (
        (
            "WebIdentityErr: failed fetching WebIdentity token: \ncaused by: WebIdentityErr: unable to "
            "read file at /opt/t\ncaused "
            "by: open /opt/t: no such file or directory"
        ),
        "aws-go-token-file-not-found",
        Family.TOKEN_FILE_NOT_FOUND,
        {"path": "/opt/t"},
    ),
    (
        "Error: ENOENT: no such file or directory, open '/opt/oidc.jwt'",
        "aws-token-file-not-found",
        Family.TOKEN_FILE_NOT_FOUND,
        {"path": "/opt/oidc.jwt"},
    ),
    (
        (
            "Unable to load credentials from any of the providers in the chain "
            "AwsCredentialsProviderChain(x) : "
            "[WebIdentityTokenCredentialsProvider(): java.nio.file.NoSuchFileException: /opt/oidc-token]"
        ),
        "aws-java-token-file-not-found",
        Family.TOKEN_FILE_NOT_FOUND,
        {"path": "/opt/oidc-token"},
    ),
    (
        (
            "The provided profile or the current environment is configured to assume role with web "
            "identity but has no role ARN "
            "configured. Ensure that the profile has the role_arnconfiguration set or the AWS_ROLE_ARN "
            "env var is set."
        ),
        "aws-role-arn-not-configured",
        Family.ROLE_ARN_MISSING,
        {},
    ),
    ("Error: role ARN is not set", "aws-go-role-arn-not-set", Family.ROLE_ARN_MISSING, {}),
    ("WebIdentityErr: role ARN is not set", "aws-go-role-arn-not-set", Family.ROLE_ARN_MISSING, {}),
    (
        "CredentialsProviderError: Could not load credentials from any providers",
        "aws-js-no-credentials",
        Family.NO_CREDENTIALS,
        {},
    ),
    (
        (
            "Either the environment variable AWS_WEB_IDENTITY_TOKEN_FILE or the javaproperty "
            "aws.webIdentityTokenFile must be set."
        ),
        "aws-java-token-variable-missing",
        Family.NO_CREDENTIALS,
        {},
    ),
    (
        'Unable to locate credentials. You can configure credentials by running "aws configure".',
        "aws-no-credentials",
        Family.NO_CREDENTIALS,
        {},
    ),
    (
        (
            "aws: [ERROR]: An error occurred (NoCredentials): Unable to locate credentials. You can "
            "configure credentials by "
            'running "aws login".'
        ),
        "aws-no-credentials",
        Family.NO_CREDENTIALS,
        {},
    ),
    (
        "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
        "aws-no-credentials",
        Family.NO_CREDENTIALS,
        {},
    ),
    ("fatal error: Unable to locate credentials", "aws-no-credentials", Family.NO_CREDENTIALS, {}),
    ("Unable to find credentials", "aws-no-credentials", Family.NO_CREDENTIALS, {}),
    (
        (
            "Error: No valid credential sources found\n\nError: failed to refresh cached credentials, "
            "no EC2 IMDS role found, "
            "operation error ec2imds: GetMetadata, request canceled, context deadline exceeded"
        ),
        "aws-go-no-credentials",
        Family.NO_CREDENTIALS,
        {},
    ),
    (
        (
            "NoCredentialProviders: no valid providers in chain. Deprecated.\n\tFor verbose messaging see "
            "aws.Config.CredentialsChainVerboseErrors"
        ),
        "aws-go1-no-credentials",
        Family.NO_CREDENTIALS,
        {},
    ),
    (
        "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY",
        "aws-partial-credentials",
        Family.STATIC_KEYS,
        {"variable": "AWS_SECRET_ACCESS_KEY"},
    ),
    (
        "The config profile (acme) could not be found",
        "aws-profile-missing",
        Family.PROFILE_MISSING,
        {"profile": "acme"},
    ),
    (
        "Error: failed to get shared config profile, acme",
        "aws-profile-missing",
        Family.PROFILE_MISSING,
        {"profile": "acme"},
    ),
    (
        "Profile file contained no credentials for profile 'acme'",
        "aws-profile-missing",
        Family.PROFILE_MISSING,
        {"profile": "acme"},
    ),
    (
        'You must specify a region. You can also configure your region by running "aws configure".',
        "aws-region-missing",
        Family.REGION_MISSING,
        {},
    ),
    (
        "botocore.exceptions.NoRegionError: You must specify a region.",
        "aws-region-missing",
        Family.REGION_MISSING,
        {},
    ),
    ("Error: Region is missing", "aws-region-missing", Family.REGION_MISSING, {}),
    ("ConfigError: Missing region in config", "aws-region-missing", Family.REGION_MISSING, {}),
    ("Error: invalid AWS Region: ", "aws-region-missing", Family.REGION_MISSING, {}),
    (
        (
            'Error: Missing region value\n\nThe "region" attribute or the "AWS_REGION" or '
            '"AWS_DEFAULT_REGION" environment variables '
            "must be set."
        ),
        "aws-region-missing",
        Family.REGION_MISSING,
        {},
    ),
    (
        (
            "Unable to load region from any of the providers in the chain "
            "software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain@1b"
        ),
        "aws-region-missing",
        Family.REGION_MISSING,
        {},
    ),
    (
        'Could not connect to the endpoint URL: "https://sts.eu-west-9.amazonaws.com/"',
        "aws-endpoint-unreachable",
        Family.OTHER,
        {"region": "eu-west-9"},
    ),
    (
        "Error: getaddrinfo ENOTFOUND sts.eu-west-9.amazonaws.com",
        "aws-endpoint-unreachable",
        Family.OTHER,
        {"region": "eu-west-9"},
    ),
    (
        "dial tcp: lookup sts.eu-west-9.amazonaws.com: no such host",
        "aws-endpoint-unreachable",
        Family.OTHER,
        {"region": "eu-west-9"},
    ),
    (
        "Provided region_name 'eu_west_1' doesn't match a supported format.",
        "aws-region-malformed",
        Family.OTHER,
        {"region": "eu_west_1"},
    ),
    (
        (
            "An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: "
            "The security token included in "
            "the request is invalid."
        ),
        "aws-static-keys-invalid",
        Family.STATIC_KEYS,
        {},
    ),
    (
        (
            "Retrieving AWS account details: validating provider credentials: retrieving caller "
            "identity from STS: operation error "
            f"STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: {RID}, api "
            f"error InvalidClientTokenId: The "
            "security token included in the request is invalid."
        ),
        "aws-static-keys-invalid",
        Family.STATIC_KEYS,
        {"request_id": RID},
    ),
    (
        (
            "An error occurred (UnrecognizedClientException) when calling the GetAuthorizationToken "
            "operation: The security token "
            "included in the request is invalid."
        ),
        "aws-static-keys-invalid",
        Family.STATIC_KEYS,
        {},
    ),
    (
        (
            "An error occurred (SignatureDoesNotMatch) when calling the GetCallerIdentity operation: "
            "The request signature we "
            "calculated does not match the signature you provided."
        ),
        "aws-static-keys-signature",
        Family.STATIC_KEYS,
        {},
    ),
    (
        (
            "An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has "
            "expired."
        ),
        "aws-session-expired",
        Family.SESSION_EXPIRED,
        {},
    ),
    (
        "operation error ECS: UpdateService, https response error StatusCode: 400, RequestID: "
        + RID
        + ", api error "
        "ExpiredTokenException: The security token included in the request is expired",
        "aws-session-expired",
        Family.SESSION_EXPIRED,
        {"request_id": RID},
    ),
    (
        "operation error EC2: DescribeInstances, https response error StatusCode: 400, RequestID: "
        + RID
        + ", api error "
        "RequestExpired: Request has expired.",
        "aws-session-expired",
        Family.SESSION_EXPIRED,
        {"request_id": RID},
    ),
    (
        (
            "An error occurred (InvalidToken) when calling the PutObject operation: The provided token "
            "is malformed or otherwise "
            "invalid."
        ),
        "aws-session-refused",
        Family.OTHER,
        {},
    ),
)


@pytest.mark.parametrize(("text", "wanted", "family", "fields"), CLIENT)
def test_what_aws_clients_print_before_or_beside_sts_is_recognised(
    text: str, wanted: str, family: Family, fields: dict[str, str]
) -> None:
    symptom = only(text)
    assert (symptom.id, symptom.family, symptom.provider) == (wanted, family, "aws")
    assert fields.items() <= symptom.fields.items()
