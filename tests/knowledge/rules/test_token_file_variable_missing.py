"""`token-file-variable-missing`: no credentials were found, and nothing names the token's file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.casefile import Suspect
from knowledge.finding import Verdict
from knowledge.pipelines.late import Late
from knowledge.pipelines.need import Needs
from knowledge.rules.token_file_variable_misnamed import RULE as MISNAMED
from knowledge.rules.token_file_variable_missing import RULE
from tests.knowledge.rules.asking import NO_CREDENTIALS, NO_ROLE, REFUSED, ask, case_of, said, step_of, tried
from tests.knowledge.rules.scripts import EXPLICIT, FILE, NOTHING, REGION, ROLE, USE, WRITE, anchored, one

LACKING = (REGION, ROLE, USE)


def test_nothing_names_the_file() -> None:
    (finding,) = ask(RULE, case_of(one(*LACKING), NOTHING, NO_CREDENTIALS))
    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 9)
    assert finding.headline == (
        "`AWS_WEB_IDENTITY_TOKEN_FILE`, which step `Deploy` needs, is set at no level that this step sees."
    )


def test_the_fix_is_the_whole_login() -> None:
    case = case_of(one(*LACKING), NOTHING, NO_CREDENTIALS)
    fix = ask(RULE, case)[0].fixes[0]
    assert fix.file_after is not None
    assert fix.file_after.splitlines()[8:11] == [
        '          - export AWS_WEB_IDENTITY_TOKEN_FILE="$HOME/.bb-oidc.jwt"',
        f"          - (umask 077 && {WRITE})",
        "          - aws s3 sync build/ s3://acme-site",
    ]
    assert said(RULE, tried(case, fix)) == []


def test_a_token_written_already_is_only_named() -> None:
    lines = (REGION, ROLE, 'echo "$BITBUCKET_STEP_OIDC_TOKEN" > /tmp/token', USE)
    case = case_of(one(*lines), NOTHING, NO_CREDENTIALS)
    fix = ask(RULE, case)[0].fixes[0]
    assert fix.file_after is not None
    assert '          - export AWS_WEB_IDENTITY_TOKEN_FILE="/tmp/token"\n          - aws' in fix.file_after
    assert said(RULE, tried(case, fix)) == []


def test_a_write_through_the_missing_name_gets_the_name_before_it() -> None:
    case = case_of(one(REGION, ROLE, WRITE, USE), NOTHING, NO_CREDENTIALS)
    fix = ask(RULE, case)[0].fixes[0]
    assert fix.file_after is not None
    lines = fix.file_after.splitlines()
    assert lines.index('          - export AWS_WEB_IDENTITY_TOKEN_FILE="$HOME/.bb-oidc.jwt"') < lines.index(
        f"          - {WRITE}"
    )
    assert said(RULE, tried(case, fix)) == []


def test_an_anchored_step() -> None:
    assert said(RULE, case_of(anchored(*LACKING), NOTHING, NO_CREDENTIALS)) == [Verdict.CONFIRMED]


def test_levels_that_were_not_read() -> None:
    assert said(RULE, case_of(one(*LACKING), "{repository: {}}", NO_CREDENTIALS)) == [Verdict.LIKELY]
    assert said(RULE, case_of(one(*LACKING), None, NO_CREDENTIALS)) == [Verdict.POSSIBLE]


def test_a_file_alone_shows_no_more_than_a_possibility() -> None:
    assert said(RULE, case_of(one(*LACKING))) == [Verdict.POSSIBLE]
    assert said(RULE, case_of(one(REGION, USE))) == []


def test_a_token_that_was_sent_rules_it_out() -> None:
    for paste in (REFUSED, NO_ROLE):
        assert said(RULE, case_of(one(*LACKING), NOTHING, paste)) == []


def test_keys_are_no_oidc() -> None:
    levels = (
        "{workspace: {}, deployments: {}, repository: "
        "{AWS_ACCESS_KEY_ID: {secured: true}, AWS_SECRET_ACCESS_KEY: {secured: true}}}"
    )
    assert said(RULE, case_of(one(REGION, USE), levels, NO_CREDENTIALS)) == []


def test_a_token_file_kept_as_a_variable_is_there() -> None:
    levels = "{workspace: {AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/token}, repository: {}, deployments: {}}"
    assert said(RULE, case_of(one(*LACKING), levels, NO_CREDENTIALS)) == []


def test_terraform_may_name_the_file_in_its_own_code() -> None:
    lines = (REGION, ROLE, "terraform apply -auto-approve")
    assert said(RULE, case_of(one(*lines), NOTHING, NO_CREDENTIALS)) == [Verdict.POSSIBLE]


GO = (
    "Error: No valid credential sources found\n\nError: failed to refresh cached credentials, no EC2 IMDS "
    "role found, operation error ec2imds: GetMetadata, request canceled, context deadline exceeded"
)


@pytest.mark.parametrize(
    ("lines", "variables", "verdict"),
    [
        ((REGION, ROLE, "terraform init"), NOTHING, Verdict.CONFIRMED),
        ((REGION, ROLE, "terraform init"), "{workspace: {}}", Verdict.LIKELY),
        ((REGION, ROLE, ". ./env", "terraform init"), NOTHING, Verdict.POSSIBLE),
        ((REGION, ROLE, "./deploy"), NOTHING, Verdict.LIKELY),
        ((REGION, "terraform init"), NOTHING, Verdict.POSSIBLE),
    ],
)
def test_a_go_tool_that_came_to_the_end_of_its_search_lacked_it_where_the_role_is_there(
    lines: tuple[str, ...], variables: str, verdict: Verdict
) -> None:
    assert said(RULE, case_of(one(*lines), variables, GO)) == [verdict]


def test_a_script_for_powershell_gets_no_lines_of_another_shell() -> None:
    lines = ("$env:AWS_ROLE_ARN = 'arn:aws:iam::123456789012:role/acme-deploy'", USE)
    text = one(*lines, keys="oidc: true\nruns-on: [self.hosted, windows]")
    (finding,) = ask(RULE, case_of(text, NOTHING, NO_CREDENTIALS))
    (fix,) = finding.fixes
    assert (finding.verdict, fix.file_after) == (Verdict.POSSIBLE, None)
    assert [edit.name for edit in fix.variables] == ["AWS_WEB_IDENTITY_TOKEN_FILE"]


def test_a_wrong_name_is_another_cause() -> None:
    lines = (REGION, ROLE, "export AWS_WEB_IDENTITY_ROLE_FILE=/tmp/token", USE)
    assert said(RULE, case_of(one(*lines), NOTHING, NO_CREDENTIALS)) == []


def test_a_step_without_any_sign_of_oidc_may_have_been_meant_to_use_keys() -> None:
    assert said(RULE, case_of(one(REGION, USE, keys=""), NOTHING, NO_CREDENTIALS)) == [Verdict.POSSIBLE]


def test_a_role_among_the_variables_is_a_sign_of_oidc() -> None:
    levels = "{workspace: {}, repository: {AWS_ROLE_ARN: x}, deployments: {}}"
    assert said(RULE, case_of(one(REGION, USE, keys=""), levels, NO_CREDENTIALS)) == [Verdict.CONFIRMED]


def test_a_script_that_writes_to_the_name_needs_it_whatever_reads_it_later() -> None:
    lines = (REGION, ROLE, WRITE, "./deploy.sh")
    assert said(RULE, case_of(one(*lines), NOTHING, NO_CREDENTIALS)) == [Verdict.CONFIRMED]
    assert said(RULE, case_of(one(REGION, ROLE, "./deploy.sh"), NOTHING, NO_CREDENTIALS)) == [
        Verdict.POSSIBLE
    ]


def test_a_file_named_beside_an_exchange_whose_keys_are_not_exported() -> None:
    lines = (REGION, ROLE, EXPLICIT, FILE, WRITE, USE)
    assert said(RULE, case_of(one(*lines), NOTHING, NO_CREDENTIALS)) == []
    wrong = (REGION, ROLE, EXPLICIT, "export AWS_WEB_IDENTITY_ROLE_FILE=token", USE)
    assert said(MISNAMED, case_of(one(*wrong), NOTHING, NO_CREDENTIALS)) == [Verdict.CONFIRMED]


def test_a_program_that_runs_before_the_login_is_prepared_does_not_need_it() -> None:
    lines = ("./install-tools.sh", REGION, ROLE, FILE, WRITE, "./deploy.sh")
    assert said(RULE, case_of(one(*lines), NOTHING, NO_CREDENTIALS)) == []
    assert said(RULE, case_of(one(*lines), NOTHING)) == []


def test_a_token_used_for_another_cloud_is_left_alone() -> None:
    case = case_of(one('echo "$BITBUCKET_STEP_OIDC_TOKEN" > token', "./push.sh"), NOTHING, NO_CREDENTIALS)
    gcp = replace(step_of(case), late_needs=Late(lambda: Needs(needs_oidc=True, cloud="gcp")))
    assert list(RULE.check(case, Suspect(gcp, "it was named", certain=True))) == []
