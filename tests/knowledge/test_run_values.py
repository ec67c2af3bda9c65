"""What a custom pipeline gets when it starts: its defaults, and what the step that starts it hands in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.casefile import CaseFile, Run, Variable
from knowledge.pipelines import parse
from knowledge.reading import Known
from knowledge.variables import Setting, look_up, where

ASKED = """pipelines:
  custom:
    deploy:
      - variables:
          - name: A{default}
      - step:
          name: Deploy
          oidc: true
          script:
            - aws s3 ls
"""
DEFAULT = "\n            default: {}"
PARENTS = """  branches:
    main:
      - step:
          name: Call
          type: pipeline
          custom: deploy
          input-variables:
            A: {}
"""
ANOTHER = PARENTS.replace("  branches:\n    main:\n", "    develop:\n").replace("Call", "Call too")


def run(selector: str = "custom/deploy", *variables: Variable, of_parent: bool = False) -> Run:
    kind, pattern = selector.split("/")
    return Run(
        uuid="{00000000-0000-4000-8000-00000000000a}",
        build_number=7,
        commit="a" * 40,
        selector_type=kind,
        selector_pattern=pattern,
        ref_name="main",
        ref_type="branch",
        state="COMPLETED",
        result="FAILED",
        url="https://bitbucket.org/acme/widget/pipelines/results/7",
        variables=variables,
        of_parent=of_parent,
    )


def winner(text: str, started: Run | None) -> Setting | None:
    file = parse(text.encode(), "bitbucket-pipelines.yml")
    case = CaseFile(
        pipeline_file=Known(file, "bitbucket-pipelines.yml"),
        workspace_variables=Known((), "workspace variables"),
        repository_variables=Known((), "repository variables"),
        environments=Known((), "deployment environments"),
    )
    if started is not None:
        case = replace(case, run=Known(started, "run #7"))
    step = next(one for one in file.steps if one.name == "Deploy")
    return look_up(case, step, "A").winner


def asked(default: str = "") -> str:
    return ASKED.format(default=DEFAULT.format(default) if default else "")


def test_a_default_counts_where_the_run_was_started_without_another_value() -> None:
    found = winner(asked("b"), run())
    assert found is not None
    assert (found.value, found.asked) == ("b", False)
    assert where(found) == "by the pipeline's own default, on line 5"


def test_what_the_run_was_started_with_wins_over_the_default() -> None:
    found = winner(asked("b"), run("custom/deploy", Variable("A", "c", secured=False)))
    assert found is not None
    assert (found.value, where(found)) == ("c", "in the run's own variables")


@pytest.mark.parametrize(
    ("default", "started"),
    [
        ("b", None),
        ("$B", run()),
        ("b", run(of_parent=True)),
        ("b", run("branches/main")),
        ("b", run("of a kind not known/deploy")),
    ],
    ids=[
        *("no run read", "made of another", "started by a step that was not read", "run of another pipeline"),
        "run of a pipeline that is not known",
    ],
)
def test_a_default_that_may_not_be_what_the_run_had_has_no_known_value(
    default: str, started: Run | None
) -> None:
    found = winner(asked(default), started)
    assert found is not None
    assert (found.value, found.sure) == (None, False)


@pytest.mark.parametrize("started", [run(of_parent=True), run("branches/main")])
def test_what_the_step_that_starts_the_pipeline_hands_in_wins_over_the_default(started: Run) -> None:
    found = winner(asked("b") + PARENTS.format("arn:aws:iam::1:role/x"), started)
    assert found is not None
    assert found.value == "arn:aws:iam::1:role/x"
    assert where(found) == "by the step `Call`, which starts the pipeline, on line 19"


def test_the_default_counts_where_the_step_that_starts_the_pipeline_hands_in_other_names() -> None:
    found = winner(asked("b") + PARENTS.replace("A:", "OTHER:").format("x"), run("branches/main"))
    assert found is not None
    assert found.value == "b"


def test_steps_that_hand_in_different_values_leave_it_open_which() -> None:
    text = asked() + PARENTS.format("x") + ANOTHER.format("y")
    found = winner(text, run(of_parent=True))
    assert found is not None
    assert found.value is None
    only = winner(text, run("branches/main"))
    assert only is not None
    assert only.value == "x"


def test_a_step_that_hands_it_in_beside_one_that_does_not_leaves_it_open_which_ran() -> None:
    silent = ANOTHER.replace("A:", "OTHER:").format("y")
    found = winner(asked() + PARENTS.format("x") + silent, run(of_parent=True))
    assert found is not None
    assert found.value is None


@pytest.mark.parametrize("value", ["$B", "x-${B}", "[x]", ""])
def test_an_input_that_is_no_plain_value_is_there_and_not_known(value: str) -> None:
    found = winner(asked() + PARENTS.format(value), run("branches/main"))
    assert found is not None
    assert (found.value, found.asked) == (None, False)


def test_an_input_that_the_pipeline_does_not_ask_for_is_not_said_to_reach_it() -> None:
    text = asked().replace("name: A", "name: Z") + PARENTS.format("x")
    found = winner(text, run("branches/main"))
    assert found is not None
    assert found.value is None


def test_a_run_that_a_person_started_takes_nothing_from_a_step_that_might_have() -> None:
    found = winner(asked("b") + PARENTS.format("x"), run())
    assert found is not None
    assert found.value == "b"
