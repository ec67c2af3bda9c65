"""Azure did not take a federated credential that somebody, or Terraform, was about to make.

https://learn.microsoft.com/en-us/entra/workload-id/workload-identity-federation-considerations#errors
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.azure_findings import by_hand, refused, symptom_of
from knowledge.azure_ways import CONSIDERATIONS
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding
from knowledge.frozen import dataclass
from knowledge.rules.rule import Rule

_CAUSE = "azure-credential-not-created"
_VERIFY = "Make the credential again: Azure lists it."
_NO_STEP = (
    "Before making one for a step of Bitbucket: the subject of its token is new in each run, so no "
    "credential matches it for long."
)


@dataclass(frozen=True, slots=True)
class _Kind:
    headline: str
    meaning: str
    title: str
    steps: tuple[str, ...]
    commands: tuple[str, ...] = ()


_KINDS = {
    "azure-credential-audiences": _Kind(
        "Azure made no credential: it takes exactly one audience.",
        "A federated credential lists one audience, and the token's has to be equal to it.",
        "Give the credential one audience",
        (
            "For each further audience make a credential of its own.",
            "Or have the step ask for the one that is there by `audiences`.",
        ),
        (
            (
                "az identity federated-credential create --name bitbucket --identity-name IDENTITY "
                '--resource-group RESOURCE-GROUP --issuer ISSUER --subject SUBJECT --audiences "AUDIENCE"'
            ),
            "# in Terraform",
            'resource "azurerm_federated_identity_credential" "bitbucket" {',
            '  audience = ["AUDIENCE"]',
            "}",
        ),
    ),
    "azure-credential-incomplete": _Kind(
        "Azure made no credential: one of its properties is empty.",
        "Name, issuer, subject and audience are all needed; a variable without a value leaves one empty.",
        "Give issuer, subject and audience a value",
        ("Print the lengths of the variables that the command or the module is given.",),
    ),
    "azure-credential-exists": _Kind(
        "Azure made no credential: the identity has one with this issuer and subject already.",
        "Issuer and subject together are unique within an identity; another name or audience does not help.",
        "Change the credential that is there",
        ("In Terraform, import it instead of making a second one.",),
        (("az identity federated-credential list --identity-name IDENTITY --resource-group RESOURCE-GROUP"),),
    ),
    "azure-credential-written-at-once": _Kind(
        "Azure made no credential: two of one managed identity were written at the same time.",
        "A managed identity takes its credentials one after the other; one of the writes was refused.",
        "Write the credentials of one identity one after the other",
        (
            "In Terraform, let each depend on the one before (`depends_on`), or run with `-parallelism=1`.",
            "In Bicep, use `dependsOn` or `@batchSize(1)`.",
            "Then run it again: what was written stays.",
        ),
    ),
    "azure-credential-region": _Kind(
        "Azure made no credential: the region of this managed identity has none.",
        "Some regions take no federated credentials on managed identities.",
        "Use an identity in another region, or an application",
        (
            "Make the managed identity in a region that takes them; it may be used from any region.",
            "Or make the credential on an application, which has no region.",
        ),
    ),
}


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, *_KINDS)
    if symptom is None:
        return
    kind = _KINDS[symptom.id]
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline=kind.headline,
        meaning=f"{kind.meaning} {_NO_STEP}" if "api.bitbucket.org" in case.paste else kind.meaning,
        fixes=(by_hand(kind.title, *kind.steps, commands=kind.commands, verify=_VERIFY, url=CONSIDERATIONS),),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
