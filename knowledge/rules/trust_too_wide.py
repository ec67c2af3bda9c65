"""The trust policy lets in more than it needs: advice, never the reason of a failure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Severity, Surface, Verdict
from knowledge.rules.rule import Rule
from knowledge.trust_case import Aspect, judge
from knowledge.trust_findings import place, role_words
from knowledge.trust_fixes import IDENTIFIERS
from knowledge.trust_policy import Statement
from knowledge.words import code

_CAUSE = "trust-too-wide"
_STATEMENT = re.compile(r"Statement (\d+)")


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    judged = judge(case, suspect)
    if judged is None or judged.about(Aspect.UNSUPPORTED):
        # A policy that admits nobody is not too wide; its rule tells what to limit.
        return
    for warning in judged.result.too_wide[:1]:
        found = _STATEMENT.match(warning)
        index = int(found[1]) if found else 0
        subject = judged.claims.narrow_subject
        limit = code(subject) if subject else "the repository's UUID and `:*`"
        yield Finding(
            cause=_CAUSE,
            verdict=Verdict.CONFIRMED,
            severity=Severity.ADVICE,
            headline=f"The trust policy of {role_words(judged)} lets in more than it needs.",
            meaning=warning,
            evidence=(Evidence(warning, place(judged, index), _excerpt(judged.statement(index))),),
            fixes=(
                Fix(
                    title="Limit the subject in the trust policy",
                    surface=Surface.ROLE_TRUST,
                    steps=(
                        (
                            f"Add `StringLike` on `sub` with {limit}, and one value for each further "
                            "repository that uses the role."
                        ),
                        f"{IDENTIFIERS} shows the repository's UUID.",
                    ),
                    verify="A step of another repository can no longer assume the role.",
                    url=judged.url,
                ),
            ),
        )


def _excerpt(statement: Statement | None) -> str:
    """The principal that is let in, or the subject's pattern where there is one."""
    if statement is None:
        return ""
    subjects = [v for c in statement.conditions if c.key.lower().endswith(":sub") for v in c.values]
    return subjects[0] if subjects else statement.principals[0][1]


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
