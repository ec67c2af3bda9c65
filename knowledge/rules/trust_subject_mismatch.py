"""The role's trust policy expects another subject than this step's token has.

Forms of the subject: https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Verdict
from knowledge.quoting import step_for, step_words
from knowledge.reading import Known, Unread
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.trust import ConditionResult
from knowledge.trust_case import Aspect, Fault, Judged, judge
from knowledge.trust_changes import deployment_fixes, subject_change
from knowledge.trust_findings import (
    About,
    about_claim,
    by_aspect,
    deployment_evidence,
    doubted,
    place,
    reason_of,
    role_words,
    verdict_for,
)
from knowledge.trust_fixes import policy_fix, with_excepted_subject
from knowledge.trust_unseen import unseen
from knowledge.trust_words import SUBJECT
from knowledge.words import code

_CAUSE = "trust-subject-mismatch"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    judged = judge(case, suspect)
    if judged is None:
        if isinstance(case.role, Unread) and Family.ROLE_REFUSED in case.families:
            yield unseen(case, suspect, _CAUSE)
        return
    for fault in by_aspect(judged, Aspect.SUBJECT)[:1]:
        finding = _mismatch(case, suspect, judged, fault)
        if finding is not None:
            yield finding
    yield from _denied(case, suspect, judged)
    if judged.result.decision == "allowed" and Family.ROLE_REFUSED in case.families and judged.known:
        yield Finding(
            cause=_CAUSE,
            verdict=Verdict.RULED_OUT,
            headline=f"The trust policy of {role_words(judged)} lets {step_words(suspect)} in.",
        )


def _mismatch(case: CaseFile, suspect: Suspect | None, judged: Judged, fault: Fault) -> Finding | None:
    reason = reason_of(fault)
    title, steps = subject_change(judged, fault, reason)
    about = About(
        cause=_CAUSE,
        words=SUBJECT,
        title=title,
        steps=steps,
        further=deployment_evidence(case, suspect, reason),
        fixes=tuple(deployment_fixes(case, suspect, fault)) if reason == "environment-missing" else (),
    )
    finding = about_claim(case, suspect, judged, fault, about)
    return finding if finding is None or not _of_parent(case, fault) else _forked(finding, judged)


def _of_parent(case: CaseFile, fault: Fault) -> bool:
    """Whether the subject that the policy names is that of the repository which this one was forked from."""
    parent = case.repository.value.parent_uuid if isinstance(case.repository, Known) else None
    return parent is not None and any(parent in value.lower() for value in fault.judged.expected)


def _forked(finding: Finding, judged: Judged) -> Finding:
    said = (
        "The UUID in the policy is that of the repository which this one was forked from; a fork has a UUID "
        "of its own. Run it in that repository, or let the fork in on purpose."
    )
    headline = f"The trust policy of {role_words(judged)} admits the repository that this fork was made from."
    return replace(finding, headline=headline, meaning=doubted(judged, said))


def _denied(case: CaseFile, suspect: Suspect | None, judged: Judged) -> Iterator[Finding]:
    """A Deny for every subject but some, and this step's is not among those."""
    for statement in judged.denies:
        on_subject = [c for c in statement.conditions if c.claim == "sub" and c.negated and c.actual]
        if len(on_subject) == 1 and len(statement.conditions) == 1:
            yield _excepted(case, suspect, judged, statement.index, on_subject[0])
            return


def _excepted(
    case: CaseFile, suspect: Suspect | None, judged: Judged, index: int, condition: ConditionResult
) -> Finding:
    after = with_excepted_subject(judged, index, condition.operator, condition.key)
    fix = policy_fix(
        judged, "Except this repository from the Deny", "Add the repository's subject to the list."
    )
    if after is not None:
        fix = replace(fix, policy_after=after)
    value = condition.expected[0] if condition.expected else ""
    return Finding(
        cause=_CAUSE,
        verdict=verdict_for(case, judged, matches=False) or Verdict.LIKELY,
        headline=f"A Deny in the trust policy of {role_words(judged)} refuses every subject but some others.",
        meaning=doubted(
            judged,
            "An explicit Deny wins over every Allow, and this step's subject is not among its exceptions.",
        ),
        step=step_for(suspect, of_the_step=False),
        evidence=(
            Evidence(
                (
                    f"Statement {index} denies unless `sub` fits; the token's is "
                    f"{code(' or '.join(condition.actual))}."
                ),
                place(judged, index, condition.operator, condition.key),
                value,
            ),
        ),
        fixes=(fix,),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
