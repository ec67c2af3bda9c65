"""What other services that take a step's token say when they refuse it, and what to compare then.

Vault: https://github.com/hashicorp/vault-plugin-auth-jwt/blob/main/path_login.go
Kubernetes: https://github.com/coreos/go-oidc/blob/v3/oidc/verify.go
JFrog: https://github.com/jfrog/jfrog-cli-core/blob/dev/common/commands/config.go
Teleport: https://github.com/gravitational/teleport/blob/master/lib/bitbucket/bitbucket.go
"""

from __future__ import annotations

from collections.abc import Mapping

from knowledge.frozen import dataclass

_VAULT = "https://developer.hashicorp.com/vault/docs/auth/jwt"
_KUBERNETES = "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
_CHANGES = (
    "A step's subject ends with a UUID that is new in each run, and its UUIDs carry braces, so equality "
    "with a whole subject never holds for long."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refusal: `service` and `said` make the headline, `compare` is what to look at, `claim` the claim
    that it is about (`iss`, `aud`, `sub`). `certain` is false where the text leaves several reasons open."""

    service: str
    said: str
    meaning: str
    title: str
    compare: tuple[str, ...]
    claim: str = ""
    certain: bool = True
    page: str | None = None


REFUSALS: Mapping[str, Refusal] = {
    "vault-role-missing": Refusal(
        service="Vault",
        said="was given no role.",
        meaning="The login names a role of the JWT method; the variable that holds it was empty.",
        title="Name the role",
        compare=("Give `role=NAME` to the login, and see that its variable has a value in this step.",),
        page=_VAULT,
    ),
    "vault-role-not-found": Refusal(
        service="Vault",
        said="has no such role for a login by JWT.",
        meaning="The name or the mount is another one, or the role was made for a login by browser.",
        title="Compare the role's name, its mount and its type",
        compare=(
            "`vault read auth/<mount>/role/<name>` prints the role; its `role_type` must be `jwt`.",
            "Inside a namespace `VAULT_NAMESPACE` must name it.",
        ),
        page=_VAULT,
    ),
    "vault-issuer-refused": Refusal(
        service="Vault",
        said="expects another issuer than the token's.",
        meaning="`bound_issuer` of the method is compared with the token's `iss` letter by letter.",
        title="Compare `bound_issuer` with the token's issuer",
        compare=("`vault read auth/<mount>/config` prints `bound_issuer` and the address of the keys.",),
        claim="iss",
        page=_VAULT,
    ),
    "vault-audience-refused": Refusal(
        service="Vault",
        said="does not list the token's audience in the role.",
        meaning="A Bitbucket token always has an audience, so the role needs it in `bound_audiences`.",
        title="Put the token's audience into `bound_audiences` of the role",
        compare=("`vault read auth/<mount>/role/<name>` prints `bound_audiences`.",),
        claim="aud",
        page=_VAULT,
    ),
    "vault-claim-refused": Refusal(
        service="Vault",
        said="asks for a claim that this token lacks, or has with another value.",
        meaning=_CHANGES,
        title="Compare `bound_claims`, `bound_subject` and `user_claim` of the role with the token",
        compare=(
            "Leave `bound_subject` empty; take `bound_claims` with `bound_claims_type=glob` for `sub`.",
            "`deploymentEnvironmentUuid` is there only in a step with `deployment:`.",
            "UUIDs are written with their braces.",
        ),
        claim="sub",
        page=_VAULT,
    ),
    "vault-token-expired": Refusal(
        service="Vault",
        said="was sent the token outside its time.",
        meaning="Bitbucket makes the token when the step starts, and it cannot be renewed inside the step.",
        title="Log in at the beginning of the step",
        compare=("Take the token of this very step, not one kept in an artifact or a cache.",),
        page=_VAULT,
    ),
    "vault-signature-refused": Refusal(
        service="Vault",
        said="has no key that fits the token's signature.",
        meaning="The method was set up with the keys of another issuer, or of another workspace.",
        title="Compare `oidc_discovery_url` or `jwks_url` with the token's issuer",
        compare=("`vault read auth/<mount>/config` prints them.",),
        claim="iss",
        page=_VAULT,
    ),
    "vault-issuer-unreachable": Refusal(
        service="Vault",
        said="cannot fetch the issuer's keys.",
        meaning="Vault itself asks Bitbucket for them, without a login.",
        title="Let Vault reach `api.bitbucket.org`",
        compare=("Ask for the discovery address from the machine on which Vault runs.",),
        claim="iss",
        page=_VAULT,
    ),
    "kubernetes-audience-refused": Refusal(
        service="The cluster",
        said="expects another audience than the token's.",
        meaning="`--oidc-client-id` of the API server must be the token's audience.",
        title="Compare the client id of the cluster's OIDC settings with the token's audience",
        compare=(
            "Set it to the token's audience, or let the step ask for the cluster's by `oidc: audiences`.",
        ),
        claim="aud",
        page=_KUBERNETES,
    ),
    "kubernetes-issuer-refused": Refusal(
        service="The cluster",
        said="expects another issuer than the token's.",
        meaning="The issuer is compared letter by letter.",
        title="Compare the issuer of the cluster's OIDC settings with the token's",
        compare=("A slash at the end, or another workspace, is another issuer.",),
        claim="iss",
        page=_KUBERNETES,
    ),
    "kubernetes-token-expired": Refusal(
        service="The cluster",
        said="was sent the token after its end.",
        meaning="Bitbucket makes the token when the step starts, and it cannot be renewed inside the step.",
        title="Use the token at the beginning of the step",
        compare=("Take the token of this very step, not one kept in an artifact or a cache.",),
        page=_KUBERNETES,
    ),
    "kubernetes-token-malformed": Refusal(
        service="The cluster",
        said="was sent something else than a token of its issuer.",
        meaning=(
            "It is no JWT (empty, masked, a name in single quotes), or its signature is another issuer's."
        ),
        title="Send the step's token as it is",
        compare=('Give it between double quotes: `--token "$BITBUCKET_STEP_OIDC_TOKEN"`.',),
        claim="iss",
        page=_KUBERNETES,
    ),
    "kubernetes-unauthorized": Refusal(
        service="The cluster",
        said="does not know the identity that called it.",
        meaning=(
            "kubectl shows no more than that. With a role of a cloud it is the cluster's list of roles; "
            "with the step's own token, the reason stands in the API server's log."
        ),
        title="See who is known to the cluster",
        compare=(
            "With a cloud's login: add the role or service account to the cluster's access entries.",
            "With the step's token: look for `Unable to authenticate the request` in the API server's log.",
            "A user name made of `sub` is new in each run; `repositoryUuid` stays.",
        ),
        certain=False,
        page=_KUBERNETES,
    ),
    "jfrog-url-missing": Refusal(
        service="JFrog CLI",
        said="was given no address of the platform.",
        meaning="The variable that holds it was empty in this step.",
        title="Give the platform's address",
        compare=("See that `JF_URL`, or what `--url` is given, has a value in this step.",),
    ),
    "jfrog-provider-type": Refusal(
        service="JFrog CLI",
        said="does not know the type of provider that it was given.",
        meaning="The type is GitHub when none is given; for Bitbucket it is the generic one.",
        title="Give `--oidc-provider-type GenericOidc`",
        compare=("Compare the spelling with the list that the text prints.",),
    ),
    "jfrog-exchange-refused": Refusal(
        service="The JFrog Platform",
        said="did not take the token: its provider or an identity mapping does not fit.",
        meaning=_CHANGES,
        title="Compare the provider and its identity mappings with the token",
        compare=(
            "Administration > Integrations: the provider's issuer and audience are those of the token.",
            "A mapping's claims are compared for equality: use `repositoryUuid`, with braces, not `sub`.",
        ),
        claim="iss",
        certain=False,
    ),
    "teleport-claims-refused": Refusal(
        service="Teleport",
        said="has no rule of the join token that fits the step's claims.",
        meaning="Its rules compare workspace, repository, environment and branch exactly, with braces.",
        title="Compare the rules of the join token with the step's claims",
        compare=(
            "`workspace_uuid` and `repository_uuid` with their braces, as on the page OpenID Connect.",
            "`deployment_environment_uuid` only for a step with `deployment:`.",
        ),
    ),
}
