"""Variables that exist where the step cannot see them: other environments, no environment, other steps."""

from __future__ import annotations

import pytest

from knowledge.finding import Verdict
from knowledge.rules import (
    aws_role_arn_missing,
    deployment_unknown,
    variable_in_other_environment,
    variable_not_carried_over,
    variable_outside_deployment,
)
from knowledge.rules.rule import Rule
from knowledge.variable_findings import EXAMPLE_PATH, EXAMPLE_ROLE
from tests.knowledge.rules.asking import (
    NO_CREDENTIALS,
    NO_REGION,
    NO_ROLE,
    REFUSED,
    ask,
    case_of,
    said,
    tried,
)
from tests.knowledge.rules.scripts import (
    EXPLICIT,
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

OUTSIDE = variable_outside_deployment.RULE
OTHER = variable_in_other_environment.RULE
UNKNOWN = deployment_unknown.RULE
CARRIED = variable_not_carried_over.RULE
ALL = (OUTSIDE, OTHER, UNKNOWN, CARRIED)

LACKING = (REGION, FILE, WRITE, USE)
ONE_HOME = "{workspace: {}, repository: {}, deployments: {Production: {AWS_ROLE_ARN: x}, Test: {}}}"
EARLIER = pipeline(step([ROLE], "", "Prepare"), step(LACKING))


def only(rule: Rule, pipeline_text: str, levels: str | None, paste: str) -> list[Verdict]:
    """The rule's verdicts; the three others must be silent."""
    case = case_of(pipeline_text, levels, paste)
    for other in ALL:
        if other is not rule:
            assert said(other, case) == [], other.cause
    return said(rule, case)


def test_a_step_that_deploys_to_nothing() -> None:
    case = case_of(one(*LACKING), ONE_HOME, NO_ROLE)
    (finding,) = ask(OUTSIDE, case)
    assert finding.verdict is Verdict.CONFIRMED
    assert finding.headline == (
        "Step `Deploy` does not see `AWS_ROLE_ARN`: "
        "it belongs to `Production`, and the step deploys to nothing."
    )
    assert finding.fixes[0].file_after is not None
    assert "        deployment: production\n" in finding.fixes[0].file_after
    assert only(OUTSIDE, one(*LACKING), ONE_HOME, NO_ROLE) == [Verdict.CONFIRMED]


def test_a_step_that_deploys_to_another_environment() -> None:
    file = one(*LACKING, keys="oidc: true\ndeployment: test")
    case = case_of(file, ONE_HOME, NO_ROLE)
    (finding,) = ask(OTHER, case)
    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 6)
    assert finding.headline == "Step `Deploy` deploys to `Test`; `AWS_ROLE_ARN` is set for `Production`."
    assert finding.fixes[0].variables[0].environment == "Test"
    assert only(OTHER, file, ONE_HOME, NO_ROLE) == [Verdict.CONFIRMED]


def test_a_step_that_deploys_to_an_environment_that_is_not_there_is_never_certain() -> None:
    file = one(*LACKING, keys="oidc: true\ndeployment: prodution")
    case = case_of(file, ONE_HOME, NO_ROLE)
    (finding,) = ask(UNKNOWN, case)
    assert (finding.verdict, finding.line) == (Verdict.LIKELY, 6)
    assert finding.primary is not None
    assert finding.primary.comparison is not None
    assert finding.primary.comparison.expected == "Production"
    assert only(UNKNOWN, file, ONE_HOME, NO_ROLE) == [Verdict.LIKELY]


def test_a_variable_of_an_earlier_step() -> None:
    (finding,) = ask(CARRIED, case_of(EARLIER, NOTHING, NO_ROLE))
    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 6)
    assert finding.headline == "Step `Deploy` needs `AWS_ROLE_ARN`, which only step `Prepare` sets."
    assert only(CARRIED, EARLIER, NOTHING, NO_ROLE) == [Verdict.CONFIRMED]


def test_a_token_file_of_an_earlier_step_is_written_again() -> None:
    file = pipeline(step([FILE, WRITE], "oidc: true", "Login"), step([REGION, ROLE, USE]))
    case = case_of(file, NOTHING, NO_CREDENTIALS)
    fix = ask(CARRIED, case)[0].fixes[0]
    assert fix.file_after is not None
    assert fix.file_after.count("BITBUCKET_STEP_OIDC_TOKEN") == 2
    assert said(CARRIED, tried(case, fix)) == []


