"""`aws-role-arn-missing`: when it is certain, when it is not, and when something else explains it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.casefile import Environment
from knowledge.finding import Verdict
from knowledge.reading import Known
from knowledge.rules.aws_role_arn_missing import RULE
from tests.knowledge.rules.asking import (
    NO_CREDENTIALS,
    NO_FILE,
    NO_REGION,
    NO_ROLE,
    REFUSED,
    UNREAD,
    ask,
    case_of,
    said,
    tried,
)
from tests.knowledge.rules.scripts import (
    FILE,
    NOTHING,
    REGION,
    ROLE,
    USE,
    WRITE,
    anchored,
    one,
    pipe,
    pipeline,
    step,
)

LACKING = (REGION, FILE, WRITE, USE)


def test_environments_that_the_step_does_not_see_and_that_were_not_read_are_told() -> None:
    """They can hold the name without changing that this step lacks it."""
    read = case_of(one(*LACKING), NOTHING, NO_ROLE)
    some = tuple(Environment(f"{{{name}}}", name, name.lower()) for name in ("Test", "Production"))
    (finding,) = ask(RULE, replace(read, environments=Known(some, "deployment environments")))

    assert finding.verdict is Verdict.CONFIRMED
    (told,) = [item.sentence for item in finding.evidence if "were not read" in item.sentence]
    assert told.startswith("The variables of 2 environments were not read; `AWS_ROLE_ARN` may be there, for ")
    (whole,) = ask(RULE, read)
    assert not [item for item in whole.evidence if "were not read" in item.sentence]


def test_all_levels_read_and_none_has_it() -> None:
    (finding,) = ask(RULE, case_of(one(*LACKING), NOTHING, NO_ROLE))
    assert finding.verdict is Verdict.CONFIRMED
    assert finding.headline == (
        "`AWS_ROLE_ARN`, which step `Deploy` needs, is set at no level that this step sees."
    )
    assert [(item.sentence, item.excerpt) for item in finding.evidence] == [
        ("Line 10 runs `aws`, which needs `AWS_ROLE_ARN`.", "- aws s3 sync build/ s3://acme-site"),
        ("`AWS_ROLE_ARN` is not among the repository variables.", ""),
        ("`AWS_ROLE_ARN` is not among the workspace variables.", ""),
    ]
    assert finding.fixes[0].steps == (
        "Repository settings > Pipelines > Repository variables: add `AWS_ROLE_ARN` with the role's ARN.",
    )


def test_a_level_that_was_not_read_makes_it_likely_and_the_headline_says_so() -> None:
    case = case_of(one(*LACKING), "{workspace: {}}", NO_ROLE, repository_variables=UNREAD)
    (finding,) = ask(RULE, case)
    assert finding.verdict is Verdict.LIKELY
    assert "was not found in the levels that could be read" in finding.headline


def test_the_text_says_it_itself_so_no_level_needs_to_be_read_for_likely() -> None:
    assert said(RULE, case_of(one(*LACKING), None, NO_ROLE)) == [Verdict.LIKELY]


def test_no_credentials_and_no_level_read_is_only_possible() -> None:
    assert said(RULE, case_of(one(*LACKING), None, NO_CREDENTIALS)) == [Verdict.POSSIBLE]


def test_a_file_alone_proves_nothing_because_settings_may_have_the_variable() -> None:
    assert said(RULE, case_of(one(*LACKING))) == []


def test_without_a_paste_all_levels_read_prove_it() -> None:
    assert said(RULE, case_of(one(*LACKING), NOTHING)) == [Verdict.CONFIRMED]


def test_a_token_that_reached_aws_rules_it_out_as_a_cause() -> None:
    for paste in (REFUSED, NO_FILE, NO_REGION):
        assert said(RULE, case_of(one(*LACKING), NOTHING, paste)) == [], paste


def test_without_a_token_file_the_text_shows_that_lack_first() -> None:
    assert said(RULE, case_of(one(REGION, USE), NOTHING, NO_CREDENTIALS)) == [Verdict.LIKELY]


def test_a_step_kept_in_an_anchor() -> None:
    (finding,) = ask(RULE, case_of(anchored(*LACKING), NOTHING, NO_ROLE))
    assert finding.step is not None
    assert (finding.verdict, finding.step.pipeline, finding.line) == (Verdict.CONFIRMED, "branches/main", 10)


def test_a_variable_that_expands_to_nothing() -> None:
    lines = (REGION, 'export AWS_ROLE_ARN="$DEPLOY_ROLE_ARN"', FILE, WRITE, USE)
    (finding,) = ask(RULE, case_of(one(*lines), NOTHING, NO_ROLE))
    assert finding.verdict is Verdict.CONFIRMED
    assert finding.headline.startswith("`DEPLOY_ROLE_ARN`, which step `Deploy` needs")
    assert finding.evidence[0].sentence == "Line 8 sets `AWS_ROLE_ARN` to `DEPLOY_ROLE_ARN`."
    assert finding.line == 8


def test_a_default_keeps_it_from_being_empty() -> None:
    line = 'export AWS_ROLE_ARN="${DEPLOY_ROLE_ARN:-arn:aws:iam::123456789012:role/acme-deploy}"'
    assert said(RULE, case_of(one(REGION, line, FILE, WRITE, USE), NOTHING, NO_ROLE)) == []


def test_a_role_that_a_script_prints_is_not_judged() -> None:
    line = 'export AWS_ROLE_ARN="$(./role-of.sh production)"'
    assert said(RULE, case_of(one(REGION, line, FILE, WRITE, USE), NOTHING, NO_ROLE)) == []


def test_a_secured_variable_is_there() -> None:
    levels = "{workspace: {}, repository: {AWS_ROLE_ARN: {secured: true}}, deployments: {}}"
    case = case_of(one(*LACKING), levels, NO_ROLE)
    assert said(RULE, case) == []
    assert [finding.headline for finding in ask(RULE, case)] == [
        "`AWS_ROLE_ARN` is set for step `Deploy` in the repository variables."
    ]


def test_a_sourced_file_may_set_it() -> None:
    lines = (". ./ci.env", *LACKING)
    assert said(RULE, case_of(one(*lines), NOTHING, NO_CREDENTIALS)) == [Verdict.POSSIBLE]
    assert said(RULE, case_of(one(*lines), NOTHING)) == []


def test_an_export_below_the_command_is_shown_as_too_late() -> None:
    (finding,) = ask(RULE, case_of(one(*LACKING, ROLE), NOTHING, NO_ROLE))
    assert finding.evidence[1].sentence == "It is set, but line 11 sets it after line 10 needs it."


def test_a_name_typed_almost_right_is_shown() -> None:
    levels = "{workspace: {}, repository: {AWS_ROLE_ANR: x}, deployments: {}}"
    (finding,) = ask(RULE, case_of(one(*LACKING), levels, NO_ROLE))
    assert finding.evidence[1].sentence == (
        "`AWS_ROLE_ANR` is set in the repository variables, and is another name."
    )


def test_a_role_under_another_name_is_handed_on() -> None:
    levels = (
        "{workspace: {}, repository: {ACME_ROLE: 'arn:aws:iam::123456789012:role/acme'}, deployments: {}}"
    )
    case = case_of(one(*LACKING), levels, NO_ROLE)
    fix = ask(RULE, case)[0].fixes[0]
    assert fix.file_after is not None
    assert '          - export AWS_ROLE_ARN="$ACME_ROLE"\n          - aws s3 sync' in fix.file_after
    assert said(RULE, tried(case, fix)) == []


def test_more_special_causes_speak_instead() -> None:
    deployment = "{workspace: {}, repository: {}, deployments: {Production: {AWS_ROLE_ARN: x}}}"
    assert said(RULE, case_of(one(*LACKING), deployment, NO_ROLE)) == []
    earlier = pipeline(step([ROLE], "", "Prepare"), step(LACKING))
    assert said(RULE, case_of(earlier, NOTHING, NO_ROLE)) == []
    slip = one(REGION, "EXPORT AWS_ROLE_ARN=x", FILE, WRITE, USE)
    assert said(RULE, case_of(slip, NOTHING, NO_ROLE)) == []


def test_a_pipe_without_a_role_while_the_step_has_a_token() -> None:
    file = one(REGION) + pipe("atlassian/aws-s3-deploy:2.1.0", S3_BUCKET="acme-site")
    paste = "AWS_ACCESS_KEY_ID variable missing."
    assert said(RULE, case_of(file, NOTHING, paste)) == [Verdict.CONFIRMED]


def test_a_pipe_that_is_given_keys_or_takes_its_role_from_the_settings() -> None:
    keys = pipe("atlassian/aws-s3-deploy:2.1.0", AWS_ACCESS_KEY_ID="$KEY", AWS_SECRET_ACCESS_KEY="$SECRET")
    bare = pipe("atlassian/aws-s3-deploy:2.1.0", S3_BUCKET="acme-site")
    stored = "{workspace: {}, repository: {AWS_OIDC_ROLE_ARN: x}, deployments: {}}"
    assert said(RULE, case_of(one(REGION) + keys, NOTHING, NO_CREDENTIALS)) == []
    assert said(RULE, case_of(one(REGION) + bare, stored, NO_CREDENTIALS)) == []


def test_a_pipe_whose_role_variable_is_not_set() -> None:
    file = one(REGION) + pipe("atlassian/aws-s3-deploy:2.1.0", AWS_OIDC_ROLE_ARN="$PIPE_ROLE")
    (finding,) = ask(RULE, case_of(file, NOTHING, NO_CREDENTIALS))
    assert (
        finding.headline == "`PIPE_ROLE`, which step `Deploy` needs, is set at no level that this step sees."
    )


def test_a_pipe_without_any_sign_of_oidc_lacks_its_keys() -> None:
    file = one(REGION, keys="") + pipe("atlassian/aws-s3-deploy:2.1.0", S3_BUCKET="acme-site")
    assert said(RULE, case_of(file, NOTHING, "AWS_ACCESS_KEY_ID variable missing.")) == []


def test_a_variable_that_is_a_part_of_the_arn_is_not_told_to_hold_all_of_it() -> None:
    lines = (REGION, "export AWS_ROLE_ARN=arn:aws:iam::${ACCOUNT}:role/acme-deploy", FILE, WRITE, USE)
    (finding,) = ask(RULE, case_of(one(*lines), NOTHING, NO_ROLE))
    assert finding.evidence[0].sentence == "Line 8 makes `AWS_ROLE_ARN` of `ACCOUNT`."
    assert "has a hole in it" in finding.meaning
    (fix,) = finding.fixes
    assert fix.variables == ()
    assert fix.steps[0].endswith("add `ACCOUNT` with the part of the role's ARN that it stands for.")


def test_an_empty_or_dropped_variable_is_not_said_to_be_absent_from_its_level() -> None:
    levels = "{workspace: {AWS_ROLE_ARN: x}, repository: {AWS_ROLE_ARN: ''}, deployments: {}}"
    (empty,) = ask(RULE, case_of(one(*LACKING), levels, NO_ROLE))
    dropped = case_of(one(REGION, "unset AWS_ROLE_ARN", FILE, WRITE, USE), levels, NO_ROLE)
    for finding in (empty, *ask(RULE, dropped)):
        sentences = [item.sentence for item in finding.evidence]
        assert "`AWS_ROLE_ARN` is among the repository variables, and is empty." in sentences
        assert "`AWS_ROLE_ARN` is among the workspace variables." in sentences


BRANCH = """          - |
            if [ "$BITBUCKET_BRANCH" = main ]; then
              export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/acme-deploy
            fi
