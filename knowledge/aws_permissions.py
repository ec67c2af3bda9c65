"""Do a role's own policies let a call through? The statement that decides, or the one that comes nearest.

Only what hangs on the role is judged: its policies and its boundary. Policies of the organisation, of the
resource and of the session are not seen from here, so "allowed" means "not refused by these".
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from knowledge.aws_readings import RolePolicies, RolePolicy
from knowledge.frozen import dataclass
from knowledge.trust_operators import operator_named, quantified
from knowledge.trust_reasons import common_length
from knowledge.trust_request import covers
from knowledge.trust_values import Value, all_of, any_of, fits, wildcards
from knowledge.trust_variables import Unresolved, expanded


class Decision(StrEnum):
    DENIED = "denied"
    """A Deny statement applies."""
    BOUNDARY = "boundary"
    """The boundary allows it nowhere."""
    MISSING = "missing"
    """No policy of the role allows it."""
    UNDETERMINED = "undetermined"
    ALLOWED = "allowed"


@dataclass(frozen=True, slots=True)
class Clause:
    """One statement, judged. `applies` is None where that cannot be told; `why` is the first of `action`,
    `resource` and `condition` that speaks against it, or that cannot be told; empty when it applies."""

    policy: RolePolicy
    index: int
    statement: Mapping[str, Any]
    applies: bool | None
    why: str
    boundary: bool = False

    @property
    def allow(self) -> bool:
        return self.statement.get("Effect") == "Allow"

    @property
    def resources(self) -> tuple[str, ...]:
        return _texts(self.statement.get("Resource"))


@dataclass(frozen=True, slots=True)
class Permission:
    """The outcome. `clause` is the statement that decides it: the Deny, or the Allow. Where an Allow is
    missing it is the Allow for the same action that does not apply, if there is one.

    `identity` is what the role's policies alone come to, `bounds` what the boundary alone does."""

    decision: Decision
    clause: Clause | None
    identity: Decision
    bounds: Decision
    unsure: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class _Call:
    action: str
    resource: str | None
    keys: Mapping[str, Value]


def permission(readings: RolePolicies, action: str, resource: str | None) -> Permission:
    """Judge one action (`s3:PutObject`) on one resource; None where the text does not name it."""
    call = _Call(action, resource, _keys(readings.role_arn, resource))
    own = [clause for policy in readings.policies for clause in _clauses(policy, call)]
    bounding = (
        [replace(clause, boundary=True) for clause in _clauses(readings.boundary, call)]
        if readings.boundary
        else []
    )
    whole = not readings.unread and all(map(_is_whole, readings.policies))
    identity, own_clause = _outcome(own, whole=whole, lacking=Decision.MISSING)
    if readings.boundary is None:
        bounds: Decision = Decision.UNDETERMINED if readings.boundary_unread else Decision.ALLOWED
        bound_clause = None
    else:
        bounds, bound_clause = _outcome(
            bounding, whole=_is_whole(readings.boundary), lacking=Decision.BOUNDARY
        )
    unsure = tuple(clause for clause in (*own, *bounding) if clause.applies is None)
    for decision in (Decision.DENIED, Decision.BOUNDARY, Decision.MISSING, Decision.UNDETERMINED):
        if bounds is decision:
            return Permission(decision, bound_clause, identity, bounds, unsure)
        if identity is decision:
            return Permission(decision, own_clause, identity, bounds, unsure)
    return Permission(Decision.ALLOWED, own_clause, identity, bounds, unsure)


def _outcome(clauses: list[Clause], *, whole: bool, lacking: Decision) -> tuple[Decision, Clause | None]:
    denies = [clause for clause in clauses if not clause.allow]
    allows = [clause for clause in clauses if clause.allow]
    deny = next((clause for clause in denies if clause.applies), None)
    if deny is not None:
        return Decision.DENIED, deny
    allow = next((clause for clause in allows if clause.applies), None)
    unsure = next((clause for clause in (*denies, *allows) if clause.applies is None), None)
    if allow is not None:
        doubt = next((clause for clause in denies if clause.applies is None), None)
        if doubt is not None or not whole:
            return Decision.UNDETERMINED, doubt
        return Decision.ALLOWED, allow
    if any(clause.applies is None for clause in allows) or not whole:
        return Decision.UNDETERMINED, unsure
    return lacking, next((clause for clause in allows if clause.why in ("resource", "condition")), None)


