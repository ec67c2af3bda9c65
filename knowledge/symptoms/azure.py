"""What Microsoft Entra ID answers to a federated token, by code; and what its clients print.

Microsoft says that texts may change and codes may too, but clients print the codes: they decide.
"""

from __future__ import annotations

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import COMMON, OIDC, Signature

_CODES = "https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes"
_FEDERATION = (
    "https://learn.microsoft.com/en-us/entra/workload-id/workload-identity-federation-considerations"
)
_ISSUER = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
_SUBJECT = "{3b1a7f00-1111-4222-8333-944455566677}:{9c2d0e11-5555-4666-8777-888899990000}"
_AUDIENCE = "ari:cloud:bitbucket::workspace/5d0c6a52-7777-4888-9999-aaaabbbbcccc"
_NO_RECORD = "No matching federated identity record found for presented assertion"
_CHECK = (
    "Please check your federated identity credential Subject, Audience and Issuer against the "
    "presented assertion."
)

_DETAILS = (
    r"^.{0,400}?[Aa]ssertion [Ii]ssuer:? '(?P<issuer>[^']*)'",
    r"^.{0,500}?[Aa]ssertion [Ss]ubject:? '(?P<subject>[^']*)'",
    r"^.{0,600}?[Aa]ssertion [Aa]udience:? '(?P<audience>[^']*)'",
    r"^.{0,500}?Trace ID: (?P<request_id>[\w-]+)",
    (
        r"^.{0,100}?Application with identifier '(?P<client>[^']*)' was not found in the directory "
        r"'(?P<tenant>[^']*)'"
    ),
    r"^.{0,20}?The client '(?P<client>[^']*)'(?: ?\([^)]{0,120}\))? has no configured federated",
    r"^.{0,60}?(?:Tenant|Specified tenant identifier) '(?P<tenant>[^']*)' (?:not found|is neither)",
    (
        r"^.{0,100}?Current time: (?P<now>[^,]{4,40}), assertion valid from (?P<begins>.{4,40}?), expiry "
        r"time of assertion (?P<expired>[\d/:. TAPMZ-]*\d)"
    ),
)


def _code(
    codes: str,
    name: str,
    family: Family,
    meaning: str,
    *texts: str,
    reach: str = "oidc",
    source: str = _CODES,
) -> Signature:
    """A row for one or more codes; `texts` are what stands behind the code in its examples."""
    first = codes.split("|", maxsplit=1)[0].split("\\", maxsplit=1)[0]
    return Signature(
        id=f"azure-{name}",
        provider="azure",
        family=family,
        reach=OIDC if reach == "oidc" else COMMON,
        needle="AADSTS",
        pattern=rf"AADSTS(?P<code>{codes})(?!\d)",
        meaning=meaning,
        source=source,
        details=_DETAILS,
        examples=tuple(f"ERROR: AADSTS{first}: {text}" for text in texts),
    )


