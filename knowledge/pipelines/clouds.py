"""Programs that log in to a cloud, or need a login: whose they are, and which of them exchange the token.

AWS: https://docs.aws.amazon.com/cli/latest/reference/sts/assume-role-with-web-identity.html
Azure: https://learn.microsoft.com/cli/azure/reference-index#az-login
Google: https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from knowledge.late_pattern import late

AWS, AZURE, GCP, OTHER = "aws", "azure", "gcp", "other"

#: Command lines of one cloud.
_OWN: Mapping[str, str] = {
    "aws": AWS,
    "eksctl": AWS,
    "ecs": AWS,
    "ecs-cli": AWS,
    "eb": AWS,
    "copilot": AWS,
    "amplify": AWS,
    "ampx": AWS,
    "chalice": AWS,
    "zappa": AWS,
    "az": AZURE,
    "azd": AZURE,
    "azcopy": AZURE,
    "func": AZURE,
    "Connect-AzAccount": AZURE,
    "gcloud": GCP,
    "gsutil": GCP,
    "bq": GCP,
    "firebase": GCP,
    "vault": OTHER,
    "chainctl": OTHER,
    "oci": OTHER,
    "jf": OTHER,
    "jfrog": OTHER,
    "conjur": OTHER,
    "tsh": OTHER,
    "tbot": OTHER,
    "cosign": OTHER,
}
#: Deployment tools; None: whose cloud they need stands in their own configuration.
_TOOLS: Mapping[str, str | None] = {
    "cdk": AWS,
    "sam": AWS,
    "serverless": AWS,
    "sls": AWS,
    "sst": AWS,
    "terraform": None,
    "tofu": None,
    "terragrunt": None,
    "cdktf": None,
    "pulumi": None,
    "packer": None,
    "kubectl": None,
    "helm": None,
    "helmfile": None,
}
#: Token endpoints: who is asked when a script posts the token itself.
_ENDPOINTS = (
    (re.compile(r"\bsts\.(?:[\w-]+\.)?amazonaws\.com"), AWS),
    (re.compile(r"\blogin\.microsoftonline\.(?:com|us)|\blogin\.chinacloudapi\.cn"), AZURE),
    (re.compile(r"\bsts\.googleapis\.com|\biamcredentials\.googleapis\.com"), GCP),
)
_ECR = late(r"\.dkr\.ecr\.[\w-]+\.amazonaws\.com|\bpublic\.ecr\.aws\b")
_REGISTRIES = (
    (_ECR, AWS),
    (re.compile(r"\.azurecr\.io"), AZURE),
    (re.compile(r"\bgcr\.io|-docker\.pkg\.dev"), GCP),
)


def role_in_cloud(program: str, values: Sequence[str], *, token: bool) -> tuple[str, str] | None:
    """Cloud and kind (`login`, `use`, `tool`) of a command; None when it needs no cloud.

    `values` are its arguments, `token` says whether the step's token is handed to it.
    """
    words = [value for value in values if value and not value.startswith("-")]
    if program in _OWN:
        return _OWN[program], "login" if _exchanges(program, words, values, token=token) else "use"
    if program in _TOOLS:
        return _TOOLS[program] or OTHER, "tool"
    if program in ("curl", "wget", "http", "https"):
        asked = next(
            (cloud for value in values for pattern, cloud in _ENDPOINTS if pattern.search(value)), None
        )
        if token:
            return asked or OTHER, "login"
        return None
    if program in ("docker", "podman") and words[:1] == ["login"]:
        asked = next(
            (cloud for value in words[1:] for pattern, cloud in _REGISTRIES if pattern.search(value)), None
        )
        return (asked, "tool") if asked else None
    return (OTHER, "login") if token and program not in _ONLY_LOOKS else None


#: Commands that look at the token, or carry it on, and give it to nobody.
_ONLY_LOOKS = frozenset([
    "echo", "printf", "cat", "tee", "test", "[", "[[", "export", "set", "cut", "tr", "base64", "jq", "sed",
    "awk", "grep", "wc", "head", "tail", "xargs", "sha256sum", "printenv", "env", "python", "python3",
    "node", "sh", "bash", "read", "if", "docker", "true", "false", ":", "umask", "install", "cp", "mv",
    "chmod", "mkdir",
])  # fmt: skip


def _exchanges(program: str, words: Sequence[str], values: Sequence[str], *, token: bool) -> bool:
    match program:
        case "aws":
            return "assume-role-with-web-identity" in words
        case "az":
            return "login" in words[:1] and any(value.startswith("--federated-token") for value in values)
        case "Connect-AzAccount":
            return any(value.casefold().startswith("-federatedtoken") for value in values)
        case "gcloud":
            return "create-cred-config" in words or (
                words[:2] == ["auth", "login"] and any(value.startswith("--cred-file") for value in values)
            )
        case _:
            return token or words[:2] == ["auth", "login"]


#: Variables that only an OIDC login has, and whose they are.
LOGIN_VARIABLES: Mapping[str, str] = {
    "AWS_WEB_IDENTITY_TOKEN_FILE": AWS,
    "AWS_WEB_IDENTITY_ROLE_FILE": AWS,
    "ARM_OIDC_TOKEN": AZURE,
    "ARM_OIDC_TOKEN_FILE_PATH": AZURE,
    "ARM_USE_OIDC": AZURE,
    "AZURE_FEDERATED_TOKEN_FILE": AZURE,
    "AZURE_FEDERATED_TOKEN": AZURE,
}
_PREFIXES = (
    ("AWS_", AWS),
    ("ARM_", AZURE),
    ("AZURE_", AZURE),
    ("GOOGLE_", GCP),
    ("GCLOUD_", GCP),
    ("CLOUDSDK_", GCP),
    ("VAULT_", OTHER),
    ("OCI_", OTHER),
    ("CONJUR_", OTHER),
)


def cloud_of_name(name: str) -> str | None:
    """Whose cloud a variable's name speaks of."""
    return next((cloud for prefix, cloud in _PREFIXES if name.startswith(prefix)), None)
