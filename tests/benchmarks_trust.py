"""How long the evaluation of a trust policy takes, in time of the processor."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from knowledge.trust import evaluate
from knowledge.trust_values import Pattern
from tests.knowledge.rules.trusting import (
    AUDIENCE,
    ENVIRONMENT,
    HOME,
    OTHER,
    PREFIX,
    PROVIDER,
    REPO,
    STEP,
    allow,
    policy,
    subject,
)

ROUNDS, BEST_OF = 2_000, 5
BAR = 60.0
CLAIMS = {"iss": f"https://{PREFIX}", "aud": AUDIENCE, "sub": f"{HOME}:{STEP}"}
COMPUTED = {**CLAIMS, "sub": Pattern(f"{HOME}:*")}
SEVERAL = policy(
    allow(Condition={"StringLike": {f"{PREFIX}:sub": [f"{OTHER}:*", f"{OTHER}:{ENVIRONMENT}:*"]}}),
    allow(Action="sts:AssumeRole"),
    allow(),
)


def _microseconds(document: Mapping[str, Any], claims: Mapping[str, Any]) -> float:
    best = float("inf")
    for _ in range(BEST_OF):
        started = time.process_time()
        for _ in range(ROUNDS):
            evaluate(document, claims, provider_arn=PROVIDER)
        best = min(best, (time.process_time() - started) / ROUNDS)
    return best * 1_000_000


def measure() -> list[tuple[str, float, float]]:
    """Rows of what, figure in microseconds, bar."""
    return [
        ("trust policy that allows, µs", _microseconds(policy(allow()), CLAIMS), BAR),
        ("trust policy that denies, with its reason, µs", _microseconds(subject(f"{REPO}:*"), CLAIMS), BAR),
        ("trust policy, claims known in part, µs", _microseconds(subject(f"{REPO}:*"), COMPUTED), BAR),
        ("trust policy of three statements, each, µs", _microseconds(SEVERAL, CLAIMS) / 3, BAR),
    ]
