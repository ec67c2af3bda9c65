"""Would this trust policy let this token assume the role? Each statement and condition with its reason.

IAM's own simulator does not take trust policies, so this follows the rules of the IAM guide:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
Values are compared as they are, never tidied up before; only the reasons try tidied variants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from knowledge.frozen import dataclass
from knowledge.trust_operators import Operator, quantified
from knowledge.trust_policy import Condition, Policy, PolicyInvalid, Statement, parse_policy
from knowledge.trust_reasons import Reason, explain
from knowledge.trust_request import KeyKind, Request, account_of, covers_login, provider_path, request_for
from knowledge.trust_values import OneOf, agreed, all_of, texts_of
from knowledge.trust_variables import Unresolved, expanded
from knowledge.trust_width import Opening, openings

__all__ = ["ConditionResult", "StatementResult", "TrustResult", "evaluate"]


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """One key of one operator. `matches` is None when that cannot be told.

    `nearest` is the policy's value that comes closest, `differs_at` the 0-based index of the first
    character in which it and the actual value part.
    """

    operator: str
    key: str
    expected: tuple[str, ...]
    actual: tuple[str, ...]
    matches: bool | None
    reason: str
    nearest: str | None = None
    differs_at: int | None = None
    kind: KeyKind = KeyKind.CLAIM
    negated: bool = False

    @property
    def claim(self) -> str:
        """`sub` of `api.bitbucket.org/...:sub`, lower case."""
        return self.key.rpartition(":")[2].lower()

    def to_json(self) -> dict[str, Any]:
        return {
            "operator": self.operator,
            "key": self.key,
            "expected": list(self.expected),
            "actual": list(self.actual),
            "matches": self.matches,
            "reason": self.reason,
            "nearest": self.nearest,
            "differs_at": self.differs_at,
        }


@dataclass(frozen=True, slots=True)
class StatementResult:
    """`why` is None when the statement applies, else the first of `principal`, `action`, `condition`."""

    index: int
    sid: str | None
    effect: str
    applies: bool | None
    why: str | None
    conditions: tuple[ConditionResult, ...]
    principal_fits: bool
    action_fits: bool

    @property
    def failing(self) -> tuple[ConditionResult, ...]:
        return tuple(item for item in self.conditions if item.matches is not True)

    def to_json(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "sid": self.sid,
            "effect": self.effect,
            "applies": self.applies,
            "why": self.why,
            "conditions": [item.to_json() for item in self.conditions],
        }


@dataclass(frozen=True, slots=True)
class TrustResult:
    """`decision` is `allowed`, `denied`, `invalid` (then `problem` is a sentence), or `undetermined`
    when a value that decides it is not known. `openings` are warnings, whatever the decision."""

    decision: str
    statements: tuple[StatementResult, ...] = ()
    openings: tuple[Opening, ...] = ()
    problem: str | None = None
    provider_arn: str | None = None

    def to_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "decision": self.decision,
            "statements": [item.to_json() for item in self.statements],
            "too_wide": [opening.sentence for opening in self.openings],
            "provider": self.provider_arn,
        }
        return shown if self.problem is None else {**shown, "problem": self.problem}


def evaluate(
    policy: Mapping[str, Any],
    claims: Mapping[str, Any],
    *,
    provider_arn: str | None,
    context: Mapping[str, Any] | None = None,
) -> TrustResult:
    """Judge a trust policy for a token.

    Args:
        policy: the document as JSON gives it.
        claims: the token's claims. A `Pattern`, a `OneOf` and None are values known in part or not
            at all; a claim that is not there is absent.
        provider_arn: the OIDC provider that STS found for the token; None takes the one that the
            claims' `iss` gives in the account of the policy's principals.
        context: keys of the request itself (`aws:SourceIp`), values as in `claims`; those that AWS fills
            and that are not here are not known.
    """
    try:
        parsed = parse_policy(policy)
    except PolicyInvalid as problem:
        return TrustResult("invalid", problem=str(problem), provider_arn=provider_arn)
    issuer_path = str(claims.get("iss") or "").removeprefix("https://")
    arn = provider_arn or provider_arn_in(parsed, issuer_path)
    request = request_for(claims, arn, issuer_path, context or {})
    statements = tuple([_statement(item, parsed, request) for item in parsed.statements])
    return TrustResult(_decision(statements), statements, openings(parsed, request), None, arn)


def provider_arn_in(policy: Policy, issuer_path: str) -> str | None:
    """The ARN that an issuer's provider has in the account the policy's principals are of."""
    if not issuer_path:
        return None
    named = [value for item in policy.statements for kind, value in item.principals if kind == "Federated"]
    named += [value for item in policy.statements for kind, value in item.principals if kind == "AWS"]
    exact = next((value for value in named if provider_path(value) == issuer_path), None)
    if exact:
        return exact
    home = next((value for value in named if provider_path(value)), None)
    home = home or next((value for value in named if account_of(value)), None)
    account = account_of(home) if home else next((v for v in named if v.isdigit()), None)
    partition = home.split(":")[1] if home else "aws"
    return f"arn:{partition}:iam::{account}:oidc-provider/{issuer_path}" if account else None


def _decision(statements: tuple[StatementResult, ...]) -> str:
    denies = [item.applies for item in statements if item.effect == "Deny"]
    allows = [item.applies for item in statements if item.effect == "Allow"]
    if True in denies or not (True in allows or None in allows):
        return "denied"
    return "undetermined" if None in denies or True not in allows else "allowed"


#: The principals that stand for everybody: `*` as a federated one is compared letter for letter.
_EVERYONE = frozenset({("*", "*"), ("AWS", "*")})


def _statement(statement: Statement, policy: Policy, request: Request) -> StatementResult:
    arn = request.provider_arn
    principal = (arn is not None and ("Federated", arn) in statement.principals) or not _EVERYONE.isdisjoint(
        statement.principals
    )
    named = any(map(covers_login, statement.actions))
    action = named is not statement.actions_excluded
    conditions = tuple([_condition(item, policy, request) for item in statement.conditions])
    met = all_of([item.matches for item in conditions])
    applies = False if not (principal and action) else met
    if not principal and action and met is not False and _may_be_its_provider(statement, request):
        applies = None
    why = None if applies else "principal" if not principal else "action" if not action else "condition"
    effect = "Allow" if statement.allow else "Deny"
    return StatementResult(
        statement.index, statement.sid, effect, applies, why, conditions, principal, action
    )


def _may_be_its_provider(statement: Statement, request: Request) -> bool:
    """Whether nothing tells the token's provider (no `iss`), and the statement names one."""
    return not request.prefix and any(
        kind == "Federated" and provider_path(value) for kind, value in statement.principals
    )


