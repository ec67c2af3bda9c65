"""Why a condition does not match, as a code. Tidied variants of the policy's value are tried here, and
only here: they tell which mistake was made, never whether the policy matches."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.trust_policy import Condition
from knowledge.trust_request import KeyKind, Request
from knowledge.trust_values import OneOf, Pattern, Value, fits, texts_of, wildcards

_UUID_TEXT = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_UUID = late(r"\{" + _UUID_TEXT + r"\}")
_HAS_UUID = late(_UUID_TEXT)
_BARE_UUID = late(r"\{*(" + _UUID_TEXT + r")\}*")
#: What templates and examples put in the place of a value: `{{name}}`, `<name>`, `__NAME__`, `#{name}`.
_PLACEHOLDER = late(r"\{\{[^{}]+\}\}|<[A-Za-z][^<>]*>|__[A-Za-z]\w*__|#\{[^{}]+\}")
_SUBJECT = late(r"(?:\{" + _UUID_TEXT + r"\}|\*)(?::(?:\{" + _UUID_TEXT + r"\}|\*)){1,2}")

#: From the smallest slip to another thing altogether; of several values the smallest slip is told.
CODES = (
    "wildcard-under-equals",
    "arn-operator",
    "blank-around",
    "braces-missing",
    "braces-encoded",
    "braces-doubled",
    "case-differs",
    "trailing-wildcard-missing",
    "step-uuid-pinned",
    "run-not-open",
    "environment-missing",
    "other-environment",
    "environment-unknown",
    "branch-in-subject",
    "workspace-uuid",
    "audience-form",
    "custom-audience",
    "several-values",
    "audience-in-subject",
    "subject-in-audience",
    "audience-is-issuer",
    "audience-of-aws",
    "other-workspace",
    "other-repository",
    "repository-form",
    "variable-needs-version",
    "variable-unresolved",
    "placeholder",
    "different-value",
)

#: Of a step that may deploy or not: what the second of two UUIDs stands for cannot be told.
_NOT_OPEN = frozenset({"step-uuid-pinned", "trailing-wildcard-missing"})


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` is one of `CODES`, or `matches`, `unknown`, `excluded`, `not-given`, `key-absent`,
    `key-present`, `key-never-filled`, `key-of-other-provider`."""

    code: str
    nearest: str | None = None
    differs_at: int | None = None


def explain(
    condition: Condition,
    value: Value,
    present: bool,
    kind: KeyKind,
    variables: bool,
    request: Request,
    matches: bool | None,
) -> Reason:
    """Why `condition` gives `matches` (False or None) for the request's `value`."""
    about_key = _about_key(condition, value, present, kind, matches)
    if about_key:
        return Reason(about_key)
    op = condition.operator
    claim = condition.key.rpartition(":")[2].lower()
    texts = texts_of(value)
    if op.quantifier is None and isinstance(value, tuple) and len(value) > 1:
        return Reason("several-values")
    if isinstance(value, OneOf) and matches is None:
        return Reason("unknown")
    if op.negated:
        return Reason(
            "excluded" if matches is False else "unknown", condition.values[0] if condition.values else None
        )
    if op.kind == "arn" and texts and not any(str(text).startswith("arn:") for text in texts):
        return Reason("arn-operator", condition.values[0] if condition.values else None)
    found: list[Reason] = []
    workspace = request.workspace_uuid
    for expected in condition.values:
        code = _about_variable(expected, op.takes_variables, variables)
        for actual in texts:
            reason = _compared(
                expected, str(actual), type(actual) is Pattern, op.takes_wildcards, claim, workspace
            )
            found.append(replace(reason, code=code) if code else reason)
    best = found[0] if len(found) == 1 else min(found, key=_size_of_slip, default=Reason("different-value"))
    if isinstance(value, OneOf) and {reason.code for reason in found} == _NOT_OPEN:
        best = replace(best, code="run-not-open")
    if matches is None and best.code not in ("step-uuid-pinned", "environment-unknown"):
        return Reason("unknown", best.nearest)
    return best


def _size_of_slip(reason: Reason) -> int:
    return CODES.index(reason.code)


def _about_key(
    condition: Condition, value: Value, present: bool, kind: KeyKind, matches: bool | None
) -> str | None:
    if not present:
        if kind is KeyKind.OTHER_PROVIDER:
            return "key-of-other-provider"
        if kind in (KeyKind.CLAIM_NEVER, KeyKind.NEVER):
            return "key-never-filled"
        return "not-given" if kind is KeyKind.REQUEST else "key-absent"
    if value == ():
        return "key-absent"
    if condition.operator.kind == "null" and matches is False:
        return "key-present"
    return "unknown" if value is None else None


def _about_variable(expected: str, takes: bool, variables: bool) -> str | None:
    if not takes or "${" not in expected:
        return None
    return "variable-unresolved" if variables else "variable-needs-version"


def common_length(left: str, right: str) -> int:
    """How many characters the two have in common at their beginning."""
    for at, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return at
    return min(len(left), len(right))


def _differs_at(expected: str, actual: str, like: bool) -> int | None:
    at = common_length(expected, actual)
    first = min((place for place in (expected.find("*"), expected.find("?")) if place >= 0), default=-1)
    # Beyond a working wildcard the places of the two no longer correspond.
    return None if like and 0 <= first <= at else at


