"""A role's own policies, judged: each row is a rule of the IAM guide, not a case."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.aws_permissions import Decision, permission
from knowledge.aws_readings import RolePolicies, RolePolicy
from knowledge.reading import Unread

ROLE = "arn:aws:iam::123456789012:role/ci/deploy"
ACTION, RESOURCE = "s3:PutObject", "arn:aws:s3:::acme-site/index.html"
LATE = Unread("the policy x", "it did not answer in time", "ask again")


def statement(**changes: Any) -> dict[str, Any]:
    """The Allow that is needed; None takes a member away."""
    whole = {"Effect": "Allow", "Action": ACTION, "Resource": RESOURCE, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def policy(*statements: Any, version: str | None = "2012-10-17", name: str = "p") -> RolePolicy:
    head = {"Version": version} if version else {}
    return RolePolicy(name, None, {**head, "Statement": list(statements)})


def decided(*statements: Any, resource: str | None = RESOURCE, action: str = ACTION, **more: Any) -> Decision:
    version = more.pop("version", "2012-10-17")
    read = RolePolicies(role_arn=ROLE, policies=(policy(*statements, version=version),), **more)
    return permission(read, action, resource).decision


ALLOWED, MISSING, DENIED = Decision.ALLOWED, Decision.MISSING, Decision.DENIED
UNSURE = Decision.UNDETERMINED


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        ({}, ALLOWED),
        ({"Action": "S3:putobject"}, ALLOWED),
        ({"Action": ["s3:GetObject", "s3:Put*"]}, ALLOWED),
        ({"Action": "s3:Put?bject"}, ALLOWED),
        ({"Action": "*"}, ALLOWED),
        ({"Action": "s3:GetObject"}, MISSING),
        ({"Action": "s3:PutObjectAcl"}, MISSING),
        ({"Action": None, "NotAction": "iam:*"}, ALLOWED),
        ({"Action": None, "NotAction": ["s3:*"]}, MISSING),
        ({"Resource": "*"}, ALLOWED),
        ({"Resource": "arn:aws:s3:::acme-site/*"}, ALLOWED),
        ({"Resource": "arn:aws:s3:::acme-*/*.html"}, ALLOWED),
        ({"Resource": ["arn:aws:s3:::other/*", "arn:aws:s3:::acme-site/*"]}, ALLOWED),
        ({"Resource": "arn:aws:s3:::acme-site"}, MISSING),
        ({"Resource": "arn:aws:s3:::Acme-site/*"}, MISSING),
        ({"Resource": "arn:aws-cn:s3:::acme-site/*"}, MISSING),
        ({"Resource": None, "NotResource": "arn:aws:s3:::acme-site/*"}, MISSING),
        ({"Resource": None, "NotResource": "arn:aws:s3:::other/*"}, ALLOWED),
        # Across the parts of an ARN nobody documents what a wildcard does.
        ({"Resource": "arn:aws:s3*index.html"}, UNSURE),
        ({"Resource": "arn:aws:s3:::${aws:PrincipalTag/team}/*"}, UNSURE),
        ({"Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}}, ALLOWED),
        ({"Condition": {"StringEquals": {"aws:PrincipalAccount": "999999999999"}}}, MISSING),
        ({"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci/*"}}}, ALLOWED),
        ({"Condition": {"Bool": {"aws:SecureTransport": True}}}, ALLOWED),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, MISSING),
        ({"Condition": {"StringEquals": {"s3:x-amz-acl": "private"}}}, UNSURE),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, UNSURE),
        ({"Condition": {"NoSuchOperator": {"aws:SecureTransport": "true"}}}, UNSURE),
        ({"Condition": {"Null": {"aws:PrincipalArn": "false"}}}, ALLOWED),
        ({"Condition": "odd"}, UNSURE),
    ],
)
def test_one_allow(changes: dict[str, Any], decision: Decision) -> None:
    assert decided(statement(**changes)) is decision


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ((statement(), statement(Effect="Deny", Resource="*")), DENIED),
        ((statement(Effect="Deny", Action="s3:*"), statement()), DENIED),
        ((statement(Effect="Deny", Action="s3:Delete*", Resource="*"), statement()), ALLOWED),
        ((statement(Effect="Deny", Action=None, NotAction="s3:*", Resource="*"), statement()), ALLOWED),
        (
            (
                statement(),
                statement(Effect="Deny", Condition={"StringNotEquals": {"s3:x-amz-acl": "private"}}),
            ),
            UNSURE,
        ),
        # No Allow is missing any less because a Deny is in doubt.
        ((statement(Effect="Deny", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}),), MISSING),
        ((), MISSING),
        # What cannot be understood may say anything.
        (("odd", 7, None), UNSURE),
        ((statement(Effect="allow"),), UNSURE),
    ],
)
def test_several_statements(statements: tuple[Any, ...], decision: Decision) -> None:
    assert decided(*statements) is decision


@pytest.mark.parametrize(
    ("resource", "pattern", "decision"),
    [
        # What takes no resource is only allowed by `*`.
        ("*", "*", ALLOWED),
        ("*", "arn:aws:ecr:eu-west-1:123456789012:repository/x", MISSING),
        # A text without the resource, or with a masked account, leaves it open.
        (None, "arn:aws:s3:::acme-site/*", UNSURE),
        (None, "*", ALLOWED),
        ("arn:aws:ecs:eu-west-1:***:service/x", "arn:aws:ecs:eu-west-1:123456789012:*", UNSURE),
    ],
)
def test_what_the_text_says_of_the_resource(resource: str | None, pattern: str, decision: Decision) -> None:
    assert decided(statement(Resource=pattern), resource=resource) is decision


def test_the_region_of_the_resource_is_the_one_that_was_called() -> None:
    function = "arn:aws:lambda:eu-west-1:123456789012:function:x"
    for region, decision in (("eu-west-1", ALLOWED), ("us-east-1", MISSING)):
        limited = statement(
            Action="lambda:*",
            Resource="*",
            Condition={"StringEquals": {"aws:RequestedRegion": region}},
        )
        assert decided(limited, action="lambda:UpdateFunctionCode", resource=function) is decision


def test_a_region_that_the_text_leaves_open_decides_nothing() -> None:
    limited = statement(
        Action="lambda:*",
        Resource="*",
        Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
    )
    anywhere = "arn:aws:lambda:*:123456789012:function:x"

    assert decided(limited, action="lambda:ListFunctions", resource=anywhere) is Decision.UNDETERMINED


def test_variables_are_text_without_the_version_that_knows_them() -> None:
    pattern = statement(Resource="arn:aws:s3:::${aws:PrincipalAccount}/*")

    assert decided(pattern, version="2008-10-17", resource="arn:aws:s3:::acme/x") is MISSING


def test_a_boundary_that_allows_nothing_leads_over_a_missing_allow() -> None:
    bounds = policy(statement(Action="ec2:*", Resource="*"), name="limits")
    read = RolePolicies(role_arn=ROLE, policies=(), boundary=bounds)
    found = permission(read, ACTION, RESOURCE)

    assert (found.decision, found.identity, found.bounds) == (Decision.BOUNDARY, MISSING, Decision.BOUNDARY)


def test_a_deny_in_the_boundary_leads_over_all() -> None:
    bounds = policy(statement(Effect="Deny"), statement(Action="*", Resource="*"), name="limits")
    read = RolePolicies(role_arn=ROLE, policies=(policy(statement()),), boundary=bounds)
    found = permission(read, ACTION, RESOURCE)

    assert found.decision is DENIED
    assert found.clause is not None
    assert (found.clause.boundary, found.clause.index) == (True, 0)


def test_the_nearest_allow_is_the_one_for_the_same_action() -> None:
    other, near = statement(Action="s3:GetObject"), statement(Resource="arn:aws:s3:::acme-site-staging/*")
    read = RolePolicies(role_arn=ROLE, policies=(policy(other, near),))
    found = permission(read, ACTION, RESOURCE)

    assert found.clause is not None
    assert (found.clause.index, found.clause.why) == (1, "resource")


def test_what_was_not_read_is_never_missing() -> None:
    assert decided(unread=(LATE,)) is UNSURE
    assert decided(statement(), unread=(LATE,)) is UNSURE
    assert decided(statement(), boundary_unread=LATE) is UNSURE
    # A Deny that was read denies, whatever else there is.
    assert decided(statement(Effect="Deny"), unread=(LATE,), boundary_unread=LATE) is DENIED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
STATEMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Deny"]),
            "Action": st.sampled_from(["s3:*", ACTION, "ec2:*", "*"]),
            "Resource": st.sampled_from(["*", RESOURCE, "arn:aws:s3:::other/*"]),
        }
    ),
    max_size=4,
)


@given(JSON)
def test_any_document_is_judged(document: Any) -> None:
    read = RolePolicies(role_arn=ROLE, policies=(RolePolicy("p", None, {"Statement": document}),))

    assert permission(read, ACTION, RESOURCE).decision in set(Decision)


@given(STATEMENTS)
def test_a_deny_never_lets_anything_through_and_an_allow_never_takes_anything_away(
    statements: list[Any],
) -> None:
    before = decided(*statements)

    assert decided(*statements, statement(Effect="Deny")) is DENIED
    assert decided(*statements, statement()) is (DENIED if before is DENIED else ALLOWED)
