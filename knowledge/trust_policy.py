"""A role's trust policy, read and checked as IAM checks it when it is saved.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from knowledge.frozen import dataclass
from knowledge.trust_operators import Operator, operator_named
from knowledge.words import code, listed

VERSIONS = ("2012-10-17", "2008-10-17")
PRINCIPAL_TYPES = ("AWS", "Federated", "Service", "CanonicalUser")
_TOP = {"Version", "Id", "Statement"}
_STATEMENT = {"Sid", "Effect", "Principal", "Action", "NotAction", "Condition"}


class PolicyInvalid(ValueError):
    """IAM would refuse to save the document. The message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of one operator with the values of the policy, numbers and booleans as text."""

    operator: Operator
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `principals` are pairs of type and value; `"*"` alone is (`*`, `*`)."""

    index: int
    sid: str | None
    allow: bool
    principals: tuple[tuple[str, str], ...]
    actions: tuple[str, ...]
    actions_excluded: bool
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """`variables` is true when `${...}` in values is a variable: only with version 2012-10-17."""

    statements: tuple[Statement, ...]
    variables: bool


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """A JSON object. A plain one is told by its type, because asking the abstract class takes long."""
    return type(value) is dict or isinstance(value, Mapping)


def parse_policy(document: object) -> Policy:
    """Read a trust policy.

    Raises:
        PolicyInvalid: IAM would not take it; the message says what and where.
    """
    if not _is_object(document):
        raise PolicyInvalid("The policy is not a JSON object.")
    _only(document, _TOP, "The policy")
    version = document.get("Version")
    if version is not None and version not in VERSIONS:
        raise PolicyInvalid(f"`Version` is {code(version)}; IAM knows {listed([code(v) for v in VERSIONS])}.")
    statements = document.get("Statement")
    if _is_object(statements):
        statements = [statements]
    if not isinstance(statements, list | tuple) or not statements:
        raise PolicyInvalid("The policy has no `Statement`.")
    return Policy(
        tuple([_statement(index, item) for index, item in enumerate(statements)]),
        variables=version == VERSIONS[0],
    )


def _only(item: Mapping[str, Any], allowed: set[str], what: str) -> None:
    if allowed.issuperset(item):
        return
    odd = [str(key) for key in item if key not in allowed]
    if odd[0] in ("Resource", "NotResource"):
        raise PolicyInvalid(f"{what} has {code(odd[0])}; a trust policy has none: its resource is the role.")
    if odd[0] == "NotPrincipal":
        raise PolicyInvalid(f"{what} has `NotPrincipal`; a trust policy must name its principals.")
    raise PolicyInvalid(f"{what} has {code(odd[0])}, which IAM does not know there.")


def _statement(index: int, item: object) -> Statement:
    what = f"Statement {index}"
    if not _is_object(item):
        raise PolicyInvalid(f"{what} is not a JSON object.")
    _only(item, _STATEMENT, what)
    effect = item.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyInvalid(f"{what}: `Effect` is {code(effect)}; it must be `Allow` or `Deny`.")
    if ("Action" in item) == ("NotAction" in item):
        raise PolicyInvalid(f"{what} needs either `Action` or `NotAction`.")
    sid = item.get("Sid")
    if sid is not None and not isinstance(sid, str):
        raise PolicyInvalid(f"{what}: `Sid` is not a text.")
    return Statement(
        index=index,
        sid=sid,
        allow=effect == "Allow",
        principals=_principals(what, item.get("Principal")),
        actions=_texts(what, "Action", item.get("Action", item.get("NotAction"))),
        actions_excluded="NotAction" in item,
        conditions=_conditions(what, item.get("Condition")),
    )


def _texts(what: str, member: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or not value or not all(isinstance(text, str) for text in value):
        raise PolicyInvalid(f"{what}: {code(member)} must be a text or a list of texts.")
    return tuple(value)


def _principals(what: str, value: object) -> tuple[tuple[str, str], ...]:
    if value == "*":
        return (("*", "*"),)
    if value is None:
        raise PolicyInvalid(f"{what} has no `Principal`.")
    if not _is_object(value) or not value:
        raise PolicyInvalid(
            f'{what}: `Principal` must be `"*"` or an object such as `{{"Federated": "arn:..."}}`.'
        )
    found = []
    for kind, named in value.items():
        if kind not in PRINCIPAL_TYPES:
            known = listed([code(name) for name in PRINCIPAL_TYPES], "or")
            raise PolicyInvalid(f"{what}: {code(kind)} is no type of principal; it is one of {known}.")
        found += [(kind, text) for text in _texts(what, "Principal", named)]
    return tuple(found)


def _conditions(what: str, value: object) -> tuple[Condition, ...]:
    if value is None:
        return ()
    if not _is_object(value):
        raise PolicyInvalid(f"{what}: `Condition` is not a JSON object.")
    found = []
    for name, keys in value.items():
        operator = operator_named(str(name))
        if operator is None:
            raise PolicyInvalid(f"{what}: {code(name)} is not a condition operator.")
        if not _is_object(keys):
            raise PolicyInvalid(f"{what}: {code(name)} must hold an object of keys and values.")
        for key, values in keys.items():
            found.append(Condition(operator, str(key), _values(what, str(name), str(key), values)))
    return tuple(found)


def _values(what: str, operator: str, key: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    values = value if isinstance(value, list | tuple) else (value,)
    where = f"{what}: {code(operator)}: {code(key)}"
    return tuple(scalar_text(where, item) for item in values)


def scalar_text(what: str, value: object) -> str:
    """A JSON scalar as IAM compares it.

    Raises:
        PolicyInvalid: it is null, an object or a list.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise PolicyInvalid(f"{what} must be a text, a number, a boolean or a list of these.")
