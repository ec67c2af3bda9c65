"""The key that signed the token is not among the issuer's keys.

https://github.com/Azure/azure-workload-identity/issues/1232
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.azure_findings import by_hand, refused, symptom_of
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding
from knowledge.rules.rule import Rule

_CAUSE = "azure-signing-key-unknown"
_KID = 'printf %s "$BITBUCKET_STEP_OIDC_TOKEN" | cut -d. -f1 | tr "_-" "/+" | base64 -d 2>/dev/null'


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-key-unknown")
    if symptom is None:
        return
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline="The key that signed the token is not among the keys of its issuer.",
        meaning=(
            "The token is an old one whose key was replaced, or it was made by another issuer than it names."
        ),
        fixes=(
            by_hand(
                "Send the token that this very step was given",
                (
                    "Take it from the step's own variable, not from an artifact, a cache or an emulator of "
                    "Pipelines."
                ),
                (
                    "The command prints the token's header, no secret: its `kid` must be in the issuer's "
                    "`keys.json`."
                ),
                commands=(_KID,),
                verify="Run the step again.",
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
