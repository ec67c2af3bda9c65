"""The stand-in AWS refuses what AWS refuses, asked with real boto3."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bot.playground.aws import ACCESS_KEY, HELPS, READS, SECRET_KEY, AwsStandIn
from bot.playground.world import load_world

WORLD = load_world()
OWN, DATA = (account.id for account in WORLD.accounts)
PROVIDER = f"arn:aws:iam::{OWN}:oidc-provider/{WORLD.accounts[0].providers[0].url}"


class Asker:
    """boto3 on the stand-in, in a thread of its own."""

    def __init__(self, stand_in: AwsStandIn) -> None:
        self.stand_in = stand_in
        self._clients: dict[tuple[str, ...], Any] = {}

    def client(self, service: str, **credentials: str) -> Any:
        keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY, **credentials}
        made = (service, *keys.values())
        if made not in self._clients:
            self._clients[made] = self._made(service, keys)
        return self._clients[made]

    def _made(self, service: str, keys: dict[str, str]) -> Any:
        return boto3.Session(region_name="eu-central-1", **keys).client(
            service, endpoint_url=self.stand_in.address, config=Config(retries={"total_max_attempts": 1})
        )

    async def ask(
        self, service: str, call: str, credentials: dict[str, str] | None = None, **arguments: Any
    ) -> Any:
        client = await asyncio.to_thread(self.client, service, **(credentials or {}))
        return await asyncio.to_thread(getattr(client, call), **arguments)

    async def refusal(self, *asked: Any, **arguments: Any) -> tuple[int, str, str]:
        with pytest.raises(ClientError) as raised:
            await self.ask(*asked, **arguments)
        answer = raised.value.response
        status = answer["ResponseMetadata"]["HTTPStatusCode"]
        return status, answer["Error"]["Code"], answer["Error"]["Message"]

    async def assumed(self) -> dict[str, str]:
        """Credentials of the data account's read role."""
        role = self.stand_in.read_roles[0]
        answer = await self.ask("sts", "assume_role", RoleArn=role, RoleSessionName="rolecall")
        given = answer["Credentials"]
        return {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }


@pytest.fixture
async def aws() -> AsyncIterator[Asker]:
    stand_in = AwsStandIn(WORLD)
    await stand_in.start()
    yield Asker(stand_in)
    await stand_in.stop()


async def test_the_trust_policy_arrives_as_it_is_written(aws: Asker) -> None:
    """IAM sends it percent-encoded; boto3 decodes it."""
    for repository in WORLD.repositories:
        if repository.role is not None and repository.role.account == OWN:
            answer = await aws.ask("iam", "get_role", RoleName=repository.role.name)

            assert answer["Role"]["AssumeRolePolicyDocument"] == repository.role.trust_policy
            assert answer["Role"]["Arn"] == repository.role.arn
            assert answer["Role"]["MaxSessionDuration"] == 3600


