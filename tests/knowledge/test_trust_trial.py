"""A changed trust policy counts as a cure only when it lets this step in, in every run, and nobody new."""

from __future__ import annotations

import json
from typing import Any

import pytest

from knowledge.claims import from_token
from knowledge.trust_trial import fix_holds
from tests.knowledge.rules.trusting import (
    AUDIENCE,
    ENVIRONMENT,
    HOME,
    OTHER,
    PREFIX,
    PROVIDER,
    REPO,
    STAGING,
    STEP,
    allow,
    policy,
    subject,
)

PLAIN = from_token({"iss": f"https://{PREFIX}", "aud": AUDIENCE, "sub": f"{HOME}:{STEP}"})
DEPLOYS = from_token({"iss": f"https://{PREFIX}", "aud": AUDIENCE, "sub": f"{HOME}:{ENVIRONMENT}:{STEP}"})
BROKEN = subject(f"{REPO}:*")
ENVIRONMENT_ONLY = subject(f"{HOME}:{STAGING}:*")
ANY_AUDIENCE = policy(allow(Condition={"StringLike": {f"{PREFIX}:sub": f"{HOME}:*"}}))


def of_subject(*values: str) -> dict[str, Any]:
    return subject(list(values))


@pytest.mark.parametrize(
    ("before", "after", "holds"),
    [
        (BROKEN, subject(f"{HOME}:*"), True),
        (BROKEN, of_subject(f"{OTHER}:*", f"{HOME}:*"), False),
        (BROKEN, subject("*"), False),
        (BROKEN, subject("{*}:*"), False),
        (BROKEN, subject(f"{HOME}:{STEP}"), False),
        (BROKEN, ANY_AUDIENCE, False),
        (BROKEN, policy(allow(Principal="*")), False),
        (BROKEN, policy(), False),
        (BROKEN, BROKEN, False),
        (of_subject(f"{OTHER}:*"), of_subject(f"{OTHER}:*", f"{HOME}:*"), True),
        (ANY_AUDIENCE, ANY_AUDIENCE, True),
    ],
)
def test_a_step_without_an_environment(before: Any, after: Any, holds: bool) -> None:
    assert fix_holds(before, after, PLAIN, PROVIDER) is holds


@pytest.mark.parametrize(
    ("after", "holds"),
    [
        (of_subject(f"{HOME}:{STAGING}:*", f"{HOME}:{ENVIRONMENT}:*"), True),
        (subject(f"{HOME}:{ENVIRONMENT}:*"), True),
        (subject(f"{HOME}:*"), False),
        (subject(f"{HOME}:*:*"), False),
    ],
)
def test_a_limit_to_one_environment_is_not_given_up(after: Any, holds: bool) -> None:
    assert fix_holds(ENVIRONMENT_ONLY, after, DEPLOYS, PROVIDER) is holds


def test_another_workspace_is_not_let_in_beside() -> None:
    elsewhere = json.loads(json.dumps(allow()).replace("/acme/", "/rolecall-no-such-workspace/"))
    elsewhere["Condition"] = {}

    assert fix_holds(BROKEN, policy(allow()), PLAIN, PROVIDER)
    assert not fix_holds(BROKEN, policy(allow(), elsewhere), PLAIN, PROVIDER)


def test_what_depends_on_an_unknown_value_is_no_cure() -> None:
    after = policy(allow(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))

    assert not fix_holds(BROKEN, after, PLAIN, PROVIDER)
