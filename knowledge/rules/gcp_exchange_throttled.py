"""Too many tokens were exchanged at once.

https://docs.cloud.google.com/iam/docs/troubleshooting-workload-identity-federation
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Fix, Surface
from knowledge.gcp_case import symptom_of
from knowledge.gcp_told import Saying, told
from knowledge.rules.rule import Rule

_CAUSE = "gcp-exchange-throttled"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-throttled")
    if symptom is None:
        return
    saying = Saying(
        cause=_CAUSE,
        headline="Google throttled the token exchange: too many were asked for at once.",
        meaning="Nothing of the setup is wrong. Parallel steps that log in at the same moment add up.",
        fixes=(
            Fix(
                title="Run the step again, and log in less often",
                surface=Surface.RUN,
                steps=(
                    "Log in once per step, and start fewer parallel steps at once.",
                    (
                        "If it comes back, ask for a higher quota of `sts.googleapis.com` in IAM & "
                        "Admin > Quotas."
                    ),
                ),
                verify="Run the step again.",
            ),
        ),
    )
    yield told(case, suspect, symptom, saying)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
