"""Which role a step tries to assume."""

from __future__ import annotations

from knowledge.location import InFile, InPaste, InVariables
from knowledge.redact import redact
from knowledge.roles import RoleChoice, role_choice
from tests.knowledge.rules.asking import case_of, step_of
from tests.knowledge.test_variables import NOTHING, script

ROLE = "arn:aws:iam::123456789012:role/ci/acme-deploy"


def chosen(pipeline: str, variables: str = NOTHING, paste: str = "") -> RoleChoice | None:
    case = case_of(pipeline, variables, paste)
    return role_choice(case, step_of(case))


def test_nothing_names_a_role() -> None:
    assert chosen(script("aws s3 ls")) is None


def test_a_role_set_in_the_script() -> None:
    choice = chosen(script(f"export AWS_ROLE_ARN={ROLE}", "aws s3 ls"))
    assert choice is not None
    assert isinstance(choice.location, InFile)
    assert (choice.arn, choice.variable, choice.location.line) == (ROLE, "AWS_ROLE_ARN", 6)
    assert (choice.account, choice.name) == ("123456789012", "acme-deploy")
    assert choice.reason == "`AWS_ROLE_ARN` is set on line 6"


def test_a_role_of_the_repository_handed_on_under_another_name() -> None:
    choice = chosen(
        script('export AWS_ROLE_ARN="$DEPLOY_ROLE"', "aws s3 ls"), f"{{repository: {{DEPLOY_ROLE: {ROLE}}}}}"
    )
    assert choice is not None
    assert (choice.arn, choice.written, choice.account) == (ROLE, "$DEPLOY_ROLE", "123456789012")


def test_a_secured_role_has_no_known_arn() -> None:
    choice = chosen(script("aws s3 ls"), "{repository: {AWS_ROLE_ARN: {secured: true}}}")
    assert choice is not None
    assert (choice.arn, choice.account, choice.location) == (
        None,
        None,
        InVariables("repository", "AWS_ROLE_ARN"),
    )


def test_a_pipes_role_goes_before_the_variable_of_the_sdk() -> None:
    pipeline = (
        script("export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/other")
        + "          - pipe: atlassian/aws-s3-deploy:2.1.0\n            variables:\n"
        + "              AWS_OIDC_ROLE_ARN: ${PIPE_ROLE}\n"
    )
    choice = chosen(pipeline, f"{{repository: {{PIPE_ROLE: {ROLE}}}}}")
    assert choice is not None
    assert (choice.arn, choice.variable) == (ROLE, "PIPE_ROLE")


def test_an_explicit_exchange_names_its_role() -> None:
    choice = chosen(
        script(
            f'aws sts assume-role-with-web-identity --role-arn "{ROLE}" --role-session-name ci '
            '--web-identity-token "$BITBUCKET_STEP_OIDC_TOKEN"'
        )
    )
    assert choice is not None
    assert (choice.arn, choice.reason) == (ROLE, "line 6 asks for it")


def test_a_role_written_into_a_profile() -> None:
    choice = chosen(script(f"aws configure set role_arn {ROLE} --profile ci", "aws s3 ls --profile ci"))
    assert choice is not None
    assert (choice.arn, choice.reason) == (ROLE, "line 6 writes it into the profile")


def test_the_role_of_the_pasted_text_goes_first() -> None:
    paste = (
        "Error: Cannot assume IAM Role with web identity\n\n"
        "IAM Role (arn:aws:iam::210987654321:role/from-log) cannot be assumed with web identity token.\n"
        "operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403, RequestID: "
        "0f5c3f5e-7f0e-4d43-9c8f-1a2b3c4d5e6f, api error AccessDenied: Not authorized to perform "
        "sts:AssumeRoleWithWebIdentity"
    )
    choice = chosen(script(f"export AWS_ROLE_ARN={ROLE}", "terraform plan"), NOTHING, paste)
    assert choice is not None
    assert (choice.arn, type(choice.location)) == ("arn:aws:iam::210987654321:role/from-log", InPaste)


def test_what_is_no_arn_has_neither_account_nor_name() -> None:
    choice = chosen(script("export AWS_ROLE_ARN=acme-deploy", "aws s3 ls"))
    assert choice is not None
    assert (choice.arn, choice.account, choice.name) == ("acme-deploy", None, None)


def test_redaction_keeps_role_arns() -> None:
    assert ROLE in redact(f"role {ROLE}").text
