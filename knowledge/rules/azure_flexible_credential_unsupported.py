"""A flexible federated credential was made for Bitbucket's tokens, which it does not take.

https://learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from knowledge.azure_credentials import credentials_in, of_credential
from knowledge.azure_ways import WHY, look, ways
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Verdict
from knowledge.quoting import quoted, step_for, step_ref
from knowledge.rules.rule import Rule
from knowledge.script_order import script_lines
from knowledge.words import code

_CAUSE = "azure-flexible-credential-unsupported"
_HOST = "https://api.bitbucket.org/"
_MADE = re.compile(r"claimsMatchingExpression|azuread_application_flexible_federated_identity_credential")


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    for credential in credentials_in(case):
        if credential.flexible is not None and credential.issuer.startswith(_HOST):
            said = f"The flexible credential {code(credential.name)} has Bitbucket's issuer."
            line = of_credential(case, credential, credential.issuer, said)
            yield _finding(case, suspect, Verdict.CONFIRMED, replace(line, primary=True))
            return
    if suspect is None or not case.symptoms:
        return
    for text, at in script_lines(suspect.step):
        if _MADE.search(text) and "api.bitbucket.org" in text:
            said = f"Line {at.line} makes a flexible credential for Bitbucket's issuer."
            yield _finding(case, suspect, Verdict.LIKELY, quoted(case, at, said))
            return


def _finding(case: CaseFile, suspect: Suspect | None, verdict: Verdict, line: Evidence) -> Finding:
    of_the_step = verdict is Verdict.LIKELY and suspect is not None
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline="A flexible federated credential does not take tokens of Bitbucket.",
        meaning=WHY,
        step=step_ref(suspect.step)
        if of_the_step and suspect is not None
        else step_for(suspect, of_the_step=False),
        evidence=(line,),
        fixes=(*ways(case, suspect), *look(case)),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
