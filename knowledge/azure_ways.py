"""The ways that lead from a Bitbucket step to Azure although no credential can match its subject.

No wildcard in a standard credential:
https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
Whose tokens a flexible credential takes:
https://learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials
A token of AWS: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html
"""

from __future__ import annotations

from knowledge.azure_credentials import credentials_in, none_listed
from knowledge.azure_presented import EXCHANGE
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Fix, Surface
from knowledge.pipelines.clouds import AWS, GCP
from knowledge.quoting import file_of
from knowledge.reading import Known
from knowledge.roles import ROLE_ARN, role_choice
from knowledge.words import code

VERIFY = "Run `az account show` in the step after the login: it prints the subscription."
CONSIDERATIONS = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations"
#: Two sentences that every refusal of a step's own token needs.
WHY = (
    "A standard federated credential compares the subject for equality, without wildcards, and a step's "
    "ends with a UUID that is new in each run. Flexible credentials take tokens of GitHub, GitLab and HCP "
    "Terraform only. So a subject copied into the credential is out of date with the next run."
)
_AWS_WAY = (
    "Through AWS, if the repository has a role there: `aws sts get-web-identity-token` in the step; its "
    "subject is the role's ARN. Needs outbound identity federation in the account and "
    "`sts:GetWebIdentityToken`."
)
_GCP_WAY = (
    "Through Google Cloud, if it has a service account there by Workload Identity Federation: an ID token "
    "(`generateIdToken`); its subject is the account's unique id, its issuer `https://accounts.google.com`."
)
_VAULT_WAY = (
    "Through HashiCorp Vault: its JWT login takes a pattern for `sub`, and its secrets engine for Azure "
    "hands out short-lived credentials. Needs a Vault that Bitbucket can reach."
)
_BROKER_WAY = (
    "Through a broker of your own (an Azure Function, say) that checks issuer, audience and "
    "`repositoryUuid` of the step's token and hands out a token of Azure."
)
_SECRET_WAY = (
    "Without OIDC: a client secret or certificate of the application, in a secured deployment variable, "
    "renewed regularly."
)
_STEP = (
    f"AZURE_TOKEN=$(aws sts get-web-identity-token --audience {EXCHANGE} --signing-algorithm RS256 --query "
    "WebIdentityToken --output text)"
)
_LOGIN = (
    'az login --service-principal -u "$AZURE_CLIENT_ID" -t "$AZURE_TENANT_ID" '
    '--federated-token "$AZURE_TOKEN"'
)
_ROLE = "arn:aws:iam::123456789012:role/bitbucket-deploy"
_ISSUER = "https://YOUR-ACCOUNT.tokens.sts.global.api.aws"


def ways(case: CaseFile, suspect: Suspect | None) -> tuple[Fix, ...]:
    """All ways in the order to try them, then the way through AWS in full."""
    order = [_AWS_WAY, _GCP_WAY]
    if _uses(case, GCP) and not _uses(case, AWS):
        order.reverse()
    role = _role(case, suspect)
    return (
        Fix(
            title="Give Azure a token whose subject stays the same; the ways, the best first",
            surface=Surface.FEDERATED_CREDENTIAL,
            steps=(*order, _VAULT_WAY, _BROKER_WAY, _SECRET_WAY),
            verify=VERIFY,
            url=CONSIDERATIONS,
        ),
        Fix(
            title="The way through AWS, with `az` or Terraform",
            surface=Surface.FEDERATED_CREDENTIAL,
            commands=(
                'az ad app federated-credential create --id "$AZURE_CLIENT_ID" --parameters credential.json',
                "# credential.json",
                (
                    f'{{"name": "bitbucket-through-aws", "issuer": "{_ISSUER}", "subject": "{role}", '
                    f'"audiences": ["{EXCHANGE}"]}}'
                ),
                "# in the step, after the login at AWS and with AWS_REGION set",
                _STEP,
                _LOGIN,
                "# the same credential in Terraform",
                'resource "azuread_application_federated_identity_credential" "bitbucket_through_aws" {',
                "  application_id = azuread_application.deploy.id",
                '  display_name   = "bitbucket-through-aws"',
                f'  audiences      = ["{EXCHANGE}"]',
                f'  issuer         = "{_ISSUER}"',
                f'  subject        = "{role}"',
                "}",
            ),
            steps=(
                (
                    "Take the issuer out of the token's `iss`; each AWS account has its own. Every link of "
                    "this chain is documented; that they hold together is inferred, so try it in a test "
                    "application."
                ),
            ),
            verify=VERIFY,
        ),
    )


def look(case: CaseFile) -> tuple[Fix, ...]:
    """How to see the credentials that the identity has, where nobody has read them yet."""
    if isinstance(case.azure_credentials, Known) or credentials_in(case) or none_listed(case):
        return ()
    command = 'az ad app federated-credential list --id "$AZURE_CLIENT_ID"'
    fix = Fix(
        title="See which credentials the identity has",
        surface=Surface.FEDERATED_CREDENTIAL,
        commands=(command,),
        steps=(
            (
                f"Paste what {code(command)} prints, together with the error: each credential is then "
                "compared with the token."
            ),
        ),
    )
    return (fix,)


def _uses(case: CaseFile, cloud: str) -> bool:
    """Whether a step of the file takes its own token to this cloud."""
    file = file_of(case)
    return any(step.cloud == cloud and step.needs_oidc for step in (file.steps if file else ()))


def _role(case: CaseFile, suspect: Suspect | None) -> str:
    """The ARN of a role that the file's steps assume, else an example."""
    choice = role_choice(case, suspect.step) if suspect is not None else None
    arn = (choice.arn or "").strip() if choice is not None else ""
    return arn if ROLE_ARN.fullmatch(arn) else _ROLE
