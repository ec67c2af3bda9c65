"""Terraform was given a token and a token file, and they differ.

https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_oidc
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.azure_findings import by_hand, refused, set_as, symptom_of
from knowledge.azure_login import ARM_TOKEN, ARM_TOKEN_FILE
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "azure-token-given-twice"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-terraform-two-tokens")
    if symptom is None:
        return
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline=(
            f"Terraform is given a token by {code(ARM_TOKEN)} and another one by {code(ARM_TOKEN_FILE)}."
        ),
        meaning=(
            "It takes either, and stops where both are set and differ: a file of an earlier run, for example."
        ),
        evidence=(*set_as(case, suspect, (ARM_TOKEN,)), *set_as(case, suspect, (ARM_TOKEN_FILE,))),
        fixes=(
            by_hand(
                "Keep one of the two",
                (
                    f"Keep {code(ARM_TOKEN)}, which needs no file, and remove {code(ARM_TOKEN_FILE)} or "
                    "`unset` it."
                ),
                "The same holds for `oidc_token` and `oidc_token_file_path` in the provider's block.",
                verify="Run `terraform plan` in the step.",
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
