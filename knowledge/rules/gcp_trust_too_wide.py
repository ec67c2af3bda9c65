"""Any repository of the workspace may act as the service account.

https://cloud.google.com/iam/docs/best-practices-for-using-workload-identity-federation
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Severity, Verdict
from knowledge.gcp_bindings import narrow_fixes
from knowledge.gcp_case import in_account, in_provider, provider_of
from knowledge.gcp_members import Fit, judged_members
from knowledge.quoting import step_for
from knowledge.rules.rule import Rule

_CAUSE = "gcp-trust-too-wide"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    provider, judged = provider_of(case), judged_members(case, suspect) or ()
    whole = next((one for one in judged if one.member.kind == "pool" and one.fit is Fit.FITS), None)
    if provider is None or whole is None:
        return
    if provider.condition:
        # A condition that is not read may limit it.
        return
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED,
        severity=Severity.ADVICE,
        headline="Every repository of the workspace may act as the service account.",
        meaning="The provider has no condition, and the binding lets in everybody of the pool.",
        step=step_for(suspect, of_the_step=False),
        evidence=(
            Evidence("This member has the role.", in_account(case), whole.member.text),
            Evidence("The provider has no `attributeCondition`.", in_provider(case), primary=False),
        ),
        fixes=narrow_fixes(case, suspect, instead_of=whole.member.text),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
