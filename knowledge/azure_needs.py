"""Which variables a step's Azure login needs and does not see, by the way it logs in.

`az`: https://learn.microsoft.com/cli/azure/reference-index#az-login
Terraform: https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_oidc
SDKs: https://learn.microsoft.com/python/api/azure-identity/azure.identity.workloadidentitycredential
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from knowledge.azure_findings import NO_AUTHORIZER, symptom_of
from knowledge.azure_login import (
    ARM_IDS,
    ARM_TOKEN,
    PIPE_IDS,
    PIPE_PASSWORD,
    SDK_IDS,
    SDK_TOKEN_FILE,
    USE_OIDC,
    az_logins,
    azure_pipes,
    commands,
    powershell_logins,
    terraform_at,
    user_logins,
)
from knowledge.azure_token_file import PREPARES
from knowledge.casefile import CaseFile
from knowledge.location import Position
from knowledge.needed_value import NeededValue
from knowledge.pipelines.clouds import AZURE
from knowledge.pipelines.model import OidcState, PipelineStep
from knowledge.pipelines.shell_token import TOKEN
from knowledge.symptoms.model import EXCHANGE_TRIED, Family
from knowledge.variable_needs import Lack, Need, Purpose, lacking_in
from knowledge.variables import look_up

_VERIFY = "Run `az account show` in the step after the login: it prints the tenant and the subscription."
_EMPTY = frozenset({Family.ROLE_ARN_MISSING})
_TYPICAL = _EMPTY | {Family.NO_CREDENTIALS, Family.ROLE_ARN_MALFORMED}


def _value(what: str, meaning: str, example: str = "00000000-0000-4000-8000-000000000000") -> NeededValue:
    return NeededValue(
        provider=AZURE,
        what=what,
        example=example,
        verify=_VERIFY,
        meaning=meaning,
        typical=_TYPICAL,
        states=_EMPTY,
    )


_CLIENT = _value(
    "the application (client) id", "Without the client id Azure is not told which identity is meant."
)
_TENANT = _value("the tenant's id", "Without the tenant's id the login asks no directory.")
_USER = replace(
    _value("the user's name", "The login is that of a user, with a password.", "deploy@acme.example"),
    states=frozenset({Family.TOKEN_EMPTY}),
    typical=_TYPICAL | {Family.TOKEN_EMPTY},
)
_USER_PASSWORD = replace(_USER, what="the user's password, secured", example="the-password")
_TOKEN = replace(
    _value("the step's token", "Pulumi was told to use OIDC, and reads the token from this variable."),
    states=frozenset({Family.TOKEN_EMPTY}),
    typical=frozenset({Family.TOKEN_EMPTY}),
)
_TOKEN_PATH = _value(
    "the path of the token's file",
    "The SDK reads the token from the file that this variable names; without it, no token is sent.",
    "/tmp/azure-token",  # noqa: S108 - a path for showing
)
_PASSWORD = _value(
    "the application's client secret, secured", "The pipe logs in with a client secret.", "the-secret"
)
_SECRET = replace(
    _value("the application's client secret, secured", "The login gives a client secret.", "the-secret"),
    states=frozenset({Family.TOKEN_EMPTY}),
    typical=_TYPICAL | {Family.TOKEN_EMPTY},
)
#: Texts that say themselves which of them is empty.
_SAYS = {
    "azure-cli-client-empty": (_CLIENT,),
    "azure-powershell-client-empty": (_CLIENT,),
    "azure-powershell-tenant-empty": (_TENANT,),
    "azure-cli-tenant-empty": (_TENANT,),
    "azure-cli-token-empty": (_SECRET, _USER, _USER_PASSWORD),
    "azure-cli-tenant-not-given": (_TENANT,),
    "azure-cli-tenant-omitted": (_TENANT,),
}
_PULUMI = "azure-pulumi-token-missing"
_NOT_CONFIGURED = "azure-sdk-not-configured"
#: What the SDKs call them (`tenant_id`, `tenantId`, `tenant ID`), and the variables that they read them from.
_ARGUMENTS = (
    ("clientid", SDK_IDS[0], _CLIENT),
    ("tenantid", SDK_IDS[1], _TENANT),
    ("tokenfile", SDK_TOKEN_FILE, _TOKEN_PATH),
)


def azure_needs(case: CaseFile, step: PipelineStep) -> tuple[Need, ...]:
    """What the login needs and lacks, in the order of the ways; what the text rules out is left out."""
    if case.families & EXCHANGE_TRIED:
        # Azure was asked, so the ids were there.
        return ()
    ways = (_of_az, _of_powershell, _of_terraform, _of_pulumi, _of_sdk, _of_pipes)
    found = [need for way in ways for need in way(case, step)]
    tenant = _tenant_asked(case)
    if tenant is not None:
        # The clients look at the other ids before; of a tenant that is there only a part may be missing.
        found = [need for need in found if need.value is _TENANT and not (tenant and need.alone)]
    meant = _meant(case)
    kept: dict[tuple[str, str], Need] = {}
    for need in found:
        if need.value is not None and (meant is None or need.value.what in meant):
            kept.setdefault((need.name, need.value.what), need)
    return tuple(kept.values())


def _tenant_asked(case: CaseFile) -> str | None:
    """The tenant that Azure was asked for, as the text quotes it; None where it quotes none."""
    return next(
        (
            item.fields["tenant"]
            for item in case.symptoms
            if item.id in ("azure-tenant-not-found", "azure-tenant-unknown") and "tenant" in item.fields
        ),
        None,
    )


def _meant(case: CaseFile) -> frozenset[str] | None:
    """Which values the text says are missing; None where it does not say."""
    said = {value.what for item in case.symptoms for value in _SAYS.get(item.id, ())}
    said |= {value.what for name, _, value in _ARGUMENTS if name in _not_configured(case)}
    return frozenset(said) or None


def _not_configured(case: CaseFile) -> str:
    """The arguments that the SDK's text names as missing, in small letters and nothing else."""
    found = [item for item in case.symptoms if item.id == _NOT_CONFIGURED]
    named = " ".join(item.fields.get("missing", "") for item in found)
    return re.sub(r"[^a-z]", "", named.lower())


