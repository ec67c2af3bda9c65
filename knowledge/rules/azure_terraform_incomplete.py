"""Terraform's settings for OIDC are not complete, so it tries the next method: the Azure CLI.

https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_oidc
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.azure_findings import NO_AUTHORIZER, refused, symptom_of
from knowledge.azure_login import ARM_IDS, ARM_TOKEN, ARM_TOKEN_FILE, USE_OIDC, terraform_at
from knowledge.azure_token_given import given_tokens, set_before
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import Position
from knowledge.pipelines.model import OidcState, PipelineStep
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import quoted
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Symptom
from knowledge.variable_findings import insert_lines, looked_at
from knowledge.variables import look_up
from knowledge.words import code, listed

_CAUSE = "azure-terraform-incomplete"
_VERIFY = "Run `terraform plan` in the step: it asks Azure, not the Azure CLI."
_LINES = {
    USE_OIDC: f"export {USE_OIDC}=true",
    ARM_TOKEN: f'export {ARM_TOKEN}="${TOKEN}"',
}
_ALL = "`ARM_USE_OIDC`, `ARM_CLIENT_ID`, `ARM_TENANT_ID` and `ARM_OIDC_TOKEN` (or `ARM_OIDC_TOKEN_FILE_PATH`)"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, *NO_AUTHORIZER)
    if symptom is None:
        return
    command = terraform_at(suspect.step) if suspect else None
    if suspect is None or command is None:
        yield _finding(case, suspect, symptom, [])
        return
    step = suspect.step
    missing = list(_missing(case, step, command.at))
    ids = [name for name in ARM_IDS if look_up(case, step, name, command.at).lacks]
    if ids and not missing:
        # `azure-variable-missing`, or what explains the lack, names them.
        return
    line = quoted(case, command.at, f"Line {command.at.line} runs Terraform.", primary=False)
    seen = (
        *_wrongly(case, step, missing),
        *(item for name in missing for item in looked_at(case, step, name)),
    )
    fix = _inserted(case, step, missing, command.at)
    yield _finding(case, suspect, symptom, missing, (line, *seen), (fix,) if fix else ())


def _wrongly(case: CaseFile, step: PipelineStep, missing: list[str]) -> Iterator[Evidence]:
    """The lines that set the token's variable, to nothing."""
    for given in given_tokens(step) if ARM_TOKEN in missing else ():
        if given.by == ARM_TOKEN:
            said = (
                f"Line {given.at.line} sets {code(ARM_TOKEN)} to {code(given.written)}, which has no value."
            )
            yield quoted(case, given.at, said, primary=False)


def _missing(case: CaseFile, step: PipelineStep, at: Position) -> Iterator[str]:
    use = look_up(case, step, USE_OIDC, at)
    value = (use.winner.value or "").strip().lower() if use.winner else ""
    if use.lacks or (value and value not in ("true", "1")):
        yield USE_OIDC
    if all(look_up(case, step, name, at).lacks for name in (ARM_TOKEN, ARM_TOKEN_FILE)):
        yield ARM_TOKEN


def _inserted(case: CaseFile, step: PipelineStep, missing: list[str], at: Position) -> Fix | None:
    """The lines that are missing, before Terraform runs; a token only where the step has one."""
    if not missing or step.oidc.state is not OidcState.ON:
        return None
    if missing == [ARM_TOKEN]:
        return set_before(case, step, at, _VERIFY)
    lines = [_LINES[name] for name in missing]
    return insert_lines(
        case, step, lines, at, f"Set {listed([code(name) for name in missing])} before Terraform", _VERIFY
    )


def _finding(
    case: CaseFile,
    suspect: Suspect | None,
    symptom: Symptom,
    missing: list[str],
    evidence: tuple[Evidence, ...] = (),
    fixes: tuple[Fix, ...] = (),
) -> Finding:
    names = listed([code(name) for name in missing])
    finding = refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline=f"Terraform does not get {names}, so it does not use OIDC and tries the Azure CLI."
        if missing
        else "Terraform's settings for OIDC are not complete, so it tries the Azure CLI.",
        meaning=f"It uses OIDC only with all of {_ALL}, none of them blank; else it tries the next method.",
        evidence=evidence,
        fixes=(
            *fixes,
            Fix(
                title="Complete the settings",
                surface=Surface.PIPELINE_FILE,
                steps=(
                    f"Set all of {_ALL} in the step.",
                    'Set `use_oidc = true` in `backend "azurerm"` too; the backend logs in by itself.',
                    "Set `use_cli = false` in the provider, so that a lack is told as such.",
                ),
                verify=_VERIFY,
            ),
        ),
    )
    # The provider's own block may set what no variable does; it was not read.
    unseen = Verdict.POSSIBLE if suspect is None else Verdict.UNDETERMINED
    return replace(finding, verdict=Verdict.LIKELY if missing else unseen)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
