"""An id that the login at Azure needs is set nowhere that the step can see.

https://learn.microsoft.com/cli/azure/reference-index#az-login
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.azure_findings import symptom_of
from knowledge.azure_login import ARM_TOKEN, SDK_TOKEN_FILE, TERRAFORM, AzLogin, az_logins
from knowledge.azure_token_given import set_before
from knowledge.casefile import CaseFile, Suspect
from knowledge.cloud_needs import needs_of_other_clouds
from knowledge.finding import Finding, Fix, Surface, Verdict
from knowledge.pipelines.clouds import AZURE
from knowledge.pipelines.model import OidcState, PipelineStep
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.variable_findings import add_needed, almost_set, insert_lines, lacking, looked_at, need_line
from knowledge.variable_needs import Need, slip_for, verdict_for
from knowledge.words import code

_CAUSE = "azure-variable-missing"
_WRITE = f'(umask 077 && printf \'%s\' "${TOKEN}" > "${SDK_TOKEN_FILE}")'
#: The text of each, and the option that gives the value.
_EMPTY = {
    "azure-cli-client-empty": "`-u` (the application's client id)",
    "azure-cli-tenant-empty": "`-t` (the tenant's id)",
    "azure-cli-tenant-not-given": "`-t` (the tenant's id)",
    "azure-cli-tenant-omitted": "`-t` (the tenant's id)",
}


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    found = [
        need for need in needs_of_other_clouds(case, step) if need.value and need.value.provider == AZURE
    ]
    for need in found:
        if not need.explained:
            yield from _missing(case, step, need)
    if not found:
        yield from _not_given(case, step)


def _missing(case: CaseFile, step: PipelineStep, need: Need) -> Iterable[Finding]:
    verdict = verdict_for(case, need)
    if verdict is None or need.value is None:
        return
    if verdict is Verdict.CONFIRMED and need.reader in TERRAFORM:
        # Its own configuration was not read.
        verdict = Verdict.LIKELY
    slip = slip_for(step, need.name)
    line = (quoted(case, slip.at, f"Line {slip.at.line} is meant to set it.", primary=False),) if slip else ()
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=lacking(step, need),
        meaning=need.value.meaning,
        step=step_ref(step),
        evidence=(
            need_line(case, need),
            *line,
            *almost_set(need.lookup),
            *looked_at(case, step, need.name),
        ),
        fixes=tuple(_fixes(case, step, need)),
    )


def _fixes(case: CaseFile, step: PipelineStep, need: Need) -> Iterator[Fix]:
    """The variable; that of the token by a line of the script, that of its file with one that writes it."""
    if need.wanted == ARM_TOKEN:
        yield set_before(case, step, need.at, "Run the step again: Pulumi finds the token.")
        return
    if need.name == SDK_TOKEN_FILE and need.lookup.winner is None:
        lines = [f'export {SDK_TOKEN_FILE}="$HOME/.azure-oidc.jwt"', _WRITE]
        verify = "Run the step again: the SDK finds all of its settings."
        on = step.oidc.state is OidcState.ON
        fix = (
            insert_lines(case, step, lines, need.at, "Write the token to a file, and name it", verify)
            if on
            else None
        )
        yield fix or Fix(
            title="Write the token to a file, and name it",
            surface=Surface.PIPELINE_FILE,
            steps=(f"Before line {need.at.line}: {code(lines[0])}, then {code(_WRITE)}.",),
            verify=verify,
        )
        return
    yield add_needed(need)


def _not_given(case: CaseFile, step: PipelineStep) -> Iterable[Finding]:
    """The text says that an option is empty, and the command does not have it at all."""
    symptom = symptom_of(case, *_EMPTY)
    if symptom is None:
        return
    for login in az_logins(step):
        if _given(login, symptom.id) is None:
            option = _EMPTY[symptom.id]
            yield Finding(
                cause=_CAUSE,
                verdict=Verdict.CONFIRMED,
                headline=f"Line {login.at.line} logs in to Azure without {option}.",
                meaning="A login of a service principal names the identity, the tenant and the token.",
                step=step_ref(step),
                evidence=(quoted(case, login.at, f"Line {login.at.line} runs `az login` without it."),),
                fixes=(
                    Fix(
                        title=f"Give {option}",
                        surface=Surface.PIPELINE_FILE,
                        steps=(f"Add {code(_EXAMPLE[symptom.id])} to the command.",),
                        verify="Run the step again.",
                    ),
                ),
            )


_EXAMPLE = {
    "azure-cli-client-empty": '-u "$AZURE_CLIENT_ID"',
    "azure-cli-tenant-empty": '-t "$AZURE_TENANT_ID"',
    "azure-cli-tenant-not-given": '-t "$AZURE_TENANT_ID"',
    "azure-cli-tenant-omitted": '-t "$AZURE_TENANT_ID"',
}


def _given(login: AzLogin, symptom: str) -> str | None:
    return login.client if symptom == "azure-cli-client-empty" else login.tenant


RULE = Rule(cause=_CAUSE, check=check)
