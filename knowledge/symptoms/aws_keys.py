"""What AWS clients and services print about keys and sessions that are not valid, or no longer."""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import COMMON, Signature

_BOTOCORE = "https://github.com/boto/botocore/blob/develop/botocore/credentials.py"
_ERRORS = "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html"

_common = partial(Signature, provider="aws", reach=COMMON, source=_BOTOCORE)

ROWS: tuple[Signature, ...] = (
    _common(
        id="aws-partial-credentials",
        family=Family.STATIC_KEYS,
        code="PartialCredentials",
        needle="Partial credentials found in",
        pattern=r"Partial credentials found in (?P<where>[\w-]+), missing: (?P<variable>\w+)",
        meaning="Half a key pair is set; it stands before web identity.",
        examples=("Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY",),
    ),
    _common(
        id="aws-static-keys-invalid",
        family=Family.STATIC_KEYS,
        needle="security token included in the request is invalid",
        # Where a wrapper names the code, the wrapper is read; only a bare code is taken from here.
        pattern=r"(?:(?<!api error )(?<!occurred "
        r"\()(?P<code>InvalidClientTokenId|UnrecognizedClientException)\)?: )?"
        r"The security token included in the request is invalid",
        meaning="Keys are set and are not valid; because of them web identity was not tried.",
        source=_ERRORS,
        examples=(
            (
                "An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The "
                "security token included in the request is invalid."
            ),
            (
                "Error: Retrieving AWS account details: validating provider credentials: retrieving caller "
                "identity from STS: operation error STS: "
                "GetCallerIdentity, https response error StatusCode: 403, RequestID: "
                "1b2c3d4e-0000-4000-8000-000000000001, api error InvalidClientTokenId: "
                "The security token included in the request is invalid."
            ),
            (
                "An error occurred (UnrecognizedClientException) when calling the GetAuthorizationToken "
                "operation: The security token included in the "
                "request is invalid."
            ),
            "UnrecognizedClientException: The security token included in the request is invalid.",
            (
                "Unable to determine the default AWS account (InvalidClientTokenId): The security token "
                "included in the request is invalid."
            ),
        ),
    ),
    _common(
        id="aws-static-keys-signature",
        family=Family.STATIC_KEYS,
        needle="SignatureDoesNotMatch",
        pattern=r"\((?P<code>SignatureDoesNotMatch)\) when calling the (?P<operation>\w{2,80}) operation"
        r"|(?P<code2>SignatureDoesNotMatch)\b",
        meaning="A secret key is set that does not belong to its key id.",
        source=_ERRORS,
        examples=(
            (
                "An error occurred (SignatureDoesNotMatch) when calling the PutObject operation: The request "
                "signature we calculated does not match the "
                "signature you provided. Check your key and signing method."
            ),
        ),
    ),
    _common(
        id="aws-session-expired",
        family=Family.SESSION_EXPIRED,
        needle="(ExpiredToken|RequestExpired|token included in the request is expired|provided token has "
        "expired",
        pattern=r"\((?P<code>ExpiredToken|ExpiredTokenException|RequestExpired)\) when calling the "
        r"(?!AssumeRoleWithWebIdentity)(?P<operation>\w{2,80}) operation"
        r"|(?<=RequestExpired: )Request has expired"
        r"|The security token included in the request is expired|The provided token has expired",
        meaning="The AWS session ended before the step did; that is not the OIDC token.",
        source=_ERRORS,
        examples=(
            (
                "An error occurred (ExpiredToken) when calling the PutObject operation: The provided token "
                "has expired."
            ),
            "ExpiredTokenException: The security token included in the request is expired",
            (
                "An error occurred (RequestExpired) when calling the DescribeInstances operation: Request "
                "has "
                "expired."
            ),
        ),
    ),
    _common(
        id="aws-session-refused",
        family=Family.OTHER,
        needle="malformed or otherwise invalid",
        pattern=r"The provided token is malformed or otherwise invalid",
        meaning="A session from the global STS endpoint is used in a region that has to be switched on.",
        source="https://github.com/aws/aws-cli/issues/8413",
        examples=(
            (
                "An error occurred (InvalidToken) when calling the PutObject operation: The provided "
                "token is "
                "malformed or otherwise invalid."
            ),
        ),
    ),
)
