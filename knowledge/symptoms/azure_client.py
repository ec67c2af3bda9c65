"""What Azure's clients print before Entra is asked, and what Azure answers once the login worked."""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import COMMON, OIDC, Signature

_CLI = "https://github.com/Azure/azure-cli"
_TERRAFORM = (
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_oidc"
)
_RBAC = "https://learn.microsoft.com/en-us/azure/role-based-access-control/troubleshooting"

_az = partial(Signature, provider="azure", reach=COMMON, source=_CLI)

ROWS: tuple[Signature, ...] = (
    _az(
        id="azure-cli-token-empty",
        family=Family.TOKEN_EMPTY,
        needle="Please specify both username and password",
        pattern=r"Please specify both username and password in non-interactive mode",
        meaning="The command got an empty token.",
        examples=("ERROR: Please specify both username and password in non-interactive mode.",),
    ),
    _az(
        id="azure-cli-token-argument-empty",
        reach=OIDC,
        family=Family.TOKEN_EMPTY,
        needle="argument --federated-token",
        pattern=r"argument --federated-token: expected one argument",
        meaning="The command got no token: the variable is empty in this step.",
        examples=("ERROR: argument --federated-token: expected one argument",),
    ),
    _az(
        id="azure-cli-client-empty",
        family=Family.ROLE_ARN_MISSING,
        needle="--service-principal --username NAME|argument --username/-u",
        pattern=r"usage error: --service-principal --username NAME --password SECRET --tenant TENANT"
        r"|argument --username/-u: expected one argument",
        meaning="The client id is empty in this step.",
        examples=(
            "ERROR: usage error: --service-principal --username NAME --password SECRET --tenant TENANT",
            "ERROR: argument --username/-u: expected one argument",
        ),
    ),
    _az(
        id="azure-cli-tenant-empty",
        family=Family.ROLE_ARN_MISSING,
        needle="argument --tenant/-t",
        pattern=r"argument --tenant/-t: expected one argument",
        meaning="The tenant id is empty in this step.",
        examples=("ERROR: argument --tenant/-t: expected one argument",),
    ),
    _az(
        id="azure-cli-tenant-not-given",
        family=Family.ROLE_ARN_MISSING,
        needle="login.microsoftonline.com//v2.0",
        pattern=r"https://login\.microsoftonline\.com//v2\.0/\.well-known/openid-configuration",
        meaning="The tenant id is empty in this step.",
        examples=(
            (
                "OIDC Discovery failed on "
                "https://login.microsoftonline.com//v2.0/.well-known/openid-configuration. HTTP status: 404"
            ),
        ),
    ),
    _az(
        id="azure-cli-tenant-omitted",
        family=Family.ROLE_ARN_MISSING,
        needle="login.microsoftonline.com/organizations/v2.0",
        pattern=r"https://login\.microsoftonline\.com/organizations/v2\.0/\.well-known/openid-config",
        meaning="The command was given no tenant.",
        examples=(
            (
                "OIDC Discovery failed on "
                "https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration. "
                "HTTP status: 400"
            ),
        ),
    ),
    _az(
        id="azure-tenant-unknown",
        family=Family.ROLE_ARN_MALFORMED,
        needle="Failed to resolve tenant|Unable to get authority configuration|Discovery endpoint rejects"
        "|OIDC Discovery failed on",
        pattern=r"Failed to resolve tenant '(?P<tenant>[^']{0,200})'"
        r"|Unable to get authority configuration for "
        r"https://login\.microsoftonline\.com/(?P<tenant2>[\w.-]{1,100})"
        r"|OIDC Discovery endpoint rejects our request"
        r"|OIDC Discovery failed on https://login\.microsoftonline\.com/"
        r"(?P<tenant3>(?!organizations/|common/)[\w.-]{1,100})/v2\.0/\S{1,60}\. HTTP status: 400",
        meaning="The tenant id names no tenant.",
        examples=(
            "ERROR: Failed to resolve tenant 'acme'.",
            'OIDC Discovery endpoint rejects our request. Error: {"error":"invalid_tenant"}',
            (
                "OIDC Discovery failed on https://login.microsoftonline.com/99990000-aaaa-4bbb-8ccc-ddddeeeeffff"
                '/v2.0/.well-known/openid-configuration. HTTP status: 400, Error: {"error":"invalid_tenant"}'
            ),
            (
                "Unable to get authority configuration for "
                "https://login.microsoftonline.com/99990000-aaaa-4bbb-8ccc-ddddeeeeffff. Authority would "
                "typically be in a format of https://login.microsoftonline.com/your_tenant"
            ),
        ),
    ),
    _az(
        id="azure-cli-too-old",
        reach=OIDC,
        family=Family.OTHER,
        needle="unrecognized arguments: --federated-token",
        pattern=r"unrecognized arguments: --federated-token",
        meaning="This version of the Azure CLI does not know federated tokens.",
        examples=("UnrecognizedArgumentError: unrecognized arguments: --federated-token",),
    ),
    _az(
        id="azure-terraform-asked-the-cli",
        family=Family.NO_CREDENTIALS,
        needle="could not configure AzureCli Authorizer",
        pattern=r"could not configure AzureCli Authorizer.{0,500}?Please run 'az login' to setup account",
        meaning="Terraform found its OIDC settings incomplete and asked the Azure CLI, which has no login.",
        source=_TERRAFORM,
        examples=(
            (
                "could not configure AzureCli Authorizer: tenant ID was not specified and the default "
                "tenant ID could not be determined: running Azure CLI: exit status 1: ERROR: Please run "
                "'az login' to setup account."
            ),
        ),
    ),
    _az(
        id="azure-terraform-no-authorizer",
        family=Family.NO_CREDENTIALS,
        generic=True,
        needle="AzureCli Authorizer|no Authorizer could",
        pattern=r"could not configure AzureCli Authorizer|no Authorizer could be configured, please check "
        r"your configuration",
        meaning="Terraform found its OIDC settings incomplete and tried the Azure CLI instead.",
        source=_TERRAFORM,
        examples=(
            (
                "unable to build authorizer for Resource Manager API: could not configure AzureCli "
                'Authorizer: launching Azure CLI: exec: "az": '
                "executable file not found in $PATH"
            ),
            "no Authorizer could be configured, please check your configuration",
        ),
    ),
    _az(
        id="azure-cli-not-logged-in",
        family=Family.NO_CREDENTIALS,
        needle="Please run 'az login' to setup account",
        pattern=r"Please run 'az login' to setup account",
        meaning="No login was made in this step, or it failed before this command.",
        examples=("ERROR: Please run 'az login' to setup account.",),
    ),
    _az(
        id="azure-terraform-two-tokens",
        reach=OIDC,
        family=Family.OTHER,
        needle="mismatch between supplied OIDC token",
        pattern=r"mismatch between supplied OIDC token and supplied OIDC token file contents",
        meaning="Token and token file are both set and differ.",
        source=_TERRAFORM,
        examples=(
            (
                "mismatch between supplied OIDC token and supplied OIDC token file contents - please either "
                "remove one or ensure they match"
            ),
        ),
    ),
    _az(
        id="azure-pulumi-token-missing",
        reach=OIDC,
        family=Family.TOKEN_EMPTY,
        needle="OIDC authentication was requested via",
        pattern=r"OIDC authentication was requested via useOidc/ARM_USE_OIDC but no token and/or request "
        r"URL were configured",
        meaning="The token's variable is empty in this step.",
        source="https://github.com/pulumi/pulumi-azure-native/issues/2609",
        examples=(
            (
                "OIDC authentication was requested via useOidc/ARM_USE_OIDC but no token and/or request URL "
                "were configured."
            ),
        ),
    ),
    _az(
        id="azure-pipe-variable-missing",
        family=Family.NO_CREDENTIALS,
        needle="AZURE_APP_ID|AZURE_PASSWORD|AZURE_TENANT_ID",
        pattern=r"(?P<variable>AZURE_(?:APP_ID|PASSWORD|TENANT_ID)) variable missing"
        r"|(?P<variable2>AZURE_(?:APP_ID|PASSWORD|TENANT_ID)): ?-? ?required field",
        meaning="The pipe was not given a variable that its login needs.",
        source="https://bitbucket.org/atlassian/azure-cli-run",
        examples=(
            "✖ AZURE_PASSWORD variable missing.",
            "✖ Validation errors: \nAZURE_PASSWORD:\n- required field",
        ),
    ),
    _az(
        id="azure-no-subscription",
        family=Family.AFTER_ASSUME,
        needle="No subscriptions found for|The subscription '|Subscription '|subscription '",
        pattern=r"No subscriptions found for (?P<client>[\w$*{}.@-]{1,100})"
        r"|The subscription '(?P<subscription>[^']{1,100})' could not be (?:retrieved|found)"
        r"|[Ss]ubscription '(?P<subscription2>[^']{1,100})' not (?:found|recognized)",
        meaning="The login worked; the identity has no role in a subscription.",
        source=_RBAC,
        examples=(
            "ERROR: No subscriptions found for 11112222-3333-4444-8555-666677778888.",
            (
                "The subscription '1111' could not be retrieved for 'deploy'. Ensure the subscription exists "
                "and that you have access to it."
            ),
            "Subscription '1111' not found. Check the ID or name and try again.",
            "WARNING: Subscription '1111' not recognized.",
        ),
    ),
    _az(
        id="azure-authorization-failed",
        family=Family.AFTER_ASSUME,
        code="AuthorizationFailed",
        needle="does not have authorization to perform action",
        pattern=r"[Tt]he client '(?P<principal>[^']{0,100})' with object id '(?P<object>[^']{0,100})' "
        r"does not have authorization to perform action "
        r"'(?P<action>[^']{1,200})'(?: over scope '(?P<resource>[^']{1,400})')?",
        meaning="The login worked; the identity lacks a role for this action.",
        source=_RBAC,
        examples=(
            (
                "(AuthorizationFailed) The client '1111' with object id '2222' does not have "
                "authorization to "
                "perform action "
                "'Microsoft.Resources/deployments/write' over scope "
                "'/subscriptions/3333/resourceGroups/site' "
                "or the scope is invalid."
            ),
        ),
    ),
)
