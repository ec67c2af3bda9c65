"""What Azure prints, and the pipeline files of steps that log in there."""

from __future__ import annotations

from knowledge.casefile import Environment, Repository
from knowledge.reading import Known
from tests.knowledge.rules.scripts import one

HOME = "{495d8ecc-f500-4ab8-aed5-ddaefa477b7f}"
ENVIRONMENT = "{1f0ad2ce-0000-4111-8222-333344445555}"
STEP = "{9c2d0e11-5555-4666-8777-888899990000}"
ISSUER = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
AUDIENCE = "ari:cloud:bitbucket::workspace/df17aa72-3bde-4468-a13b-ecb9733ba43b"
REPOSITORY = Known(
    Repository(HOME, "site", "{df17aa72-3bde-4468-a13b-ecb9733ba43b}", "acme"), "the repository"
)
PRODUCTION = Known((Environment(ENVIRONMENT, "Production", "production"),), "deployment environments")

NO_RECORD = "No matching federated identity record found for presented assertion"
LOGIN = (
    'az login --service-principal -u "$AZURE_CLIENT_ID" -t "$AZURE_TENANT_ID" '
    '--federated-token "$BITBUCKET_STEP_OIDC_TOKEN"'
)
USE = "az group list"
GOOD = one(LOGIN, USE)
IDS = "{workspace: {}, repository: {AZURE_CLIENT_ID: a, AZURE_TENANT_ID: b}, deployments: {}}"
TERRAFORM = (
    "export ARM_USE_OIDC=true",
    "export ARM_OIDC_TOKEN=$BITBUCKET_STEP_OIDC_TOKEN",
    "terraform plan",
)
ARM_IDS = "{workspace: {}, repository: {ARM_CLIENT_ID: a, ARM_TENANT_ID: b}, deployments: {}}"
NO_AUTHORIZER = (
    "unable to build authorizer for Resource Manager API: could not configure AzureCli Authorizer: "
    'launching Azure CLI: exec: "az": executable file not found in $PATH'
)
CLIENT_EMPTY = "ERROR: usage error: --service-principal --username NAME --password SECRET --tenant TENANT"


def refused(code: int, text: str) -> str:
    """The text as the Azure CLI prints it."""
    return f"ERROR: AADSTS{code}: {text} Trace ID: 0a1b2c3d-0000-4000-8000-00000000abcd"


def subject_refused(subject: str, code: int = 700213) -> str:
    return refused(code, f"{NO_RECORD} subject '{subject}'. Please check your federated identity credential.")


def listed(**values: str) -> str:
    """What `az ad app federated-credential list` prints for one credential."""
    subject = f'"{values["subject"]}"' if "subject" in values else "null"
    audience = values.get("audience", "api://AzureADTokenExchange")
    expression = values.get("expression")
    more = (
        f', "claimsMatchingExpression": {{"value": "{expression}", "languageVersion": 1}}'
        if expression
        else ""
    )
    return (
        f'\n[\n  {{"audiences": ["{audience}"], "issuer": "{values.get("issuer", ISSUER)}", '
        f'"name": "bitbucket", "subject": {subject}{more}}}\n]\n'
    )
