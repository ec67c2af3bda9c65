"""The trust policy admits only certain addresses or networks.

Where steps come from: https://bitbucket.org/blog/infrastructure-changes-new-outbound-ip-addresses
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding, Verdict
from knowledge.quoting import step_for
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.trust import ConditionResult
from knowledge.trust_case import Aspect, Judged, aspect_of, judge
from knowledge.trust_findings import doubted, place, role_words, verdict_for
from knowledge.trust_fixes import policy_fix
from knowledge.words import code, listed

_CAUSE = "trust-source-ip"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    judged = judge(case, suspect)
    if judged is None:
        return
    given = {key.lower() for key in case.request_context}
    faults = [(fault.statement.index, fault.written) for fault in judged.about(Aspect.NETWORK)]
    # A Deny for all other networks is the same limit, written the other way round.
    faults += [
        (statement.index, item)
        for statement in judged.result.statements
        if statement.effect == "Deny" and statement.applies is not False
        for item in statement.conditions
        if item.negated and item.matches is not False and aspect_of(item, given) is Aspect.NETWORK
    ]
    for index, condition in faults[:1]:
        verdict = _verdict(case, judged, condition)
        if verdict is not None:
            yield _finding(suspect, judged, index, condition, verdict)


def _verdict(case: CaseFile, judged: Judged, condition: ConditionResult) -> Verdict | None:
    if condition.actual:
        return verdict_for(case, judged, matches=False)
    if case.families and Family.ROLE_REFUSED not in case.families:
        return None
    alone = all(fault.aspect is Aspect.NETWORK for fault in judged.faults)
    # All else fits, and AWS refused: only the address is left.
    return Verdict.LIKELY if case.families and alone and judged.known else Verdict.POSSIBLE


def _finding(
    suspect: Suspect | None, judged: Judged, index: int, condition: ConditionResult, verdict: Verdict
) -> Finding:
    allowed = listed([code(value) for value in condition.expected[:4]])
    actual = condition.actual[0] if condition.actual else ""
    meaning = (
        f"The step came from {code(actual)}, and the policy admits {allowed}."
        if actual
        else (
            "The address the step came from is not known here; the subject and the audience are "
            "judged apart from it."
        )
    )
    runner = (
        "A self-hosted runner comes from its own network's address."
        if suspect is not None and suspect.step.self_hosted
        else (
            "Steps on Atlassian's runners come from addresses that change, so such a list lets "
            "in some runs and "
            "refuses others."
        )
    )
    key = condition.key
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=f"The trust policy of {role_words(judged)} admits only certain networks.",
        meaning=doubted(judged, f"{meaning} {runner}"),
        step=step_for(suspect, of_the_step=False),
        evidence=(
            Evidence(
                f"Statement {index} limits {code(key)} to {allowed}.",
                place(judged, index, condition.operator, key),
                condition.expected[0] if condition.expected else key,
                comparison=Comparison(key, condition.expected[0], actual)
                if actual and condition.expected
                else None,
            ),
        ),
        fixes=(
            policy_fix(
                judged,
                f"Remove the condition on {code(key)}, or bring its list up to date",
                "`sub` and `aud` already limit who may assume the role; a list of addresses ages.",
                "The event `AssumeRoleWithWebIdentity` in CloudTrail shows the address as `sourceIPAddress`.",
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
