"""The trust policy puts a condition on the request itself: its time, the session's name, the client.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding, Verdict
from knowledge.quoting import step_for
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.trust_case import Aspect, Judged, judge
from knowledge.trust_findings import doubted, place, role_words, verdict_for
from knowledge.trust_fixes import policy_fix
from knowledge.words import code, listed

_CAUSE = "trust-request-mismatch"

_ABOUT = {
    "aws:currenttime": ("a limit in time", "The window may be over, or not begun."),
    "aws:epochtime": ("a limit in time", "The window may be over, or not begun."),
    "sts:rolesessionname": (
        "a condition on the session's name",
        "Clients make a name of their own unless `AWS_ROLE_SESSION_NAME` is set in the step.",
    ),
    "aws:useragent": ("a condition on the client's name", "It changes with each version of the client."),
    "aws:requestedregion": (
        "a condition on the region",
        "It is the region whose STS the step asks, so `AWS_REGION` decides.",
    ),
}


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    judged = judge(case, suspect)
    if judged is None:
        return
    for fault in judged.about(Aspect.REQUEST)[:1]:
        condition = fault.written
        verdict = _verdict(case, judged, condition.matches)
        if verdict is None:
            continue
        what, meaning = _ABOUT.get(condition.key.lower(), (f"a condition on {code(condition.key)}", ""))
        actual = condition.actual[0] if condition.actual else ""
        expected = condition.expected[0] if condition.expected else condition.key
        allowed = listed([code(value) for value in condition.expected[:4]], "or")
        yield Finding(
            cause=_CAUSE,
            verdict=verdict,
            headline=f"The trust policy of {role_words(judged)} has {what} that the request does not meet."
            if condition.matches is False
            else f"The trust policy of {role_words(judged)} has {what}, which could not be checked.",
            meaning=doubted(judged, meaning),
            step=step_for(suspect, of_the_step=False),
            evidence=(
                Evidence(
                    (
                        f"Statement {fault.statement.index}: {code(condition.operator)} on "
                        f"{code(condition.key)}, {allowed}."
                    ),
                    place(judged, fault.statement.index, condition.operator, condition.key),
                    expected,
                    comparison=Comparison(condition.key, expected, actual, condition.differs_at)
                    if actual
                    else None,
                ),
            ),
            fixes=(
                policy_fix(
                    judged,
                    f"Correct or remove the condition on {code(condition.key)}",
                    (
                        f"Change the condition {code(condition.operator)} on {code(condition.key)} so "
                        "that the step meets it."
                    ),
                ),
            ),
        )


def _verdict(case: CaseFile, judged: Judged, matches: bool | None) -> Verdict | None:
    if matches is False:
        return verdict_for(case, judged, matches)
    if case.families and Family.ROLE_REFUSED not in case.families:
        return None
    return Verdict.POSSIBLE


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
