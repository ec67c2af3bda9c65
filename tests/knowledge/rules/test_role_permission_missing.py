"""`role-permission-missing`: the login worked, and a policy about the action says no."""

from __future__ import annotations

import pytest

from knowledge.casefile import CaseFile
from knowledge.finding import Verdict
from knowledge.redact import redact
from knowledge.rules.role_permission_missing import RULE
from knowledge.symptoms import recognise
from tests.knowledge.rules.trusting import EMPTY, PLAIN, REFUSED, allow, findings, policy, trust_case

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


def test_an_action_that_takes_no_resource_says_so() -> None:
    (finding,) = RULE.check(alone(f"{HEAD}ecr:GetAuthorizationToken on resource: *"), None)

    assert any('"Resource": "*"' in step for step in finding.fixes[0].steps)


def test_a_refusal_without_a_name_is_only_likely() -> None:
    paste = "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied"
    (finding,) = RULE.check(alone(paste), None)

    assert finding.verdict is Verdict.LIKELY
    assert "`PutObject`" in finding.headline


def test_another_role_than_the_steps_is_pointed_out() -> None:
    paste = PUT.replace("acme-deploy", "runner-instance")
    (finding,) = findings(RULE, trust_case(policy(allow()), PLAIN, paste=paste))

    assert finding.verdict is Verdict.LIKELY
    assert "another role, `acme-deploy`" in finding.evidence[1].sentence


@pytest.mark.parametrize("paste", [REFUSED, EMPTY, ""])
def test_a_login_that_failed_is_no_matter_of_permissions(paste: str) -> None:
    assert list(RULE.check(alone(paste), None)) == []
