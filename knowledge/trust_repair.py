"""Changes to a trust policy, made on a copy: names put right, values replaced, a statement added.

Whether a change is a cure is not decided here but by `knowledge.trust_trial`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any

from knowledge.trust_request import CLAIM_KEYS, provider_path
from knowledge.trust_values import OneOf, Pattern, Value, fits, wildcards

ACTION = "sts:AssumeRoleWithWebIdentity"

_SCHEME = re.compile(r"^(?:https?:)?//", re.IGNORECASE)
_TAIL = re.compile(r"^(?:arn:[^/]*/)?(?P<rest>.*)$", re.DOTALL)

Statement = dict[str, Any]


def is_bitbucket(text: str) -> bool:
    """Whether a principal or a key speaks of Bitbucket, however wrongly."""
    return "bitbucket.org" in text.lower()


def path_in(principal: str) -> str | None:
    """The address in a principal that was meant as a Bitbucket provider, without scheme and slash at
    its end; None when it is about something else."""
    if not is_bitbucket(principal):
        return None
    match = _TAIL.match(principal)
    return _SCHEME.sub("", match["rest"]).rstrip("/") if match else None


def with_right_names(document: Mapping[str, Any], index: int, provider_arn: str) -> dict[str, Any]:
    """A policy of that statement alone, with principal, action and the keys' provider as they should be,
    so that the values in it can be compared."""
    statements = statements_of(document)
    statement = deepcopy(dict(statements[index]))
    statement["Principal"] = {"Federated": provider_arn}
    statement.pop("NotAction", None)
    statement["Action"] = ACTION
    path = provider_path(provider_arn) or ""
    conditions = statement.get("Condition")
    if isinstance(conditions, Mapping):
        statement["Condition"] = {op: _renamed(keys, path) for op, keys in conditions.items()}
    return {**document, "Statement": [statement]}


def right_key(key: str, path: str) -> str:
    """The key with the provider's own name in front, where it names a claim under another of
    Bitbucket's; else the key as it is."""
    head, colon, claim = key.rpartition(":")
    if not colon or claim.lower() not in CLAIM_KEYS or not is_bitbucket(head) or head.lower() == path.lower():
        return key
    return f"{path}:{claim}"


def _renamed(keys: Mapping[str, Any], path: str) -> dict[str, Any]:
    names = [right_key(key, path) for key in keys]
    if len({name.lower() for name in names}) < len(names):
        return dict(keys)
    return dict(zip(names, keys.values(), strict=True))


def statements_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements of a policy, also of one that has a single one without a list around it."""
    found = document["Statement"]
    return [found] if isinstance(found, Mapping) else list(found)


def changed(document: Mapping[str, Any], index: int, change: Callable[[Statement], None]) -> dict[str, Any]:
    """The document with one statement changed."""
    statements = [deepcopy(dict(item)) for item in statements_of(document)]
    change(statements[index])
    single = isinstance(document["Statement"], Mapping)
    return {**document, "Statement": statements[0] if single else statements}


def with_statement(document: Mapping[str, Any], statement: Mapping[str, Any]) -> dict[str, Any]:
    """The document with one more statement at its end."""
    return {**document, "Statement": [*(dict(item) for item in statements_of(document)), dict(statement)]}


def new_statement(provider_arn: str, audience: str | None, subject: str) -> Statement:
    """The statement that Bitbucket's provider needs: https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/."""
    path = provider_path(provider_arn) or ""
    conditions: dict[str, Any] = {"StringEquals": {f"{path}:aud": audience}} if audience else {}
    return {
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn},
        "Action": ACTION,
        "Condition": {**conditions, "StringLike": {f"{path}:sub": subject}},
    }


def set_principal(statement: Statement, provider_arn: str) -> None:
    """Put the provider where a wrong spelling of it stands; keep every other principal."""
    principal = statement["Principal"]
    if not isinstance(principal, Mapping):
        return
    kept: dict[str, Any] = {}
    federated: list[str] = []
    for kind, values in principal.items():
        others = [value for value in listed_values(values) if not is_bitbucket(value)]
        if kind == "Federated":
            federated = others
        elif others:
            kept[kind] = plain(others)
    statement["Principal"] = {"Federated": plain([*federated, provider_arn]), **kept}


def set_action(statement: Statement) -> None:
    """Put the action where a wrong one stands. It is added where other principals need what is there."""
    principal = statement["Principal"]
    named = principal.values() if isinstance(principal, Mapping) else (principal,)
    shared = not all(is_bitbucket(value) for values in named for value in listed_values(values))
    if "NotAction" in statement:
        left = [value for value in listed_values(statement["NotAction"]) if not _covers(value)]
        if left:
            statement["NotAction"] = plain(left)
            return
        del statement["NotAction"]
        statement["Action"] = ACTION
        return
    actions = listed_values(statement["Action"])
    others = actions if shared else [value for value in actions if not value.lower().startswith("sts:assume")]
    statement["Action"] = plain([*others, ACTION])


def _covers(action: str) -> bool:
    return bool(fits(wildcards(action.lower()), ACTION.lower()))


def rename_key(statement: Statement, operator: str, key: str, to: str) -> None:
    keys = statement["Condition"][operator]
    statement["Condition"][operator] = {to if name == key else name: value for name, value in keys.items()}


def drop_key(statement: Statement, operator: str, key: str) -> None:
    """Remove a condition, and what is empty without it."""
    keys = statement["Condition"][operator]
    keys.pop(key, None)
    if not keys:
        del statement["Condition"][operator]
    if not statement["Condition"]:
        del statement["Condition"]


def limits(statement: Statement, claim: str) -> bool:
    """Whether some condition of the statement is about the claim, whatever provider its key names."""
    named = (key for keys in statement.get("Condition", {}).values() for key in keys)
    return any(key.lower().endswith(f":{claim}") for key in named)


def set_values(statement: Statement, operator: str, key: str, values: list[str], as_operator: str) -> None:
    """Give a key its values, under another operator where `as_operator` is another."""
    if as_operator != operator:
        drop_key(statement, operator, key)
    keys = statement.setdefault("Condition", {}).setdefault(as_operator, {})
    keys[key] = plain(values)


def listed_values(values: object) -> list[str]:
    return [values] if isinstance(values, str) else [str(item) for item in _iterable(values)]


def _iterable(values: object) -> Iterable[object]:
    return values if isinstance(values, list | tuple) else ()


def plain(values: list[str]) -> str | list[str]:
    """One value as a text, several as a list, as people write policies."""
    distinct = list(dict.fromkeys(values))
    return distinct[0] if len(distinct) == 1 else distinct


def like(operator: str) -> str:
    """The operator of the same kind that takes wildcards: of `ForAnyValue:StringEquals` its `StringLike`. One
    for ARNs compares no claim, so it becomes `StringLike` as well."""
    return re.sub(
        r"StringEquals(?:IgnoreCase)?|Arn(?:Equals|Like)", "StringLike", operator, flags=re.IGNORECASE
    )


def fits_every(pattern: str, value: Value) -> bool:
    """Whether a pattern certainly takes every value that this may be."""
    if isinstance(value, OneOf):
        return all(isinstance(one, str) and fits(wildcards(pattern), one) is True for one in value.values)
    return isinstance(value, str | Pattern) and fits(wildcards(pattern), value) is True