async def test_providers_are_listed_by_arn_and_described_one_by_one(aws: Asker) -> None:
    listed = await aws.ask("iam", "list_open_id_connect_providers")
    one = await aws.ask("iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=PROVIDER)

    assert listed["OpenIDConnectProviderList"] == [{"Arn": PROVIDER}]
    assert one["Url"] == WORLD.accounts[0].providers[0].url
    assert tuple(one["ClientIDList"]) == WORLD.accounts[0].providers[0].client_ids


async def test_another_account_is_read_through_its_role_only(aws: Asker) -> None:
    as_reader = await aws.assumed()
    who = await aws.ask("sts", "get_caller_identity", as_reader)
    role = await aws.ask("iam", "get_role", as_reader, RoleName="data-lake-load")
    providers = await aws.ask("iam", "list_open_id_connect_providers", as_reader)
    own = await aws.refusal("iam", "get_role", RoleName="data-lake-load")

    assert who["Arn"] == f"arn:aws:sts::{DATA}:assumed-role/RolecallRead/rolecall"
    assert role["Role"]["Arn"] == f"arn:aws:iam::{DATA}:role/data-lake-load"
    assert providers["OpenIDConnectProviderList"] == []
    assert own[:2] == (404, "NoSuchEntity")


async def test_what_is_not_there_is_named(aws: Asker) -> None:
    role = await aws.refusal("iam", "get_role", RoleName="nobody")
    provider = await aws.refusal(
        "iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=f"{PROVIDER}/other"
    )

    assert role == (404, "NoSuchEntity", "The role with name nobody cannot be found.")
    assert provider[:2] == (404, "NoSuchEntity")


USER = f"arn:aws:iam::{OWN}:user/rolecall"


@pytest.mark.parametrize(
    ("action", "call", "arguments", "resource"),
    [
        ("iam:GetRole", "get_role", {"RoleName": "storefront-deploy"}, "role storefront-deploy"),
        (
            "iam:ListOpenIDConnectProviders",
            "list_open_id_connect_providers",
            {},
            f"arn:aws:iam::{OWN}:oidc-provider/*",
        ),
        (
            "iam:GetOpenIDConnectProvider",
            "get_open_id_connect_provider",
            {"OpenIDConnectProviderArn": PROVIDER},
            PROVIDER,
        ),
    ],
)
async def test_an_action_that_is_not_granted_is_denied_in_iams_words(
    aws: Asker, action: str, call: str, arguments: dict[str, str], resource: str
) -> None:
    aws.stand_in.granted[OWN] = READS - {action}
    denied = await aws.refusal("iam", call, **arguments)

    who = f"User: {USER} is not authorized to perform: {action} on resource: {resource}"
    assert denied == (
        403,
        "AccessDenied",
        f"{who} because no identity-based policy allows the {action} action",
    )


async def test_without_the_right_nobody_learns_whether_a_role_exists(
    aws: Asker,
) -> None:
    """Denied comes before looking."""
    aws.stand_in.granted[OWN] = frozenset()
    denied = await aws.refusal("iam", "get_role", RoleName="nobody")

    assert denied[:2] == (403, "AccessDenied")


@pytest.mark.parametrize("call", ["list_roles", "list_users", "get_account_summary"])
async def test_everything_else_is_denied(aws: Asker, call: str) -> None:
    assert (await aws.refusal("iam", call))[:2] == (403, "AccessDenied")


@pytest.mark.parametrize(
    "role",
    [f"arn:aws:iam::{OWN}:role/storefront-deploy", "arn:aws:iam::999999999999:role/RolecallRead"],
)
async def test_only_read_roles_can_be_assumed(aws: Asker, role: str) -> None:
    denied = await aws.refusal("sts", "assume_role", RoleArn=role, RoleSessionName="rolecall")

    wording = f"User: {USER} is not authorized to perform: sts:AssumeRole on resource: {role}"
    assert denied == (403, "AccessDenied", wording)


async def test_a_pipelines_login_is_refused_and_remembered(aws: Asker) -> None:
    refused = await aws.refusal(
        "sts",
        "assume_role_with_web_identity",
        RoleArn=f"arn:aws:iam::{OWN}:role/storefront-deploy",
        RoleSessionName="pipeline",
        WebIdentityToken="header.claims.signature",
    )

    assert refused[:2] == (403, "AccessDenied")
    assert aws.stand_in.forbidden == ["AssumeRoleWithWebIdentity"]


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        ({"aws_access_key_id": "AKIANOBODYNOBODY0001"}, "InvalidClientTokenId"),
        ({"aws_secret_access_key": "another"}, "SignatureDoesNotMatch"),
        ({"aws_session_token": "made up"}, "InvalidClientTokenId"),
    ],
)
async def test_wrong_credentials_are_refused(aws: Asker, credentials: dict[str, str], code: str) -> None:
    for service, call in (("sts", "get_caller_identity"), ("iam", "list_open_id_connect_providers")):
        assert (await aws.refusal(service, call, credentials))[:2] == (403, code)


async def test_temporary_keys_are_nothing_without_their_token(aws: Asker) -> None:
    as_reader = await aws.assumed()
    del as_reader["aws_session_token"]

    assert (await aws.refusal("sts", "get_caller_identity", as_reader))[1] == "InvalidClientTokenId"


async def test_an_unsigned_call_is_refused(aws: Asker) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(aws.stand_in.address, data={"Action": "GetCallerIdentity"})

    assert (answer.status_code, "MissingAuthenticationToken" in answer.text) == (403, True)


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("get_role", {"RoleName": "team/deploy"}),
        ("get_role", {"RoleName": f"arn:aws:iam::{OWN}:role/storefront-deploy"}),
    ],
)
async def test_a_role_is_asked_for_by_its_bare_name(aws: Asker, call: str, arguments: dict[str, str]) -> None:
    assert (await aws.refusal("iam", call, **arguments))[:2] == (400, "ValidationError")


async def test_an_account_without_a_read_role_is_closed() -> None:
    alone = AwsStandIn(replace(WORLD, accounts=WORLD.accounts[:1]))
    await alone.start()
    try:
        assert alone.read_roles == ()
        refused = await Asker(alone).refusal(
            "sts", "assume_role", RoleArn=f"arn:aws:iam::{DATA}:role/RolecallRead", RoleSessionName="rolecall"
        )
    finally:
        await alone.stop()

    assert refused[:2] == (403, "AccessDenied")


