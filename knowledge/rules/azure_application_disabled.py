"""The application, or its service principal, is switched off.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from knowledge.azure_findings import by_hand, refused, symptom_of
from knowledge.azure_other_client import client_set
from knowledge.azure_read import is_off, principal_read
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Severity, Verdict
from knowledge.quoting import step_for
from knowledge.relevance import IDENTITY_IDS
from knowledge.rules.rule import Rule

_CAUSE = "azure-application-disabled"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-application-disabled")
    if symptom is None:
        yield from _next_refusal(case, suspect)
        return
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline="The application that the step logs in as is switched off.",
        meaning="Azure knows the identity and gives it no token; the pipeline's part was not looked at.",
        evidence=(*principal_read(case), *client_set(case, suspect, symptom.fields.get("client"))),
        fixes=(_SWITCH_ON,),
    )


_SWITCH_ON = by_hand(
    "Let an administrator switch it on again, if that was no intention",
    "Microsoft Entra ID > Enterprise applications > the application > Properties: enabled for sign-in.",
    commands=('az ad sp show --id "$AZURE_CLIENT_ID" --query accountEnabled',),
    verify="The command prints `true`; then run the step again.",
)


def _next_refusal(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    """Read as switched off, where Azure refused the login for another reason: that comes next."""
    off = next(iter(principal_read(case)), None)
    if off is None or not is_off(case) or not any(item.id in IDENTITY_IDS for item in case.symptoms):
        return
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED,
        severity=Severity.ADVICE,
        headline="The application that the step logs in as is switched off too.",
        meaning="Read now. With the token accepted, Azure most likely refuses the login for this next.",
        step=step_for(suspect, of_the_step=False),
        evidence=(replace(off, primary=True),),
        fixes=(_SWITCH_ON,),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
