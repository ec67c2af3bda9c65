"""An explicit Deny in the trust policy refuses the step, whatever its Allow statements say.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.aws_denials import in_vain
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Verdict
from knowledge.quoting import step_for
from knowledge.rules.rule import Rule
from knowledge.trust import ConditionResult, StatementResult
from knowledge.trust_case import Aspect, Judged, aspect_of, judge
from knowledge.trust_findings import doubted, place, refused, role_words, verdict_for
from knowledge.trust_fixes import policy_fix
from knowledge.trust_policy import Statement
from knowledge.words import code

_CAUSE = "trust-denied"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    judged = judge(case, suspect)
    if judged is None:
        return
    given = {key.lower() for key in case.request_context}
    for statement in judged.denies:
        verdict = verdict_for(case, judged, matches=False)
        if verdict is None or _told_elsewhere(statement, given):
            continue
        first = statement.conditions[0] if statement.conditions else None
        yield Finding(
            cause=_CAUSE,
            verdict=verdict,
            headline=f"A Deny in the trust policy of {role_words(judged)} refuses this step.",
            meaning=doubted(
                judged, "An explicit Deny wins over every Allow, so no other statement can let the step in."
            ),
            step=step_for(suspect, of_the_step=False),
            evidence=(
                Evidence(
                    f"Statement {statement.index} denies{_because(first)}.",
                    place(judged, statement.index, *((first.operator, first.key) if first else ())),
                    _excerpt(statement, first),
                ),
            ),
            fixes=(
                policy_fix(
                    judged,
                    f"Narrow the Deny in statement {statement.index}",
                    (
                        "Check why the Deny is there before it is changed; then narrow it so that "
                        "this step is not met by it."
                    ),
                ),
            ),
        )
        return
    pair = in_vain(judged.policy) if judged.policy is not None and not judged.denies else None
    verdict = verdict_for(case, judged, matches=False)
    if pair is not None and verdict is not None and refused(case):
        yield _in_vain(suspect, judged, verdict, *pair)


def _in_vain(
    suspect: Suspect | None, judged: Judged, verdict: Verdict, allow: Statement, deny: Statement
) -> Finding:
    """The policy takes back what it gives, to whomever; whether the Allow is right for the step is open."""
    first = deny.conditions[0] if deny.conditions else None
    excerpt = (first.values[0] if first.values else first.key) if first else deny.sid or "Deny"
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=f"A Deny in the trust policy of {role_words(judged)} refuses whomever it lets in.",
        meaning=doubted(
            judged,
            f"Statement {deny.index} denies every login that statement {allow.index} allows, and an explicit "
            "Deny wins over every Allow.",
        ),
        step=step_for(suspect, of_the_step=False),
        evidence=(
            Evidence(
                f"Statement {deny.index} denies what statement {allow.index} allows.",
                place(judged, deny.index, *((first.operator.written, first.key) if first else ())),
                excerpt,
            ),
        ),
        fixes=(
            policy_fix(
                judged,
                f"Narrow the Deny in statement {deny.index}",
                "Check why the Deny is there before it is changed; then narrow it so that it leaves "
                "something of the Allow.",
            ),
        ),
    )


def _because(condition: ConditionResult | None) -> str:
    if condition is None:
        return " without any condition"
    return f", and its condition {code(condition.operator)} on {code(condition.key, 200)} is met"


def _excerpt(statement: StatementResult, condition: ConditionResult | None) -> str:
    if condition is None:
        return statement.sid or statement.effect
    return condition.nearest or (condition.expected[0] if condition.expected else condition.key)


def _told_elsewhere(statement: StatementResult, given: set[str]) -> bool:
    """Whether the rule of a single kind of condition explains the Deny better."""
    negated = [item for item in statement.conditions if item.negated]
    if any(aspect_of(item, given) is Aspect.NETWORK for item in negated):
        return True
    if any(not item.actual and aspect_of(item, given) is Aspect.UNSUPPORTED for item in negated):
        return True
    return len(statement.conditions) == 1 and any(item.claim == "sub" for item in negated)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
