"""The trust policy lets in more than it needs: advice, never the reason of a failure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Severity, Surface, Verdict
from knowledge.rules.rule import Rule
from knowledge.trust_case import Aspect, Judged, judge
from knowledge.trust_findings import place, role_words
from knowledge.trust_fixes import IDENTIFIERS
from knowledge.trust_policy import Statement
from knowledge.trust_width import Width
from knowledge.words import code

_CAUSE = "trust-too-wide"
_VERIFY = {
    Width.PRINCIPAL: "The role's trust policy names one provider, and the step still logs in.",
    Width.SUBJECT: "A step of another repository can no longer assume the role.",
    Width.SET_OPERATOR: "The step still logs in.",
}


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    judged = judge(case, suspect)
    if judged is None or judged.about(Aspect.UNSUPPORTED):
        # A policy that admits nobody is not too wide; its rule tells what to limit.
        return
    for opening in judged.result.openings[:1]:
        excerpt = _excerpt(judged.statement(opening.statement), opening.width)
        yield Finding(
            cause=_CAUSE,
            verdict=Verdict.CONFIRMED,
            severity=Severity.ADVICE,
            headline=(
                f"The trust policy of {role_words(judged)} lets in more than it needs: {opening.who} may "
                "assume the role today."
            ),
            meaning=opening.sentence,
            evidence=(Evidence(opening.sentence, place(judged, opening.statement), excerpt),),
            fixes=(_fix(judged, opening.width),),
        )


def _excerpt(statement: Statement | None, width: Width) -> str:
    """What of the statement lets in too many: a principal, a pattern, an operator."""
    if statement is None:
        return ""
    if width is Width.SET_OPERATOR:
        written = (c.operator for c in statement.conditions if c.operator.quantifier == "ForAllValues")
        return next((operator.written for operator in written), "")
    subjects = [v for c in statement.conditions if c.key.lower().endswith(":sub") for v in c.values]
    return subjects[0] if subjects and width is Width.SUBJECT else statement.principals[0][1]


def _fix(judged: Judged, width: Width) -> Fix:
    subject = judged.claims.narrow_subject
    limit = code(subject) if subject else "the repository's UUID and `:*`"
    title, steps = {
        Width.PRINCIPAL: (
            "Name Bitbucket's OIDC provider as the only principal",
            (f'Set the principal to `{{"Federated": "{judged.provider_arn}"}}`.',),
        ),
        Width.SUBJECT: (
            "Limit the subject in the trust policy",
            (
                f"Add `StringLike` on `sub` with {limit}, and a value for each further repository.",
                f"{IDENTIFIERS} shows the repository's UUID.",
            ),
        ),
        Width.SET_OPERATOR: (
            "Compare without `ForAllValues`",
            ("Take `ForAllValues:` away: a claim with one value needs no set operator.",),
        ),
    }[width]
    return Fix(
        title=title,
        surface=Surface.ROLE_TRUST,
        steps=steps,
        verify=_VERIFY[width],
        url=judged.url,
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
