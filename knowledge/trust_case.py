"""One role's trust policy, judged for one step: what all rules about trust look at.

The statement that was meant is looked for here: of a policy with several statements the one that comes
nearest to letting the step in is explained, not all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from knowledge.casefile import CaseFile, Role, Suspect
from knowledge.claims import Claims, claims_for, issuer
from knowledge.reading import Known, Unread
from knowledge.roles import ROLE_ARN, role_choices
from knowledge.symptoms.model import Family
from knowledge.trust import ConditionResult, StatementResult, TrustResult, evaluate, provider_arn_in
from knowledge.trust_policy import Policy, PolicyInvalid, Statement, parse_policy
from knowledge.trust_reasons import CODES, audience_slip
from knowledge.trust_repair import is_bitbucket, path_in, with_right_names
from knowledge.trust_request import KeyKind
from knowledge.trust_values import OneOf, Pattern

#: After these the role was assumed, so its trust policy is in order.
_ASSUMED = frozenset({Family.AFTER_ASSUME, Family.SESSION_EXPIRED})
_NETWORK = frozenset({"aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce"})
#: Filled only from session tags or a source identity, which Bitbucket's token does not carry, or by browsers.
_NOT_BITBUCKETS = ("aws:requesttag/", "aws:tagkeys", "sts:sourceidentity", "aws:referer")
#: Filled at every call, with values that are not known here.
_UNKNOWN_CONTEXT = (
    "aws:SourceIp",
    "aws:VpcSourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:UserAgent",
    "aws:RequestedRegion",
    "aws:CurrentTime",
    "aws:EpochTime",
    "sts:RoleSessionName",
)


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
    the step in or no statement is about Bitbucket; `faults` are its conditions that are not met.
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


def judge(case: CaseFile, suspect: Suspect | None) -> Judged | None:
    """The case's trust policy judged for the suspect's token.

    None when the role was not read, is not the one that this step assumes, or was assumed already.
    """
    reading = case.role
    if not isinstance(reading, Known) or _assumed(case) or not _is_its_role(case, reading.value, suspect):
        return None
    role = reading.value
    try:
        policy = parse_policy(role.trust_policy)
    except PolicyInvalid:
        policy = None
    found = claims_for(case, suspect)
    claims = _with_issuer(case, found.value if isinstance(found, Known) else _form_only(), policy)
    arn = _provider_arn(role, claims, policy)
    context = context_of(case)
    result = evaluate(role.trust_policy, claims.values, provider_arn=arn, context=context)
    judged = Judged(
        role=role,
        url=reading.url or console_url(role.arn),
        claims=claims,
        known=isinstance(found, Known),
        unread=found if isinstance(found, Unread) else None,
        provider_arn=arn,
        result=result,
        policy=policy,
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
    if not judged.known and suspect is not None and not suspect.step.oidc.audiences:
        faults = [_by_form(fault) for fault in faults]
    return replace(judged, meant=meant, faults=tuple(faults))


def console_url(role_arn: str) -> str | None:
    """The page of the role's trust relationships in the console of the commercial partition."""
    found = ROLE_ARN.fullmatch(role_arn)
    if found is None or found["partition"] != "aws":
        return None
    return (
        f"https://console.aws.amazon.com/iam/home#/roles/details/{found['name']}?section=trust_relationships"
    )


def context_of(case: CaseFile) -> dict[str, Any]:
    """The request's own keys: what was handed over, the time of the run, and for the rest "not known"."""
    given = {key.lower() for key in case.request_context}
    context: dict[str, Any] = {key: None for key in _UNKNOWN_CONTEXT if key.lower() not in given}
    moment = case.now
    if isinstance(case.run, Known) and case.run.value.created_on is not None:
        moment = case.run.value.created_on
    if moment is not None and "aws:currenttime" not in given:
        context["aws:CurrentTime"] = moment.isoformat()
        context["aws:EpochTime"] = str(int(moment.timestamp()))
    if "aws:securetransport" not in given:
        context["aws:SecureTransport"] = "true"
    return {**context, **case.request_context}


def _assumed(case: CaseFile) -> bool:
    return bool(case.families & _ASSUMED) and Family.ROLE_REFUSED not in case.families


def _is_its_role(case: CaseFile, role: Role, suspect: Suspect | None) -> bool:
    """False only when the step is known to assume another role than the one that was read."""
    if suspect is None or not ROLE_ARN.fullmatch(role.arn):
        return True
    named = [
        choice.arn.strip() for choice in role_choices(case, suspect.step) if choice.account and choice.arn
    ]
    return not named or role.arn in named


def _form_only() -> Claims:
    """Nothing is known of the token but the form that every token of Bitbucket has."""
    return Claims(
        values={"iss": None, "aud": None, "sub": OneOf((Pattern("*:*"), Pattern("*:*:*")))},
        pattern_sub="",
        issuer="",
        aud_certain=False,
        unknown=("which repository it was",),
    )


def _with_issuer(case: CaseFile, claims: Claims, policy: Policy | None) -> Claims:
    """Where the issuer is not known, the policy's own Bitbucket provider is taken to be the right one."""
    if claims.issuer:
        return claims
    named = [value for item in policy.statements for _, value in item.principals] if policy else []
    paths = [path for value in named if (path := path_in(value)) and "/workspaces/" in path]
    slug = case.target.workspace
    if slug and not slug.startswith("{"):
        address = issuer(slug)
    else:
        address = f"https://{paths[0]}" if paths else issuer("WORKSPACE")
    return replace(claims, values={**claims.values, "iss": address}, issuer=address)


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


def _by_form(fault: Fault) -> Fault:
    """Of a step without audiences of its own the form of the audience is known, whatever the workspace."""
    right = fault.judged
    slip = (
        audience_slip(right.expected) if fault.aspect is Aspect.AUDIENCE and right.matches is None else None
    )
    if slip is None or right.negated:
        return fault
    return replace(fault, judged=replace(right, matches=False, reason=slip.code, nearest=slip.nearest))


def aspect_of(condition: ConditionResult, given: set[str]) -> Aspect:
    """What the condition is about. `given` are the request's keys that were handed over, lower case."""
    key = condition.key.lower()
    if condition.kind is KeyKind.CLAIM and condition.claim == "sub":
        return Aspect.SUBJECT
    if condition.kind is KeyKind.CLAIM and condition.claim in ("aud", "oaud"):
        return Aspect.AUDIENCE
    if key in _NETWORK:
        return Aspect.NETWORK
    if condition.kind is KeyKind.REQUEST and (key in given or not key.startswith(_NOT_BITBUCKETS)):
        return Aspect.REQUEST
    return Aspect.UNSUPPORTED


def limits(statement: Statement, claim: str) -> bool:
    """Whether some condition of the statement is about the claim, whatever provider its key names."""
    return any(c.key.lower().endswith(f":{claim}") for c in statement.conditions)
