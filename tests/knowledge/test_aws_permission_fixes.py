"""A statement is proposed only where the role, with it, would get through."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.aws_permission_fixes import permission_fixes
from knowledge.aws_permissions import permission
from knowledge.aws_readings import RolePolicies, RolePolicy
from knowledge.permissions import Refusal

ROLE = "arn:aws:iam::123456789012:role/deploy"
SITE = "arn:aws:s3:::acme-site/*"
READS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
#: The text names no resource, as a tool does that prints only the operation.
REFUSED = Refusal(
    role="deploy",
    action="s3:PutObject",
    operation="PutObject",
    resource=None,
    kind="",
    remedy="",
    explicit=False,
    policy_arn=None,
)


def proposed(*statements: dict[str, Any]) -> str:
    read = RolePolicies(role_arn=ROLE, policies=(RolePolicy("site", None, {"Statement": list(statements)}),))
    found = permission(read, "s3:PutObject", None)
    return "\n".join(step for fix in permission_fixes(REFUSED, read, found) for step in fix.steps)


@pytest.mark.parametrize(
    ("deny", "holds"),
    [
        ({}, True),
        ({"Resource": SITE}, True),
        # Whatever is put in the place of the unknown resource, unless it is one of the site's, stays refused.
        ({"NotResource": SITE}, False),
    ],
)
def test_no_statement_is_proposed_that_a_deny_takes_back(deny: dict[str, Any], holds: bool) -> None:
    denying = [{"Effect": "Deny", "Action": "s3:*", **deny}] if deny else []
    assert ('"Action": "s3:PutObject"' in proposed(READS, *denying)) is holds
