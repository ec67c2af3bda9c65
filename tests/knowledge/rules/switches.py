"""Pipeline files and texts for the tests of the `oidc-*` rules."""

from __future__ import annotations

from knowledge.casefile import CaseFile
from knowledge.finding import Finding
from knowledge.rules import (
    oidc_misplaced,
    oidc_misspelt,
    oidc_not_enabled,
    oidc_on_other_step,
    oidc_wrong_value,
)
from tests.knowledge.rules.asking import ask, said
from tests.knowledge.rules.scripts import EXPLICIT, GOOD, pipeline, step

EMPTY = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
EXPIRED = (
    "An error occurred (ExpiredTokenException) when calling the AssumeRoleWithWebIdentity operation: "
    "Token expired: current date/time 1764000900 must be before the expiration date/time 1763999700"
)
SWITCH_RULES = tuple(
    module.RULE
    for module in (oidc_misspelt, oidc_wrong_value, oidc_misplaced, oidc_on_other_step, oidc_not_enabled)
)


def needing(keys: str = "", name: str = "Deploy") -> str:
    """A step that uses its token in plain sight."""
    return step(GOOD, keys, name)


def exchanging(keys: str = "", name: str = "Deploy") -> str:
    """A step that exchanges its token itself."""
    return step([EXPLICIT], keys, name)


def speaking(case: CaseFile, name: str | None = None) -> dict[str, str]:
    """Which of the switch rules speak about the step, with their verdicts."""
    return {rule.cause: found[0].value for rule in SWITCH_RULES if (found := said(rule, case, name))}


def only(case: CaseFile, name: str | None = None) -> Finding:
    """The one finding of all switch rules about the step."""
    found = [finding for rule in SWITCH_RULES for finding in ask(rule, case, name)]
    (finding,) = found
    return finding


__all__ = [
    "EMPTY",
    "EXPIRED",
    "SWITCH_RULES",
    "exchanging",
    "needing",
    "only",
    "pipeline",
    "speaking",
    "step",
]
