"""`role-arn-malformed`: what is wrong with the value, and where it comes from."""

from __future__ import annotations

import pytest

from knowledge.finding import Verdict
from knowledge.role_arns import fault_of, repaired
from knowledge.rules.role_arn_malformed import RULE
from tests.knowledge.handed_over import diagnosis_of
from tests.knowledge.rules.asking import NO_CREDENTIALS, REFUSED, UNREAD, ask, case_of, said
from tests.knowledge.rules.scripts import FILE, NOTHING, REGION, USE, WRITE, one

INVALID = (
    "An error occurred (ValidationError) when calling the AssumeRoleWithWebIdentity operation: "
    "Request ARN is invalid"
)
LACKING = (REGION, FILE, WRITE, USE)


def with_role(value: str) -> str:
    return one(f"export AWS_ROLE_ARN={value}", *LACKING)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("arn:aws:iam::123456789012:role/deploy", None),
        ("arn:aws-us-gov:iam::123456789012:role/ci/deploy", None),
        ("arn:aws:iam::123456789012:policy/deploy", "a policy"),
        ("arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org", "an OIDC provider"),
        ("arn:aws:iam::123456789012:instance-profile/x", "an instance profile"),
        ("arn:aws:iam::123456789012:user/ci", "a user"),
        ("arn:aws:sts::123456789012:assumed-role/deploy/s", "a session"),
        ("arn:aws:iam:123456789012:role/deploy", "two colons"),
        ("arn:aws:iam::123456789012:role:deploy", "a slash"),
        ("arn:aws:iam::123456789012:role//deploy", "a slash too many"),
        ("arn:aws:iam::1234:role/deploy", "12 digits"),
        ("arn:aws:iam:::role/deploy", "no account number"),
        ("arn:aws:iam::${AWS_ACCOUNT_ID}:role/deploy", "placeholder"),
        ("arn:aws:iam::<ACCOUNT>:role/deploy", "placeholder"),
        ("acme-deploy", "does not begin with `arn:`"),
        (" arn:aws:iam::123456789012:role/deploy\n", "blank or a line break"),
        ('"arn:aws:iam::123456789012:role/deploy"', "quotes"),
        ("arn:aws:iam::123456789012:group/deploy", "does not have the form"),
    ],
)
def test_each_fault_of_an_arn_is_told_by_name(value: str, fault: str | None) -> None:
    found = fault_of(value)

    assert (found is None) if fault is None else (found is not None and fault in found)


def test_only_blanks_and_quotes_can_be_mended_without_asking() -> None:
    assert repaired("'arn:aws:iam::123456789012:role/deploy' ") == "arn:aws:iam::123456789012:role/deploy"
    assert repaired("deploy") is None


def test_a_value_of_the_file_is_quoted_at_its_line() -> None:
    (finding,) = ask(RULE, case_of(with_role("arn:aws:iam::123456789012:policy/x"), NOTHING, INVALID))

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.evidence[0].excerpt == "- export AWS_ROLE_ARN=arn:aws:iam::123456789012:policy/x"
    assert finding.evidence[0].sentence == (
        "This is taken for the role, because `AWS_ROLE_ARN` is set on line 7."
    )
    assert finding.line == 7


def test_what_the_shell_makes_of_the_line_is_said_beside_it() -> None:
    levels = "{workspace: {}, repository: {ACCOUNT: '1234'}, deployments: {}}"
    case = case_of(with_role('"arn:aws:iam::$ACCOUNT:role/x"'), levels, INVALID)
    (finding,) = ask(RULE, case)

    assert finding.evidence[0].excerpt == '- export AWS_ROLE_ARN="arn:aws:iam::$ACCOUNT:role/x"'
    assert finding.evidence[0].sentence.endswith("; the shell makes `arn:aws:iam::1234:role/x` of it.")


def test_a_value_that_is_no_arn_is_not_said_beside_its_line() -> None:
    levels = "{workspace: {}, repository: {DEPLOY: s3cr3t}, deployments: {}}"
    (finding,) = ask(RULE, case_of(with_role('"$DEPLOY"'), levels, INVALID))

    assert finding.evidence[0].excerpt == '- export AWS_ROLE_ARN="$DEPLOY"'
    assert "s3cr3t" not in repr(finding)