def _condition(condition: Condition, policy: Policy, request: Request) -> ConditionResult:
    op, lower = condition.operator, condition.key.lower()
    present = lower in request.keys
    value = request.keys.get(lower)
    if isinstance(value, OneOf):
        matches = agreed(_matches(op, one, condition, policy, request) for one in value.values)
    elif value is None and present and not request.is_filled(lower):
        matches = agreed(_matches(op, one, condition, policy, request) for one in (None, _ABSENT))
    else:
        matches = _matches(op, value if present else _ABSENT, condition, policy, request)
    kind = request.kind_of(lower)
    reason = _MATCHES
    if not request.prefix and kind is KeyKind.OTHER_PROVIDER:
        # Whose claim it is cannot be told while the token's issuer is not known.
        matches, reason = None, Reason("unknown")
    elif matches is not True:
        reason = explain(condition, value, present, kind, policy.variables, request, matches)
    return ConditionResult(
        op.written,
        condition.key,
        condition.values,
        tuple(map(str, texts_of(value))),
        matches,
        reason.code,
        reason.nearest,
        reason.differs_at,
        kind,
        op.negated,
    )


_ABSENT: tuple[str, ...] = ()
_MATCHES = Reason("matches")


def _matches(
    op: Operator, value: str | tuple[str, ...] | None, condition: Condition, policy: Policy, request: Request
) -> bool | None:
    actual: tuple[str | None, ...] = value if isinstance(value, tuple) else (value,)
    if op.kind == "null":
        # A key without any value counts as absent.
        absent = "false" if actual else "true"
        return absent in {text.lower() for text in condition.values}
    if not actual:
        if op.if_exists or op.quantifier == "ForAllValues":
            return True
        return op.negated and op.quantifier is None
    if op.quantifier is None and len(actual) > 1:
        # A key with several values needs a set operator.
        return False
    texts = [expanded(text, op, request.keys, policy.variables) for text in condition.values]
    if Unresolved.NO_SUCH_KEY in texts and op.negated:
        return False
    known = tuple(text for text in texts if isinstance(text, str))
    return quantified(op, actual, known, unknown=Unresolved.UNKNOWN in texts)
