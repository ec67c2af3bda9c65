"""The table of a step's variables: every place, what wins, what is out of reach, what is odd; no value."""

from __future__ import annotations

import pytest

from knowledge.casefile import CaseFile, Environment, Suspect, Variable
from knowledge.pipelines import parse
from knowledge.reading import Known, Reading, Unread
from knowledge.variable_table import VariableRow, variable_tables

FILE = b"""pipelines:
  default:
    - step:
        name: Build
        script:
          - export AWS_PROFILE=ci
    - step:
        name: Deploy
        oidc: true
        deployment: Staging
        script:
          - export AWS_REGION=eu-central-1
          - aws s3 sync dist s3://$BUCKET
"""
ARN = "arn:aws:iam::123456789012:role/deploy"
STAGING, PRODUCTION = (
    Environment("{00000000-0000-4000-8000-000000000001}", "Staging", "staging"),
    Environment("{00000000-0000-4000-8000-000000000002}", "Production", "production"),
)


def plain(name: str, value: str = "x") -> Variable:
    return Variable(name, value, secured=False)


def rows(
    *,
    workspace: tuple[Variable, ...] | Unread = (),
    repository: tuple[Variable, ...] = (),
    staging: tuple[Variable, ...] = (),
    production: tuple[Variable, ...] = (),
) -> dict[str, VariableRow]:
    file = parse(FILE, "bitbucket-pipelines.yml")
    of_workspace: Reading[tuple[Variable, ...]] = (
        workspace if isinstance(workspace, Unread) else Known(workspace, "workspace variables of acme")
    )
    case = CaseFile(
        pipeline_file=Known(file, "bitbucket-pipelines.yml"),
        suspects=(Suspect(file.steps[1], "it failed", certain=True),),
        workspace_variables=of_workspace,
        repository_variables=Known(repository, "repository variables of acme/widget"),
        environments=Known((STAGING, PRODUCTION), "deployment environments"),
        environment_variables={
            STAGING.uuid: Known(staging, "deployment variables of Staging"),
            PRODUCTION.uuid: Known(production, "deployment variables of Production"),
        },
    )
    (table,) = variable_tables(case)
    assert table.step == "Deploy"
    return {row.name: row for row in table.rows}


def test_what_wins_stands_first_and_what_counts_less_beside_it() -> None:
    found = rows(
        workspace=(plain("AWS_ROLE_ARN", ARN),),
        repository=(Variable("AWS_ROLE_ARN", None, secured=True),),
        staging=(plain("AWS_ROLE_ARN", ARN),),
    )["AWS_ROLE_ARN"]

    assert found.wins == "in the variables of the environment `Staging`"
    assert found.more == (
        "also in the repository variables, which counts less",
        "also in the workspace variables, which counts less",
    )


def test_a_secured_variable_is_said_to_be_one() -> None:
    assert rows(repository=(Variable("AWS_ROLE_ARN", None, secured=True),))["AWS_ROLE_ARN"].wins == (
        "in the repository variables (secured)"
    )


def test_what_is_out_of_reach_is_said_with_the_reason() -> None:
    found = rows(production=(plain("AWS_ROLE_ARN", ARN),))["AWS_ROLE_ARN"]

    assert found.wins == "not set for this step"
    assert len(found.more) == 1
    assert found.more[0].startswith("set in the variables of the environment `Production`, but ")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (f" {ARN}", "its value begins or ends with a blank or a line break"),
        (f"{ARN}\n", "its value begins or ends with a blank or a line break"),
        (f'"{ARN}"', "its value stands in quotes, which are part of it"),
        (ARN, None),
    ],
)
def test_blanks_and_quotes_around_a_value_are_named_and_the_value_is_not(
    value: str, said: str | None
) -> None:
    found = rows(repository=(plain("AWS_ROLE_ARN", value),))["AWS_ROLE_ARN"]

    assert found.more == (() if said is None else (said,))
    assert ARN not in repr(found)


def test_a_value_of_nothing_is_said() -> None:
    assert rows(repository=(plain("AWS_ROLE_ARN", " "),))["AWS_ROLE_ARN"].wins == (
        "in the repository variables (set to nothing)"
    )


def test_a_name_that_is_typed_almost_right_is_found() -> None:
    found = rows(repository=(plain("AWS_ROLE_ANR", ARN),))["AWS_ROLE_ARN"]

    assert found.wins == "not set for this step"
    assert found.more == ("`AWS_ROLE_ANR` in the repository variables is almost this name",)


