"""The Azure CLI of the step's image, or its PowerShell modules, do not know federated tokens.

https://learn.microsoft.com/azure/devops/pipelines/release/troubleshoot-workload-identity
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.azure_findings import by_hand, refused, symptom_of
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding
from knowledge.quoting import quoted
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "azure-cli-too-old"
_MODULES = "azure-powershell-too-old"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-cli-too-old", _MODULES)
    if symptom is None:
        return
    step = suspect.step if suspect else None
    at = step.key_at("image") if step else None
    image = step.image if step else None
    lines = (
        (quoted(case, at, f"Line {at.line} names the image {code(image)}.", primary=False),)
        if at is not None and image
        else ()
    )
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline="The module Az.Accounts of this step is too old for `-FederatedToken`."
        if symptom.id == _MODULES
        else "The Azure CLI of this step is too old for `--federated-token`.",
        meaning="`Connect-AzAccount` of this version has no such parameter."
        if symptom.id == _MODULES
        else "The option came with version 2.30.",
        evidence=lines,
        fixes=(
            by_hand(
                "Use an image with newer modules, or update them in the step",
                "For example `mcr.microsoft.com/azure-powershell` with the tag of a current version.",
                verify="Run `Get-Module Az.Accounts -ListAvailable` in the step.",
            )
            if symptom.id == _MODULES
            else by_hand(
                "Use an image with a newer Azure CLI",
                "For example `mcr.microsoft.com/azure-cli` with the tag of a current version.",
                verify="Run `az version` in the step.",
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
