"""What AWS STS answers to AssumeRoleWithWebIdentity, in the dialects of its clients.

The message decides; who printed it, the code and the request id are read by `envelope`.
"""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import OIDC, Signature

_MODEL = "https://github.com/boto/botocore/tree/develop/botocore/data/sts/2011-06-15"
_PROVIDERS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html"
_REPOST = "https://repost.aws/knowledge-center/iam-sts-invalididentitytoken"
_ARTICLE = "https://confluence.atlassian.com/display/BBKB/OIDC+authentication+issues+troubleshooting"
_ISSUER = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
_CALLING = "when calling the AssumeRoleWithWebIdentity operation"
_REQUEST = "6f2c9a51-0d3e-4b7a-9c58-1e4f70a2b6d3"

_sts = partial(Signature, provider="aws", reach=OIDC, operation="AssumeRoleWithWebIdentity", source=_MODEL)
_token = partial(_sts, code="InvalidIdentityToken", source=_REPOST)

_DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"

ROWS: tuple[Signature, ...] = (
    _sts(
        id="aws-sts-access-denied",
        code="AccessDenied",
        family=Family.ROLE_REFUSED,
        needle="AssumeRoleWithWebIdentity|authorized to perform sts|AccessDenied) when calling the",
        pattern=r"(?:\(AccessDenied\)|[Dd]enied\)?) when calling (?:the )?AssumeRoleWithWebIdentity"
        r"(?: operation)?(?:[^:]{0,40}: [Nn]ot authorized to perform:? sts: ?AssumeRoleWithWebIdentity)?"
        # `1` and `l` are what a screenshot's reader makes of `l` and `I`.
        r"|[Nn]ot authori[sz]ed to perform:? [\"'`]?(?:sts: ?)?AssumeRo[l1]eWithWeb[Il1]dentity"
        # Typed by hand, or cut off at the end of what was copied.
        r"|[Aa]ccess ?[Dd]enied (?:for|on|from|calling) (?:the )?(?:sts: ?)?AssumeRoleWithWebIdentity"
        r"|AssumeRoleWithWebIdentity(?: operation)?: ?(?:[Nn]ot authorized|[Aa]ccess ?[Dd]enied)"
        r"|(?:[Nn]ot authorized to perform sts:|\(AccessDenied\) when calling the )"
        r"AssumeRoleW[A-Za-z]{0,13}[\"'`]?(?:\.{2,3}|…)?\Z"
        r"|AssumeRoleWithWebIdentity, (?:exceeded maximum number of attempts, \d+, )?https response error "
        r"StatusCode: 403, RequestID: [^,]{0,60}, api error AccessDenied(?!: [Nn]ot auth)",
        meaning="STS was handed a real token, and the role's trust policy, or the lack of such a role, "
        "refused it.",
        source=_ARTICLE,
        examples=(
            f"\nAn error occurred (AccessDenied) {_CALLING}: {_DENIED}",
            f"aws: [ERROR]: An error occurred (AccessDenied) {_CALLING}: {_DENIED}",
            f'{{"Code": "AccessDenied", "Message": "{_DENIED}"}}',
            _CALLING.join(("an error occurred (accessdenied) ", f": {_DENIED}")).lower(),
            "AccessDenied when calling AssumeRoleWithWebIdentity",
            "not authorised to perform AssumeRoleWithWebIdentity",
            "sts:AssumeRoleWithWebIdentity: AccessDenied",
            "Not authorized to perform sts:AssumeRo1eWithWebldentity",
            "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIden",
            "...hen calling the AssumeRoleWithWebIdentity operation: Not authorized to perfo",
            f"Code: AccessDenied\nMessage: {_DENIED}",
            f"AccessDenied\t{_DENIED}",
            f"botocore.exceptions.ClientError: An error occurred (AccessDenied) {_CALLING}: {_DENIED}",
            (
                "╷\n│ Error: No valid credential sources found\n│ \n│   with "
                'provider["registry.terraform.io/hashicorp/aws"],\n'
                '│   on main.tf line 3, in provider "aws":\n│    3: provider "aws" {\n│ \n'
                "│ Please see https://registry.terraform.io/providers/hashicorp/aws\n│ for more information "
                "about providing credentials.\n│ \n"
                "│ Error: failed to refresh cached credentials, failed to retrieve credentials,\n"
                "│ operation error STS: AssumeRoleWithWebIdentity, https response error\n"
                f"│ StatusCode: 403, RequestID: {_REQUEST}, api error AccessDenied: Not authorized to\n"
                "│ perform sts:AssumeRoleWithWebIdentity\n╵\n"
            ),
            (
                "Error: Cannot assume IAM Role with web identity\n\nIAM Role "
                "(arn:aws:iam::123456789012:role/deploy) cannot be assumed with "
                "web identity token.\n\nError: operation error STS: AssumeRoleWithWebIdentity, https "
                "response "
                "error StatusCode: 403, "
                f"RequestID: {_REQUEST}, api error AccessDenied: {_DENIED}"
            ),
            (
                f"WebIdentityErr: failed to retrieve credentials\ncaused by: AccessDenied: "
                f"{_DENIED}\n\tstatus code: 403, request id: {_REQUEST}"
            ),
            (
                f"AccessDenied: {_DENIED}\n    at throwDefaultError (/app/node_modules/x.js:1:2) {{\n  "
                f"'$fault': 'client',\n"
                f"  '$metadata': {{ httpStatusCode: 403, requestId: '{_REQUEST}' }},\n  Code: 'AccessDenied'"
            ),
            f"software.amazon.awssdk.services.sts.model.StsException: {_DENIED} (Service: Sts)",
            (
                f"com.amazonaws.services.securitytoken.model.AWSSecurityTokenServiceException: {_DENIED} "
                f"(Service: AWSSecurityTokenService; Status Code: 403; Error Code: AccessDenied; Request ID: "
                f"{_REQUEST}; Proxy: null)"
            ),
            (
                "Unable to load credentials from any of the providers in the chain "
                "AwsCredentialsProviderChain(credentialsProviders=[]) : "
                f"[WebIdentityTokenCredentialsProvider(): {_DENIED} (Service: Sts, Status Code: 403, Request "
                f"ID: {_REQUEST})]"
            ),
            (
                "Amazon.Runtime.AmazonClientException: Error calling AssumeRole for role "
                "arn:aws:iam::123456789012:role/deploy "
                f"---> Amazon.SecurityToken.AmazonSecurityTokenServiceException: {_DENIED}"
            ),
            f"Aws::STS::Errors::AccessDenied ({_DENIED})",
            (
                "PHP Fatal error: Uncaught Aws\\Sts\\Exception\\StsException: Error executing "
                '"AssumeRoleWithWebIdentity" on '
                f'"https://sts.amazonaws.com"; AccessDenied (client): {_DENIED}'
            ),
            (
                f'ServiceError {{ source: Unhandled(Unhandled {{ code: Some("AccessDenied"), message: '
                f'Some("{_DENIED}") }}) }}'
            ),
            (
                f"Failed to create a cloudfront invalidation: An error occurred (AccessDenied) {_CALLING}: "
                f"{_DENIED}"
            ),
            (
                "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not "
                "authorized to\nperform "
                "<http://sts:AssumeRoleWithWebIdentity|sts:AssumeRoleWithWebIdentity>"
            ),
        ),
    ),
    _token(
        id="aws-sts-provider-missing",
        family=Family.PROVIDER_REFUSED,
        needle="No OpenIDConnect provider found in your account",
        pattern=r"No OpenIDConnect provider found in your account(?: for "
        r"(?P<issuer>https?://[^\s\"'<>,)\]]*[^\s\"'<>,)\].]))?",
        meaning="The account of the role has no OIDC provider for the token's issuer.",
        examples=(
            (
                f"An error occurred (InvalidIdentityToken) {_CALLING}: No OpenIDConnect provider found in "
                f"your account for {_ISSUER}"
            ),
            (
                f"botocore.errorfactory.InvalidIdentityTokenException: An error occurred "
                f"(InvalidIdentityToken) {_CALLING}: "
                f"No OpenIDConnect provider found in your account for {_ISSUER}"
            ),
            (
                "operation error STS: AssumeRoleWithWebIdentity, exceeded maximum number of attempts, 3, "
                "https response\nerror StatusCode: "
                f"400, RequestID: {_REQUEST}, InvalidIdentityToken: No\nOpenIDConnect provider found in your "
                f"account for\n{_ISSUER}"
            ),
            (
                f"InvalidIdentityTokenException: No OpenIDConnect provider found in your account for "
                f"{_ISSUER}\n    at de_InvalidIdentityTokenExceptionRes"
            ),
            "Aws::STS::Errors::InvalidIdentityToken (No OpenIDConnect provider found in your account for x)",
        ),
    ),
    _token(
        id="aws-sts-audience-refused",
        family=Family.AUDIENCE_REFUSED,
        needle="Incorrect token audience",
        pattern=r"Incorrect token audience",
        meaning="The OIDC provider in AWS does not list the token's audience.",
        source="https://confluence.atlassian.com/pages/viewpage.action?pageId=1252328417",
        examples=(
            f"An error occurred (InvalidIdentityToken) {_CALLING}: Incorrect token audience",
            "InvalidIdentityTokenException: Incorrect token audience",
        ),
    ),
    _token(
        id="aws-sts-keys-unreachable",
        family=Family.UNAVAILABLE,
        needle="retrieve verification key from your identity provider",
        pattern=r"Couldn't retrieve verification key from your identity provider",
        meaning="STS could not fetch the issuer's keys; it passes, or the issuer's address is not public.",
        examples=(
            (
                f"An error occurred (InvalidIdentityToken) {_CALLING} (reached max retries: 4): Couldn’t "
                f"retrieve verification key from your "
                "identity provider,  please reference AssumeRoleWithWebIdentity documentation for "
                "requirements"
            ),
        ),
    ),
    _token(
        id="aws-sts-thumbprint",
        family=Family.PROVIDER_REFUSED,
        needle="HTTPS certificate doesn",
        pattern=r"OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
        meaning="The issuer's certificate matches none of the thumbprints in the OIDC provider.",
        source=_PROVIDERS,
        examples=(
            (
                f"An error occurred (InvalidIdentityToken) {_CALLING}: OpenIDConnect provider's HTTPS "
                f"certificate doesn't match configured thumbprint"
            ),
        ),
    ),
    _token(
        id="aws-sts-not-a-jwt",
        family=Family.TOKEN_INVALID,
        needle="ID Token provided is not a valid JWT",
        pattern=r"The ID Token provided is not a valid JWT",
        meaning="What was sent as token is no JWT.",
        examples=(
            (
                f"An error occurred (InvalidIdentityToken) {_CALLING}: The ID Token provided is not a valid "
                f"JWT. (You may see this error if you "
                "sent an Access Token)"
            ),
        ),
    ),
    _token(
        id="aws-sts-claim-missing",
        family=Family.TOKEN_INVALID,
        needle="Missing a required claim",
        pattern=r"Missing a required claim: (?P<claim>sub|aud|iss)\b",
        meaning="The token lacks a claim that every step token has, so it is another kind of token.",
        source="https://github.com/aws-actions/configure-aws-credentials/issues/502",
        examples=(f"An error occurred (InvalidIdentityToken) {_CALLING}: Missing a required claim: sub",),
    ),
    _token(
        id="aws-sts-issuer-unreadable",
        family=Family.TOKEN_INVALID,
        needle="not a Login With Amazon token",
        pattern=r"Provided Token is not a Login With Amazon token",
        meaning="STS could not read an issuer in what was sent.",
        examples=(
            (
                f"An error occurred (InvalidIdentityToken) {_CALLING}: Provided Token is not a Login With "
                f"Amazon token"
            ),
        ),
    ),
    _token(
        id="aws-sts-token-not-validated",
        family=Family.PROVIDER_REFUSED,
        needle="web identity token provided could not be validated",
        pattern=r"The web identity token provided could not be validated",
        meaning="STS could not check the token against a provider of the account.",
        source="https://github.com/external-secrets/external-secrets/issues/6648",
        examples=(
            (
                f"An error occurred (InvalidIdentityToken) {_CALLING}: The web identity token provided could "
                f"not be validated"
            ),
        ),
    ),
    _sts(
        id="aws-sts-token-expired",
        code="ExpiredTokenException",
        family=Family.TOKEN_EXPIRED,
        needle="Token expired: current|(ExpiredTokenException) when",
        pattern=r"Token expired: current date/time ?(?P<now>\d+) must be before the expiration date/time "
        r"?(?P<expired>\d+)"
        r"|\(ExpiredTokenException\) when calling the AssumeRoleWithWebIdentity operation(?!.{0,60}: Token)",
        meaning="The token was used after its end.",
        source=_PROVIDERS,
        examples=(
            (
                f"An error occurred (ExpiredTokenException) {_CALLING}: Token expired: current date/time "
                f"1795400000 must be before the "
                "expiration date/time 1795396400"
            ),
            (
                "ExpiredTokenException: Token expired: current date/time1795400000 must be before the "
                "expiration date/time1795396400"
            ),
        ),
    ),
    _sts(
        id="aws-sts-token-too-old",
        code="ExpiredTokenException",
        family=Family.TOKEN_EXPIRED,
        needle="Token too old: ",
        pattern=r"Token too old: (?P<age>\d+)",
        meaning="The token was issued too long ago.",
        source="https://github.com/mozilla-iam/mozilla-aws-cli/issues/146",
        examples=(f"An error occurred (ExpiredTokenException) {_CALLING}: Token too old: 86523",),
    ),
    _sts(
        id="aws-sts-claim-rejected",
        code="IDPRejectedClaim",
        family=Family.PROVIDER_REFUSED,
        needle="IDPRejectedClaim|IDPRejectedClaimException",
        pattern=r"IDPRejectedClaim(?:Exception)?\b",
        meaning="The identity provider itself rejected the claim.",
        source="https://github.com/aws/aws-sdk-js/issues/198",
        examples=(
            f"An error occurred (IDPRejectedClaim) {_CALLING}: The web identity was rejected by the provider",
        ),
    ),
    _sts(
        id="aws-sts-issuer-unreachable",
        code="IDPCommunicationError",
        family=Family.UNAVAILABLE,
        needle="IDPCommunicationError|IDPCommunicationErrorException",
        pattern=r"IDPCommunicationError(?:Exception)?\b",
        meaning="STS could not talk to the identity provider; a retry may pass.",
        examples=("IDPCommunicationErrorException: Unable to reach the provider",),
    ),
)
