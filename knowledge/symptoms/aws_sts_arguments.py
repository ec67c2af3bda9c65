"""What AWS STS answers when an argument of AssumeRoleWithWebIdentity cannot be right."""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import COMMON, OIDC, Signature

_MODEL = "https://github.com/boto/botocore/tree/develop/botocore/data/sts/2011-06-15"
_CALLING = "when calling the AssumeRoleWithWebIdentity operation"
_REQUEST = "6f2c9a51-0d3e-4b7a-9c58-1e4f70a2b6d3"
_FAILED = "failed to satisfy constraint"

_sts = partial(Signature, provider="aws", reach=OIDC, operation="AssumeRoleWithWebIdentity", source=_MODEL)
_invalid = partial(_sts, code="ValidationError")

ROWS: tuple[Signature, ...] = (
    _invalid(
        id="aws-sts-token-empty",
        family=Family.TOKEN_EMPTY,
        needle="at 'webIdentityToken' failed",
        pattern=r"Value (?:' ?'|null) at 'webIdentityToken' failed to satisfy constraint: Member must "
        r"(?:have length greater than or equal to 4|not be null)",
        meaning="An empty token was sent: the step has none, or the variable was empty where the file was "
        "written.",
        examples=(
            (
                f"An error occurred (ValidationError) {_CALLING}: 1 validation error detected: Value '' at "
                f"'webIdentityToken' {_FAILED}: "
                "Member must have length greater than or equal to 4"
            ),
            (
                f"operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 400, "
                f"RequestID: {_REQUEST}, api error "
                f"ValidationError: 1 validation error detected: Value '\n' at 'webIdentityToken' {_FAILED}: "
                f"Member must have length greater "
                "than or equal to 4"
            ),
            (
                f"1 validation error detected: Value null at 'webIdentityToken' {_FAILED}: Member must "
                f"not be "
                f"null"
            ),
            (
                f"STSServiceException [ValidationError]: 1 validation error detected: Value '' at "
                f"'webIdentityToken' {_FAILED}: Member must "
                "have length greater than or equal to 4"
            ),
        ),
    ),
    _invalid(
        id="aws-sts-token-wrong-length",
        family=Family.TOKEN_INVALID,
        needle="at 'webIdentityToken' failed",
        pattern=r"Value '(?! ?')[^']{0,200}'? ?.{0,40}at 'webIdentityToken' failed to satisfy constraint: "
        r"Member must [a-z ]{5,60}\d*",
        meaning="What was sent as token has a length no token has.",
        examples=(
            (
                f"1 validation error detected: Value 'abc' at 'webIdentityToken' {_FAILED}: Member must have "
                f"length greater than or equal to 4"
            ),
        ),
    ),
    _invalid(
        id="aws-sts-role-arn-empty",
        family=Family.ROLE_ARN_MISSING,
        needle="at 'roleArn' failed",
        pattern=r"Value (?:' ?'|null) at 'roleArn' failed to satisfy constraint: Member must",
        meaning="No role ARN was sent: the variable is empty in this step.",
        reach=COMMON,
        examples=(
            (
                f"An error occurred (ValidationError) {_CALLING}: 2 validation errors detected: Value '' at "
                f"'roleArn' {_FAILED}: Member must "
                f"have length greater than or equal to 20; Value '' at 'roleArn' {_FAILED}: Member must "
                f"satisfy regular expression pattern: "
                r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF]+"
            ),
        ),
    ),
    _invalid(
        id="aws-sts-role-arn-rejected",
        family=Family.ROLE_ARN_MALFORMED,
        needle="at 'roleArn' failed",
        pattern=r"Value '(?P<role_arn>(?! ?')[^']{1,300})' at 'roleArn' failed to satisfy constraint: "
        r"Member must",
        meaning="What was sent as role ARN is none.",
        reach=COMMON,
        examples=(
            (
                f"An error occurred (ValidationError) {_CALLING}: 1 validation error detected: Value "
                f"'deploy' "
                f"at 'roleArn' {_FAILED}: Member "
                "must have length greater than or equal to 20"
            ),
        ),
    ),
    _invalid(
        id="aws-sts-role-arn-invalid",
        family=Family.ROLE_ARN_MALFORMED,
        needle="Request ARN is invalid",
        pattern=r"Request ARN is invalid",
        meaning="The role ARN is written wrongly: another kind of ARN, quotes, or a variable left in it.",
        reach=COMMON,
        source="https://github.com/CircleCI-Public/aws-ecr-orb/issues/211",
        examples=(
            f"An error occurred (ValidationError) {_CALLING}: Request ARN is invalid",
            (
                f"WebIdentityErr: failed to retrieve credentials\ncaused by: ValidationError: Request ARN is "
                f"invalid\n\tstatus code: 400, request id: {_REQUEST}"
            ),
        ),
    ),
    _invalid(
        id="aws-sts-session-name",
        family=Family.SESSION_ARGUMENT,
        needle="at 'roleSessionName' failed",
        pattern=r"Value '(?P<session>[^']{0,300})' at 'roleSessionName' failed to satisfy constraint: "
        r"Member must",
        meaning="The session's name holds a character, or has a length, that STS refuses.",
        reach=COMMON,
        examples=(
            (
                f"An error occurred (ValidationError) {_CALLING}: 1 validation error detected: Value "
                f"'feature/login' at 'roleSessionName' {_FAILED}: "
                r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
            ),
        ),
    ),
    _invalid(
        id="aws-sts-duration",
        family=Family.SESSION_ARGUMENT,
        needle="at 'durationSeconds' failed",
        pattern=r"Value '(?P<duration>\d{0,12})' at 'durationSeconds' failed to satisfy constraint: "
        r"Member must",
        meaning="The session's duration is outside 900 to 43,200 seconds.",
        reach=COMMON,
        examples=(
            (
                f"An error occurred (ValidationError) {_CALLING}: 1 validation error detected: Value '60' at "
                f"'durationSeconds' {_FAILED}: "
                "Member must have value greater than or equal to 900"
            ),
        ),
    ),
    _invalid(
        id="aws-sts-duration-above-role",
        family=Family.SESSION_ARGUMENT,
        needle="exceeds the MaxSessionDuration",
        pattern=r"The requested DurationSeconds exceeds the MaxSessionDuration set for this role",
        meaning="The session was asked to last longer than the role allows.",
        reach=COMMON,
        source="https://github.com/ruimarinho/gsts/issues/13",
        examples=(
            (
                f"An error occurred (ValidationError) {_CALLING}: The requested DurationSeconds exceeds the "
                f"MaxSessionDuration set for this role."
            ),
        ),
    ),
    _sts(
        id="aws-sts-session-policy",
        family=Family.SESSION_ARGUMENT,
        needle="MalformedPolicyDocument|PackedPolicyTooLarge",
        pattern=r"\((?P<code>MalformedPolicyDocument|PackedPolicyTooLarge)(?:Exception)?\) when calling "
        r"the AssumeRoleWithWebIdentity operation"
        r"|AssumeRoleWithWebIdentity, .{0,200}(?P<code2>MalformedPolicyDocument|PackedPolicyTooLarge)",
        meaning="The session policy that was handed over is malformed or too large.",
        examples=(
            (
                f"An error occurred (PackedPolicyTooLarge) {_CALLING}: Packed policy consumes 112% of "
                f"allotted space"
            ),
        ),
    ),
    _sts(
        id="aws-sts-region-disabled",
        code="RegionDisabledException",
        family=Family.OTHER,
        needle="STS is not activated in this region",
        pattern=r"STS is not activated in this region for account: ?(?P<account>\d{12}|[\dX*]+)",
        meaning="STS is switched off in this region for the account.",
        reach=COMMON,
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html",
        examples=(
            (
                f"An error occurred (RegionDisabledException) {_CALLING}: STS is not activated in this "
                f"region "
                f"for account:123456789012.  "
                "Your account administrator can activate STS in this region using the IAM Console."
            ),
        ),
    ),
    _sts(
        id="aws-sts-throttled",
        code="Throttling",
        family=Family.UNAVAILABLE,
        needle="AssumeRoleWithWebIdentity",
        pattern=r"\(Throttling\) when calling the AssumeRoleWithWebIdentity operation"
        r"|AssumeRoleWithWebIdentity, .{0,200}api error Throttling",
        meaning="Too many calls at once; a retry may pass.",
        examples=(f"An error occurred (Throttling) {_CALLING} (reached max retries: 4): Rate exceeded",),
    ),
    _sts(
        id="aws-sts-wrong-endpoint",
        code="InvalidAction",
        family=Family.OTHER,
        needle="Could not find operation AssumeRoleWithWebIdentity",
        pattern=r"Could not find operation AssumeRoleWithWebIdentity",
        meaning="The endpoint that was asked is not STS.",
        examples=(
            (
                f"An error occurred (InvalidAction) {_CALLING}: Could not find operation "
                f"AssumeRoleWithWebIdentity for version 2011-06-15"
            ),
        ),
    ),
    _sts(
        id="aws-sts-other-failure",
        family=Family.OTHER,
        generic=True,
        needle="AssumeRoleWithWebIdentity",
        pattern=r"\((?P<code>\w{3,60})\) when calling the AssumeRoleWithWebIdentity operation"
        r"|operation error STS: AssumeRoleWithWebIdentity, (?:exceeded maximum number of attempts, \d+, )?"
        r"(?:https response error StatusCode: \d+, RequestID: [^,]{0,60}, (?:api error "
        r")?(?P<code2>\w{3,60})|[a-z])",
        meaning="STS refused the exchange with a message that is not in the list.",
        examples=(
            f"An error occurred (ServiceUnavailable) {_CALLING}: Try later",
            (
                "operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 503, "
                "RequestID: , api error ServiceUnavailable: x"
            ),
        ),
    ),
)
