"""What other services that take a step's token print: Vault, Kubernetes, JFrog, HCP, Teleport."""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import COMMON, DOUBLE, OIDC, Signature

_VAULT = "https://github.com/hashicorp/vault-plugin-auth-jwt/blob/main/path_login.go"
_CAP = "https://github.com/hashicorp/cap/blob/main/jwt/jwt.go"
_GO_OIDC = "https://github.com/coreos/go-oidc/blob/v3/oidc/verify.go"
_JFROG = "https://github.com/jfrog/jfrog-cli-core/blob/dev/common/commands/config.go"
_HCP = "https://github.com/hashicorp/terraform-provider-hcp/blob/main/docs/index.md"
_TELEPORT = "https://github.com/gravitational/teleport/blob/master/lib/bitbucket/bitbucket.go"
_LOGIN = (
    "Error making API request.\n\nURL: PUT https://vault.acme.example/v1/auth/jwt/login\nCode: 400. "
    "Errors:\n\n* "
)


def _one_of_errors(text: str) -> str:
    """One of Vault's list of errors: as its command prints it, and as the API sends it."""
    printed = rf"Code: 400\. Errors:(?: |\\{{1,15}}[nrt]){{1,8}}\* {text}(?!\w)"
    return rf"{printed}|{DOUBLE}errors{DOUBLE}: ?\[ ?{DOUBLE}{text}{DOUBLE}"


_vault = partial(Signature, provider="other", reach=COMMON, source=_VAULT)
_kubernetes = partial(Signature, provider="other", reach=COMMON, source=_GO_OIDC)
_jfrog = partial(Signature, provider="other", reach=COMMON, source=_JFROG)

