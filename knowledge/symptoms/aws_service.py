"""What AWS services answer once a role was assumed, or to another principal altogether."""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import COMMON, DOUBLE, Signature

_DENIED = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"
_POLICY_ARNS = "https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns"
_ROLE = "User: arn:aws:sts::123456789012:assumed-role/deploy/botocore-session-1795400000"
_PUT = f'{_ROLE} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::acme-site/index.html"'

_ACTION = r"is not authorized to perform: (?P<action>[\w-]+:\w+)"
# What AWS writes behind a resource, or what else cannot be a part of it. Where other words follow one that
# stands without quotation marks, `recognition` looks whether a line ended there.
_BEHIND = r"(?= because | with an explicit deny| \(| \[|[\",]|$)"
# The reason that follows the action; some services leave it out.
_REASONS = (
    (
        rf"^.{{0,500}}? ?on resource: (?:{DOUBLE}(?P<resource>[^\"\\]{{1,700}}){DOUBLE}"
        r"|(?P<resource2>[^\s\",]+(?: [^\s\",]+){1,8}?)(?= because no | with an explicit deny in )"
        rf"|(?P<resource3>[^\s\",]+){_BEHIND}"
        r"|(?P<resource4>[^\s\",]+))"
    ),
    (
        r"^.{0,400}?with an explicit deny in (?:an? |the )?(?P<policy_kind>[a-zA-Z -]{3,40}?(?:policy"
        r"|boundary))\b"
    ),
    r"^.{0,400}?because no (?P<policy_kind2>[a-zA-Z -]{3,40}?) allows the",
    (
        r"^.{0,400}?because (?P<policy_kind3>the resource does not exist in this Region|public ACLs are "
        r"prevented)"
    ),
    r"^.{0,400}?with an explicit deny in [^:]{3,60}: (?P<policy_arn>arn:[^\s\"']+)",
    r"^.{0,400}?(?P<explicit>with an explicit deny)",
)

_common = partial(Signature, provider="aws", reach=COMMON, source=_DENIED)