def nearest_resource(clause: Clause, resource: str) -> str | None:
    """Of the resources of a statement the one that is most like that of the call."""
    return max(clause.resources, key=lambda text: common_length(text, resource), default=None)


def _clauses(policy: RolePolicy, call: _Call) -> Iterator[Clause]:
    variables = policy.document.get("Version") == "2012-10-17"
    for index, statement in enumerate(_statements(policy)):
        if _is_statement(statement):
            applies, why = _applies(statement, call, variables=variables)
            yield Clause(policy, index, statement, applies, why)


def _statements(policy: RolePolicy) -> Sequence[Any]:
    found = policy.document.get("Statement")
    if isinstance(found, Mapping):
        return [found]
    return found if isinstance(found, list | tuple) else ()


def _is_statement(value: object) -> bool:
    return isinstance(value, Mapping) and value.get("Effect") in ("Allow", "Deny")


def _is_whole(policy: RolePolicy) -> bool:
    """Whether all of it can be understood; IAM saves nothing else."""
    found = _statements(policy)
    return bool(found or policy.document.get("Statement") == []) and all(map(_is_statement, found))


def _applies(statement: Mapping[str, Any], call: _Call, *, variables: bool) -> tuple[bool | None, str]:
    named = any(
        covers(text, call.action) for text in _texts(statement.get("Action", statement.get("NotAction")))
    )
    if named is ("NotAction" in statement):
        return False, "action"
    fitting = _resource(statement, call.resource, variables=variables)
    if fitting is False:
        return False, "resource"
    met = _conditions(statement.get("Condition"), call, variables=variables)
    if met is False:
        return False, "condition"
    if fitting is None:
        return None, "resource"
    return (True, "") if met else (None, "condition")


def _resource(statement: Mapping[str, Any], resource: str | None, *, variables: bool) -> bool | None:
    excluded = "NotResource" in statement
    texts = _texts(statement.get("NotResource" if excluded else "Resource"))
    found = any_of(_covers_resource(text, resource, variables=variables) for text in texts)
    return (None if found is None else not found) if excluded else found


def _covers_resource(pattern: str, resource: str | None, *, variables: bool) -> bool | None:
    """Whether a pattern takes in the resource. A wildcard stays within its part of the ARN; what fits only
    across parts is not told, because AWS does not document it for every service."""
    if pattern and not pattern.strip("*"):
        return True
    if resource is None or "***" in resource or (variables and "${" in pattern):
        return None
    if resource == "*":
        return False
    ours, theirs = pattern.split(":", 5), resource.split(":", 5)
    if len(ours) == len(theirs) == 6 and all(
        fits(wildcards(one), other) for one, other in zip(ours, theirs, strict=True)
    ):
        return True
    return None if fits(wildcards(pattern), resource) else False


def _conditions(value: object, call: _Call, *, variables: bool) -> bool | None:
    if value is None:
        return True
    if not isinstance(value, Mapping):
        return None
    return all_of(
        _condition(str(name), str(key), expected, call, variables=variables)
        for name, keys in value.items()
        for key, expected in (keys.items() if isinstance(keys, Mapping) else [("", None)])
    )


def _condition(name: str, key: str, expected: object, call: _Call, *, variables: bool) -> bool | None:
    """A condition on a key whose value follows from the call itself; every other cannot be told."""
    op = operator_named(name)
    actual = call.keys.get(key.lower())
    if op is None or not isinstance(actual, str):
        return None
    if op.kind == "null":
        return "false" in {text.lower() for text in _texts(expected)}
    texts = [expanded(text, op, call.keys, variables) for text in _texts(expected)]
    if not texts or any(isinstance(text, Unresolved) for text in texts):
        return None
    return quantified(op, (actual,), tuple(text for text in texts if isinstance(text, str)), unknown=False)


def _keys(role_arn: str, resource: str | None) -> dict[str, Value]:
    """Condition keys that are certain for a call of this role: who it is, and where the resource's ARN says
    its region, that.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    keys: dict[str, Value] = {"aws:securetransport": "true"}
    parts = role_arn.split(":")
    if len(parts) > 5:
        keys |= {"aws:principalarn": role_arn, "aws:principalaccount": parts[4]}
    where = (resource or "").split(":")
    if len(where) > 5 and where[3] and "*" not in where[3]:
        keys["aws:requestedregion"] = where[3]
    return keys


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(_text(item) for item in value)
    return () if value is None else (_text(value),)


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