def test_a_level_that_was_not_read_leaves_it_open() -> None:
    found = rows(workspace=Unread("workspace variables of acme", "no", "yes"))["AWS_ROLE_ARN"]

    assert found.wins == "not seen to be set"
    assert "workspace variables of acme could not be read" in found.more


def test_names_that_the_script_uses_are_rows_where_they_are_set() -> None:
    assert rows(repository=(plain("BUCKET"),))["BUCKET"].wins == "in the repository variables"
    assert rows()["AWS_REGION"].wins == "on line 12"
    assert "BUCKET" not in rows()
    assert rows(repository=(plain("AWS_ACCESS_KEY_ID"),))["AWS_ACCESS_KEY_ID"].wins


def test_hundreds_of_variables_make_no_more_rows_than_matter() -> None:
    many = tuple(plain(f"V{number}") for number in range(300))

    assert len(rows(repository=many)) < 12


def test_that_no_keys_and_no_profile_are_set_is_one_row() -> None:
    row = rows()["AWS_ACCESS_KEY_ID"]

    assert row.wins == "not set at any level that was read"
    assert row.also == ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    assert rows()["AWS_PROFILE"].more == ("set on line 6, but only the step `Build` sets it",)
    assert row.more == ()


def test_a_key_that_is_set_is_a_row_of_its_own_and_the_others_stay_together() -> None:
    found = rows(repository=(Variable("AWS_ACCESS_KEY_ID", None, secured=True),))

    assert found["AWS_ACCESS_KEY_ID"].wins == "in the repository variables (secured)"
    assert found["AWS_SECRET_ACCESS_KEY"].also == ("AWS_SESSION_TOKEN",)


def test_keys_that_an_unread_level_may_hold_are_not_said_to_be_set_nowhere() -> None:
    row = rows(workspace=Unread("workspace variables of acme", "no", "yes"))["AWS_ACCESS_KEY_ID"]

    assert row.wins == "not set at any level that was read"
    assert row.more == ("workspace variables of acme could not be read",)


PIPE = """pipelines:
  default:
    - step:
        name: Deploy
        oidc: true
        script:
{lines}          - pipe: atlassian/aws-s3-deploy:1.1.0
            variables:
              AWS_DEFAULT_REGION: $AWS_DEFAULT_REGION
              AWS_OIDC_ROLE_ARN: {role}
              S3_BUCKET: $BUCKET
"""


def of_pipe(role: str, *repository: Variable, lines: str = "") -> dict[str, VariableRow]:
    file = parse(PIPE.format(role=role, lines=lines).encode(), "bitbucket-pipelines.yml")
    case = CaseFile(
        pipeline_file=Known(file, "bitbucket-pipelines.yml"),
        suspects=(Suspect(file.steps[0], "it failed", certain=True),),
        workspace_variables=Known((), "workspace variables of acme"),
        repository_variables=Known(repository, "repository variables of acme/widget"),
        environments=Known((), "deployment environments"),
    )
    (table,) = variable_tables(case)
    return {row.name: row for row in table.rows}


def test_of_a_pipe_the_names_that_it_reads_are_shown_and_what_is_put_into_them() -> None:
    found = of_pipe("$DEPLOY_ROLE")

    assert list(found) == ["AWS_OIDC_ROLE_ARN", "AWS_DEFAULT_REGION", "DEPLOY_ROLE", "AWS_ACCESS_KEY_ID"]
    assert found["AWS_OIDC_ROLE_ARN"].wins == (
        "handed to the pipe `atlassian/aws-s3-deploy` on line 10, from `DEPLOY_ROLE`"
    )
    assert found["DEPLOY_ROLE"].wins == "not set for this step"
    assert found["AWS_DEFAULT_REGION"].wins == (
        "handed to the pipe `atlassian/aws-s3-deploy` on line 9, from the variable of this name"
    )
    assert found["AWS_DEFAULT_REGION"].more == ("that is not set for this step",)


def test_what_a_pipe_is_handed_wins_over_a_variable_and_its_value_is_not_shown() -> None:
    row = of_pipe(ARN, plain("AWS_OIDC_ROLE_ARN", ARN))["AWS_OIDC_ROLE_ARN"]

    assert row.wins == "handed to the pipe `atlassian/aws-s3-deploy` on line 10"
    assert row.more == ("also in the repository variables, which the pipe does not read",)
    assert ARN not in repr(row)


def test_a_step_with_a_pipe_and_a_command_of_the_same_cloud_shows_what_either_reads() -> None:
    found = of_pipe("$DEPLOY_ROLE", lines="          - aws s3 ls\n")

    assert {"AWS_OIDC_ROLE_ARN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_REGION"} <= set(found)