async def test_calls_are_recorded_by_service_and_action_and_throttled_by_them(aws: Asker) -> None:
    aws.stand_in.fail(r"/iam/GetRole\?RoleName=storefront", status=400, times=1)
    throttled = await aws.refusal("iam", "get_role", RoleName="storefront-deploy")
    await aws.ask("iam", "get_role", RoleName="storefront-deploy")

    assert throttled == (400, "Throttling", "Rate exceeded")
    assert [(call.path, call.status) for call in aws.stand_in.calls] == [
        ("/iam/GetRole?RoleName=storefront-deploy", 400),
        ("/iam/GetRole?RoleName=storefront-deploy", 200),
    ]


# -- permissions and records --------------------------------------------------------------------------------

BOUNDED: dict[str, Any] = {"RoleName": "clickstream-deploy"}
RELEASE = f"arn:aws:iam::{OWN}:policy/clickstream-release"


async def test_policies_are_read_as_iam_gives_them(aws: Asker) -> None:
    attached = await aws.ask("iam", "list_attached_role_policies", **BOUNDED)
    inline = await aws.ask("iam", "list_role_policies", **BOUNDED)
    role = await aws.ask("iam", "get_role", **BOUNDED)
    policy = await aws.ask("iam", "get_policy", PolicyArn=RELEASE)
    version = policy["Policy"]["DefaultVersionId"]
    document = await aws.ask("iam", "get_policy_version", PolicyArn=RELEASE, VersionId=version)

    assert attached["AttachedPolicies"] == [{"PolicyName": "clickstream-release", "PolicyArn": RELEASE}]
    assert (attached["IsTruncated"], inline["PolicyNames"]) == (False, [])
    assert role["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith(":policy/deploy-roles")
    assert document["PolicyVersion"]["Document"]["Version"] == "2012-10-17"


async def test_a_long_list_comes_in_pages(aws: Asker) -> None:
    aws.stand_in.policies.page = 0
    page = await aws.ask("iam", "list_attached_role_policies", **BOUNDED)
    odd = await aws.refusal("iam", "list_attached_role_policies", **BOUNDED, Marker="next")

    assert (page["AttachedPolicies"], page["IsTruncated"], page["Marker"]) == ([], True, "0")
    assert odd[:2] == (400, "ValidationError")


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("list_role_policies", {"RoleName": "nobody"}),
        ("list_attached_role_policies", {"RoleName": "nobody"}),
        ("get_role_policy", {**BOUNDED, "PolicyName": "nothing"}),
        ("get_policy", {"PolicyArn": f"arn:aws:iam::{OWN}:policy/nothing"}),
        ("get_policy_version", {"PolicyArn": RELEASE, "VersionId": "v9"}),
    ],
)
async def test_what_is_not_there_is_no_such_entity(aws: Asker, call: str, arguments: dict[str, str]) -> None:
    assert (await aws.refusal("iam", call, **arguments))[:2] == (404, "NoSuchEntity")


async def test_what_is_only_a_help_is_refused_until_it_is_granted(aws: Asker) -> None:
    arn = f"arn:aws:iam::{OWN}:role/clickstream-deploy"
    asked: dict[str, Any] = {"PolicySourceArn": arn, "ActionNames": ["s3:GetObject"]}
    lookup: dict[str, Any] = {"LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": arn}]}
    refused = await aws.refusal("iam", "simulate_principal_policy", **asked)
    hidden = await aws.refusal("cloudtrail", "lookup_events", **lookup)
    aws.stand_in.granted[OWN] = READS | HELPS
    simulated = await aws.ask("iam", "simulate_principal_policy", **asked)
    events = await aws.ask("cloudtrail", "lookup_events", **lookup)

    assert (refused[:2], hidden[1]) == ((403, "AccessDenied"), "AccessDenied")
    assert simulated["EvaluationResults"][0]["EvalDecision"] == "implicitDeny"
    assert events["Events"] == []


async def test_records_are_looked_up_by_one_attribute_and_twice_a_second_at_most(aws: Asker) -> None:
    aws.stand_in.granted[OWN] = READS | HELPS
    one: dict[str, Any] = {"AttributeKey": "ResourceName", "AttributeValue": "x"}
    both = await aws.refusal("cloudtrail", "lookup_events", LookupAttributes=[one, one])
    await aws.ask("cloudtrail", "lookup_events", LookupAttributes=[one])
    third = await aws.refusal("cloudtrail", "lookup_events", LookupAttributes=[one])

    assert both[1] == "InvalidLookupAttributesException"
    assert third[1] == "ThrottlingException"
