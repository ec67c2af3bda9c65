"""A stand-in for AWS IAM and STS: the query protocol that boto3 speaks, and who may read what.

One address serves both, and all regions; the signature's scope says which is meant. There is a principal
with the read-only policy of the README, and one read role in each further account.
https://docs.aws.amazon.com/IAM/latest/APIReference/, https://docs.aws.amazon.com/STS/latest/APIReference/
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from urllib.parse import parse_qsl, quote

from aiohttp import web

from bot.playground import aws_trail
from bot.playground.aws_answers import AwsError, document, error, listed, result
from bot.playground.aws_policies import PolicyAnswers
from bot.playground.aws_signature import Key, signer_of
from bot.playground.loopback import LoopbackServer
from bot.playground.world import ExampleAccount, ExampleRole, World

ACCESS_KEY = "AKIAPLAYGROUND000001"
SECRET_KEY = "playground-secret-access-key"

#: What the bot's own principal and the read roles may do; `sts:GetCallerIdentity` needs no permission.
READS = frozenset(
    {
        "iam:GetRole",
        "iam:ListOpenIDConnectProviders",
        "iam:GetOpenIDConnectProvider",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "iam:GetRolePolicy",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
    }
)
#: What an owner may grant besides; without it a diagnosis says a little less.
HELPS = frozenset({"iam:SimulatePrincipalPolicy", "cloudtrail:LookupEvents"})

_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}\Z")
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}\Z")
_PROVIDER = re.compile(r"arn:aws:iam::(\d{12}):oidc-provider/(.+)\Z")
_CREATED = "2024-03-05T09:12:44Z"


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who signed: the principal's ARN, its account, and its unique id."""

    arn: str
    account: str
    id: str