ROWS: tuple[Signature, ...] = (
    _common(
        id="aws-after-assume-ec2-denied",
        family=Family.AFTER_ASSUME,
        code="UnauthorizedOperation",
        needle="You are not authorized to perform this operation",
        pattern=r"You are not authorized to perform this operation\. User: "
        r"(?P<principal>arn:[\w-]+:sts::[\w*]*:assumed-role/\S+) " + _ACTION,
        details=_REASONS,
        meaning="The role was assumed, so OIDC works; the role lacks a permission for this call.",
        examples=(
            (
                "An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are "
                "not authorized to perform this operation. "
                f"{_ROLE} is not authorized to perform: ec2:RunInstances on resource: "
                f"arn:aws:ec2:eu-west-1:123456789012:instance/* because no "
                "identity-based policy allows the ec2:RunInstances action. Encoded authorization failure "
                "message: 4Zx"
            ),
        ),
    ),
    _common(
        id="aws-ec2-access-denied",
        family=Family.CALL_REFUSED,
        code="UnauthorizedOperation",
        needle="You are not authorized to perform this operation",
        pattern=r"You are not authorized to perform this operation\.(?! User: )",
        meaning="A service refused a signed call without saying who made it.",
        examples=(
            (
                "An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are "
                "not authorized to perform this operation. Encoded authorization failure message: 4Zx"
            ),
        ),
    ),
    _common(
        id="aws-after-assume-denied",
        family=Family.AFTER_ASSUME,
        code="AccessDenied",
        needle="is not authorized to perform",
        pattern=r"User: (?P<principal>arn:[\w-]+:sts::[\w*]*:assumed-role/\S+) " + _ACTION,
        details=_REASONS,
        meaning="The role was assumed, so OIDC works; the role lacks a permission for this call.",
        examples=(
            (
                f"An error occurred (AccessDenied) when calling the PutObject operation: {_PUT} because no "
                f"identity-based policy allows the s3:PutObject action"
            ),
            (
                f"{_ROLE} is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no "
                f"identity-based policy allows the "
                "ecr:GetAuthorizationToken action"
            ),
            (
                f"{_PUT} with an explicit deny in an identity-based policy: "
                f"arn:aws:iam::123456789012:policy/no-writes"
            ),
            f"{_PUT} because no permissions boundary allows the s3:PutObject action",
            f"{_PUT} with an explicit deny in a permissions boundary",
            (
                f"{_PUT} with an explicit deny in a service control policy: "
                f"arn:aws:organizations::210987654321:policy/o-a1/service_control_policy/p-b2"
            ),
            f"{_PUT} because no service control policy allows the s3:PutObject action",
            f"{_PUT} with an explicit deny in a resource control policy",
            f"{_PUT} because no session policy allows the s3:PutObject action",
            f"{_PUT} because no resource-based policy allows the s3:PutObject action",
            f"{_PUT} because no VPC endpoint policy allows the s3:PutObject action",
            (
                f"{_ROLE} is not authorized to perform: sts:AssumeRole on resource: "
                f"arn:aws:iam::123456789012:role/cdk because no role trust policy allows "
                "the sts:AssumeRole action"
            ),
            (
                f"{_ROLE} is not authorized to perform: kms:Decrypt on this resource because the resource "
                f"does not exist in this Region, no "
                "resource-based policies allow access, or a resource-based policy explicitly denies access"
            ),
            (
                f"{_PUT} because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public "
                f"Access"
            ),
            (
                f"operation error ECS: UpdateService, https response error StatusCode: 400, RequestID: "
                f"1b2c3d4e-0000-4000-8000-000000000001, "
                f"api error AccessDeniedException: {_ROLE} is not authorized to perform: "
                f"ecs:UpdateService on "
                f"resource: arn:aws:ecs:eu-west-1:123456789012:service/x"
            ),
        ),
    ),
    _common(
        id="aws-other-principal-denied",
        family=Family.STATIC_KEYS,
        code="AccessDenied",
        needle="is not authorized to perform",
        pattern=r"User: (?P<principal>arn:[\w-]+:iam::[\w*]*:(?:user/\S+|root)) " + _ACTION,
        details=_REASONS,
        source=_POLICY_ARNS,
        meaning="The call was made with the keys of a user, not with the role: web identity was not tried.",
        examples=(
            (
                "An error occurred (AccessDenied) when calling the PutObject operation: User: "
                "arn:aws:iam::123456789012:user/ci is not authorized to perform: "
                "s3:PutObject on resource: arn:aws:s3:::acme-site/index.html because no identity-based "
                "policy "
                "allows the s3:PutObject action"
            ),
            (
                "An error occurred (AccessDenied) when calling the AssumeRole operation: User: "
                "arn:aws:iam::123456789012:user/ci is not authorized to "
                "perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/deploy"
            ),
        ),
    ),
    _common(
        id="aws-service-access-denied",
        family=Family.CALL_REFUSED,
        code="AccessDenied",
        needle="Access Denied",
        pattern=r"\(AccessDenied\) when calling the (?!AssumeRole)(?P<operation>\w{2,80}) operation: "
        r"Access Denied"
        r"|operation error (?!STS)\w[\w ]{1,40}: (?P<operation2>\w{2,80}), https response error "
        r"StatusCode: 403, RequestID: "
        r"[^,]{0,60}, (?:HostID: [^,]{0,120}, )?"
        r"api error AccessDenied: Access Denied",
        meaning="A service refused a signed call without saying who made it.",
        examples=(
            "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied",
            (
                "operation error S3: PutObject, https response error StatusCode: 403, RequestID: X1Y2, "
                "HostID: abc=, api error AccessDenied: Access Denied"
            ),
        ),
    ),
)
