"""One role's trust policy, judged for one step: what all rules about trust look at.

The statement that was meant is looked for here: of a policy with several statements the one that comes
nearest to letting the step in is explained, not all.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Any

from knowledge.casefile import CaseFile, Role, Suspect
from knowledge.claims import Claims, claims_for
from knowledge.frozen import dataclass
from knowledge.once import once_per_case
from knowledge.reading import Known, Unread
from knowledge.roles import ROLE_ARN, RoleChoice, is_its_role, named_beside
from knowledge.symptoms.model import Family
from knowledge.trust import ConditionResult, StatementResult, TrustResult, evaluate, provider_arn_in
from knowledge.trust_form import audience_by_form, form_only, subject_by_form, with_issuer
from knowledge.trust_policy import Policy, PolicyInvalid, Statement, parse_policy
from knowledge.trust_reasons import CODES
from knowledge.trust_repair import is_bitbucket, with_right_names
from knowledge.trust_request import NOT_BITBUCKETS, KeyKind

#: After these the role was assumed, so its trust policy is in order.
_ASSUMED = frozenset({Family.AFTER_ASSUME, Family.SESSION_EXPIRED})
_NETWORK = frozenset({"aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce"})


class Aspect(StrEnum):
    """What a condition is about, and so which cause speaks of it."""

    SUBJECT = "subject"
    AUDIENCE = "audience"
    NETWORK = "network"
    REQUEST = "request"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Fault:
    """A condition that is not met. `written` is as the policy has it; `judged` is the same condition
    once provider and key carry the right names, so that its value can be compared."""

    statement: StatementResult
    written: ConditionResult
    judged: ConditionResult
    aspect: Aspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A trust policy with its judgement.

    `known` is false when neither the repository was read nor claims were handed over, so that only the
    claims' form is known. `meant` is the Allow statement that comes nearest, None when the policy lets
    the step in or no statement is about Bitbucket; `faults` are its conditions that are not met. `beside` is
    the role that the step itself names where the text names another, so that the text may be about another
    step, run or CI.
    """

    role: Role
    url: str | None
    claims: Claims
    known: bool
    unread: Unread | None
    provider_arn: str
    result: TrustResult
    policy: Policy | None
    meant: StatementResult | None = None
    faults: tuple[Fault, ...] = ()
    beside: RoleChoice | None = None

    @property
    def name(self) -> str | None:
        """The role's name without path; None when the ARN is not known."""
        found = ROLE_ARN.fullmatch(self.role.arn)
        return found["name"] if found else None

    @property
    def denies(self) -> tuple[StatementResult, ...]:
        """The Deny statements that apply."""
        return tuple(s for s in self.result.statements if s.effect == "Deny" and s.applies)

    def about(self, aspect: Aspect) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.aspect is aspect)

    def statement(self, index: int) -> Statement | None:
        return self.policy.statements[index] if self.policy else None


@once_per_case
def judge(case: CaseFile, suspect: Suspect | None) -> Judged | None:
    """The case's trust policy judged for the suspect's token.

    None when the role was not read, is not the one that this step assumes, or was assumed already.
    """
    reading = case.role
    if not isinstance(reading, Known) or _assumed(case) or not is_its_role(case, reading.value, suspect):
        return None
    role = reading.value
    try:
        policy = parse_policy(role.trust_policy)
    except PolicyInvalid:
        policy = None
    found = claims_for(case, suspect)
    claims = found.value if isinstance(found, Known) else form_only(case, suspect)
    claims = with_issuer(case, claims, policy)
    arn = _provider_arn(role, claims, policy)
    context = context_of(case)
    result = evaluate(role.trust_policy, claims.values, provider_arn=arn, context=context)
    judged = Judged(
        role=role,
        url=reading.url,
        claims=claims,
        known=isinstance(found, Known),
        unread=found if isinstance(found, Unread) else None,
        provider_arn=arn,
        result=result,
        policy=policy,
        beside=named_beside(case, suspect),
    )
    if policy is None or result.decision == "allowed":
        return judged
    meant = _nearest(policy, result, claims)
    if meant is None or meant.applies:
        return judged
    renamed = evaluate(
        with_right_names(role.trust_policy, meant.index, arn),
        claims.values,
        provider_arn=arn,
        context=context,
    )
    faults = _faults(meant, renamed.statements[0], case)
    if not judged.known:
        statement = judged.statement(meant.index)
        faults = [_by_form(fault, statement, suspect) for fault in faults]
    return replace(judged, meant=meant, faults=tuple(faults))