def with_braces(text: str) -> str:
    """Each UUID with exactly one pair of braces around it."""
    return _BARE_UUID.sub(r"{\1}", text)


def _decoded(text: str) -> str:
    return re.sub("%7[bB]", "{", re.sub("%7[dD]", "}", text))


def _single_braces(text: str) -> str:
    return re.sub(r"\{{2,}", "{", re.sub(r"\}{2,}", "}", text))


_TIDY: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("blank-around", str.strip),
    ("braces-encoded", _decoded),
    ("braces-doubled", _single_braces),
    ("braces-missing", with_braces),
    ("case-differs", str.lower),
)


def tidied(text: str) -> tuple[str, str | None]:
    """The text with every known slip of typing undone, and the code of the first slip found."""
    first = None
    for code, tidy in _TIDY:
        better = tidy(text)
        if better != text and first is None:
            first = code
        text = better
    return text, first


@lru_cache(maxsize=1024)
def _compared(
    expected: str, text: str, partly: bool, like: bool, claim: str, workspace: str | None
) -> Reason:
    """Why this value of the policy is not that one of the token, `partly` known or wholly.

    The flag stands in the cache's key because a pattern is equal to the plain text of its form.
    """
    actual = Pattern(text) if partly else text
    return Reason(
        _about_text(expected, actual, like, claim, workspace), expected, _differs_at(expected, actual, like)
    )


def _about_text(expected: str, actual: str, like: bool, claim: str, workspace: str | None) -> str:
    if fits(wildcards(expected) if like else expected, actual) is True:
        # It fits this one of the token's values, and the operator wants more.
        return "several-values"
    wild = "*" in expected or "?" in expected
    if wild and not like and _may_fit(expected, actual):
        return "wildcard-under-equals"
    for code, tidy in _TIDY:
        better = tidy(expected)
        if better != expected and _may_fit(better, actual):
            return code
    clean, slip = tidied(expected)
    if slip and _may_fit(clean, actual):
        return slip
    if _PLACEHOLDER.search(expected):
        return "placeholder"
    if claim == "sub" and _SUBJECT.fullmatch(actual):
        return _about_subject(clean, actual, workspace)
    if claim in ("aud", "oaud"):
        return about_audience(expected.strip().lower(), actual, workspace)
    return "different-value"


def _may_fit(pattern: str, actual: str) -> bool:
    """Whether it fits; of a value known in part, whether nothing that is known speaks against it."""
    return fits(wildcards(pattern), actual) is not False


def _about_subject(expected: str, actual: str, workspace: str | None) -> str:
    if expected.startswith("ari:"):
        return "audience-in-subject"
    repository, *rest = actual.split(":")
    first, *others = expected.split(":")
    slip = _about_repository(first, repository, workspace)
    if slip:
        return slip
    if others in ([], [""]):
        return "trailing-wildcard-missing"
    return _about_rest(others, rest[0] if len(rest) > 1 else None)


def _about_repository(first: str, repository: str, workspace: str | None) -> str | None:
    """What is wrong with the first part; `*` as repository is one that is not known."""
    bare = first.rstrip("*")
    if not _HAS_UUID.search(first) and first.strip("*?"):
        return "repository-form"
    if _UUID.fullmatch(bare) and bare != repository:
        if first == workspace:
            return "workspace-uuid"
        return None if repository == "*" else "other-repository"
    return "different-value" if first.strip("*?") and bare != repository else None


def _about_rest(others: list[str], environment: str | None) -> str:
    second = others[0]
    if second.strip("*?") and not _HAS_UUID.search(second):
        return "branch-in-subject"
    if len(others) == 1:
        # A second part that may be the environment lacks the step's UUID behind it.
        return "trailing-wildcard-missing" if environment in (second, "*") else _pinned(second)
    if environment is None:
        return "environment-missing"
    if environment == "*" and _UUID.fullmatch(others[1]):
        # Wrong whatever the environment is.
        return "step-uuid-pinned"
    if second.strip("*?") and second != environment:
        return "environment-unknown" if environment == "*" else "other-environment"
    return _pinned(others[1]) if others[1] else "trailing-wildcard-missing"


def _pinned(step: str) -> str:
    return "step-uuid-pinned" if _UUID.fullmatch(step) else "different-value"


def about_audience(expected: str, actual: str, workspace: str | None) -> str:
    """Why the value, tidied up, is not the audience `actual` of the workspace with that UUID, as a code."""
    if expected.startswith(("https://api.bitbucket.org/", "api.bitbucket.org/")):
        return "audience-is-issuer"
    if expected == "sts.amazonaws.com":
        return "audience-of-aws"
    uuids = _HAS_UUID.findall(expected)
    own = workspace.strip("{}") if workspace else None
    if expected.startswith("ari") and not expected.startswith("ari:cloud:bitbucket::workspace/"):
        return "audience-form"
    if expected.startswith("ari") or _BARE_UUID.fullmatch(expected):
        if own and uuids == [own]:
            default = f"ari:cloud:bitbucket::workspace/{own}"
            return "custom-audience" if expected == default != actual else "audience-form"
        return "other-workspace" if uuids else "audience-form"
    return (
        "subject-in-audience"
        if _SUBJECT.fullmatch(expected) or expected.startswith("{")
        else "different-value"
    )
