"""A script of one's own asks Entra for a token in a way that is none: a parameter, scope or flow is wrong.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from knowledge.azure_findings import by_hand, refused, symptom_of
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Verdict
from knowledge.quoting import quoted
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "azure-request-malformed"
_SCOPE = ("The scope or resource of the request is not one that Azure knows in this tenant.", "scope")
_SAID = {
    "500011": _SCOPE,
    "700023": _SCOPE,
    "70011": _SCOPE,
    "28002": _SCOPE,
    "501051": ("The application is not assigned to a role of the resource that it asks for.", "assignment"),
    "90023": ("The request for a token is malformed.", "form"),
    "900144": ("The request for a token lacks a parameter, or its variable was empty.", "form"),
    "50013": ("The token was sent as another kind of assertion than a federated login has.", "flow"),
    "500133": ("The token was sent as another kind of assertion than a federated login has.", "flow"),
}
_ASSIGN = "Enterprise applications > the resource > Users and groups: assign a role to the application."
_DO = {
    "scope": "Ask for `<resource>/.default`, such as `https://management.azure.com/.default`.",
    "assignment": _ASSIGN,
    "form": (
        "Send all of: `client_id`, `scope`, `grant_type=client_credentials`, `client_assertion_type`, "
        "`client_assertion`."
    ),
    "flow": "Send it as `client_assertion` with `grant_type=client_credentials`, not as `assertion`.",
}


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(
        case, "azure-request-refused", "azure-parameter-missing", "azure-assertion-time", codes=_SAID
    )
    if symptom is None or symptom.code is None:
        return
    headline, kind = _SAID[symptom.code]
    asks = (
        [item for item in suspect.step.script.commands if "login.microsoftonline" in item.text]
        if suspect
        else []
    )
    lines = [
        quoted(case, item.at, f"Line {item.at.line} asks for it by {code(item.program)}.", primary=False)
        for item in asks[:1]
    ]
    finding = refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline=headline,
        meaning="It is about how the request was put together, and not about what the identity trusts.",
        evidence=lines,
        fixes=(by_hand("Correct the request", _DO[kind], verify="Run the step again."),),
    )
    # That it was the wrong flow is inferred from the code.
    yield replace(finding, verdict=Verdict.LIKELY) if kind == "flow" else finding


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
