"""A Deny that meets every login an Allow of the same policy would let in: told from the texts alone.

No claims are needed for it: where each condition of the Deny follows from one of the Allow, the Allow is in
vain for everybody. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from knowledge.trust_policy import Condition, Policy, Statement
from knowledge.trust_request import covers_login
from knowledge.trust_values import fits, wildcards

#: Stand for the wildcards of the narrower pattern, which only a `*` of the wider one takes in.
_RUN, _ONE = "\ue010", "\ue011"
_TEXTS = frozenset({"equals", "like"})


def in_vain(policy: Policy) -> tuple[Statement, Statement] | None:
    """The first Allow about logins and the Deny that takes it all back; None unless every such Allow is."""
    allows = [one for one in policy.statements if one.allow and _about_logins(one)]
    denies = [one for one in policy.statements if not one.allow and _about_logins(one)]
    pairs = [(allow, next((deny for deny in denies if _takes_back(deny, allow)), None)) for allow in allows]
    first = pairs[0] if pairs else None
    if first is None or first[1] is None or any(deny is None for _, deny in pairs):
        return None
    return first[0], first[1]


def _about_logins(statement: Statement) -> bool:
    return any(map(covers_login, statement.actions)) is not statement.actions_excluded


def _takes_back(deny: Statement, allow: Statement) -> bool:
    everybody = any(value == "*" and kind in ("*", "AWS") for kind, value in deny.principals)
    if not everybody and not set(allow.principals) <= set(deny.principals):
        return False
    return all(any(_follows(wanted, given) for given in allow.conditions) for wanted in deny.conditions)


def _follows(wanted: Condition, given: Condition) -> bool:
    """Whether whatever meets the condition `given` meets `wanted`; "no" may mean "not seen from here"."""
    if wanted.key.lower() != given.key.lower():
        return False
    mine, theirs = wanted.operator, given.operator
    same = (mine.base, mine.quantifier) == (theirs.base, theirs.quantifier)
    if same and (mine.if_exists or not theirs.if_exists) and set(wanted.values) == set(given.values):
        return True
    # From here on the Allow must say that the key is there, with one value, and which.
    if theirs.kind not in _TEXTS or theirs.negated or theirs.quantifier or theirs.if_exists:
        return False
    if mine.kind == "null":
        return "false" in {text.lower() for text in wanted.values}
    if mine.kind not in _TEXTS or mine.negated:
        return False
    return all(
        any(
            _takes_in(value, narrow, like=mine.takes_wildcards, narrow_like=theirs.takes_wildcards)
            for value in wanted.values
        )
        for narrow in given.values
    )


def _takes_in(wide: str, narrow: str, *, like: bool, narrow_like: bool) -> bool:
    """Whether every text that fits `narrow` fits `wide`."""
    if "${" in wide or "${" in narrow:
        return False
    if not like:
        return wide == narrow and not (narrow_like and ("*" in narrow or "?" in narrow))
    if not narrow_like:
        return fits(wildcards(wide), narrow) is True
    if "?" in wide and ("*" in narrow or "?" in narrow):
        return wide == narrow
    return fits(wildcards(wide), narrow.replace("*", _RUN).replace("?", _ONE)) is True
