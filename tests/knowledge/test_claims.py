"""The claims of a step's token: what is known before it runs, and what is said not to be known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from knowledge.casefile import CaseFile, RunStep, Suspect
from knowledge.claims import (
    Claims,
    claims_for,
    default_audience,
    from_token,
    issuer,
    provider_arn,
    provider_path,
)
from knowledge.reading import Known, Unread
from knowledge.trust_values import OneOf, Pattern
from tests.knowledge.rules.trusting import (
    AUDIENCE,
    CUSTOM,
    DEPLOYING,
    ENVIRONMENT,
    HOME,
    PLAIN,
    PREFIX,
    PROVIDER,
    STEP,
    WORKSPACE,
    allow,
    policy,
    suspect_of,
    trust_case,
)

GOOD = policy(allow())


def of(case: CaseFile, suspect: Suspect | None = None) -> Claims:
    reading = claims_for(case, suspect or suspect_of(case))
    assert isinstance(reading, Known)
    return reading.value


def test_names_are_made_with_the_public_host_and_the_slug() -> None:
    assert provider_path("acme") == PREFIX
    assert issuer("acme") == f"https://{PREFIX}"
    assert provider_arn("123456789012", "acme") == PROVIDER
    assert default_audience("{" + WORKSPACE.upper() + "}") == AUDIENCE


def test_a_step_without_an_environment_has_a_subject_of_two_parts() -> None:
    claims = of(trust_case(GOOD, PLAIN))

    assert claims.values == {"iss": f"https://{PREFIX}", "aud": AUDIENCE, "sub": Pattern(f"{HOME}:*")}
    assert (claims.deploys, claims.narrow_subject, claims.unknown) == (False, f"{HOME}:*", ())


def test_a_step_that_deploys_has_the_environments_uuid_in_the_middle() -> None:
    claims = of(trust_case(GOOD, DEPLOYING))

    assert claims.values["sub"] == Pattern(f"{HOME}:{ENVIRONMENT}:*")
    assert (claims.deploys, claims.narrow_subject) == (True, f"{HOME}:{ENVIRONMENT}:*")


def test_an_environment_that_was_not_read_is_a_part_that_is_not_known() -> None:
    unread = Unread("deployment environments", "the token lacks a scope", "grant `pipeline`")
    claims = of(trust_case(GOOD, DEPLOYING, environments=unread))

    assert claims.values["sub"] == Pattern(f"{HOME}:*:*")
    assert claims.unknown == ("the UUID of the step's environment: the token lacks a scope",)


def test_an_environment_of_no_such_name_leaves_both_forms() -> None:
    claims = of(trust_case(GOOD, DEPLOYING.replace("production", "prodution")))

    assert claims.values["sub"] == OneOf((Pattern(f"{HOME}:*"), Pattern(f"{HOME}:*:*")))
    assert claims.deploys is None


def test_audiences_of_the_steps_own_may_stand_alone_or_beside_the_workspaces() -> None:
    claims = of(trust_case(GOOD, CUSTOM))

    assert claims.values["aud"] == OneOf((("https://gw.example.com",), (AUDIENCE, "https://gw.example.com")))
    assert not claims.aud_certain


def test_the_uuid_of_the_run_completes_the_subject() -> None:
    case = trust_case(GOOD, PLAIN)
    suspect = suspect_of(case)
    assert suspect is not None
    ran = RunStep(uuid=STEP, name="Deploy", position=0, state="COMPLETED", result="FAILED")

    assert of(case, replace(suspect, run_step=ran)).values["sub"] == f"{HOME}:{STEP}"


def test_without_a_step_the_form_of_the_subject_is_open() -> None:
    reading = claims_for(trust_case(GOOD), None)

    assert isinstance(reading, Known)
    assert reading.value.deploys is None


def test_without_the_repository_nothing_is_known() -> None:
    assert claims_for(trust_case(GOOD, repository=CaseFile().repository), None) == CaseFile().repository


@pytest.mark.parametrize(
    ("token", "repository", "environment", "deploys"),
    [
        ({"sub": f"{HOME}:{STEP}"}, HOME, None, False),
        ({"sub": f"{HOME}:{ENVIRONMENT}:{STEP}"}, HOME, ENVIRONMENT, True),
        ({"sub": "system:serviceaccount:x:y"}, None, None, None),
        ({"sub": None}, None, None, None),
        ({}, None, None, None),
        ({"sub": 3, "aud": {"a": 1}, "iss": []}, None, None, None),
    ],
)
def test_a_token_is_read_as_it_is(token: Any, repository: Any, environment: Any, deploys: Any) -> None:
    claims = from_token(token)

    assert (claims.repository_uuid, claims.environment_uuid, claims.deploys) == (
        repository,
        environment,
        deploys,
    )


def test_claims_that_were_handed_over_go_before_computed_ones() -> None:
    claims = of(trust_case(GOOD, PLAIN, claims={"sub": f"{HOME}:{STEP}"}))

    assert claims.values["sub"] == f"{HOME}:{STEP}"
    assert claims.values["aud"] == AUDIENCE
