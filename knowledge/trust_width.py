"""Warnings about a trust policy that lets in more than it needs. None of them is a cause of a failure."""

from __future__ import annotations

from functools import lru_cache

from knowledge.trust_operators import Operator
from knowledge.trust_policy import Condition, Policy, Statement
from knowledge.trust_request import Request, covers_login
from knowledge.trust_values import fits, wildcards
from knowledge.words import code

_STRANGERS = (
    "{0badc0de-0000-4000-8000-0123456789ab}:{0badc0de-0000-4000-8000-ba9876543210}",
    (
        "{0badc0de-0000-4000-8000-0123456789ab}:{0badc0de-0000-4000-8000-aaaaaaaaaaaa}:"
        "{0badc0de-0000-4000-8000-ba9876543210}"
    ),
)


def too_wide(policy: Policy, request: Request) -> tuple[str, ...]:
    """One sentence for each opening, in the order of the statements."""
    found: list[str] = []
    for statement in policy.statements:
        if statement.allow and _covers_action(statement):
            found += _openings(statement, request)
    return tuple(found)


def _covers_action(statement: Statement) -> bool:
    named = any(map(covers_login, statement.actions))
    return named is not statement.actions_excluded


def _openings(statement: Statement, request: Request) -> list[str]:
    where = f"Statement {statement.index}"
    found: list[str] = []
    everyone = any(value == "*" and kind in ("*", "AWS", "Federated") for kind, value in statement.principals)
    if everyone:
        found.append(f"{where} names the principal `*`: anyone whose token meets its conditions is let in.")
    ours = request.provider_arn is not None and ("Federated", request.provider_arn) in statement.principals
    if not (ours or everyone):
        return found
    subject = f"{request.prefix}:sub".lower()
    on_subject = [item for item in statement.conditions if item.key.lower() == subject]
    limits = [item for item in on_subject if _limits(item.operator)]
    if not limits:
        found.append(
            f"{where} has no condition that limits {code(f'{request.prefix}:sub')}: "
            "every repository of the workspace may assume the role."
        )
    elif all(_admits_strangers(item) for item in limits):
        found.append(
            f"{where} takes any subject ({code(', '.join(limits[0].values))}): "
            "every repository of the workspace may assume the role."
        )
    found += [
        f"{where} uses `ForAllValues` on {code(item.key)}: it is met, too, when the token has no such claim."
        for item in statement.conditions
        if item.operator.quantifier == "ForAllValues" and not item.operator.negated
    ]
    return found


def _limits(op: Operator) -> bool:
    return not op.negated and op.kind in ("equals", "ignore-case", "like")


def _admits_strangers(condition: Condition) -> bool:
    if condition.operator.kind != "like":
        return False
    return any(map(_takes_strangers, condition.values))


@lru_cache(maxsize=512)
def _takes_strangers(pattern: str) -> bool:
    return any(fits(wildcards(pattern), stranger) for stranger in _STRANGERS)