class AwsStandIn(LoopbackServer):
    """AWS as the bot's credentials see it; `start` gives what `AWS_ENDPOINT_URL` takes.

    The bot's principal lives in the first of the world's accounts, unless `account` names another. A read
    role `RolecallRead`, which it may assume, is in each other account (`read_roles`). `granted` holds the
    actions allowed in an account, `READS` at first; take some away to see what the bot makes of it.

    Calls are recorded as `/iam/GetRole?RoleName=deploy`, and faults match that. `forbidden` are actions
    that the bot must never ask for, and did; they are refused.
    """

    def __init__(self, world: World, *, account: str | None = None) -> None:
        super().__init__()
        self.world = world
        self.account = account or world.accounts[0].id
        self.read_roles = tuple(
            f"arn:aws:iam::{one.id}:role/RolecallRead" for one in world.accounts if one.id != self.account
        )
        self.granted = dict.fromkeys({self.account, *(other.id for other in world.accounts)}, READS)
        self.forbidden: list[str] = []
        self.policies = PolicyAnswers(self._roles)
        self.trails = {account: aws_trail.Trail() for account in self.granted}
        self._keys = {ACCESS_KEY: Key(SECRET_KEY, None)}
        own = _Caller(f"arn:aws:iam::{self.account}:user/rolecall", self.account, "AIDAPLAYGROUND0000001")
        self._callers = {ACCESS_KEY: own}
        self._answers: dict[str, Callable[[_Caller, Mapping[str, str]], web.Response]] = {
            "sts:GetCallerIdentity": self._caller_identity,
            "sts:AssumeRole": self._assume_role,
            "iam:GetRole": self._get_role,
            "iam:ListOpenIDConnectProviders": self._list_providers,
            "iam:GetOpenIDConnectProvider": self._get_provider,
        }

    @property
    def settings(self) -> dict[str, str]:
        """The environment that points boto3's own chain here."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "eu-central-1",
            "AWS_READ_ROLES": ",".join(self.read_roles),
        }

    def broken(self, status: int) -> web.Response:
        code, message = {
            400: ("Throttling", "Rate exceeded"),
            403: ("AccessDenied", "Access denied"),
            503: ("ServiceUnavailable", "Service is unable to handle request."),
        }.get(status, ("InternalFailure", "The request processing has failed because of an unknown error."))
        return error(AwsError(status, code, message))

    async def described(self, request: web.Request) -> str:
        raw = await request.read()
        if _service(request) == "cloudtrail":
            return f"/cloudtrail/LookupEvents?{raw.decode('utf-8', errors='replace')}"
        arguments = _arguments(raw)
        action = arguments.pop("Action", "")
        arguments.pop("Version", None)
        query = "&".join(f"{name}={value}" for name, value in arguments.items())
        return f"/{_service(request)}/{action}" + (f"?{query}" if query else "")

    async def respond(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        if _service(request) == "cloudtrail":
            return self._look_up(request, raw)
        arguments = _arguments(raw)
        action = arguments.get("Action", "")
        if action == "AssumeRoleWithWebIdentity":
            self.forbidden.append(action)
            return error(AwsError(403, "AccessDenied", f"Not authorized to perform sts:{action}"))
        try:
            caller = self._callers[signer_of(request, raw, self._keys)]
            name = f"{_service(request)}:{action}"
            if name in self.policies.answers:
                self._allow(caller, name, arguments.get("RoleName") or arguments.get("PolicyArn") or "*")
                return self.policies.answers[name](caller.account, arguments)
            if name not in self._answers:
                self._deny(caller, name, "*")
            return self._answers[name](caller, arguments)
        except AwsError as refusal:
            return error(refusal)

    def _deny(self, caller: _Caller, action: str, resource: str) -> NoReturn:
        why = f" because no identity-based policy allows the {action} action"
        raise AwsError(
            403,
            "AccessDenied",
            f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource}{why}",
        )

    def _allow(self, caller: _Caller, action: str, resource: str) -> None:
        if action not in self.granted.get(caller.account, frozenset()):
            self._deny(caller, action, resource)

    def _look_up(self, request: web.Request, raw: bytes) -> web.Response:
        try:
            caller = self._callers[signer_of(request, raw, self._keys)]
            if request.headers.get("X-Amz-Target") != aws_trail.TARGET:
                self._deny(caller, "cloudtrail:*", "*")
            self._allow(caller, "cloudtrail:LookupEvents", "*")
            return self.trails[caller.account].look_up(_scope(request)[2], json.loads(raw))
        except AwsError as refusal:
            return aws_trail.refused(refusal)

    # -- STS ------------------------------------------------------------------------------------------

    def _caller_identity(self, caller: _Caller, _arguments: Mapping[str, str]) -> web.Response:
        who = {"Arn": caller.arn, "UserId": caller.id, "Account": caller.account}
        return result("sts", "GetCallerIdentity", "".join(document(*item) for item in who.items()))

    def _assume_role(self, caller: _Caller, arguments: Mapping[str, str]) -> web.Response:
        arn, session = arguments.get("RoleArn", ""), arguments.get("RoleSessionName", "")
        if not _SESSION_NAME.match(session):
            raise AwsError(400, "ValidationError", "1 validation error detected: Value at 'roleSessionName'")
        if not 900 <= int(arguments.get("DurationSeconds", "3600")) <= 43_200:
            raise AwsError(400, "ValidationError", "1 validation error detected: Value at 'durationSeconds'")
        if arn not in self.read_roles or caller.account != self.account:
            message = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            raise AwsError(403, "AccessDenied", message)
        account, name = arn.split(":")[4], arn.rpartition("/")[2]
        key = f"ASIA{secrets.token_hex(8).upper()}"
        self._keys[key] = Key(secrets.token_hex(20), secrets.token_hex(40))
        unique = f"{_id('AROA', arn)}:{session}"
        assumed = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
        self._callers[key] = _Caller(assumed, account, unique)
        expiry = datetime.now(UTC) + timedelta(seconds=int(arguments.get("DurationSeconds", "3600")))
        credentials = {
            "AccessKeyId": key,
            "SecretAccessKey": self._keys[key].secret,
            "SessionToken": self._keys[key].session or "",
            "Expiration": expiry.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        user = {"Arn": assumed, "AssumedRoleId": unique}
        body = "".join(
            f"<{tag}>{''.join(document(*item) for item in values.items())}</{tag}>"
            for tag, values in (("Credentials", credentials), ("AssumedRoleUser", user))
        )
        return result("sts", "AssumeRole", body)

    # -- IAM ------------------------------------------------------------------------------------------

    def _get_role(self, caller: _Caller, arguments: Mapping[str, str]) -> web.Response:
        name = arguments.get("RoleName", "")
        if not _ROLE_NAME.match(name):
            raise AwsError(
                400,
                "ValidationError",
                "The specified value for roleName is invalid. It must contain only alphanumeric characters "
                "and/or the following: +=,.@_-",
            )
        self._allow(caller, "iam:GetRole", f"role {name}")
        role = next((one for one in self._roles(caller.account) if one.name == name), None)
        if role is None:
            raise AwsError(404, "NoSuchEntity", f"The role with name {name} cannot be found.")
        fields = {
            "Path": "/",
            "RoleName": role.name,
            "RoleId": _id("AROA", role.arn),
            "Arn": role.arn,
            "CreateDate": _CREATED,
            "AssumeRolePolicyDocument": quote(json.dumps(role.trust_policy), safe=""),
            "MaxSessionDuration": "3600",
        }
        body = "".join(document(*item) for item in fields.items())
        for arn in role.policies.boundary:
            kind = document("PermissionsBoundaryType", "Policy") + document("PermissionsBoundaryArn", arn)
            body += f"<PermissionsBoundary>{kind}</PermissionsBoundary>"
        return result("iam", "GetRole", f"<Role>{body}<RoleLastUsed/></Role>")

    def _roles(self, account: str) -> tuple[ExampleRole, ...]:
        """The example's roles of an account, and the read role."""
        read = [
            ExampleRole("RolecallRead", account, _trusting(self.account))
            for arn in self.read_roles
            if arn.split(":")[4] == account
        ]
        return (*self.world.roles_of(account), *read)

    def _account(self, caller: _Caller) -> ExampleAccount:
        empty = ExampleAccount(caller.account, "", ())
        return next((one for one in self.world.accounts if one.id == caller.account), empty)

    def _list_providers(self, caller: _Caller, _arguments: Mapping[str, str]) -> web.Response:
        self._allow(
            caller, "iam:ListOpenIDConnectProviders", f"arn:aws:iam::{caller.account}:oidc-provider/*"
        )
        arns = [
            f"arn:aws:iam::{caller.account}:oidc-provider/{p.url}" for p in self._account(caller).providers
        ]
        body = "".join(f"<member>{document('Arn', arn)}</member>" for arn in arns)
        inner = f"<OpenIDConnectProviderList>{body}</OpenIDConnectProviderList>"
        return result("iam", "ListOpenIDConnectProviders", inner)

    def _get_provider(self, caller: _Caller, arguments: Mapping[str, str]) -> web.Response:
        arn = arguments.get("OpenIDConnectProviderArn", "")
        found = _PROVIDER.match(arn)
        if found is None:
            raise AwsError(400, "InvalidInput", f"Invalid ARN: {arn}")
        if found[1] != caller.account:
            self._deny(caller, "iam:GetOpenIDConnectProvider", arn)
        self._allow(caller, "iam:GetOpenIDConnectProvider", arn)
        provider = next((one for one in self._account(caller).providers if one.url == found[2]), None)
        if provider is None:
            raise AwsError(404, "NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}")
        body = document("Url", provider.url) + document("CreateDate", _CREATED)
        body += listed("ClientIDList", provider.client_ids) + listed("ThumbprintList", ())
        return result("iam", "GetOpenIDConnectProvider", body)


def _service(request: web.Request) -> str:
    """`iam` or `sts`, from the signature's scope; an unsigned call can only be for STS."""
    scope = _scope(request)
    return scope[3] if len(scope) == 5 else "sts"


def _scope(request: web.Request) -> list[str]:
    """Key, day, region, service and `aws4_request`."""
    return request.headers.get("Authorization", "").partition("Credential=")[2].partition(",")[0].split("/")


def _arguments(raw: bytes) -> dict[str, str]:
    return dict(parse_qsl(raw.decode("utf-8", errors="replace"), keep_blank_values=True))


def _id(prefix: str, name: str) -> str:
    return prefix + hashlib.sha256(name.encode()).hexdigest()[:17].upper()


def _trusting(account: str) -> dict[str, object]:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
