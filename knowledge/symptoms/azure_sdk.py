"""What Azure's SDKs and its PowerShell modules print before Entra is asked.

What PowerShell itself says of a parameter without a value:
https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_parameters
"""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import COMMON, OIDC, SINGLE, Signature

_PYTHON = (
    "https://learn.microsoft.com/en-us/python/api/azure-identity/azure.identity.workloadidentitycredential"
)
_GO = "https://github.com/Azure/azure-sdk-for-go/blob/main/sdk/azidentity/workload_identity.go"
_CONNECT = "https://learn.microsoft.com/en-us/powershell/module/az.accounts/connect-azaccount"

_sdk = partial(Signature, provider="azure", reach=COMMON, source=_PYTHON)
_powershell = partial(Signature, provider="azure", reach=COMMON, source=_CONNECT)


def _without_value(*parameters: str) -> str:
    """PowerShell's texts about a parameter that was given nothing, or an empty text."""
    names = "|".join(parameters)
    return (
        rf"(?:Cannot bind argument to|Cannot validate argument on|Missing an argument for) parameter "
        rf"{SINGLE}(?:{names}){SINGLE}"
    )


ROWS: tuple[Signature, ...] = (
    _sdk(
        id="azure-sdk-not-configured",
        family=Family.NO_CREDENTIALS,
        needle="WorkloadIdentityCredential authentication unavailable"
        "|WorkloadIdentityCredential: is unavailable"
        "|ID specified. Check pod configuration|token file specified. Check pod configuration",
        pattern=r"WorkloadIdentityCredential authentication unavailable(?:.{0,300}?Missing required "
        r"arguments: (?P<missing>[^.]{1,100}))?"
        r"|WorkloadIdentityCredential: is unavailable(?:\. (?P<missing2>[\w ,]{1,80}?) (?:is a|are) required "
        r"parameters?)?"
        r"|[Nn]o (?P<missing3>client ID|tenant ID|token file) specified\. Check pod configuration",
        meaning="The variables of the workload identity are not all set.",
        source=_GO,
        examples=(
            (
                "WorkloadIdentityCredential authentication unavailable. The workload options are not fully "
                "configured. See the troubleshooting guide. "
                "Missing required arguments: 'tenant_id', 'client_id', 'token_file_path'."
            ),
            (
                "CredentialUnavailableError: WorkloadIdentityCredential: is unavailable. clientId is a "
                "required parameter. In DefaultAzureCredential and ManagedIdentityCredential, this can be "
                'provided as an environment variable - "AZURE_CLIENT_ID".'
            ),
            "WorkloadIdentityCredential: no client ID specified. Check pod configuration or set ClientID",
            "no token file specified. Check pod configuration or set TokenFilePath in the options",
        ),
    ),
    _sdk(
        id="azure-sdk-token-file-not-found",
        family=Family.TOKEN_FILE_NOT_FOUND,
        needle="WorkloadIdentityCredential",
        pattern=r"WorkloadIdentityCredential.{0,200}?(?:No such file or directory: '(?P<path>[^']{1,300})'"
        r"|no such file or directory, open '(?P<path2>[^']{1,300})'"
        r"|\bopen (?P<path3>[^\s:]{1,300}): no such file or directory"
        r"|Could not find file '(?P<path4>[^']{1,300})'"
        r"|NoSuchFileException: (?P<path5>[^\s:]{1,300}))",
        meaning="The token file is not where its variable says.",
        examples=(
            (
                "WorkloadIdentityCredential.get_token failed: [Errno 2] No such file or directory: "
                "'/tmp/azure-token'"
            ),
            "WorkloadIdentityCredential: open /tmp/azure-token: no such file or directory",
            (
                "CredentialUnavailableError: WorkloadIdentityCredential: ENOENT: no such file or directory, "
                "open '/tmp/azure-token'"
            ),
            ("WorkloadIdentityCredential authentication failed: Could not find file '/tmp/azure-token'."),
        ),
    ),
    _sdk(
        id="azure-sdk-no-credentials",
        family=Family.NO_CREDENTIALS,
        generic=True,
        needle="EnvironmentCredential authentication unavailable",
        pattern=r"EnvironmentCredential authentication unavailable",
        meaning="None of the variables that this client reads is set.",
        examples=(
            (
                "EnvironmentCredential authentication unavailable. Environment variables are not fully "
                "configured."
            ),
        ),
    ),
    _powershell(
        id="azure-powershell-token-empty",
        reach=OIDC,
        family=Family.TOKEN_EMPTY,
        needle="parameter 'FederatedToken'",
        pattern=_without_value("FederatedToken"),
        meaning="The command got no token: the variable is empty in this step.",
        examples=(
            "Cannot bind argument to parameter 'FederatedToken' because it is an empty string.",
            (
                "Connect-AzAccount: Cannot validate argument on parameter 'FederatedToken'. The argument is "
                "null or empty."
            ),
            "Missing an argument for parameter 'FederatedToken'. Specify a parameter of type 'System.String'",
        ),
    ),
    _powershell(
        id="azure-powershell-client-empty",
        family=Family.ROLE_ARN_MISSING,
        needle="parameter 'ApplicationId'",
        pattern=_without_value("ApplicationId"),
        meaning="The client id is empty in this step.",
        examples=("Cannot bind argument to parameter 'ApplicationId' because it is an empty string.",),
    ),
    _powershell(
        id="azure-powershell-tenant-empty",
        family=Family.ROLE_ARN_MISSING,
        needle="Connect-AzAccount: Cannot|Connect-AzAccount: Missing|Connect-AzAccount : Cannot",
        # Many commands have a parameter of this name.
        pattern=r"Connect-AzAccount ?: " + _without_value("Tenant", "TenantId"),
        meaning="The tenant id is empty in this step.",
        examples=(
            "Connect-AzAccount: Cannot bind argument to parameter 'Tenant' because it is an empty string.",
        ),
    ),
    _powershell(
        id="azure-powershell-too-old",
        reach=OIDC,
        family=Family.OTHER,
        needle="matches parameter name 'FederatedToken'",
        pattern=rf"A parameter cannot be found that matches parameter name {SINGLE}FederatedToken",
        meaning="This version of the module Az.Accounts does not know federated tokens.",
        examples=(
            ("Connect-AzAccount: A parameter cannot be found that matches parameter name 'FederatedToken'."),
        ),
    ),
    _powershell(
        id="azure-powershell-not-logged-in",
        family=Family.NO_CREDENTIALS,
        needle="Run Connect-AzAccount to login",
        # "..., then run Connect-AzAccount to login" is said to who is logged in and sees no subscription.
        pattern=r"(?<!then )Run Connect-AzAccount to login",
        meaning="No login was made in this step, or it failed before this command.",
        examples=("Get-AzResourceGroup: Run Connect-AzAccount to login.",),
    ),
)
