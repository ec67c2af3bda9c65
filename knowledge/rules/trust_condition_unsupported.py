"""The trust policy puts a condition on a key that AWS never fills for a token of Bitbucket.

Keys of an OIDC provider: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding
from knowledge.quoting import step_for
from knowledge.rules.rule import Rule
from knowledge.trust import ConditionResult, StatementResult
from knowledge.trust_case import Aspect, Fault, Judged, aspect_of, judge
from knowledge.trust_findings import doubted, place, role_words, verdict_for
from knowledge.trust_fixes import policy_fix, with_null_check
from knowledge.trust_reasons import common_length
from knowledge.trust_request import KeyKind
from knowledge.trust_words import INSTEAD, UNSUPPORTED
from knowledge.words import code, filled

_CAUSE = "trust-condition-unsupported"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    judged = judge(case, suspect)
    if judged is None:
        return
    for fault in judged.about(Aspect.UNSUPPORTED)[:1]:
        yield from _finding(case, suspect, judged, fault)
    for statement in judged.denies:
        yield from _denied(case, suspect, judged, statement)


def _finding(case: CaseFile, suspect: Suspect | None, judged: Judged, fault: Fault) -> Iterator[Finding]:
    verdict = verdict_for(case, judged, fault.written.matches)
    if verdict is None:
        return
    written, right = fault.written, fault.judged
    misnamed = written.key != right.key
    headline, meaning = _words(written, judged, misnamed=misnamed)
    title, step = _change(written, right)
    comparison = (
        Comparison("condition key", written.key, right.key, common_length(written.key, right.key))
        if misnamed
        else None
    )
    sentence = f"Statement {fault.statement.index} has the condition {code(written.operator)} on this key."
    where = place(judged, fault.statement.index, written.operator, written.key)
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=headline,
        meaning=meaning,
        step=step_for(suspect, of_the_step=False),
        evidence=(Evidence(sentence, where, written.key, comparison=comparison),),
        fixes=(policy_fix(judged, title, step),),
    )


def _short(condition: ConditionResult) -> str:
    """The key without the address of the token's own provider, where it has that."""
    if condition.kind is KeyKind.OTHER_PROVIDER:
        return condition.key
    head, colon, claim = condition.key.rpartition(":")
    return claim if colon and ("/" in head or "." in head) else condition.key


def _words(condition: ConditionResult, judged: Judged, *, misnamed: bool) -> tuple[str, str]:
    kind = "misnamed" if misnamed else condition.kind.value
    headline, meaning = UNSUPPORTED.get(kind, UNSUPPORTED["never"])
    key = code(condition.key if misnamed else _short(condition), 200)
    instead = INSTEAD.get(condition.claim, "") if condition.kind is KeyKind.CLAIM_NEVER else ""
    return filled(headline, key=key, role=role_words(judged)), doubted(judged, f"{meaning} {instead}".strip())


def _change(written: ConditionResult, right: ConditionResult) -> tuple[str, str]:
    """Title and step of the change to the policy."""
    key = code(_short(written), 200)
    if written.key != right.key:
        return (
            f"Name the key {code(right.claim)} by the provider's own address",
            f"Write the key as {code(right.key, 200)}.",
        )
    if written.kind is KeyKind.OTHER_PROVIDER:
        return (
            f"Keep the condition on {key} out of the statement for Bitbucket",
            f"Give each provider a statement of its own; {key} belongs into the other provider's.",
        )
    return (
        f"Remove the condition on {key}",
        f"Remove {key} from the conditions; `sub` and `aud` are what can limit the role.",
    )


def _denied(
    case: CaseFile, suspect: Suspect | None, judged: Judged, statement: StatementResult
) -> Iterator[Finding]:
    """A Deny that holds because its key is absent, as in examples for AWS organisations."""
    given = {key.lower() for key in case.request_context}
    absent = [
        item
        for item in statement.conditions
        if item.negated and not item.actual and aspect_of(item, given) is Aspect.UNSUPPORTED
    ]
    verdict = verdict_for(case, judged, matches=False)
    if not absent or verdict is None:
        return
    first = absent[0]
    after = with_null_check(judged, statement.index, [item.key for item in absent])
    fix = policy_fix(
        judged,
        f"Let the Deny count only where AWS fills {code(first.key)}",
        f'Add `"Null": {{"{first.key}": "false"}}` to the conditions of the Deny.',
    )
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=(
            f"A Deny in the trust policy of {role_words(judged)} holds because {code(first.key)} is "
            "never filled."
        ),
        meaning=doubted(
            judged,
            "A login by token is made by no AWS principal, so the key is absent, and a negated condition on "
            "an absent key is met. An explicit Deny wins over every Allow.",
        ),
        step=step_for(suspect, of_the_step=False),
        evidence=(
            Evidence(
                f"Statement {statement.index} denies by {code(first.operator)} on this key.",
                place(judged, statement.index, first.operator, first.key),
                first.key,
            ),
        ),
        fixes=(replace(fix, policy_after=after),),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