def context_of(case: CaseFile) -> dict[str, Any]:
    """The request's own keys, as far as they are known: what was handed over, and the time of the run."""
    given = {key.lower() for key in case.request_context}
    context: dict[str, Any] = {}
    moment = case.now
    if isinstance(case.run, Known) and case.run.value.created_on is not None:
        moment = case.run.value.created_on
    if moment is not None and "aws:currenttime" not in given:
        context["aws:CurrentTime"] = moment.isoformat()
        context["aws:EpochTime"] = str(int(moment.timestamp()))
    return {**context, **case.request_context}


def _assumed(case: CaseFile) -> bool:
    return bool(case.families & _ASSUMED) and Family.ROLE_REFUSED not in case.families


def _provider_arn(role: Role, claims: Claims, policy: Policy | None) -> str:
    found = ROLE_ARN.fullmatch(role.arn)
    if found:
        return f"arn:{found['partition']}:iam::{found['account']}:oidc-provider/{claims.issuer_path}"
    arn = provider_arn_in(policy, claims.issuer_path) if policy else None
    return arn or f"arn:aws:iam::ACCOUNT:oidc-provider/{claims.issuer_path}"


def _nearest(policy: Policy, result: TrustResult, claims: Claims) -> StatementResult | None:
    """The Allow statement that was meant for this step."""
    ranked = []
    for statement, outcome in zip(policy.statements, result.statements, strict=True):
        if statement.allow:
            ranked.append((_rank(statement, outcome, claims), outcome.index, outcome))
    if not ranked:
        return None
    rank, _, outcome = min(ranked, key=lambda item: item[:2])
    return outcome if outcome.applies or not rank[0] or rank[1] < _NOT_OURS else None


_NOT_OURS = 2


def _rank(statement: Statement, outcome: StatementResult, claims: Claims) -> tuple[int, ...]:
    uuid = (claims.repository_uuid or "{}").strip("{}").lower()
    subjects = [v for c in statement.conditions if c.key.lower().endswith(":sub") for v in c.values]
    elsewhere = not (uuid and any(uuid in value.lower() for value in subjects))
    if outcome.principal_fits:
        principal = 0
    else:
        principal = 1 if any(is_bitbucket(value) for _, value in statement.principals) else _NOT_OURS
    slips = [CODES.index(c.reason) if c.reason in CODES else len(CODES) for c in outcome.failing]
    return (
        int(elsewhere),
        principal,
        int(not outcome.action_fits),
        sum(1 for item in outcome.failing if item.matches is False),
        len(outcome.failing),
        min(slips, default=0),
    )


def _faults(meant: StatementResult, renamed: StatementResult, case: CaseFile) -> list[Fault]:
    given = {key.lower() for key in case.request_context}
    found: list[Fault] = []
    for written, judged in zip(meant.conditions, renamed.conditions, strict=True):
        aspect = aspect_of(written, given)
        misnamed = written.key != judged.key
        # Where the principal names the same wrong provider, that is the fault, not the key.
        speaks = not misnamed or (meant.principal_fits and aspect is Aspect.UNSUPPORTED)
        if written.matches is not True and speaks:
            found.append(Fault(meant, written, judged, aspect))
        if misnamed and judged.matches is not True:
            found.append(Fault(meant, written, judged, aspect_of(judged, given)))
    return found


def _by_form(fault: Fault, statement: Statement | None, suspect: Suspect | None) -> Fault:
    """The fault, found where no workspace and no repository could meet the condition."""
    judged = fault.judged
    if fault.aspect is Aspect.SUBJECT:
        judged = subject_by_form(judged, statement)
    elif fault.aspect is Aspect.AUDIENCE and suspect is not None and not suspect.step.oidc.audiences:
        judged = audience_by_form(judged)
    return fault if judged is fault.judged else replace(fault, judged=judged)


def aspect_of(condition: ConditionResult, given: set[str]) -> Aspect:
    """What the condition is about. `given` are the request's keys that were handed over, lower case."""
    key = condition.key.lower()
    if condition.kind is KeyKind.CLAIM and condition.claim == "sub":
        return Aspect.SUBJECT
    if condition.kind is KeyKind.CLAIM and condition.claim in ("aud", "oaud"):
        return Aspect.AUDIENCE
    if key in _NETWORK:
        return Aspect.NETWORK
    if condition.kind is KeyKind.REQUEST and (key in given or not key.startswith(NOT_BITBUCKETS)):
        return Aspect.REQUEST
    return Aspect.UNSUPPORTED
