"""`pipe-variable-misnamed`: the SDKs' name where the pipe wants its own."""

from __future__ import annotations

import pytest

from knowledge.finding import Verdict
from knowledge.rules.pipe_variable_misnamed import RULE
from tests.knowledge.rules.asking import NO_REGION, REFUSED, ask, case_of, said, tried
from tests.knowledge.rules.scripts import NOTHING, one, pipe

S3 = "atlassian/aws-s3-deploy:2.1.0"
KEYS_WANTED = "AWS_ACCESS_KEY_ID variable missing."


@pytest.mark.parametrize("paste", ["", KEYS_WANTED])
def test_the_sdks_name(paste: str) -> None:
    file = one("echo build") + pipe(S3, AWS_ROLE_ARN="$AWS_ROLE_ARN", S3_BUCKET="acme-site")
    case = case_of(file, None, paste)
    (finding,) = ask(RULE, case)
    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 10)
    fix = finding.fixes[0]
    assert fix.file_after == file.replace("AWS_ROLE_ARN: $AWS_ROLE_ARN", "AWS_OIDC_ROLE_ARN: $AWS_ROLE_ARN")
    assert said(RULE, tried(case, fix)) == []


@pytest.mark.parametrize("name", ["AWS_OIDC_ROLE", "OIDC_ROLE_ARN", "AWS_OIDC_ROLE_ARM", "AWS_ODIC_ROLE_ARN"])
def test_other_slips(name: str) -> None:
    file = one("echo build") + pipe(S3, **{name: "arn:aws:iam::123456789012:role/acme-deploy"})
    assert said(RULE, case_of(file, None, KEYS_WANTED)) == [Verdict.CONFIRMED]


def test_an_anchored_pipe() -> None:
    file = (
        "definitions:\n  scripts:\n    - &ship\n      pipe: atlassian/aws-s3-deploy:2.1.0\n      variables:\n"
        "        AWS_ROLE_ARN: $AWS_ROLE_ARN\n"
        "pipelines:\n  default:\n    - step:\n        name: Deploy\n        oidc: true\n"
        "        script:\n          - *ship\n"
    )
    (finding,) = ask(RULE, case_of(file, None, KEYS_WANTED))
    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 6)


def test_the_right_name_beside_it() -> None:
    file = one("echo build") + pipe(S3, AWS_ROLE_ARN="$A", AWS_OIDC_ROLE_ARN="$A")
    assert said(RULE, case_of(file, None, KEYS_WANTED)) == []


def test_the_right_name_among_the_variables_is_not_judged() -> None:
    file = one("echo build") + pipe(S3, AWS_ROLE_ARN="$AWS_ROLE_ARN")
    levels = "{workspace: {}, repository: {AWS_OIDC_ROLE_ARN: x}, deployments: {}}"
    assert said(RULE, case_of(file, levels, KEYS_WANTED)) == []


def test_a_pipe_that_is_given_keys() -> None:
    file = one("echo build") + pipe(
        S3, AWS_ROLE_ARN="$A", AWS_ACCESS_KEY_ID="$KEY", AWS_SECRET_ACCESS_KEY="$S"
    )
    assert said(RULE, case_of(file, None, KEYS_WANTED)) == []


def test_a_pipe_of_another_kind() -> None:
    file = one("echo build") + pipe("acme/deploy-site:1.0.0", AWS_ROLE_ARN="$AWS_ROLE_ARN")
    assert said(RULE, case_of(file, None, KEYS_WANTED)) == []


def test_a_pipe_of_somebody_else_with_such_a_name_is_only_possible() -> None:
    file = one("echo build") + pipe("acme/aws-deploy:1.0.0", AWS_ROLE_ARN="$AWS_ROLE_ARN")
    assert said(RULE, case_of(file, None, KEYS_WANTED)) == [Verdict.POSSIBLE]


def test_texts_that_show_something_else_make_it_likely() -> None:
    file = one("echo build") + pipe(S3, AWS_ROLE_ARN="$AWS_ROLE_ARN")
    for paste in (REFUSED, NO_REGION):
        assert said(RULE, case_of(file, NOTHING, paste)) == [Verdict.LIKELY]
