"""What was read and is fine, and what was not seen and matters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from knowledge.casefile import CaseFile, OidcProvider, Repository, Role, Suspect
from knowledge.checks import fine
from knowledge.reading import Absent, Known, Unread
from knowledge.relevance import unread_that_matters
from tests.knowledge.rules.asking import NO_ROLE, REFUSED, case_of, file_in
from tests.knowledge.rules.scripts import FILE, NOTHING, REGION, ROLE, USE, WRITE
from tests.knowledge.rules.switches import EMPTY, needing, pipeline, step

WORKSPACE, REPOSITORY = "7baee083-4f25-4a97-8a9a-0fde1b623b45", "{2e9e429c-7b8b-404f-8648-8c40c27c9ebd}"
ARN = "arn:aws:iam::123456789012:role/acme-deploy"
PATH = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{PATH}"
AUDIENCE = f"ari:cloud:bitbucket::workspace/{WORKSPACE}"
IDENTITY = Known(
    Repository(uuid=REPOSITORY, slug="web", workspace_uuid=f"{{{WORKSPACE}}}", workspace_slug="acme"),
    "acme/web",
)
RIGHT = pipeline(needing("oidc: true"))
REFUSED_READING = Unread("the role's trust policy", "access denied", "grant `iam:GetRole`")


def policy(subject: str, audience: str = AUDIENCE) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": PROVIDER},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {f"{PATH}:aud": audience},
                    "StringLike": {f"{PATH}:sub": subject},
                },
            }
        ],
    }


def case(text: str = RIGHT, variables: str | None = None, paste: str = "", **readings: Any) -> CaseFile:
    made = case_of(text, variables, paste, **readings)
    return replace(
        made, suspects=tuple(Suspect(s, "it was named", certain=True) for s in file_in(made).steps)
    )


def test_switch_role_region_and_token_file_of_a_right_step() -> None:
    assert fine(case()) == (
        "`oidc: true` on the step",
        "`AWS_ROLE_ARN` is set on line 8",
        "`AWS_REGION` is set on line 7",
        "line 10 writes the token",
    )


def test_a_step_without_the_switch_is_fine_in_nothing_that_needs_a_token() -> None:
    assert fine(case(pipeline(needing()))) == (
        "`AWS_ROLE_ARN` is set on line 7",
        "`AWS_REGION` is set on line 6",
    )


def test_custom_audiences_are_a_switch_too() -> None:
    assert (
        fine(case(pipeline(needing("oidc: {audiences: [https://gw.acme.example]}"))))[0]
        == "`oidc` on the step"
    )


def test_a_role_that_is_stored_is_told_by_its_level_and_never_by_its_value() -> None:
    levels = "{workspace: {}, repository: {AWS_ROLE_ARN: {secured: true}}, deployments: {}}"
    told = fine(case(pipeline(step([REGION, FILE, WRITE, USE])), levels))

    assert "`AWS_ROLE_ARN` is set in the repository variables" in told


@pytest.mark.parametrize(
    "line",
    [
        "export AWS_ROLE_ARN=acme-deploy",
        'export AWS_ROLE_ARN="$NOWHERE"',
        "source ci.env",
        "'if [ -n \"$CI\" ]; then export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/acme; fi'",
        'export AWS_ROLE_ARN="$(./role.sh)"',
    ],
)
def test_a_role_that_is_malformed_empty_or_uncertain_is_not_called_fine(line: str) -> None:
    told = fine(case(pipeline(step([REGION, line, FILE, WRITE, USE])), NOTHING))

    assert [phrase for phrase in told if "AWS_ROLE_ARN" in phrase] == []


def test_a_token_file_that_is_not_written_is_not_called_fine() -> None:
    told = fine(case(pipeline(step([REGION, ROLE, FILE, USE]))))

    assert [phrase for phrase in told if "writes the token" in phrase] == []


def test_several_steps_are_only_told_by_their_switch() -> None:
    made = case(pipeline(needing("oidc: true", "A"), needing("oidc: true", "B"), needing("", "C")))

    assert fine(made) == ("`oidc` on `A` and `B`",)


def test_a_policy_that_lets_the_step_in() -> None:
    role = Known(Role(arn=ARN, trust_policy=policy(f"{REPOSITORY}:*")), "the role")

    assert "the role's trust policy lets this step in" in fine(case(role=role, repository=IDENTITY))


def test_of_a_policy_that_refuses_only_what_fits_is_fine() -> None:
    wrong_subject = Known(
        Role(arn=ARN, trust_policy=policy("{0badc0de-1111-4111-8111-0123456789ab}:*")), "the role"
    )
    wrong_audience = Known(
        Role(arn=ARN, trust_policy=policy(f"{REPOSITORY}:*", "sts.amazonaws.com")), "the role"
    )
    one = fine(case(role=wrong_subject, repository=IDENTITY))
    other = fine(case(role=wrong_audience, repository=IDENTITY))

    assert ("the trust policy's audience fits" in one, "the trust policy's subject fits" in one) == (
        True,
        False,
    )
    assert ("the trust policy's audience fits" in other, "the trust policy's subject fits" in other) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    ("clients", "told"),
    [
        (
            (AUDIENCE,),
            ["the account has the workspace's OIDC provider", "the provider lists the token's audience"],
        ),
        (("sts.amazonaws.com",), ["the account has the workspace's OIDC provider"]),
        (None, ["the account has the workspace's OIDC provider"]),
    ],
)
def test_the_provider_and_its_audience(clients: tuple[str, ...] | None, told: list[str]) -> None:
    providers = Known((OidcProvider(PROVIDER, PATH, clients),), "the account's OIDC providers")

    assert [
        item for item in fine(case(providers=providers, repository=IDENTITY)) if "provider" in item
    ] == told


def test_what_was_not_read_is_never_fine() -> None:
    made = case(role=REFUSED_READING, providers=Unread("providers", "denied", "grant"), repository=IDENTITY)

    assert [item for item in fine(made) if "trust" in item or "provider" in item] == []


def test_a_refused_role_makes_its_trust_policy_matter() -> None:
    assert REFUSED_READING in unread_that_matters(case(paste=REFUSED, role=REFUSED_READING))
    assert REFUSED_READING not in unread_that_matters(case(paste=NO_ROLE, role=REFUSED_READING))


def test_an_empty_token_asks_for_the_file_alone() -> None:
    gone = Unread("the pipeline file", "403", "grant `repository`")

    assert unread_that_matters(replace(case(paste=EMPTY), pipeline_file=gone)) == (gone,)


def test_a_missing_role_asks_for_every_level_of_variables_that_was_not_read() -> None:
    told = [item.source for item in unread_that_matters(case(paste=NO_ROLE, variables="{repository: {}}"))]

    assert told == ["workspace variables", "deployment environments"]


def test_what_is_absent_was_read() -> None:
    assert (
        unread_that_matters(case(paste=REFUSED, variables=NOTHING, role=Absent("AWS"), repository=IDENTITY))
        == ()
    )


def test_runs_and_logs_are_only_missed_by_those_who_asked_for_one() -> None:
    gone = Unread("the step's log", "404", "ask again")

    assert unread_that_matters(case(paste=EMPTY)) == ()
    assert unread_that_matters(case(paste=EMPTY, log=gone)) == (gone,)
