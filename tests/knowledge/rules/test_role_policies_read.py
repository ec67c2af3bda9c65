"""`role-permission-missing` with the role's policies read: what refuses is quoted, the change is tried."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from knowledge.aws_permissions import Decision, permission
from knowledge.aws_readings import RolePolicies, RolePolicy, Simulation
from knowledge.casefile import CaseFile
from knowledge.engine import diagnose
from knowledge.finding import Finding, Fix
from knowledge.reading import Known, Unread
from knowledge.redact import redact
from knowledge.rules.role_permission_missing import RULE
from knowledge.symptoms import recognise

HEAD = (
    "User: arn:aws:sts::123456789012:assumed-role/acme-deploy/botocore-session-1 "
    "is not authorized to perform: "
)
RESOURCE = "arn:aws:s3:::acme-site/index.html"
PUT = f'{HEAD}s3:PutObject on resource: "{RESOURCE}"'
NO_ALLOW = f"{PUT} because no identity-based policy allows the s3:PutObject action"
BOUNDED = f"{PUT} because no permissions boundary allows the s3:PutObject action"
STAGING = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-site-staging/*"}
RIGHT = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::acme-site/*"}
GUARD = {"Sid": "NoWrites", "Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}
LATE = Unread("the policy guard", "it did not answer in time", "ask again in a minute")


def held(*statements: Any, name: str = "uploads", arn: str | None = None) -> RolePolicy:
    return RolePolicy(name, arn, {"Version": "2012-10-17", "Statement": list(statements)})


def read(*policies: RolePolicy, **more: Any) -> RolePolicies:
    role = "arn:aws:iam::123456789012:role/acme-deploy"
    return RolePolicies(role_arn=role, role_name="acme-deploy", policies=policies, **more)


def case_of(paste: str, policies: RolePolicies | None, **more: Any) -> CaseFile:
    text = redact(paste).text
    case = CaseFile(symptoms=recognise(text), paste=text, **more)
    return case if policies is None else replace(case, role_policies=Known(policies, "the role's policies"))


def finding(paste: str, policies: RolePolicies | None, **more: Any) -> Finding:
    (found,) = RULE.check(case_of(paste, policies, **more), None)
    return found


def documents(fix: Fix) -> list[dict[str, Any]]:
    """The JSON that the fix shows."""
    return [json.loads(text) for step in fix.steps for text in re.findall(r"`(\{.*\})`", step)]


# -- what the policies say ----------------------------------------------------------------------------------


def test_an_allow_for_another_resource_is_shown_beside_that_of_the_call() -> None:
    found = finding(NO_ALLOW, read(held(STAGING)))
    quoted = found.evidence[1]

    assert quoted.comparison is not None
    assert (quoted.comparison.expected, quoted.comparison.actual) == (STAGING["Resource"], RESOURCE)
    assert STAGING["Resource"][: quoted.comparison.differs_at] == "arn:aws:s3:::acme-site"
    assert "Statement 0 of the policy `uploads`" in quoted.sentence


def test_it_is_said_that_what_does_not_hang_on_the_role_was_not_read() -> None:
    for policies in (read(held(STAGING)), read(), read(held(RIGHT)), read(held(RIGHT), unread=(LATE,))):
        assert "the organisation, the resource and the session" in finding(NO_ALLOW, policies).meaning


def test_a_deny_is_quoted_with_its_statement_and_leads_over_the_missing_allow() -> None:
    found = finding(NO_ALLOW, read(held(STAGING), held(GUARD, name="guard")))

    assert json.loads(found.evidence[1].excerpt) == GUARD
    assert "statement 0 (`NoWrites`) of the policy `guard`" in found.meaning
    (fix,) = found.fixes
    assert fix.commands == ()
    assert fix.steps == (
        (
            "Narrow the Deny in statement 0 of the policy `guard` so that it no longer meets "
            "`s3:PutObject`; no Allow outweighs it."
        ),
    )


def test_a_boundary_leads_over_the_missing_allow_and_both_changes_are_told_in_order() -> None:
    limits = held(
        {**RIGHT, "Action": "ec2:*", "Resource": "*"}, name="limits", arn="arn:aws:iam::1:policy/limits"
    )
    found = finding(BOUNDED, read(held(STAGING), boundary=limits))

    assert "the role's boundary does not allow it, and neither do its policies" in found.meaning
    assert [fix.title for fix in found.fixes] == [
        "Let the permissions boundary allow `s3:PutObject`",
        "Allow `s3:PutObject` to role `acme-deploy`",
    ]
    assert found.fixes[0].commands == ()


def test_a_boundary_that_the_text_names_and_that_allows_it_now_is_said_to() -> None:
    found = finding(BOUNDED, read(held(RIGHT), boundary=held(RIGHT, name="limits")))

    assert "as they are now, allow it" in found.meaning


def test_a_role_without_any_policy_says_so() -> None:
    found = finding(NO_ALLOW, read())

    assert found.evidence[1].sentence == "The role has no policy at all."


@pytest.mark.parametrize(
    "policies",
    [
        read(unread=(LATE,)),
        read(held(RIGHT), boundary_unread=LATE),
        read(held({**RIGHT, "Condition": {"StringEquals": {"s3:x-amz-acl": "private"}}})),
    ],
)
def test_what_was_read_in_part_decides_nothing_and_says_why(policies: RolePolicies) -> None:
    found = finding(NO_ALLOW, policies)

    assert "read in part" in found.meaning
    assert any(word in found.evidence[1].sentence for word in ("Not read", "not known here"))
    assert found.fixes[0].title.startswith("Allow `s3:PutObject`")


def test_policies_of_another_role_say_nothing() -> None:
    others = replace(read(held(GUARD)), role_name="another")

    assert finding(NO_ALLOW, others) == finding(NO_ALLOW, None)


@pytest.mark.parametrize(
    "reason",
    [
        "with an explicit deny in a service control policy",
        "with an explicit deny in a resource control policy",
        "because no session policy allows the s3:PutObject action",
        "because no resource-based policy allows the s3:PutObject action",
        "because no VPC endpoint policy allows the s3:PutObject action",
    ],
)
def test_where_the_text_names_a_policy_that_is_not_the_roles_its_policies_are_no_matter(reason: str) -> None:
    found = finding(f"{PUT} {reason}", read(held(GUARD)))

    assert found == finding(f"{PUT} {reason}", None)
    assert found.fixes[0].commands == ()


def test_the_simulators_verdict_is_told_with_the_policies_that_decided() -> None:
    simulated = Simulation(
        decision="explicitDeny", matched=("guard",), boundary_allows=True, organisation_allows=False
    )
    found = finding(NO_ALLOW, read(unread=(LATE,)), simulation=Known(simulated, "IAM's policy simulator"))
    told = found.evidence[-1].sentence

    assert told == (
        "IAM's policy simulator decides `explicitDeny` for `s3:PutObject`, by `guard`; the organisation's "
        "policies do not allow it."
    )
    assert "read in part" not in found.meaning


# -- the change ---------------------------------------------------------------------------------------------


def test_the_change_is_the_one_statement_as_json_command_and_terraform() -> None:
    (fix,) = finding(NO_ALLOW, read(held(STAGING))).fixes

    assert documents(fix) == [
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": RESOURCE}],
        }
    ]
    assert fix.commands == (
        (
            "aws iam put-role-policy --role-name acme-deploy --policy-name allow-s3-PutObject "
            "--policy-document file://policy.json"
        ),
    )
    assert any("`aws_iam_role_policy`" in step and '`role = "acme-deploy"`' in step for step in fix.steps)


def test_the_change_lets_the_call_through_and_nothing_else() -> None:
    policies = read(held(STAGING))
    (document,) = documents(finding(NO_ALLOW, policies).fixes[0])
    changed = replace(policies, policies=(*policies.policies, RolePolicy("new", None, document)))

    assert permission(changed, "s3:PutObject", RESOURCE).decision is Decision.ALLOWED
    for action, resource in (
        ("s3:GetObject", RESOURCE),
        ("s3:PutObject", "arn:aws:s3:::acme-site/other.html"),
        ("s3:PutObject", "arn:aws:s3:::other/index.html"),
    ):
        assert permission(changed, action, resource).decision is Decision.MISSING


def test_the_boundarys_statement_is_the_smallest_too() -> None:
    limits = held(
        {**RIGHT, "Action": "ec2:*", "Resource": "*"}, name="limits", arn="arn:aws:iam::1:policy/limits"
    )
    (fix,) = finding(BOUNDED, read(held(RIGHT), boundary=limits)).fixes

    assert documents(fix) == [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": RESOURCE}]


def test_without_a_resource_in_the_text_no_star_is_put_in_its_place() -> None:
    """An older service leaves the resource out."""
    (fix,) = finding(f"{HEAD}sns:Publish", None).fixes
    (document,) = documents(fix)

    assert document["Statement"][0]["Resource"] == "ARN_OF_THE_RESOURCE"
    assert fix.commands == ()
    assert any("the text does not name it" in step for step in fix.steps)


def test_a_masked_account_is_not_made_into_a_command() -> None:
    (fix,) = finding(f"{HEAD}ecs:UpdateService on resource: arn:aws:ecs:eu-west-1:***:service/x", None).fixes

    assert fix.commands == ()


def test_a_star_stands_only_where_aws_itself_named_it() -> None:
    (fix,) = finding(f"{HEAD}ecr:GetAuthorizationToken on resource: *", None).fixes

    assert documents(fix)[0]["Statement"][0]["Resource"] == "*"
    assert "`ecr:GetAuthorizationToken` works only with the resource `*`." in fix.steps


def test_where_the_policies_allow_it_now_no_further_allow_is_offered() -> None:
    (fix,) = finding(PUT, read(held(RIGHT))).fixes

    assert documents(fix) == []
    assert fix.title == "Find out what else refuses `s3:PutObject`"


def test_a_deny_that_the_text_names_and_that_is_gone_is_not_taken_for_an_allow() -> None:
    found = finding(f"{PUT} with an explicit deny in an identity-based policy", read(held(STAGING)))

    assert found.fixes[0].steps[0].startswith("Narrow the Deny in the role's own policies so that")


def test_what_is_no_name_of_a_role_is_not_put_into_a_command() -> None:
    (fix,) = finding(NO_ALLOW.replace("acme-deploy", "a$(id)"), None).fixes

    assert "--role-name ROLE " in fix.commands[0]
    assert "$(id)" not in fix.commands[0]


# -- what could not be seen ---------------------------------------------------------------------------------


def test_policies_that_could_not_be_read_are_named_with_the_permission_that_is_missing() -> None:
    denied = Unread("the policies of the role acme-deploy", "not allowed", "allow it `iam:ListRolePolicies`")
    case = replace(case_of(NO_ALLOW, None), role_policies=denied)

    assert diagnose(case).unread == (denied,)
    assert diagnose(case_of(NO_ALLOW, read(held(STAGING), unread=(LATE,)))).unread == (LATE,)
    # Offline nothing was asked for, and nothing is missed.
    assert diagnose(case_of(NO_ALLOW, None)).unread == ()