ROWS: tuple[Signature, ...] = (
    _vault(
        id="vault-token-missing",
        family=Family.TOKEN_EMPTY,
        needle="missing token",
        pattern=_one_of_errors("missing token"),
        meaning="Vault got no token: the variable is empty in this step.",
        examples=(f"{_LOGIN}missing token", '{"errors":["missing token"]}'),
    ),
    _vault(
        id="vault-role-missing",
        family=Family.ROLE_ARN_MISSING,
        needle="missing role",
        pattern=_one_of_errors("missing role"),
        meaning="Vault was given no role.",
        examples=(f"{_LOGIN}missing role",),
    ),
    _vault(
        id="vault-role-not-found",
        family=Family.ROLE_REFUSED,
        needle="could not be found|oidc role_type",
        # Vault's list of errors tells its role from everybody else's.
        pattern=rf"(?:\* |\[ ?{DOUBLE})role {DOUBLE}(?P<role>[^\"\\]{{1,200}}){DOUBLE} could not be found"
        r"|role with oidc role_type is not allowed",
        meaning="Vault has no such role for this kind of login.",
        examples=(
            f'{_LOGIN}role "deploy" could not be found',
            '{"errors":["role \\"deploy\\" could not be found"]}',
            f"{_LOGIN}role with oidc role_type is not allowed",
        ),
    ),
    _vault(
        id="vault-issuer-refused",
        family=Family.PROVIDER_REFUSED,
        needle="error validating token",
        pattern=r"error validating token: .{0,60}?invalid issuer \(iss\) claim",
        meaning="Vault is set to another issuer than the token's.",
        source=_CAP,
        examples=(f"{_LOGIN}error validating token: invalid issuer (iss) claim",),
    ),
    _vault(
        id="vault-audience-refused",
        family=Family.AUDIENCE_REFUSED,
        needle="error validating token|but no audiences bound",
        pattern=r"error validating token: .{0,60}?invalid audience \(aud\) claim|audience claim found in "
        r"JWT but no audiences bound to the role",
        meaning="The role in Vault does not list the token's audience.",
        source=_CAP,
        examples=(
            (
                f"{_LOGIN}error validating token: invalid audience (aud) claim: audience claim does not "
                f"match "
                f"any expected audience"
            ),
            f"{_LOGIN}audience claim found in JWT but no audiences bound to the role",
        ),
    ),
    _vault(
        id="vault-claim-refused",
        family=Family.ROLE_REFUSED,
        needle="error validating token|error validating claims|not found in token",
        pattern=r"error validating token: .{0,60}?invalid subject \(sub\) claim|error validating claims: "
        rf"claim {DOUBLE}(?P<claim>[^\"\\]{{1,100}}){DOUBLE} "
        r"(?:is missing|does not match any associated bound claim values)|claim "
        rf"{DOUBLE}(?P<claim2>[^\"\\]{{1,100}}){DOUBLE} not found in token",
        meaning="The role in Vault asks for a claim that this token lacks or has with another value.",
        examples=(
            f"{_LOGIN}error validating token: invalid subject (sub) claim",
            f'{_LOGIN}error validating claims: claim "deploymentEnvironmentUuid" is missing',
            (
                f'{_LOGIN}error validating claims: claim "repositoryUuid" does not match any associated '
                f"bound "
                f"claim values"
            ),
            f'{_LOGIN}claim "email" not found in token',
        ),
    ),
    _vault(
        id="vault-token-expired",
        family=Family.TOKEN_EXPIRED,
        needle="error validating token",
        pattern=r"error validating token: .{0,60}?(?:invalid expiration time \(exp\) claim|invalid not "
        r"before \(nbf\) claim)",
        meaning="The token was used outside its time.",
        source=_CAP,
        examples=(
            f"{_LOGIN}error validating token: invalid expiration time (exp) claim: token is expired",
            f"{_LOGIN}error validating token: invalid not before (nbf) claim: token not yet valid",
        ),
    ),
    _vault(
        id="vault-signature-refused",
        family=Family.PROVIDER_REFUSED,
        needle="no known key successfully validated",
        pattern=r"no known key successfully validated the token signature",
        meaning="Vault has the keys of another issuer.",
        source=_CAP,
        examples=(
            (
                f"{_LOGIN}error validating token: error verifying token signature: no known key successfully "
                f"validated the token signature"
            ),
        ),
    ),
    _vault(
        id="vault-issuer-unreachable",
        family=Family.UNAVAILABLE,
        needle="error configuring token validator|error checking oidc",
        pattern=r"error configuring token validator|error checking oidc discovery URL",
        meaning="Vault cannot reach the issuer.",
        examples=(
            f"{_LOGIN}error configuring token validator: timeout",
            f"{_LOGIN}error checking oidc discovery URL",
        ),
    ),
    _kubernetes(
        id="kubernetes-audience-refused",
        family=Family.AUDIENCE_REFUSED,
        needle="oidc: expected audience",
        pattern=rf"oidc: expected audience {DOUBLE}(?P<expected>[^\"\\]{{1,200}}){DOUBLE} got "
        r"\[(?P<audience>[^\]]{0,400})\]",
        meaning="The cluster expects another audience.",
        examples=(
            (
                'oidc: verify token: oidc: expected audience "k8s" got '
                '["ari:cloud:bitbucket::workspace/5d0c6a52"]'
            ),
        ),
    ),
    _kubernetes(
        id="kubernetes-issuer-refused",
        family=Family.PROVIDER_REFUSED,
        needle="oidc: id token|oidc: issuer",
        pattern=r"oidc: id token issued by a different provider, expected "
        rf"{DOUBLE}(?P<expected>[^\"\\]{{1,300}}){DOUBLE} got {DOUBLE}(?P<issuer>[^\"\\]{{1,300}}){DOUBLE}"
        r"|oidc: issuer did not match the issuer returned by provider",
        meaning="The cluster expects another issuer.",
        examples=(
            (
                'oidc: id token issued by a different provider, expected "https://a.example" got '
                '"https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"'
            ),
            (
                'oidc: issuer did not match the issuer returned by provider, expected "https://a.example" '
                "got "
                '"https://b.example"'
            ),
        ),
    ),
    _kubernetes(
        id="kubernetes-token-expired",
        family=Family.TOKEN_EXPIRED,
        needle="oidc: token is expired",
        pattern=r"oidc: token is expired \(Token Expiry: (?P<expired>[^)]{4,60})\)",
        meaning="The token was used after its end.",
        examples=("oidc: token is expired (Token Expiry: 2026-11-20 09:00:00 +0000 UTC)",),
    ),
    _kubernetes(
        id="kubernetes-token-malformed",
        family=Family.TOKEN_INVALID,
        needle="oidc: malformed|failed to verify signature",
        pattern=r"oidc: malformed jwt|oidc: .{0,80}?failed to verify signature",
        meaning="What was sent as token is no JWT, or of another issuer.",
        examples=(
            "oidc: malformed jwt: square/go-jose: compact JWS format must have three parts",
            "oidc: verify token: failed to verify signature: x",
        ),
    ),
    _kubernetes(
        id="kubernetes-unauthorized",
        family=Family.OTHER,
        needle="You must be logged in to the server",
        pattern=r"You must be logged in to the server \((?:Unauthorized|the server has asked for the "
        r"client to provide credentials)\)",
        meaning="The cluster does not know the identity; the login to the cloud may well have worked.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html",
        examples=(
            "error: You must be logged in to the server (Unauthorized)",
            (
                "error: You must be logged in to the server (the server has asked for the client to provide "
                "credentials)"
            ),
        ),
    ),
    _jfrog(
        id="jfrog-token-missing",
        reach=OIDC,
        family=Family.TOKEN_EMPTY,
        needle="--oidc-token-id flag must be provided",
        pattern=r"the --oidc-token-id flag must be provided when --oidc-provider is used",
        meaning="The command got no token: the variable is empty in this step.",
        examples=(
            (
                "[Error] the --oidc-token-id flag must be provided when --oidc-provider is used. Ensure the "
                "flag is set"
            ),
        ),
    ),
    _jfrog(
        id="jfrog-url-missing",
        family=Family.OTHER,
        needle="--url flag must be provided",
        pattern=r"the --url flag must be provided when --oidc-provider is used",
        meaning="The command got no address of the platform.",
        examples=("[Error] the --url flag must be provided when --oidc-provider is used",),
    ),
    _jfrog(
        id="jfrog-provider-type",
        family=Family.OTHER,
        needle="unsupported oidc provider type",
        pattern=r"unsupported oidc provider type: (?P<type>\S{1,80})",
        meaning="The provider's type is misspelt.",
        examples=("[Error] unsupported oidc provider type: Generic",),
    ),
    _jfrog(
        id="jfrog-exchange-refused",
        family=Family.ROLE_REFUSED,
        needle="OIDC token exchange failed|Access token not found in",
        pattern=r"OIDC token exchange failed:|Access token not found in the response",
        meaning="The platform's identity mapping does not fit the token.",
        source="https://github.com/jfrog/setup-jfrog-cli/blob/master/src/oidc-utils.ts",
        examples=("OIDC token exchange failed: [HTTP 401]", "Access token not found in the response"),
    ),
    _vault(
        id="hcp-token-missing",
        reach=OIDC,
        family=Family.TOKEN_EMPTY,
        needle="invalid workload_identity",
        pattern=r"invalid workload_identity.{0,80}?at least one of [`\"']?token_file[`\"']? or "
        r"[`\"']?token[`\"']? must be set",
        meaning="The provider got no token.",
        source=_HCP,
        examples=("Error: invalid workload_identity: at least one of token_file or token must be set",),
    ),
    _vault(
        id="teleport-claims-refused",
        family=Family.ROLE_REFUSED,
        needle="id token claims did not match any allow rules",
        pattern=r"id token claims did not match any allow rules",
        meaning="No rule of the join token fits the step's claims.",
        source=_TELEPORT,
        examples=("ERROR: id token claims did not match any allow rules",),
    ),
)
