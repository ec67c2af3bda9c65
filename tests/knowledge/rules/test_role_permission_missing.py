"""`role-permission-missing`: the login worked, and a policy about the action says no."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from knowledge.aws_other_role import logged_in_by_token
from knowledge.casefile import CaseFile, Role, Suspect
from knowledge.engine import diagnose
from knowledge.finding import Verdict
from knowledge.reading import Known
from knowledge.redact import redact
from knowledge.rules import trust_subject_mismatch
from knowledge.rules.role_permission_missing import RULE
from knowledge.suspects import choose_suspects
from knowledge.symptoms import recognise
from tests.knowledge.rules.asking import case_of, said
from tests.knowledge.rules.scripts import NOTHING, one
from tests.knowledge.rules.trusting import (
    EMPTY,
    OTHER,
    PLAIN,
    REFUSED,
    ROLE_ARN,
    allow,
    findings,
    policy,
    subject,
    suspect_of,
    trust_case,
)

HEAD = (
    "User: arn:aws:sts::123456789012:assumed-role/acme-deploy/botocore-session-1 "
    "is not authorized to perform: "
)
PUT = f'{HEAD}s3:PutObject on resource: "arn:aws:s3:::acme-site/index.html"'


def alone(paste: str) -> CaseFile:
    text = redact(paste).text
    return CaseFile(symptoms=recognise(text), paste=text)


@pytest.mark.parametrize(
    ("reason", "whose"),
    [
        ("because no identity-based policy allows the s3:PutObject action", "the role's own policies"),
        ("with an explicit deny in an identity-based policy", "the role's own policies"),
        ("because no permissions boundary allows the s3:PutObject action", "permissions boundary"),
        ("with an explicit deny in a service control policy", "service control policy"),
        ("with an explicit deny in a resource control policy", "resource control policy"),
        ("because no session policy allows the s3:PutObject action", "the session policy"),
        ("because no resource-based policy allows the s3:PutObject action", "the policy of the resource"),
        ("because no VPC endpoint policy allows the s3:PutObject action", "VPC endpoint"),
        ("because public ACLs are prevented by the BlockPublicAcls setting", "Block Public Access"),
    ],
)
def test_the_text_alone_says_who_what_on_what_and_by_which_policy(reason: str, whose: str) -> None:
    (finding,) = RULE.check(alone(f"{PUT} {reason}"), None)

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.headline == (
        "Role `acme-deploy` was assumed, but may not use `s3:PutObject` "
        "on `arn:aws:s3:::acme-site/index.html`."
    )
    assert finding.meaning.startswith("The login by OIDC worked")
    assert whose in finding.meaning
    assert "s3:PutObject" in finding.evidence[0].excerpt


def test_only_a_policy_of_the_role_is_mended_at_the_role() -> None:
    (own,) = RULE.check(alone(f"{PUT} because no identity-based policy allows the s3:PutObject action"), None)
    (above,) = RULE.check(alone(f"{PUT} with an explicit deny in a service control policy"), None)

    assert own.fixes[0].commands
    assert not above.fixes[0].commands
    assert "administrators" in above.fixes[0].steps[0]


def test_an_explicit_deny_is_narrowed_because_no_allow_outweighs_it() -> None:
    reason = "with an explicit deny in an identity-based policy: arn:aws:iam::123456789012:policy/no-writes"
    (finding,) = RULE.check(alone(f"{PUT} {reason}"), None)

    assert finding.fixes[0].commands == ()
    (step,) = finding.fixes[0].steps
    assert step == (
        "Narrow the Deny in the role's own policies, `arn:aws:iam::123456789012:policy/no-writes`, so that "
        "it no longer meets `s3:PutObject`; no Allow outweighs it."
    )


def test_credentials_of_another_account_are_no_missing_permission() -> None:
    paste = (
        "Need to perform AWS calls for account 123456789012, but the current credentials are for 210987654321"
    )
    (finding,) = RULE.check(alone(paste), None)

    assert finding.headline == (
        "The step has credentials of account `210987654321`, and the stack belongs to account `123456789012`."
    )
    assert finding.fixes[0].title == "Assume a role of account `123456789012`"


def test_cdks_bootstrap_role_is_assumed_by_an_action_that_the_role_must_be_allowed() -> None:
    cdk = "arn:aws:iam::123456789012:role/cdk-hnb659fds-deploy-role-123456789012-eu-west-1"
    (finding,) = RULE.check(alone(f"current credentials could not be used to assume '{cdk}'"), None)

    assert finding.verdict is Verdict.LIKELY
    assert f"`sts:AssumeRole` on `{cdk}`" in finding.headline
    assert f'"Action": "sts:AssumeRole", "Resource": "{cdk}"' in finding.fixes[0].steps[0]


def test_an_action_that_takes_no_resource_says_so() -> None:
    (finding,) = RULE.check(alone(f"{HEAD}ecr:GetAuthorizationToken on resource: *"), None)

    assert any('"Resource": "*"' in step for step in finding.fixes[0].steps)


def test_a_refusal_without_a_name_is_only_likely() -> None:
    paste = "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied"
    (finding,) = RULE.check(alone(paste), None)

    assert finding.verdict is Verdict.LIKELY
    assert "`PutObject`" in finding.headline
    assert "does not say who" in finding.evidence[0].sentence


@pytest.mark.parametrize(
    "paste",
    [
        "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied",
        (
            "An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are not "
            "authorized to perform this operation. Encoded authorization failure message: 4Zx"
        ),
    ],
)
def test_a_refusal_without_a_name_proves_no_login_and_leaves_the_trust_policy_in_question(paste: str) -> None:
    """Only `assumed-role` in the text proves that the role was assumed."""
    wrong = trust_case(subject(f"{OTHER}:*"), PLAIN, paste=paste)
    (doubt,) = findings(trust_subject_mismatch.RULE, wrong)

    assert doubt.verdict is Verdict.LIKELY
    assert findings(trust_subject_mismatch.RULE, replace(wrong, **_as_role(PUT))) == []
    assert [f.cause for f in diagnose(replace(wrong, suspects=_suspects(wrong))).findings][:2] == [
        "role-permission-missing",
        "trust-subject-mismatch",
    ]


def _as_role(paste: str) -> dict[str, Any]:
    text = redact(paste).text
    return {"paste": text, "symptoms": recognise(text)}


def _suspects(case: CaseFile) -> tuple[Suspect, ...]:
    suspect = suspect_of(case)
    return (suspect,) if suspect else ()


def test_the_boundary_is_named_where_the_role_itself_was_read() -> None:
    arn = "arn:aws:iam::123456789012:policy/limits"
    paste = f"{PUT} because no permissions boundary allows the s3:PutObject action"
    role = Role(arn=ROLE_ARN, trust_policy=policy(allow()), boundary_arn=arn)
    (finding,) = findings(RULE, trust_case(policy(allow()), PLAIN, paste=paste, role=Known(role, "the role")))

    assert finding.evidence[1].excerpt == arn
    assert finding.evidence[1].sentence == f"The boundary of role `acme-deploy` is `{arn}`."


@pytest.mark.parametrize(
    ("action", "hint"), [("s3:ListBucket", "without `/*`"), ("s3:PutObjectAcl", "leave the ACL out")]
)
def test_an_action_that_is_often_allowed_in_vain_says_how_it_is_meant(action: str, hint: str) -> None:
    (finding,) = RULE.check(alone(f"{HEAD}{action} on resource: arn:aws:s3:::acme-site"), None)

    assert any(hint in step for step in finding.fixes[0].steps)


KEYS = (
    "{workspace: {}, deployments: {}, repository: "
    "{AWS_ACCESS_KEY_ID: {secured: true}, AWS_SECRET_ACCESS_KEY: {secured: true}}}"
)


@pytest.mark.parametrize(
    ("keys", "variables", "verdicts"),
    [
        ("", KEYS, []),
        ("", NOTHING, [Verdict.POSSIBLE]),
        ("", None, [Verdict.POSSIBLE]),
        ("oidc: true", KEYS, [Verdict.LIKELY]),
        ("oidc: true", NOTHING, [Verdict.LIKELY]),
    ],
)
def test_a_refusal_without_a_name_is_no_matter_of_a_role_where_nothing_speaks_of_oidc(
    keys: str, variables: str | None, verdicts: list[Verdict]
) -> None:
    paste = "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied"
    case = case_of(one("aws s3 sync build/ s3://acme-site", keys=keys), variables, paste)

    assert said(RULE, case) == verdicts


def test_another_role_than_the_steps_is_pointed_out() -> None:
    paste = PUT.replace("acme-deploy", "runner-instance")
    (finding,) = findings(RULE, trust_case(policy(allow()), PLAIN, paste=paste))

    assert finding.verdict is Verdict.LIKELY
    assert "another role, `acme-deploy`" in finding.evidence[1].sentence
    assert "login by OIDC worked" not in finding.meaning
    assert [fix.title for fix in finding.fixes] == [
        "Let the step use its own role, `acme-deploy`",
        "Allow `s3:PutObject` to role `runner-instance`",
    ]


def test_the_role_of_the_machine_is_given_nothing_and_the_step_its_own_role() -> None:
    paste = PUT.replace("acme-deploy/botocore-session-1", "node/i-0abc12def")
    (finding,) = findings(RULE, trust_case(policy(allow()), PLAIN, paste=paste))

    assert "the role of the machine" in finding.meaning
    assert [fix.title for fix in finding.fixes] == ["Let the step use its own role, `acme-deploy`"]
    assert "`assumed-role/acme-deploy/`" in finding.fixes[0].verify


TOKEN = (
    "export AWS_REGION=eu-central-1",
    f"export AWS_ROLE_ARN={ROLE_ARN}",
    "export AWS_WEB_IDENTITY_TOKEN_FILE=/tmp/token",
    "echo $BITBUCKET_STEP_OIDC_TOKEN > /tmp/token",
    "aws s3 ls",
)
#: What the text shows of the caller, and whether that is a login by the step's token.
CALLERS = (
    ("acme-deploy/botocore-session-1", TOKEN, True),
    ("acme-deploy/release", TOKEN, True),
    ("node/i-0abc12def", TOKEN, False),
    ("node/botocore-session-1", TOKEN, False),
    ("any/botocore-session-1", TOKEN[3:], True),
    ("any/token-file-web-identity", TOKEN[3:], True),
    ("any/release", TOKEN[3:], False),
)


def without_the_switch(caller: str, script: tuple[str, ...]) -> CaseFile:
    paste = PUT.replace("acme-deploy/botocore-session-1", caller)
    case = case_of(one(*script, keys=""), NOTHING, paste)
    assert isinstance(case.pipeline_file, Known)
    return replace(case, suspects=choose_suspects(case.pipeline_file.value, case.symptoms))


@pytest.mark.parametrize(("caller", "script", "by_token"), CALLERS)
def test_a_step_without_oidc_is_no_cause_of_what_a_login_by_token_was_refused(
    caller: str, script: tuple[str, ...], by_token: bool
) -> None:
    case = without_the_switch(caller, script)
    (suspect,) = case.suspects
    causes = [finding.cause for finding in diagnose(case).findings]

    assert logged_in_by_token(case, suspect.step) is by_token
    assert causes[0] == "role-permission-missing"
    assert "oidc-not-enabled" not in causes or not by_token


def test_what_the_step_lacks_for_its_own_role_is_named_first() -> None:
    case = without_the_switch("node/i-0abc12def", TOKEN[:2] + TOKEN[4:])
    steps = diagnose(case).findings[0].fixes[0].steps

    assert steps[0].startswith("Set `oidc: true`")
    assert steps[1].startswith("Set `AWS_WEB_IDENTITY_TOKEN_FILE`")


@pytest.mark.parametrize("paste", [REFUSED, EMPTY, ""])
def test_a_login_that_failed_is_no_matter_of_permissions(paste: str) -> None:
    assert list(RULE.check(alone(paste), None)) == []
