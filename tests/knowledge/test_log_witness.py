"""What a log proves beside its error, from the lines that it prints."""

from __future__ import annotations

import pytest

from knowledge.finding import Diagnosis, Evidence, Finding, Verdict
from knowledge.location import InPaste
from knowledge.log_witness import LogPlace, Witness, with_witnesses, witnesses

USER = """+ aws sts get-caller-identity
{
    "UserId": "AIDAEXAMPLE",
    "Account": "123456789012",
    "Arn": "arn:aws:iam::123456789012:user/teams/ci"
}
"""
ROLE = (
    "+ aws sts get-caller-identity --output text\n"
    "123456789012\tarn:aws:sts::123456789012:assumed-role/deploy/botocore-session-1\tAROA:x\n"
)
REFUSED = """+ aws sts get-caller-identity
An error occurred (AccessDenied): User: arn:aws:iam::123456789012:user/ci is not authorized
"""


@pytest.mark.parametrize(
    ("log", "shown"),
    [
        ("+ echo ${#BITBUCKET_STEP_OIDC_TOKEN}\n0\n", {Witness.NO_TOKEN: "0"}),
        ('+ echo "token: ${#BITBUCKET_STEP_OIDC_TOKEN}"\ntoken: 0\n', {Witness.NO_TOKEN: "0"}),
        ("+ echo $BITBUCKET_STEP_OIDC_TOKEN | wc -c\n1\n", {Witness.NO_TOKEN: "1"}),
        ('+ printf %s "$BITBUCKET_STEP_OIDC_TOKEN" | wc -c\n       1234\n', {Witness.TOKEN: "1234"}),
        ("+ echo length: ${#BITBUCKET_STEP_OIDC_TOKEN} bytes\nlength: 1234 bytes\n", {Witness.TOKEN: "1234"}),
        ('+ echo "length:" "${#BITBUCKET_STEP_OIDC_TOKEN}"\nlength: 0\n', {Witness.NO_TOKEN: "0"}),
        ('+ printf "%d\\n" ${#BITBUCKET_STEP_OIDC_TOKEN}\n0\n', {Witness.NO_TOKEN: "0"}),
        ("+ printf 'token: %s\\n' \"${#BITBUCKET_STEP_OIDC_TOKEN}\"\ntoken: 0\n", {Witness.NO_TOKEN: "0"}),
        ('+ printf "${#BITBUCKET_STEP_OIDC_TOKEN}\\n"\n1234\n', {Witness.TOKEN: "1234"}),
        (USER, {Witness.USER: "ci"}),
        (ROLE, {Witness.ROLE: "deploy"}),
        (f"{USER}+ export AWS_PROFILE=x\n{ROLE}", {}),
        # A number that is no length of the token, or no token's length.
        ("+ echo ${#AWS_ROLE_ARN}\n0\n", {}),
        ("+ echo ${#BITBUCKET_STEP_OIDC_TOKEN}\n+ echo 0\n0\n", {}),
        ("+ echo ${#BITBUCKET_STEP_OIDC_TOKEN}\n12\n", {}),
        ("+ test ${#BITBUCKET_STEP_OIDC_TOKEN} -gt 0\nretry in 10 s, 0 left of 5 tries\n", {}),
        # A command that does more than print it, and a line that is not what it printed.
        ("+ [ ${#BITBUCKET_STEP_OIDC_TOKEN} -gt 0 ] || ls -l dist | wc -c\n2048\n", {}),
        ("+ if [ ${#BITBUCKET_STEP_OIDC_TOKEN} -lt 1 ]; then exit 1; fi; npm test\nTests: 1\n", {}),
        ("+ echo ${#BITBUCKET_STEP_OIDC_TOKEN} > length; npm test\nTests: 1\n", {}),
        ("+ echo ${#BITBUCKET_STEP_OIDC_TOKEN} | wc -c\n2\n", {}),
        ("+ echo $BITBUCKET_STEP_OIDC_TOKEN | wc -c && wc -c dist\n1\n", {}),
        ("+ echo '${#BITBUCKET_STEP_OIDC_TOKEN}'\n0\n", {}),
        ("+ echo ${#BITBUCKET_STEP_OIDC_TOKEN}\nTests: 1\n", {}),
        # A line of a script that only talks of it, and a call that failed.
        ("run: aws sts get-caller-identity\narn:aws:iam::123456789012:user/ci\n", {}),
        (REFUSED, {}),
        ("+ aws sts get-caller-identity\n+ aws iam get-user\narn:aws:iam::123456789012:user/ci\n", {}),
        (
            'WARNING: Parameter "oidc: true" in the step configuration is required for OIDC authentication\n',
            {Witness.WARNED: ""},
        ),
        ("", {}),
    ],
)
def test_a_log_proves_only_what_its_commands_print(log: str, shown: dict[Witness, str]) -> None:
    assert {one.witness: one.value for one in witnesses(log)} == shown


def test_the_line_that_shows_it_is_quoted_with_its_number() -> None:
    (seen,) = witnesses(f"+ ls\n{USER}")

    assert (seen.line, seen.excerpt) == (6, '"Arn": "arn:aws:iam::123456789012:user/teams/ci"')


@pytest.mark.parametrize(
    ("log", "cause", "told"),
    [
        (ROLE, "role-permission-missing", "the role `deploy`. The login worked."),
        (USER, "static-keys-shadow", "`ci`, who has keys. No role was taken by then."),
        (ROLE, "aws-region-missing", "the role `deploy` of account `123456789012`."),
        (USER, "role-permission-missing", "the user `ci` of account `123456789012`."),
    ],
)
def test_who_called_aws_is_told_once(log: str, cause: str, told: str) -> None:
    own = Evidence("The text says so.", InPaste(0, 1))
    finding = Finding(cause=cause, verdict=Verdict.POSSIBLE, headline="x", evidence=(own,))
    place = LogPlace("Deploy", None, counted=True)
    (said,) = with_witnesses(Diagnosis(findings=(finding,)), witnesses(log), place).findings

    assert [item.sentence for item in said.evidence[1:]] == [f"The log shows who called AWS: {told}"]
    assert said.verdict is Verdict.POSSIBLE


@pytest.mark.parametrize("cause", ["azure-subject-changes", "gcp-condition-unmet"])
def test_who_called_aws_is_no_matter_of_another_clouds_login(cause: str) -> None:
    diagnosis = Diagnosis(findings=(Finding(cause=cause, verdict=Verdict.POSSIBLE, headline="x"),))

    assert with_witnesses(diagnosis, witnesses(ROLE), LogPlace("Deploy", None, counted=True)) == diagnosis
