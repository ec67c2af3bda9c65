"""Which variables a step's Azure login needs and does not see, by the way it logs in.

`az`: https://learn.microsoft.com/cli/azure/reference-index#az-login
Terraform: https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_oidc
SDKs: https://learn.microsoft.com/python/api/azure-identity/azure.identity.workloadidentitycredential
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from knowledge.azure_login import (
    ARM_IDS,
    PIPE_IDS,
    PIPE_PASSWORD,
    SDK_IDS,
    SDK_TOKEN_FILE,
    USE_OIDC,
    az_logins,
    azure_pipes,
    commands,
    terraform_at,
)
from knowledge.casefile import CaseFile
from knowledge.location import Position
from knowledge.needed_value import NeededValue
from knowledge.pipelines.clouds import AZURE
from knowledge.pipelines.model import PipelineStep
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
    "azure-cli-client-empty": _CLIENT,
    "azure-cli-tenant-empty": _TENANT,
    "azure-cli-token-empty": _SECRET,
    "azure-cli-tenant-not-given": _TENANT,
    "azure-cli-tenant-omitted": _TENANT,
}
_ARGUMENTS = (("client_id", _CLIENT), ("tenant_id", _TENANT))


def azure_needs(case: CaseFile, step: PipelineStep) -> tuple[Need, ...]:
    """What the login needs and lacks, in the order of the ways; what the text rules out is left out."""
    if case.families & EXCHANGE_TRIED:
        # Azure was asked, so the ids were there.
        return ()
    found = [*_of_az(case, step), *_of_terraform(case, step), *_of_sdk(case, step), *_of_pipes(case, step)]
    meant = _meant(case)
    kept: dict[tuple[str, str], Need] = {}
    for need in found:
        if need.value is not None and (meant is None or need.value.what in meant):
            kept.setdefault((need.name, need.value.what), need)
    return tuple(kept.values())


def _meant(case: CaseFile) -> frozenset[str] | None:
    """Which values the text says are missing; None where it does not say."""
    said = {_SAYS[item.id].what for item in case.symptoms if item.id in _SAYS}
    for item in case.symptoms:
        missing = item.fields.get("missing", "") if item.id == "azure-sdk-not-configured" else ""
        said |= {value.what for name, value in _ARGUMENTS if name in missing}
    return frozenset(said) or None


def _of_az(case: CaseFile, step: PipelineStep) -> Iterator[Need]:
    for login in az_logins(step):
        for written, value in ((login.client, _CLIENT), (login.password, _SECRET), (login.tenant, _TENANT)):
            for lack in lacking_in(case, step, _unquoted(written), login.at):
                yield _need(lack, value, login.at, "az login")


def _unquoted(written: str | None) -> str:
    """The word as the shell expands it; what stands between single quotes is not expanded."""
    return "" if written is None or written.startswith("'") else written.strip('"')


def _of_terraform(case: CaseFile, step: PipelineStep) -> Iterator[Need]:
    command = terraform_at(step)
    if command is None or look_up(case, step, USE_OIDC, command.at).lacks:
        return
    # The provider's own block may name it, but hardly where Terraform went past OIDC.
    past = any(item.id == "azure-terraform-no-authorizer" for item in case.symptoms)
    for name, value in zip(ARM_IDS, (_CLIENT, _TENANT), strict=True):
        yield from _of_name(case, step, name, value, command.at, command.program, certain=past)


def _of_sdk(case: CaseFile, step: PipelineStep) -> Iterator[Need]:
    export = next((item for item in step.script.exports if item.name == SDK_TOKEN_FILE), None)
    if export is None:
        return
    reads = next((item for item in commands(step) if item.at.line > export.at.line), None)
    at = reads.at if reads else export.at
    for name, value in zip(SDK_IDS, (_CLIENT, _TENANT), strict=True):
        yield from _of_name(case, step, name, value, at, reads.program if reads else "an SDK of Azure")


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