def _of_az(case: CaseFile, step: PipelineStep) -> Iterator[Need]:
    for login in az_logins(step):
        for written, value in ((login.client, _CLIENT), (login.password, _SECRET), (login.tenant, _TENANT)):
            for lack in lacking_in(case, step, _unquoted(written), login.at):
                yield _need(lack, value, login.at, "az login")
    for login in user_logins(step):
        for written, value in ((login.client, _USER), (login.password, _USER_PASSWORD)):
            for lack in lacking_in(case, step, _unquoted(written), login.at):
                yield _need(lack, value, login.at, "az login")


def _of_powershell(case: CaseFile, step: PipelineStep) -> Iterator[Need]:
    for login in powershell_logins(step):
        for written, value in ((login.client, _CLIENT), (login.tenant, _TENANT)):
            for lack in lacking_in(case, step, _unquoted(written), login.at):
                yield _need(lack, value, login.at, "Connect-AzAccount")


def _unquoted(written: str | None) -> str:
    """The word as the shell expands it; what stands between single quotes is not expanded."""
    return "" if written is None or written.startswith("'") else written.strip('"')


def _of_terraform(case: CaseFile, step: PipelineStep) -> Iterator[Need]:
    command = terraform_at(step)
    if command is None or look_up(case, step, USE_OIDC, command.at).lacks:
        return
    # The provider's own block may name it, but hardly where Terraform went past OIDC.
    past = symptom_of(case, *NO_AUTHORIZER) is not None
    for name, value in zip(ARM_IDS, (_CLIENT, _TENANT), strict=True):
        yield from _of_name(case, step, name, value, command.at, command.program, certain=past)


def _of_pulumi(case: CaseFile, step: PipelineStep) -> Iterator[Need]:
    """The token's variable, where Pulumi says that it has none and the step has a token to give."""
    told = any(item.id == _PULUMI for item in case.symptoms)
    command = next((item for item in commands(step) if item.program == "pulumi"), None)
    if not told or command is None or step.oidc.state is not OidcState.ON:
        return
    yield from _of_name(case, step, ARM_TOKEN, _TOKEN, command.at, command.program)


def _of_sdk(case: CaseFile, step: PipelineStep) -> Iterator[Need]:
    export = next((item for item in step.script.exports if item.name == SDK_TOKEN_FILE), None)
    missing = _not_configured(case)
    if export is None and not missing:
        return
    reader = _reader(step, export.at.line if export else 0)
    if reader is None:
        return
    at, program = reader
    for argument, name, value in _ARGUMENTS:
        if argument in missing or (export is not None and not missing and value is not _TOKEN_PATH):
            yield from _of_name(case, step, name, value, at, program)


def _reader(step: PipelineStep, after: int) -> tuple[Position, str] | None:
    """The first line behind this one that may run a program with an SDK of Azure in it; what is known to use
    a cloud comes first."""
    tool = next((item for item in commands(step) if item.at.line > after), None)
    if tool is not None:
        return tool.at, tool.program
    for command in step.commands:
        words = command.text.split()
        if command.at.line > after and words and words[0] not in PREPARES and TOKEN not in command.text:
            return command.at, words[0]
    return None


def _of_name(
    case: CaseFile,
    step: PipelineStep,
    name: str,
    value: NeededValue,
    at: Position,
    reader: str,
    *,
    certain: bool = True,
) -> Iterator[Need]:
    for lack in lacking_in(case, step, f"${name}", at):
        need = _need(lack, value, at, reader)
        through = look_up(case, step, name, at).winner if lack.name != name else None
        yield replace(need, wanted=name, through=through, certain=certain)


def _of_pipes(case: CaseFile, step: PipelineStep) -> Iterator[Need]:
    for pipe in azure_pipes(step):
        for name, value in ((PIPE_IDS[0], _CLIENT), (PIPE_PASSWORD, _PASSWORD), (PIPE_IDS[1], _TENANT)):
            given = pipe.variable(name)
            for lack in lacking_in(case, step, given.text if given else "", pipe.at):
                yield _need(lack, value, given.at if given else pipe.at, pipe.name)


def _need(lack: Lack, value: NeededValue, at: Position, reader: str) -> Need:
    return Need(Purpose.VALUE, lack.name, lack.name, at, reader, lack.lookup, alone=lack.alone, value=value)
