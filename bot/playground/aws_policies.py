"""The stand-in's permission policies: what IAM lists of a role, and what its simulator says.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html and its neighbours
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote
from xml.sax.saxutils import escape

from aiohttp import web

from bot.playground.aws_answers import AwsError, document, listed, result
from bot.playground.world import ExampleRole
from knowledge.aws_permissions import Decision, permission
from knowledge.aws_readings import RolePolicies, RolePolicy

_DECISIONS = {Decision.DENIED: "explicitDeny", Decision.ALLOWED: "allowed"}
_VERSION = "v1"


class PolicyAnswers:
    """Answers about the policies of one account's roles; who may ask has been settled before.

    `page` is how many entries a list has on one page.
    """

    def __init__(self, roles: Callable[[str], Sequence[ExampleRole]], page: int = 100) -> None:
        self._roles = roles
        self.page = page
        self.answers: Mapping[str, Callable[[str, Mapping[str, str]], web.Response]] = {
            "iam:ListAttachedRolePolicies": self._attached,
            "iam:ListRolePolicies": self._inline_names,
            "iam:GetRolePolicy": self._inline,
            "iam:GetPolicy": self._managed,
            "iam:GetPolicyVersion": self._managed_version,
            "iam:SimulatePrincipalPolicy": self._simulate,
        }

    def _role(self, account: str, arguments: Mapping[str, str]) -> ExampleRole:
        name = arguments.get("RoleName", "")
        role = next((one for one in self._roles(account) if one.name == name), None)
        if role is None:
            raise AwsError(404, "NoSuchEntity", f"The role with name {name} cannot be found.")
        return role

    def _attached(self, account: str, arguments: Mapping[str, str]) -> web.Response:
        arns = list(self._role(account, arguments).policies.attached)
        members = [
            document("PolicyName", arn.rpartition("/")[2]) + document("PolicyArn", arn) for arn in arns
        ]
        return self._paged("ListAttachedRolePolicies", "AttachedPolicies", members, arguments)

    def _inline_names(self, account: str, arguments: Mapping[str, str]) -> web.Response:
        names = [escape(name) for name in self._role(account, arguments).policies.inline]
        return self._paged("ListRolePolicies", "PolicyNames", names, arguments)

    def _paged(
        self, action: str, tag: str, members: Sequence[str], arguments: Mapping[str, str]
    ) -> web.Response:
        """One page; the marker is where the next one begins, and any other text is refused."""
        marker = arguments.get("Marker", "0")
        if not marker.isdigit() or int(marker) > len(members):
            raise AwsError(400, "ValidationError", "The specified value for marker is invalid.")
        start = int(marker)
        end = start + min(self.page, int(arguments.get("MaxItems", "100")))
        body = "".join(f"<member>{member}</member>" for member in members[start:end])
        more = end < len(members)
        paging = document("IsTruncated", "true" if more else "false")
        if more:
            paging += document("Marker", str(end))
        return result("iam", action, f"<{tag}>{body}</{tag}>{paging}")

    def _inline(self, account: str, arguments: Mapping[str, str]) -> web.Response:
        role, name = self._role(account, arguments), arguments.get("PolicyName", "")
        if name not in role.policies.inline:
            raise AwsError(404, "NoSuchEntity", f"The role policy with name {name} cannot be found.")
        body = document("RoleName", role.name) + document("PolicyName", name)
        body += document("PolicyDocument", _encoded(role.policies.inline[name]))
        return result("iam", "GetRolePolicy", body)

    def _found(self, account: str, arguments: Mapping[str, str]) -> tuple[str, Mapping[str, object]]:
        arn = arguments.get("PolicyArn", "")
        for role in self._roles(account):
            held = {**role.policies.attached, **role.policies.boundary}
            if arn in held:
                return arn, held[arn]
        raise AwsError(404, "NoSuchEntity", f"Policy {arn} was not found.")

    def _managed(self, account: str, arguments: Mapping[str, str]) -> web.Response:
        arn, _ = self._found(account, arguments)
        body = document("PolicyName", arn.rpartition("/")[2]) + document("Arn", arn)
        body += document("DefaultVersionId", _VERSION)
        return result("iam", "GetPolicy", f"<Policy>{body}</Policy>")

    def _managed_version(self, account: str, arguments: Mapping[str, str]) -> web.Response:
        _, held = self._found(account, arguments)
        version = arguments.get("VersionId", "")
        if version != _VERSION:
            raise AwsError(404, "NoSuchEntity", f"Policy version {version} does not exist.")
        body = document("Document", _encoded(held)) + document("VersionId", _VERSION)
        body += document("IsDefaultVersion", "true")
        return result("iam", "GetPolicyVersion", f"<PolicyVersion>{body}</PolicyVersion>")

    def _simulate(self, account: str, arguments: Mapping[str, str]) -> web.Response:
        arn = arguments.get("PolicySourceArn", "")
        role = next((one for one in self._roles(account) if one.arn == arn), None)
        if role is None:
            raise AwsError(404, "NoSuchEntity", f"The specified principal {arn} does not exist.")
        action = arguments.get("ActionNames.member.1", "")
        resource = arguments.get("ResourceArns.member.1", "*")
        policies = [RolePolicy(name, None, held) for name, held in role.policies.inline.items()]
        policies += [
            RolePolicy(one.rpartition("/")[2], one, held) for one, held in role.policies.attached.items()
        ]
        bounds = [
            RolePolicy(one.rpartition("/")[2], one, held) for one, held in role.policies.boundary.items()
        ]
        read = RolePolicies(role_arn=arn, policies=tuple(policies), boundary=next(iter(bounds), None))
        found = permission(read, action, resource)
        body = document("EvalActionName", action) + document("EvalResourceName", resource)
        body += document("EvalDecision", _DECISIONS.get(found.decision, "implicitDeny"))
        matched = found.clause is not None and found.clause.applies
        statement = document("SourcePolicyId", found.clause.policy.name) if matched and found.clause else ""
        body += (
            f"<MatchedStatements>{f'<member>{statement}</member>' if statement else ''}</MatchedStatements>"
        )
        body += listed("MissingContextValues", ())
        if bounds:
            allows = document("AllowedByPermissionsBoundary", str(found.bounds is Decision.ALLOWED).lower())
            body += f"<PermissionsBoundaryDecisionDetail>{allows}</PermissionsBoundaryDecisionDetail>"
        inner = f"<EvaluationResults><member>{body}</member></EvaluationResults>"
        return result("iam", "SimulatePrincipalPolicy", inner + document("IsTruncated", "false"))


def _encoded(policy: Mapping[str, object]) -> str:
    return quote(json.dumps(policy), safe="")
