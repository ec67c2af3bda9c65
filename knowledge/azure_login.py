"""How a step logs in to Azure, as far as its script shows.

`az login`: https://learn.microsoft.com/cli/azure/reference-index#az-login
Terraform: https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_oidc
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.frozen import dataclass
from knowledge.location import Position
from knowledge.pipelines.clouds import AZURE, cloud_of_name
from knowledge.pipelines.model import CloudCommand, Pipe, PipelineStep
from knowledge.pipelines.needs_pipes import cloud_of_pipe
from knowledge.pipelines.shell_token import TOKEN
from knowledge.script_order import rank, script_lines

USE_OIDC = "ARM_USE_OIDC"
ARM_TOKEN, ARM_TOKEN_FILE = "ARM_OIDC_TOKEN", "ARM_OIDC_TOKEN_FILE_PATH"
ARM_IDS = ("ARM_CLIENT_ID", "ARM_TENANT_ID")
SDK_TOKEN_FILE = "AZURE_FEDERATED_TOKEN_FILE"
SDK_IDS = ("AZURE_CLIENT_ID", "AZURE_TENANT_ID")
PIPE_IDS = ("AZURE_APP_ID", "AZURE_TENANT_ID")
PIPE_PASSWORD = "AZURE_PASSWORD"
#: Those that win over OIDC, in Terraform and in the SDKs' chain.
SECRETS = ("ARM_CLIENT_SECRET", "ARM_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_SECRET")

TERRAFORM = frozenset({"terraform", "tofu", "terragrunt", "cdktf"})
#: Compiled when they are first needed: files of other clouds have no use for them.
HARMLESS = r"\S*(?:terraform|tofu|terragrunt)\s+(?:--?version|version|fmt|validate)\b"
_LOGIN = r"\baz\s+login\b"
_TAKES_TOKEN = rf"--federated-token[=\s]|-FederatedToken\b|client_assertion=|{SDK_TOKEN_FILE}|{ARM_TOKEN}"


_OPTIONS = (("-u", "--username"), ("-t", "--tenant"), ("-p", "--password"), ("--federated-token",))


@dataclass(frozen=True, slots=True)
class AzLogin:
    """One `az login`. Each option is the word as written, quotes included; None where
    the option is not given."""

    at: Position
    text: str
    client: str | None
    tenant: str | None
    password: str | None
    token: str | None


def az_logins(step: PipelineStep) -> tuple[AzLogin, ...]:
    """The script's logins with `--service-principal`, in its order."""
    return tuple(login for login in _logins(step) if "--service-principal" in login.text)


def _logins(step: PipelineStep) -> Iterator[AzLogin]:
    for command in commands(step):
        if command.program == "az" and re.search(_LOGIN, command.text):
            words = [_option(command.text, *names) for names in _OPTIONS]
            if any(word and word.startswith("'") for word in words) and _in_double_quotes(step, command.text):
                # The outer shell puts the variables in, whatever quotes stand inside.
                words = [word.strip("'") if word else word for word in words]
            yield AzLogin(command.at, command.text, *words)


def _in_double_quotes(step: PipelineStep, text: str) -> bool:
    """Whether the command stands between the double quotes of another one, as in `sh -c "..."`."""
    for command in step.commands:
        at = command.text.find(text)
        if at < 0:
            continue
        quote = ""
        for found in re.finditer(r"\\.|['\"]", command.text[:at], re.DOTALL):
            if found[0] in "'\"" and quote in ("", found[0]):
                quote = "" if quote else found[0]
        return quote == '"'
    return False


def powershell_logins(step: PipelineStep) -> Iterator[AzLogin]:
    """The script's `Connect-AzAccount -ServicePrincipal`. A value is None where it stands in a variable of
    PowerShell's own, which no other level sets; `$env:NAME` is told as `$NAME`.

    https://learn.microsoft.com/powershell/module/az.accounts/connect-azaccount
    """
    for text, at in script_lines(step):
        found = re.search(r"\bConnect-AzAccount\b[^;|]*", text, re.IGNORECASE)
        if found and re.search(
            r"\s-(?:ServicePrincipal|ApplicationId|FederatedToken)\b", found[0], re.IGNORECASE
        ):
            yield AzLogin(
                at,
                found[0],
                _of_powershell(found[0], "-ApplicationId"),
                _of_powershell(found[0], "-Tenant", "-TenantId"),
                None,
                _of_powershell(found[0], "-FederatedToken"),
            )


def _of_powershell(text: str, *names: str) -> str | None:
    word = _option(text, *names, flags=re.IGNORECASE)
    if word is None or word.startswith("'"):
        return word
    if not word.startswith('"'):
        # The quotation mark after the last word is the one that `pwsh -c` has its command in.
        word = word.rstrip("'\"")
    plain = re.sub(r"\$(\{?)env:", r"$\1", word, flags=re.IGNORECASE)
    return None if "$" in word and plain == word else plain


def user_logins(step: PipelineStep) -> tuple[AzLogin, ...]:
    """The script's logins of a user, with a password: they have nothing to do with a token."""
    return tuple(
        login
        for login in _logins(step)
        if "--service-principal" not in login.text and login.password is not None and login.token is None
    )


def by_secret(step: PipelineStep) -> bool:
    """Whether every login of the script gives a secret and none a token: then no token is missing."""
    logins = (*az_logins(step), *user_logins(step))
    return bool(logins) and all(login.password is not None and login.token is None for login in logins)


def _option(text: str, *names: str, flags: int = 0) -> str | None:
    alternatives = "|".join(map(re.escape, names))
    found = re.search(
        rf"(?:^|\s)(?:{alternatives})(?:=|\s+)(?P<value>\"[^\"]*\"|'[^']*'|[^\s;&|)]+)",
        text.replace("\\\n", " "),
        flags,
    )
    return found["value"] if found else None


def commands(step: PipelineStep) -> list[CloudCommand]:
    """What the script runs at a cloud, in its order."""
    return sorted(step.script.commands, key=lambda item: rank(step, item.at))


def terraform_at(step: PipelineStep) -> CloudCommand | None:
    """The first run of Terraform, where something in the step says that it is for Azure."""
    speaks = any(cloud_of_name(export.name) == AZURE for export in step.script.exports) or step.cloud == AZURE
    for command in commands(step):
        if command.program in TERRAFORM and not re.match(HARMLESS, command.text.strip()):
            return (
                command if speaks or any(n.startswith("ARM_") for n in step.script.variables_used) else None
            )
    return None


def azure_pipes(step: PipelineStep) -> Iterator[Pipe]:
    """The pipes that log in to Azure with an application's secret.

    https://bitbucket.org/atlassian/azure-cli-run
    """
    for pipe in step.script.pipes:
        if cloud_of_pipe(pipe) == AZURE and re.match(r"(?:atlassian|microsoft)/azure-", pipe.name):
            yield pipe


def sends_own_token(step: PipelineStep) -> Position | None:
    """The line that hands Azure the token of the step itself; None where none is seen to."""
    for text, at in script_lines(step):
        if TOKEN in text and re.search(_TAKES_TOKEN, text):
            return at
    names = {export.name for export in step.script.exports}
    if SDK_TOKEN_FILE in names or ARM_TOKEN_FILE in names:
        return step.script.token_writes[0].at if step.script.token_writes else None
    return None
