"""What a step sees of a variable: levels, their order, and what is out of reach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.casefile import Environment, Repository, Run, Variable
from knowledge.near import distance, near
from knowledge.reading import Absent, Known, Unread
from knowledge.variables import Level, Setting, environment_of, expand, look_up, where
from tests.knowledge.rules.asking import UNREAD, case_of, step_of

NOTHING = "{workspace: {}, repository: {}, deployments: {}}"


def script(*lines: str, keys: str = "") -> str:
    """A file of one step with these script lines."""
    body = "".join(f"          - {line}\n" for line in lines)
    return f"pipelines:\n  default:\n    - step:\n        name: Deploy\n{keys}        script:\n{body}"


def test_the_script_wins_over_every_stored_level() -> None:
    case = case_of(
        script("export A=script", "aws s3 ls", keys="        deployment: production\n"),
        "{workspace: {A: w}, repository: {A: r}, deployments: {Production: {A: d}}}",
    )
    lookup = look_up(case, step_of(case), "A")
    assert [(item.level, item.value) for item in lookup.settings] == [
        (Level.SCRIPT, "script"),
        (Level.DEPLOYMENT, "d"),
        (Level.REPOSITORY, "r"),
        (Level.WORKSPACE, "w"),
    ]
    assert [where(item) for item in lookup.settings] == [
        "on line 7",
        "in the variables of the environment `Production`",
        "in the repository variables",
        "in the workspace variables",
    ]


def test_a_value_given_to_the_run_wins_over_the_deployment() -> None:
    run = Run(
        uuid="{r}",
        build_number=7,
        commit=None,
        selector_type="custom",
        selector_pattern="x",
        ref_name=None,
        ref_type=None,
        state="COMPLETED",
        result="FAILED",
        url="",
        variables=(Variable("A", "run", secured=False),),
    )
    case = case_of(script("aws s3 ls"), "{workspace: {}, repository: {A: r}}", run=Known(run, "run"))
    assert [item.level for item in look_up(case, step_of(case), "A").settings] == [
        Level.PIPELINE,
        Level.REPOSITORY,
    ]


def test_a_variable_that_a_custom_pipeline_asks_for_is_set_with_an_unknown_value() -> None:
    case = case_of(
        "pipelines:\n  custom:\n    release:\n      - variables:\n          - name: A\n"
        "      - step:\n          name: Deploy\n          script:\n            - aws s3 ls $A\n",
        NOTHING,
    )
    winner = look_up(case, step_of(case), "A").winner
    assert winner is not None
    assert (winner.level, winner.value, winner.empty) == (Level.PIPELINE, None, False)


def test_a_secured_variable_is_there_and_its_value_is_not_judged() -> None:
    case = case_of(script("aws s3 ls"), "{workspace: {}, repository: {A: {secured: true}}, deployments: {}}")
    lookup = look_up(case, step_of(case), "A")
    assert lookup.winner is not None
    assert (lookup.winner.secured, lookup.winner.value, lookup.missing, lookup.empty) == (
        True,
        None,
        False,
        False,
    )


def test_nothing_read_and_nothing_found_is_not_missing() -> None:
    case = case_of(script("aws s3 ls"))
    lookup = look_up(case, step_of(case), "A")
    assert (lookup.lacks, lookup.missing, len(lookup.unread)) == (True, False, 2)


def test_all_read_and_nothing_found_is_missing() -> None:
    case = case_of(script("aws s3 ls"), NOTHING)
    assert look_up(case, step_of(case), "A").missing


def test_a_level_weaker_than_the_winner_does_not_count_as_unread() -> None:
    case = case_of(script("aws s3 ls"), "{repository: {A: r}}")
    assert look_up(case, step_of(case), "A").unread == ()


def test_the_steps_own_environment_that_could_not_be_read_counts_as_unread() -> None:
    case = case_of(
        script("aws s3 ls", keys="        deployment: production\n"),
        "{workspace: {}, repository: {}, deployments: {Production: {}}}",
    )
    case = replace(case, environment_variables={"{Production}": UNREAD})
    assert look_up(case, step_of(case), "A").unread == (UNREAD,)


def test_environments_unread_matter_only_to_a_step_that_deploys() -> None:
    plain = case_of(script("aws s3 ls"), "{workspace: {}, repository: {}}")
    deploys = case_of(
        script("aws s3 ls", keys="        deployment: production\n"), "{workspace: {}, repository: {}}"
    )
    assert look_up(plain, step_of(plain), "A").missing
    assert not look_up(deploys, step_of(deploys), "A").missing


def test_a_deployment_variable_is_out_of_reach_for_a_step_that_deploys_to_nothing() -> None:
    case = case_of(
        script("aws s3 ls"), "{workspace: {}, repository: {}, deployments: {Production: {A: d}, Test: {}}}"
    )
    beyond = look_up(case, step_of(case), "A").out_of_reach
    assert [(item.kind, item.setting.environment, item.why) for item in beyond] == [
        (
            "no-deployment",
            "Production",
            "only steps that deploy to `Production` see it, and this one deploys to nothing",
        )
    ]


def test_a_variable_of_another_environment_is_out_of_reach() -> None:
    case = case_of(
        script("aws s3 ls", keys="        deployment: Test\n"),
        "{workspace: {}, repository: {}, deployments: {Production: {A: d}, Test: {}}}",
    )
    beyond = look_up(case, step_of(case), "A").out_of_reach
    assert [(item.kind, item.setting.environment) for item in beyond] == [("other-environment", "Production")]


def test_environment_and_stage_count_like_deployment() -> None:
    levels = "{workspace: {}, repository: {}, deployments: {Production: {A: d}}}"
    key = case_of(script("aws s3 ls", keys="        environment: production\n"), levels)
    stage = case_of(
        "pipelines:\n  default:\n    - stage:\n"
        "        name: Ship\n        deployment: PRODUCTION\n        steps:\n"
        "          - step:\n              name: Deploy\n              script:\n                - aws s3 ls\n",
        levels,
    )
    for case in (key, stage):
        assert not look_up(case, step_of(case), "A").lacks


def test_an_environment_is_found_by_name_or_slug_without_regard_to_case() -> None:
    case = case_of(script("aws s3 ls", keys="        deployment: EU-Production\n"))
    environment = Environment("{1}", "EU Production", "eu-production")
    case = replace(case, environments=Known((environment,), "environments"))
    assert environment_of(case, step_of(case)) == Known(environment, "environments")


def test_no_deployment_no_environment() -> None:
    case = case_of(script("aws s3 ls"), NOTHING)
    assert environment_of(case, step_of(case)) is None


def test_an_unknown_environment_is_absent_not_unread() -> None:
    case = case_of(script("aws s3 ls", keys="        deployment: qa\n"), NOTHING)
    assert environment_of(case, step_of(case)) == Absent("deployment environments")


def test_an_environment_named_by_a_variable_is_unread() -> None:
    case = case_of(script("aws s3 ls", keys="        deployment: $TARGET\n"), NOTHING)
    assert isinstance(environment_of(case, step_of(case)), Unread)


def test_an_export_of_another_step_is_out_of_reach() -> None:
    case = case_of(
        "pipelines:\n  default:\n"
        "    - step:\n        name: One\n        script:\n          - export A=b\n"
        "    - step:\n        name: Two\n        script:\n          - aws s3 ls\n",
        NOTHING,
    )
    lookup = look_up(case, step_of(case, "Two"), "A")
    assert [(item.kind, item.why) for item in lookup.out_of_reach] == [
        ("other-step", "only the step `One` sets it")
    ]
    assert lookup.missing


def test_an_output_variable_of_an_earlier_step_reaches_the_later() -> None:
    case = case_of(
        "pipelines:\n  default:\n"
        "    - step:\n        name: One\n        output-variables: [A]\n        script:\n"
        '          - echo "A=b" >> $BITBUCKET_PIPELINES_VARIABLES_PATH\n'
        "    - step:\n        name: Two\n        script:\n          - aws s3 ls\n",
        NOTHING,
    )
    winner = look_up(case, step_of(case, "Two"), "A").winner
    assert winner is not None
    assert winner.level is Level.PIPELINE


def test_a_plain_assignment_does_not_reach_programs() -> None:
    case = case_of(script("A=b", "aws s3 ls"), NOTHING)
    lookup = look_up(case, step_of(case), "A")
    assert [item.kind for item in lookup.out_of_reach] == ["not-exported"]
    assert lookup.lacks


def test_a_plain_assignment_to_a_variable_of_the_step_does_reach_programs() -> None:
    case = case_of(script("A=b", "aws s3 ls"), "{workspace: {}, repository: {A: r}}")
    assert [item.value for item in look_up(case, step_of(case), "A").settings] == ["b", "r"]


def test_an_export_after_the_command_that_needs_it_comes_too_late() -> None:
    case = case_of(script("aws s3 ls", "export A=b"), NOTHING)
    step = step_of(case)
    lookup = look_up(case, step, "A", step.script.commands[0].at)
    assert [(item.kind, item.why) for item in lookup.out_of_reach] == [
        ("too-late", "line 7 sets it after line 6 needs it")
    ]
    assert not look_up(case, step, "A").lacks


def test_the_order_of_a_script_made_of_anchors_is_that_of_its_run() -> None:
    """The export stands below the command in the file and runs before it."""
    case = case_of(
        "definitions:\n  use: &use aws s3 ls\n  set: &set export A=b\n"
        "pipelines:\n  default:\n    - step:\n"
        "        name: Deploy\n        script:\n          - *set\n          - *use\n",
        NOTHING,
    )
    step = step_of(case)
    assert not look_up(case, step, "A", step.script.commands[0].at).lacks


def test_the_latest_export_before_the_command_wins() -> None:
    case = case_of(script("export A=one", "export A=two", "aws s3 ls", "export A=three"), NOTHING)
    step = step_of(case)
    winner = look_up(case, step, "A", step.script.commands[0].at).winner
    assert winner is not None
    assert winner.value == "two"


def test_unset_takes_the_variable_away() -> None:
    case = case_of(script("unset A B", "aws s3 ls"), "{workspace: {}, repository: {A: r}}")
    lookup = look_up(case, step_of(case), "A")
    assert lookup.lacks
    assert [item.why for item in lookup.out_of_reach] == ["line 6 unsets it"]


def test_an_export_after_unset_counts() -> None:
    case = case_of(script("unset A", "export A=b", "aws s3 ls"), "{workspace: {}, repository: {A: r}}")
    assert not look_up(case, step_of(case), "A").lacks


def test_values_are_followed_through_other_variables() -> None:
    case = case_of(
        script('export A="arn:$B"', "export B=late", "aws s3 ls"), "{workspace: {B: w}, repository: {}}"
    )
    winner = look_up(case, step_of(case), "A").winner
    assert winner is not None
    assert (winner.value, winner.written) == ("arn:w", "arn:$B")


def test_a_value_made_of_a_missing_variable_is_empty() -> None:
    case = case_of(script('export A="$B"', "aws s3 ls"), NOTHING)
    lookup = look_up(case, step_of(case), "A")
    assert lookup.winner is not None
    assert (lookup.empty, lookup.lacks, lookup.winner.lacking) == (True, True, ("B",))


def test_a_value_made_of_a_variable_that_could_not_be_read_is_unknown() -> None:
    case = case_of(script('export A="$B"', "aws s3 ls"))
    lookup = look_up(case, step_of(case), "A")
    assert lookup.winner is not None
    assert (lookup.winner.value, lookup.lacks) == (None, False)


def test_a_value_that_keeps_the_outer_one() -> None:
    case = case_of(script("export A=$A", "aws s3 ls"), "{workspace: {}, repository: {A: r}}")
    winner = look_up(case, step_of(case), "A").winner
    assert winner is not None
    assert (winner.level, winner.value) == (Level.SCRIPT, "r")


def test_defaults_fill_what_is_missing_and_nothing_else() -> None:
    case = case_of(script("aws s3 ls"), "{workspace: {}, repository: {B: set}}")
    step = step_of(case)
    texts = ["${A:-x}", "${B:-x}", "${A}", "${A:?no}", "$HOME/x", "$(pwd)/x", "${A:-$B}"]
    assert [expand(case, step, text).value for text in texts] == ["x", "set", "", "", None, None, "set"]


def test_the_defaults_of_every_run_are_set() -> None:
    home = Repository("{2e9e429c-7b8b-404f-8648-8c40c27c9ebd}", "widget", "{w}", "acme")
    case = case_of(script("aws s3 ls"), NOTHING, repository=Known(home, "repository"))
    step = step_of(case)
    assert expand(case, step, "$BITBUCKET_REPO_FULL_NAME").value == "acme/widget"
    winner = look_up(case, step, "BITBUCKET_BRANCH").winner
    assert winner is not None
    assert (winner.level, winner.value) == (Level.DEFAULT, None)


def test_the_token_is_set_only_where_the_step_asks_for_it() -> None:
    without = case_of(script("aws s3 ls"), NOTHING)
    having = case_of(script("aws s3 ls", keys="        oidc: true\n"), NOTHING)
    name = "BITBUCKET_STEP_OIDC_TOKEN"
    assert look_up(without, step_of(without), name).missing
    assert not look_up(having, step_of(having), name).lacks


def test_a_sourced_file_keeps_a_name_from_being_missing() -> None:
    case = case_of(script(". ./ci.env", "aws s3 ls"), NOTHING)
    lookup = look_up(case, step_of(case), "A")
    assert (lookup.lacks, lookup.missing) == (True, False)
    assert lookup.uncertain == ("line 6 runs `./ci.env` inside the shell, which may set anything",)


def test_a_file_sourced_after_the_command_changes_nothing() -> None:
    case = case_of(script("aws s3 ls", ". ./ci.env"), NOTHING)
    step = step_of(case)
    assert look_up(case, step, "A", step.script.commands[0].at).missing


def test_eval_and_exports_of_a_commands_output_are_uncertain() -> None:
    for line in ("eval $(./creds.sh)", "export $(cat .env)", "read -r A < region.txt"):
        case = case_of(script(line, "aws s3 ls"), NOTHING)
        assert not look_up(case, step_of(case), "A").missing, line


def test_names_typed_almost_right_are_offered() -> None:
    case = case_of(
        script("aws s3 ls"), "{workspace: {aws_role_arn: a}, repository: {AWS_ROLEARN: b, ROLE: c}}"
    )
    nearly = look_up(case, step_of(case), "AWS_ROLE_ARN").nearly
    assert [item.name for item in nearly] == ["AWS_ROLEARN", "aws_role_arn"]


def test_edit_distance_counts_a_swap_as_one() -> None:
    assert (distance("ANR", "ARN"), distance("ARN", "ARN"), distance("abcdefg", "x")) == (1, 0, 4)


def test_other_variables_of_the_same_kind_are_not_near() -> None:
    assert near("AWS_ROLE_ARN", ["AWS_ROLE_ARN_PROD", "AWS_OIDC_ROLE_ARN", "AWS_REGION"]) == ()
    assert near("AWS_REGION", ["AWS_DEFAULT_REGION"]) == ()


def test_a_file_built_to_explode_is_looked_up_at_once() -> None:
    """Each value doubles the one before; the cost stays with the number of names."""
    lines = ["export A0=xxxxxxxxxx", *(f'export A{n}="$A{n - 1}$A{n - 1}$A{n - 1}"' for n in range(1, 60))]
    case = case_of(script(*lines, "aws s3 ls"), NOTHING)
    assert look_up(case, step_of(case), "A59").winner is not None


@pytest.mark.parametrize(
    ("lines", "sure"),
    [
        ("export A=b", True),
        ("if test -n x; then\nexport A=b\nfi", False),
        ("if test -n x; then\n  if y; then\n    z\n  fi\n  export A=b\nfi", False),
        ("if test -n x; then\n  y\nfi\nexport A=b", True),
        ("if test -n x; then y; fi\nexport A=b", True),
        ("if test -n x; then export A=b; fi", False),
        ("case $x in\n  y) export A=b ;;\nesac", False),
        ("for x in y; do\n  export A=b\ndone", False),
        ("while x; do y; done\nexport A=b", True),
    ],
)
def test_what_stands_in_a_branch_or_a_loop_is_not_set_for_certain(lines: str, sure: bool) -> None:
    block = "|\n" + "".join(f"            {line}\n" for line in lines.split("\n"))
    case = case_of(script(block.rstrip("\n"), "aws s3 ls"), NOTHING)
    winner = look_up(case, step_of(case), "A").winner
    assert winner is not None
    assert (winner.value, winner.sure) == ("b", sure)


def handed(line: str, more: str = "") -> Setting:
    keys = "        output-variables: [A]\n"
    first = script(line, *([more] if more else []), keys=keys)
    second = script("aws s3 ls").removeprefix("pipelines:\n  default:\n").replace("Deploy", "Next")
    case = case_of(first + second, NOTHING)
    winner = look_up(case, step_of(case), "A").winner
    assert winner is not None
    assert where(winner) == "by an earlier step, on line 7"
    return winner


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('echo "A=b" >> $BITBUCKET_PIPELINES_VARIABLES_PATH', "b"),
        ("echo A=arn:aws:iam::1:role/x >> $BITBUCKET_PIPELINES_VARIABLES_PATH", "arn:aws:iam::1:role/x"),
        ("make && echo A=b >> ${BITBUCKET_PIPELINES_VARIABLES_PATH}", "b"),
        ("echo 'A=b' >> \"$BITBUCKET_PIPELINES_VARIABLES_PATH\"", "b"),
        ("printf 'A=b\\n' >> $BITBUCKET_PIPELINES_VARIABLES_PATH", "b"),
        ("echo A=b | tee -a $BITBUCKET_PIPELINES_VARIABLES_PATH", "b"),
        ("echo A=$B >> $BITBUCKET_PIPELINES_VARIABLES_PATH", None),
        ("echo A=b-$B >> $BITBUCKET_PIPELINES_VARIABLES_PATH", None),
        ("echo A=$(date) >> $BITBUCKET_PIPELINES_VARIABLES_PATH", None),
        ("echo A=b c >> $BITBUCKET_PIPELINES_VARIABLES_PATH", None),
        ("printf 'A=%s' b >> $BITBUCKET_PIPELINES_VARIABLES_PATH", None),
    ],
)
def test_what_an_earlier_step_hands_on_has_a_value_where_the_line_spells_it_out(
    line: str, value: str | None
) -> None:
    winner = handed(line)
    assert (winner.value, winner.sure) == (value, value is not None)


def test_a_name_that_is_handed_on_twice_has_no_value_that_is_known() -> None:
    line = "echo A={} >> $BITBUCKET_PIPELINES_VARIABLES_PATH"
    winner = handed(line.format("b"), line.format("c"))
    assert (winner.value, winner.sure) == (None, False)


def test_what_is_handed_on_in_a_branch_is_not_set_for_certain() -> None:
    winner = handed("if x; then echo A=b >> $BITBUCKET_PIPELINES_VARIABLES_PATH; fi")
    assert (winner.value, winner.sure) == ("b", False)


@pytest.mark.parametrize(
    ("options", "there"),
    [
        ("", False),
        ("options:\n  oidc: true\n", True),
        ("options:\n  oidc:\n    audiences: [https://gw.acme.example]\n", True),
        ('options:\n  oidc: "true"\n', True),
        ("options:\n  oidc: false\n", False),
        ("options:\n  docker: true\n", False),
    ],
)
def test_the_token_may_be_there_where_the_options_may_switch_it_on(options: str, there: bool) -> None:
    case = case_of(options + script("aws s3 ls"), NOTHING)
    off = case_of(options + script("aws s3 ls", keys="        oidc: false\n"), NOTHING)
    assert look_up(case, step_of(case), "BITBUCKET_STEP_OIDC_TOKEN").lacks is not there
    assert look_up(off, step_of(off), "BITBUCKET_STEP_OIDC_TOKEN").lacks


def test_a_variable_that_the_run_is_asked_for_is_told_by_its_line() -> None:
    asked_for = "          - name: A\n            default: b\n          - name: C\n"
    head = f"pipelines:\n  custom:\n    ship:\n      - variables:\n{asked_for}"
    body = "".join(f"  {line}\n" for line in script("aws s3 ls").splitlines()[2:])
    case = case_of(head + body, NOTHING)
    asked, default = (look_up(case, step_of(case), name).winner for name in ("C", "A"))
    assert asked is not None
    assert default is not None
    assert (asked.asked, asked.text, where(asked)) == (True, "- name: C", "in the run's own variables")
    assert (default.asked, default.text, default.sure) == (False, "- name: A", False)
