"""What AWS's refusals mean, in words.

Error codes are those of IAM and STS: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
Messages of AWS are not carried on: they name principals and policies.
"""

from __future__ import annotations

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ReadTimeoutError,
)

from bot.clients.aws_wire import AnswerUnbounded
from bot.errors import (
    OPERATOR,
    SourceDenied,
    SourceError,
    SourceMalformed,
    SourceNotFound,
    SourceRateLimited,
    SourceUnreachable,
)
from knowledge.words import code

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
_BAD_KEY = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "AuthFailure",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "OptInRequired",
    }
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown"}
)
_MISSING = frozenset({"NoSuchEntity", "NoSuchEntityException"})


def not_listed(account: str) -> SourceDenied:
    """An account that is neither the bot's own nor listed."""
    return SourceDenied(
        f"the bot may not read the AWS account {account}",
        f"{OPERATOR} adds a role of that account to `AWS_READ_ROLES`",
    )


def unusable() -> SourceMalformed:
    """Settings with which nothing can be asked: an unknown profile, an address that is none."""
    return SourceMalformed(
        "AWS cannot be asked as the bot is set up", f"{OPERATOR} checks the bot's `AWS_*` settings"
    )


def unintelligible() -> SourceMalformed:
    """An answer without what such an answer holds."""
    return SourceMalformed(
        "AWS's answer does not have the documented shape",
        f"ask again; if it stays so, {OPERATOR} checks `AWS_ENDPOINT_URL` and the way to it",
    )


def translated(
    error: ClientError | BotoCoreError, permission: str, account: str | None
) -> tuple[str, SourceError]:
    """The status for the metrics, and what the error means for the reading."""
    if isinstance(error, ClientError):
        status = str(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "none"))
        return status, _answered(
            str(error.response.get("Error", {}).get("Code", "")), status, permission, account
        )
    return "none", _unanswered(error)


def _answered(named: str, status: str, permission: str, account: str | None) -> SourceError:
    where = f" in the account {account}" if account else ""
    if named in _MISSING:
        return SourceNotFound(f"AWS has no such thing{where}", "check the name and the account")
    if named in _DENIED or (status == "403" and named not in _BAD_KEY | _EXPIRED):
        if permission == "sts:AssumeRole":
            return SourceDenied(
                f"AWS does not let the bot take its read role{where}",
                f"{OPERATOR} names the bot in that role's trust policy, and allows it {code(permission)}",
            )
        return SourceDenied(
            f"AWS does not allow the bot {code(permission)}{where}",
            f"{OPERATOR} allows it {code(permission)} there",
        )
    if named in _BAD_KEY:
        return SourceDenied(
            "AWS does not accept the bot's credentials", f"{OPERATOR} renews the bot's `AWS_*` settings"
        )
    if named in _EXPIRED:
        return SourceDenied(
            "the bot's AWS credentials have expired", f"{OPERATOR} renews the bot's `AWS_*` settings"
        )
    if named in _THROTTLED or status == "429":
        return SourceRateLimited("AWS takes no more questions from the bot for now", "ask again in a minute")
    if status.startswith("5"):
        return SourceUnreachable(f"AWS has a fault of its own ({status})", "ask again in a few minutes")
    return SourceMalformed(
        f"AWS refused the question ({status})", f"{OPERATOR} checks the bot's `AWS_*` settings"
    )


def _unanswered(error: BotoCoreError) -> SourceError:
    if isinstance(error, NoCredentialsError | PartialCredentialsError | CredentialRetrievalError):
        return SourceDenied(
            "the bot has no AWS credentials", f"{OPERATOR} gives it some (`AWS_*`) that may only read IAM"
        )
    if isinstance(error, NoRegionError):
        return SourceDenied("the bot has no AWS region", f"{OPERATOR} sets `AWS_REGION` for the bot")
    if isinstance(error, AnswerUnbounded):
        return SourceMalformed(
            "AWS's answer is longer than any that was asked for",
            f"ask again; if it stays so, {OPERATOR} checks `AWS_ENDPOINT_URL` and the way to it",
        )
    if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
        return SourceUnreachable("AWS did not answer in time", "ask again in a minute")
    if isinstance(error, EndpointConnectionError | HTTPClientError):
        return SourceUnreachable("AWS cannot be reached", "ask again in a minute")
    return unusable()
