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
    assert "AWS_ACCESS_KEY_ID" not in rows()
    assert rows(repository=(plain("AWS_ACCESS_KEY_ID"),))["AWS_ACCESS_KEY_ID"].wins


def test_hundreds_of_variables_make_no_more_rows_than_matter() -> None:
    many = tuple(plain(f"V{number}") for number in range(300))

    assert len(rows(repository=many)) < 12