def test_a_hole_that_a_missing_variable_leaves_is_not_told_again() -> None:
    blocks = {
        "pipeline": with_role('"arn:aws:iam::${ACCOUNT}:role/x"'),
        "variables": NOTHING,
        "paste": INVALID,
    }

    assert [finding.cause for finding in diagnosis_of(blocks).findings] == ["aws-role-arn-missing"]


def test_a_value_of_the_repository_variables_is_found_and_mended() -> None:
    quoted = (
        "{workspace: {}, deployments: {}, repository: {AWS_ROLE_ARN: \"'arn:aws:iam::123456789012:role/x'\"}}"
    )
    (finding,) = ask(RULE, case_of(one(*LACKING), quoted, INVALID))

    assert "quotes" in finding.meaning
    assert finding.fixes[0].variables[0].value == "arn:aws:iam::123456789012:role/x"


def test_a_secured_value_is_neither_shown_nor_judged_and_the_text_makes_it_likely() -> None:
    secured = "{workspace: {}, deployments: {}, repository: {AWS_ROLE_ARN: {secured: true}}}"

    assert said(RULE, case_of(one(*LACKING), secured, INVALID)) == [Verdict.LIKELY]
    assert said(RULE, case_of(one(*LACKING), secured)) == []


def test_levels_that_were_not_read_leave_the_text_alone_likely() -> None:
    case = case_of(one(*LACKING), "{workspace: {}}", INVALID, repository_variables=UNREAD)

    assert said(RULE, case) == [Verdict.LIKELY]


def test_another_failure_makes_it_likely_and_a_refusal_by_the_role_silent() -> None:
    wrong = with_role("acme-deploy")

    assert said(RULE, case_of(wrong, NOTHING, NO_CREDENTIALS)) == [Verdict.LIKELY]
    assert said(RULE, case_of(wrong, NOTHING, REFUSED)) == []


def test_the_text_quotes_the_value() -> None:
    paste = (
        "An error occurred (ValidationError) when calling the AssumeRoleWithWebIdentity operation: "
        "1 validation error detected: Value 'deploy' at 'roleArn' failed to satisfy constraint: "
        "Member must have length greater than or equal to 20"
    )
    (finding,) = RULE.check(case_of(one(*LACKING), None, paste), None)

    assert finding.verdict is Verdict.CONFIRMED
    assert "`deploy`" in finding.headline


def test_an_arn_that_is_right_is_no_fault() -> None:
    assert said(RULE, case_of(with_role("arn:aws:iam::123456789012:role/ci/x"), NOTHING)) == []


def test_a_value_that_is_no_arn_stays_unsaid() -> None:
    """It may be anything, also a secret that was put into the wrong field."""
    secret = "s3cr3t-of-somebody"
    levels = f"{{workspace: {{}}, repository: {{AWS_ROLE_ARN: {secret}}}, deployments: {{}}}}"
    found = ask(RULE, case_of(one(*LACKING), levels, INVALID))

    assert [finding.verdict for finding in found] == [Verdict.CONFIRMED]
    assert secret not in repr(found)


@pytest.mark.parametrize(
    "value",
    [
        "arn:aws:iam::<account>:role/deploy",
        "arn:aws:iam::YOUR_ACCOUNT_ID:role/deploy",
        "arn:aws:iam::123456789:role/deploy",
        "arn:aws:iam::xxxxxxxxxxxx:role/deploy",
        "pipeline-role",
    ],
)
def test_an_example_that_nobody_says_has_failed_is_left_alone(value: str) -> None:
    """Published files are full of them; beside a failure they are the reason."""

    assert said(RULE, case_of(with_role(f"'{value}'"), NOTHING)) == []
    assert said(RULE, case_of(with_role(f"'{value}'"), NOTHING, INVALID)) == [Verdict.CONFIRMED]
