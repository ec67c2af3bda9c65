"""What a text shows, before anything is known about why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from knowledge.frozen import dataclass


class Family(StrEnum):
    """What the text by itself proves. Rules and ranking ask for families, never for wordings."""

    ROLE_REFUSED = "role-refused"
    """A real token reached STS; the role's trust policy, or the role's existence, said no."""
    PROVIDER_REFUSED = "provider-refused"
    """STS has no provider for the token's issuer, or cannot use it."""
    AUDIENCE_REFUSED = "audience-refused"
    """The provider does not list the token's audience."""
    TOKEN_INVALID = "token-invalid"
    """What was sent is no token of this kind."""
    TOKEN_EXPIRED = "token-expired"
    TOKEN_EMPTY = "token-empty"
    """Nothing, or one newline, was sent as token: the step had none."""
    TOKEN_FILE_NOT_FOUND = "token-file-not-found"
    ROLE_ARN_MISSING = "role-arn-missing"
    ROLE_ARN_MALFORMED = "role-arn-malformed"
    NO_CREDENTIALS = "no-credentials"
    """The chain of credentials found nothing: web identity was not even tried."""
    REGION_MISSING = "region-missing"
    STATIC_KEYS = "static-keys"
    """Another principal, or key pair, stood in the way."""
    PROFILE_MISSING = "profile-missing"
    SESSION_ARGUMENT = "session-argument"
    """The session's name or duration was refused."""
    AFTER_ASSUME = "after-assume"
    """The role was assumed; a later call was refused. Not an OIDC problem."""
    CALL_REFUSED = "call-refused"
    """A signed call was refused, and the text does not say whose: the role's, that of a key pair, or that of
    the machine."""
    SESSION_EXPIRED = "session-expired"
    UNAVAILABLE = "unavailable"
    """A passing fault of a service."""
    HIDDEN = "hidden"
    """A tool's generic text that hides the real one."""
    OTHER = "other"


#: A real token reached the service.
TOKEN_REACHED = frozenset(
    {
        Family.ROLE_REFUSED,
        Family.PROVIDER_REFUSED,
        Family.AUDIENCE_REFUSED,
        Family.TOKEN_EXPIRED,
        Family.SESSION_ARGUMENT,
        Family.AFTER_ASSUME,
        Family.SESSION_EXPIRED,
    }
)
#: Something was sent to STS as a token, with the name of a role, so that neither variable was missing.
EXCHANGE_TRIED = TOKEN_REACHED | {Family.TOKEN_INVALID, Family.UNAVAILABLE}


class Reach(StrEnum):
    """How far a text may be taken for an OIDC failure of a pipeline."""

    OIDC = "oidc"
    """Only an OIDC login prints it."""
    COMMON = "common"
    """Many tools print it: worth an answer only beside the name of a Bitbucket run or repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """One failure text that was found.

    `id` is the signature's (`aws-sts-access-denied`), `provider` is `aws`, `azure`, `gcp` or `other`,
    `span` is the half-open range of characters in the redacted text. `fields` holds only strings:
    `role_arn`, `account`, `principal`, `action`, `resource`, `policy_kind`, `region`, `request_id`,
    `issuer`, `audience`, `subject`, `path`, `now`, `expired`, `session`, `tool`, ...
    """

    id: str
    provider: str
    family: Family
    reach: Reach
    span: tuple[int, int]
    code: str | None = None
    operation: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
