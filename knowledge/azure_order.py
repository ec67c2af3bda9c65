"""The rules that speak from a text of Azure's, by their modules, in the order in which equals are named.

Earlier is what comes earlier in a login: the command, the settings, the tenant, the application, the token,
what the identity trusts; then what only shows once the login worked.
"""

from __future__ import annotations

ORDER = (
    "azure_pipe_without_token",
    "azure_login_missing",
    "azure_cli_too_old",
    "azure_terraform_incomplete",
    "azure_token_file_not_written",
    "azure_token_given_twice",
    "azure_tenant_not_found",
    "azure_cloud_mismatch",
    "azure_application_not_found",
    "azure_application_disabled",
    "azure_token_mistaken",
    "azure_request_malformed",
    "azure_issuer_unreachable",
    "azure_signing_key_unknown",
    "azure_credential_not_created",
    "azure_credential_missing",
    "azure_issuer_mismatch",
    "azure_audience_mismatch",
    "azure_flexible_credential_unsupported",
    "azure_subject_changes",
    "azure_subject_mismatch",
    "azure_tenant_policy_refused",
    "azure_role_missing",
    "azure_subscription_not_found",
)

#: Those of them that see a fault in the file without a text, too.
UNTOLD = frozenset({"azure_token_file_not_written"})
