"""Warnings about a trust policy that lets in more than it needs. None of them is a cause of a failure."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from knowledge.frozen import dataclass
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


class Width(StrEnum):
    """What lets in too many."""

    PRINCIPAL = "principal"
    SUBJECT = "subject"
    SET_OPERATOR = "set-operator"


@dataclass(frozen=True, slots=True)
class Opening:
    """A warning about one statement; `sentence` is for people, `who` could assume the role today."""

    statement: int
    width: Width
    sentence: str
    who: str


def openings(policy: Policy, request: Request) -> tuple[Opening, ...]:
    """The openings of the statements that allow the login, in the order of the statements."""
    found: list[Opening] = []
    for statement in policy.statements:
        if statement.allow and _covers_action(statement):
            found += _openings(statement, policy, request)
    return tuple(found)


def _covers_action(statement: Statement) -> bool:
    named = any(map(covers_login, statement.actions))
    return named is not statement.actions_excluded


def _openings(statement: Statement, policy: Policy, request: Request) -> list[Opening]:
    found: list[Opening] = []

    def add(width: Width, who: str, sentence: str) -> None:
        found.append(Opening(statement.index, width, f"Statement {statement.index} {sentence}", who))

    # `*` as a federated principal is compared letter for letter, and no provider has that ARN.
    everyone = any(value == "*" and kind in ("*", "AWS") for kind, value in statement.principals)
    if everyone:
        whoever = "anyone whose token meets its conditions" if statement.conditions else "anyone with a token"
        add(Width.PRINCIPAL, whoever, f"names the principal `*`: {whoever} may assume the role.")
    ours = request.provider_arn is not None and ("Federated", request.provider_arn) in statement.principals
    if not (ours or everyone):
        return found
    subject = f"{request.prefix}:sub".lower()
    on_subject = [item for item in statement.conditions if item.key.lower() == subject]
    limits = [item for item in on_subject if _limits(item.operator)]
    if not limits:
        everybody = _everybody(request)
        add(
            Width.SUBJECT,
            everybody,
            f"has no condition that limits {code(f'{request.prefix}:sub')}: {everybody} may assume the role.",
        )
    elif all(_admits_strangers(item, subject, variables=policy.variables) for item in limits):
        everybody = _everybody(request)
        add(
            Width.SUBJECT,
            everybody,
            f"takes any subject ({code(', '.join(limits[0].values))}): {everybody} may assume the role.",
        )
    for item in statement.conditions:
        if item.operator.quantifier == "ForAllValues" and not item.operator.negated:
            add(
                Width.SET_OPERATOR,
                "whoever has a token without that claim",
                f"uses `ForAllValues` on {code(item.key)}: it is met, too, when the token has no such claim.",
            )
    return found


def _everybody(request: Request) -> str:
    """In words; the workspace has its name where the provider's address holds it."""
    found = re.search(r"/workspaces/([^/]+)/", request.prefix)
    return f"every repository of the workspace{f' {code(found[1])}' if found else ''}"


def _limits(op: Operator) -> bool:
    return not op.negated and op.kind in ("equals", "ignore-case", "like", "arn")


def _admits_strangers(condition: Condition, subject: str, *, variables: bool) -> bool:
    if variables and any(value.strip().lower() == f"${{{subject}}}" for value in condition.values):
        # The token's subject is compared with itself.
        return True
    if condition.operator.kind != "like":
        return False
    return any(map(_takes_strangers, condition.values))


@lru_cache(maxsize=512)
def _takes_strangers(pattern: str) -> bool:
    return any(fits(wildcards(pattern), stranger) for stranger in _STRANGERS)