def test_steps_kept_in_anchors() -> None:
    assert only(OUTSIDE, anchored(*LACKING), ONE_HOME, NO_ROLE) == [Verdict.CONFIRMED]


def test_the_same_name_at_another_level_ends_the_matter() -> None:
    levels = ONE_HOME.replace("repository: {}", "repository: {AWS_ROLE_ARN: {secured: true}}")
    for keys in ("oidc: true", "oidc: true\ndeployment: test", "oidc: true\ndeployment: prodution"):
        for rule in ALL:
            assert said(rule, case_of(one(*LACKING, keys=keys), levels, NO_ROLE)) == []


def test_the_steps_own_environment_gives_it() -> None:
    for keys in ("deployment: Production", "environment: production", "deployment: PRODUCTION"):
        for rule in ALL:
            assert said(rule, case_of(one(*LACKING, keys=f"oidc: true\n{keys}"), ONE_HOME, NO_ROLE)) == []


def test_an_earlier_step_that_hands_it_on() -> None:
    handing = step(
        [ROLE, 'echo "AWS_ROLE_ARN=$AWS_ROLE_ARN" >> $BITBUCKET_PIPELINES_VARIABLES_PATH'],
        "output-variables: [AWS_ROLE_ARN]",
        "Prepare",
    )
    assert said(CARRIED, case_of(pipeline(handing, step(LACKING)), NOTHING, NO_ROLE)) == []


def test_a_later_step_is_no_earlier_one() -> None:
    file = pipeline(step(LACKING), step([ROLE], "", "Afterwards"))
    assert said(CARRIED, case_of(file, NOTHING, NO_ROLE), "Deploy") == []


@pytest.mark.parametrize("paste", [NO_ROLE, NO_CREDENTIALS])
def test_a_level_that_was_not_read_makes_it_likely(paste: str) -> None:
    levels = "{repository: {}, deployments: {Production: {AWS_ROLE_ARN: x}, Test: {}}}"
    assert said(OUTSIDE, case_of(one(*LACKING), levels, paste)) == [Verdict.LIKELY]
    test = one(*LACKING, keys="oidc: true\ndeployment: test")
    assert said(OTHER, case_of(test, levels, paste)) == [Verdict.LIKELY]
    assert said(CARRIED, case_of(EARLIER, "{repository: {}}", paste)) == [Verdict.LIKELY]


def test_environments_that_were_not_read_say_nothing() -> None:
    for rule in (OUTSIDE, OTHER, UNKNOWN):
        assert said(rule, case_of(one(*LACKING), "{workspace: {}, repository: {}}", NO_ROLE)) == []


def test_a_file_alone_says_nothing() -> None:
    assert said(CARRIED, case_of(EARLIER)) == []


def test_a_token_that_reached_aws_says_nothing() -> None:
    for rule in ALL:
        assert said(rule, case_of(EARLIER, ONE_HOME, REFUSED)) == []


def test_a_name_that_the_role_is_made_of() -> None:
    lines = (REGION, 'export AWS_ROLE_ARN="$DEPLOY_ROLE"', FILE, WRITE, USE)
    levels = "{workspace: {}, repository: {}, deployments: {Production: {DEPLOY_ROLE: x}}}"
    (finding,) = ask(OUTSIDE, case_of(one(*lines), levels, NO_ROLE))
    assert finding.headline.startswith("Step `Deploy` does not see `DEPLOY_ROLE`")
    assert finding.evidence[1].sentence == "Line 8 sets `AWS_ROLE_ARN` to `DEPLOY_ROLE`."


def test_a_hole_in_the_middle_of_an_arn() -> None:
    lines = (REGION, "export AWS_ROLE_ARN=arn:aws:iam::$ACCOUNT:role/acme-deploy", FILE, WRITE, USE)
    levels = "{workspace: {}, repository: {}, deployments: {Production: {ACCOUNT: '123456789012'}}}"
    paste = (
        "An error occurred (ValidationError) when calling the AssumeRoleWithWebIdentity operation: "
        "Request ARN is invalid"
    )
    assert said(OUTSIDE, case_of(one(*lines), levels, paste)) == [Verdict.CONFIRMED]


def test_the_role_of_an_explicit_exchange() -> None:
    line = EXPLICIT.replace("arn:aws:iam::123456789012:role/acme-deploy", '"$DEPLOY_ROLE"')
    levels = "{workspace: {}, repository: {}, deployments: {Production: {DEPLOY_ROLE: x}}}"
    paste = (
        "Parameter validation failed:\nInvalid length for parameter RoleArn, value: 0, valid min length: 20"
    )
    assert said(OUTSIDE, case_of(one(REGION, line), levels, paste)) == [Verdict.CONFIRMED]