ROWS: tuple[Signature, ...] = (
    _code(
        "70021",
        "assertion-refused",
        Family.ROLE_REFUSED,
        "No federated credential of the identity fits the token.",
        f"{_NO_RECORD}. Assertion Issuer: '{_ISSUER}'. Assertion Subject: '{_SUBJECT}'. Assertion "
        f"Audience: '{_AUDIENCE}'.",
        source=_FEDERATION,
    ),
    _code(
        "700211",
        "issuer-refused",
        Family.PROVIDER_REFUSED,
        "No federated credential of the identity has this issuer.",
        f"{_NO_RECORD} issuer '{_ISSUER}'. {_CHECK}",
        source=_FEDERATION,
    ),
    _code(
        "700212",
        "audience-refused",
        Family.AUDIENCE_REFUSED,
        "Issuer and subject fit, the audience does not.",
        f"{_NO_RECORD} audience '{_AUDIENCE}'. {_CHECK}",
        source=_FEDERATION,
    ),
    _code(
        "700213",
        "subject-refused",
        Family.ROLE_REFUSED,
        "The issuer fits, the subject does not; a step's subject is new in each run.",
        f"{_NO_RECORD} subject '{_SUBJECT}'. {_CHECK} Trace ID: 0a1b2c3d-0000-4000-8000-00000000abcd",
        source=_FEDERATION,
    ),
    _code(
        "7002138|7002137",
        "subject-spelling",
        Family.ROLE_REFUSED,
        "The subject differs in letter case, or belongs to another flow.",
        f"{_NO_RECORD} subject '{_SUBJECT}'. The subject matches with case-insensitive comparison.",
        source="https://learn.microsoft.com/entra/identity-platform/reference-breaking-changes",
    ),
    _code(
        "70025",
        "no-federated-credential",
        Family.ROLE_REFUSED,
        "The identity has no federated credential.",
        "Client application has no configured federated identity credentials",
        source=_FEDERATION,
    ),
    _code(
        "700222|700229",
        "own-token",
        Family.TOKEN_INVALID,
        "A token of Microsoft was sent where the step's token belongs.",
        "AAD-issued tokens may not be used for federated identity flows.",
        source="https://github.com/MicrosoftDocs/azure-docs/issues/90276",
    ),
    _code(
        "700223|700238",
        "federation-forbidden",
        Family.PROVIDER_REFUSED,
        "The tenant does not allow federation, or not from this issuer.",
        "Workload identity federation is constrained in this tenant.",
        source=_FEDERATION,
    ),
    _code(
        r"50027\d{0,2}",
        "token-malformed",
        Family.TOKEN_INVALID,
        "What was sent as token is no JWT.",
        "JWT token is invalid or malformed.",
        reach="common",
    ),
    _code(
        "700024",
        "token-expired",
        Family.TOKEN_EXPIRED,
        "The token was used outside its time.",
        "Client assertion is not within its valid time range. Current time: 2026-11-20T10:20:30.1234567Z, "
        "assertion valid from "
        "2026-11-20T08:00:00.0000000Z, expiry time of assertion 2026-11-20T09:00:00.0000000Z.",
        source=_FEDERATION,
    ),
    _code(
        "50166|501661|90061",
        "issuer-unreachable",
        Family.UNAVAILABLE,
        "Entra could not fetch the issuer's discovery document or keys.",
        "Request to External OIDC endpoint failed.",
        source="https://github.com/Azure/azure-workload-identity/issues/642",
    ),
    _code(
        "7000272",
        "key-unknown",
        Family.PROVIDER_REFUSED,
        "The key that signed the token is not among the issuer's keys.",
        f"The certificate with identifier k1 used to sign the federated credential could not be found in "
        f"the metadata of identity provider {_ISSUER}.",
        source="https://github.com/Azure/azure-workload-identity/issues/1232",
    ),
    _code(
        "50013|500133",
        "assertion-time",
        Family.OTHER,
        "The assertion was refused for its time, in another flow than federation.",
        "Assertion isn't within its valid time range.",
        reach="common",
    ),
    _code(
        "700027",
        "certificate-signature",
        Family.STATIC_KEYS,
        "A certificate is used to log in, not the step's token.",
        "Client assertion contains an invalid signature.",
        reach="common",
    ),
    _code(
        "7000216|7000218",
        "token-empty",
        Family.TOKEN_EMPTY,
        "No token was in the request.",
        "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant "
        "type.",
        reach="common",
    ),
    _code(
        "900144",
        "parameter-missing",
        Family.OTHER,
        "A parameter of the request is missing.",
        "The request body must contain the following parameter: 'client_id'.",
        reach="common",
    ),
    _code(
        "700016",
        "application-not-found",
        Family.ROLE_REFUSED,
        "The tenant has no application with this client id.",
        "Application with identifier '11112222-3333-4444-8555-666677778888' was not found in the "
        "directory 'Acme'.",
        reach="common",
    ),
    _code(
        "7000229",
        "service-principal-missing",
        Family.ROLE_REFUSED,
        "The application has no service principal in the tenant.",
        "The client application '1111' is missing service principal in the tenant 'Acme'.",
        reach="common",
    ),
    _code(
        "7000112",
        "application-disabled",
        Family.ROLE_REFUSED,
        "The application is switched off.",
        "Application '1111' (deploy) is disabled.",
        reach="common",
    ),
    _code(
        "90002|900023",
        "tenant-not-found",
        Family.ROLE_ARN_MALFORMED,
        "The tenant id names no tenant.",
        "Tenant '99990000-aaaa-4bbb-8ccc-ddddeeeeffff' not found. Check to make sure you have the correct "
        "tenant ID and are signing into the "
        "correct cloud.",
        reach="common",
    ),
    _code(
        "90023|500011|900382|900432|501051|700023|70011|28002",
        "request-refused",
        Family.OTHER,
        "The request names a resource, scope, cloud or role assignment that is not there.",
        "The request is invalid.",
        reach="common",
    ),
    _code(
        "53003|530032",
        "conditional-access",
        Family.ROLE_REFUSED,
        "A policy of the tenant blocks the login from this address.",
        "Access has been blocked by Conditional Access policies.",
        reach="common",
    ),
    _code(
        "7000215|7000222",
        "secret-refused",
        Family.STATIC_KEYS,
        "A client secret is used to log in, not the step's token.",
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
        "value.",
        reach="common",
    ),
)
