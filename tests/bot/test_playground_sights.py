"""What stands behind the links of the example world."""

from __future__ import annotations

import pytest

from bot.playground.sights import Sight, look
from bot.playground.world import load_world

WORLD = load_world()
STOREFRONT = next(one for one in WORLD.repositories if one.slug == "storefront")
RUN = STOREFRONT.runs[0]


def test_a_link_to_the_pipeline_file_shows_it_and_its_line() -> None:
    address = f"https://bitbucket.org/acme/storefront/src/{RUN.commit}/bitbucket-pipelines.yml#lines-24"

    assert look(WORLD, address) == Sight("storefront: bitbucket-pipelines.yml", STOREFRONT.pipeline_file, 24)


def test_a_link_to_a_run_shows_its_steps_and_the_log_of_the_failed_one() -> None:
    sight = look(WORLD, "https://bitbucket.org/acme/storefront/pipelines/results/214")

    assert sight is not None
    assert sight.title == "storefront: run #214"
    assert sight.text.startswith("Build and test: SUCCESSFUL\n\nDeploy to S3: FAILED\n\nRuntime: cloud\n")


def test_a_link_to_a_step_shows_that_step_only() -> None:
    uuid = RUN.steps[0].uuid.replace("{", "%7B").replace("}", "%7D")

    assert look(WORLD, f"https://bitbucket.org/acme/storefront/pipelines/results/214/steps/{uuid}") == Sight(
        "storefront: run #214", "Build and test: SUCCESSFUL"
    )


def test_a_run_that_never_started_shows_its_error() -> None:
    assert look(WORLD, "https://bitbucket.org/acme/checkout/pipelines/results/57") == Sight(
        "checkout: run #57", "There is an error in your bitbucket-pipelines.yml: your file is not valid YAML."
    )


def test_secured_values_are_not_shown() -> None:
    address = "https://bitbucket.org/acme/workspace/settings/pipelines/account-variables"

    assert look(WORLD, address) == Sight("Workspace variables", "NPM_TOKEN = (secured)\nSENTRY_ORG = acme")


def test_deployment_variables_stand_under_their_environment() -> None:
    sight = look(WORLD, "https://bitbucket.org/acme/warehouse-api/admin/pipelines/deployment-settings")

    assert sight is not None
    assert "AWS_ROLE_ARN = arn:aws:iam::123456789012:role/warehouse-api-deploy" in sight.text
    assert sight.text.startswith("Staging {")


def test_a_console_link_to_a_role_shows_its_trust_policy() -> None:
    sight = look(WORLD, "https://us-east-1.console.aws.amazon.com/iam/home#/roles/details/ledger-terraform")

    assert sight is not None
    assert sight.title == "Trust policy of arn:aws:iam::123456789012:role/ledger-terraform"
    assert '"sts:AssumeRoleWithWebIdentity"' in sight.text


@pytest.mark.parametrize(
    "address",
    [
        "https://bitbucket.org/globex/rocket/pipelines/results/7",
        "https://bitbucket.org/acme/unheard-of/src/main/bitbucket-pipelines.yml",
        "https://bitbucket.org/acme/storefront/pipelines/results/99999",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html",
        "https://console.aws.amazon.com/iam/home#/roles/details/no-such-role",
        "https://console.aws.amazon.com.example/iam/home#/roles/details/ledger-terraform",
        "https://[broken/",
        "",
    ],
)
def test_other_addresses_have_nothing_behind_them(address: str) -> None:
    assert look(WORLD, address) is None