def test_the_role_of_a_pipe() -> None:
    file = one("echo build") + pipe("atlassian/aws-s3-deploy:2.1.0", AWS_OIDC_ROLE_ARN="$DEPLOY_ROLE")
    levels = "{workspace: {}, repository: {}, deployments: {Production: {DEPLOY_ROLE: x}}}"
    paste = "AWS_ACCESS_KEY_ID variable missing."
    assert said(OUTSIDE, case_of(file, levels, paste)) == [Verdict.CONFIRMED]


def test_a_region_of_an_environment() -> None:
    lines = (ROLE, FILE, WRITE, "aws ecs list-clusters")
    levels = "{workspace: {}, repository: {}, deployments: {Production: {AWS_REGION: x}}}"
    assert said(OUTSIDE, case_of(one(*lines), levels, NO_REGION)) == [Verdict.CONFIRMED]
    assert said(OUTSIDE, case_of(one(*lines), levels, NO_ROLE)) == []


def test_an_earlier_step_that_writes_it_for_later_ones_and_does_not_declare_it() -> None:
    write = "echo AWS_ROLE_ARN=x >> $BITBUCKET_PIPELINES_VARIABLES_PATH"
    case = case_of(pipeline(step([write], "", "Prepare"), step(LACKING)), NOTHING, NO_ROLE)
    (finding,) = ask(CARRIED, case)
    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 6)
    assert (
        finding.headline == "Step `Prepare` writes `AWS_ROLE_ARN` for later steps, and does not declare it."
    )
    assert said(CARRIED, tried(case, finding.fixes[0])) == []
    assert said(aws_role_arn_missing.RULE, case) == []


def test_a_step_that_comes_later_explains_no_lack() -> None:
    lacking = step([REGION, FILE, WRITE, USE], name="First")
    case = case_of(pipeline(lacking, step([ROLE, REGION, FILE, WRITE, USE])), NOTHING, NO_ROLE)
    assert said(CARRIED, case, "First") == []
    assert said(aws_role_arn_missing.RULE, case, "First") == [Verdict.CONFIRMED]


def test_a_bare_export_of_another_step_sets_nothing_anywhere() -> None:
    case = case_of(
        pipeline(step(["export AWS_ROLE_ARN"], "", "Prepare"), step(LACKING)),
        NOTHING,
        NO_ROLE,
    )
    assert said(CARRIED, case) == []


def test_a_file_of_variables_out_of_an_artifact_may_carry_it() -> None:
    lines = [ROLE, 'echo "export AWS_ROLE_ARN=$AWS_ROLE_ARN" > set_env.sh']
    sourcing = step(["source set_env.sh", *LACKING])
    carried = step(lines, "artifacts: [set_env.sh]", "Prepare")
    assert said(CARRIED, case_of(pipeline(carried, sourcing), NOTHING, NO_ROLE)) == [Verdict.POSSIBLE]
    lost = step(lines, "", "Prepare")
    assert said(CARRIED, case_of(pipeline(lost, sourcing), NOTHING, NO_ROLE)) == [Verdict.LIKELY]


@pytest.mark.parametrize(
    ("name", "lines", "paste", "what", "value"),
    [
        (
            "AWS_REGION",
            (ROLE, FILE, WRITE, "aws ecs list-clusters"),
            NO_REGION,
            "your region",
            "eu-central-1",
        ),
        ("AWS_ROLE_ARN", LACKING, NO_ROLE, "the role's ARN", EXAMPLE_ROLE),
        (
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            (REGION, ROLE, USE),
            NO_CREDENTIALS,
            "the path of the token's file",
            EXAMPLE_PATH,
        ),
    ],
)
def test_what_belongs_into_the_variable_is_said(
    name: str, lines: tuple[str, ...], paste: str, what: str, value: str
) -> None:
    levels = f"{{workspace: {{}}, repository: {{}}, deployments: {{Production: {{{name}: x}}}}}}"
    (finding,) = ask(OUTSIDE, case_of(one(*lines), levels, paste))
    fix = finding.fixes[-1]
    assert fix.steps[0].endswith(f"add `{name}` with {what}.")
    assert [(edit.name, edit.value) for edit in fix.variables] == [(name, value)]