"""


def test_what_may_have_no_value_is_not_said_to_be_there() -> None:
    text = pipeline(step([]) + BRANCH + f"          - {USE}\n")

    assert ask(RULE, case_of(text, NOTHING, NO_ROLE)) == []


def asking(name: str, lines: tuple[str, ...], default: str = "") -> str:
    head = f"      - variables:\n          - name: {name}\n"
    body = "".join(f"  {line}\n" for line in step(lines).splitlines())
    return f"pipelines:\n  custom:\n    ship:\n{head}{default}{body}"


THROUGH = (REGION, 'export AWS_ROLE_ARN="$DEPLOY_ROLE"', FILE, WRITE, USE)


@pytest.mark.parametrize(("name", "lines"), [("AWS_ROLE_ARN", LACKING), ("DEPLOY_ROLE", THROUGH)])
@pytest.mark.parametrize("default", ["", "            default: ''\n"])
def test_a_role_that_the_run_is_asked_for_may_have_been_left_out(
    name: str, lines: tuple[str, ...], default: str
) -> None:
    (finding,) = ask(RULE, case_of(asking(name, lines, default), NOTHING, NO_ROLE))

    assert finding.verdict is Verdict.POSSIBLE
    assert finding.headline.startswith(f"`{name}` is asked for when the pipeline is started")
    assert (finding.line, finding.evidence[0].excerpt) == (5, f"- name: {name}")


def test_a_role_that_the_run_is_asked_for_is_not_told_to_be_missing_without_a_text_about_it() -> None:
    for paste in ("", REFUSED, NO_REGION):
        assert ask(RULE, case_of(asking("AWS_ROLE_ARN", LACKING), NOTHING, paste)) == []


def test_a_declared_default_leaves_nothing_to_say() -> None:
    default = "            default: arn:aws:iam::123456789012:role/acme-deploy\n"

    assert ask(RULE, case_of(asking("AWS_ROLE_ARN", LACKING, default), NOTHING, NO_ROLE)) == []
