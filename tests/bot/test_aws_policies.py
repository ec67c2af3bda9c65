"""A role's policies, IAM's simulator and CloudTrail: real boto3 over loopback HTTP against the stand-in."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import SourceDenied, SourceMalformed, SourceNotFound, SourceRateLimited, SourceUnreachable
from bot.playground.aws import HELPS, READS, AwsStandIn
from bot.playground.aws_trail import ExampleLogin
from bot.playground.world import ExamplePolicies, World
from knowledge.answer import LoginRecord
from knowledge.claims import provider_arn
from knowledge.finding import Verdict
from tests.bot.sources import DENIED, WORLD, changed, link, opened, repository
from tests.bot.test_aws import OWN, actions, reading

NAME = "image-catalog-deploy"
ROLE = f"arn:aws:iam::{OWN}:role/{NAME}"
OBJECT = "arn:aws:s3:::acme-catalog-images/2026/11/cover.webp"
AWSS = "arn:aws:iam::aws:policy/ReadOnlyAccess"
LIMITS = f"arn:aws:iam::{OWN}:policy/limits"


def document(**changes: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/*", **changes}
    return {"Version": "2012-10-17", "Statement": [statement]}


def holding(**policies: Any) -> World:
    """The example world, in which the role has these policies."""

    def with_policies(one: Any) -> Any:
        return replace(one, role=replace(one.role, policies=ExamplePolicies(**policies)))

    return changed("image-catalog", with_policies)


THREE = holding(
    inline={"a & b": document(), "c": document(Action="ec2:*")},
    attached={AWSS: document(Action="s3:Get*")},
    boundary={LIMITS: document(Action="*", Resource="*")},
)


# -- policies -----------------------------------------------------------------------------------------------


async def test_inline_and_attached_policies_are_read_with_their_documents() -> None:
    async with reading(THREE) as (_, client):
        found = await client.policies(ROLE)

    assert [(one.name, one.arn, one.document) for one in found.policies] == [
        ("a & b", None, document()),
        ("c", None, document(Action="ec2:*")),
        ("ReadOnlyAccess", AWSS, document(Action="s3:Get*")),
    ]
    assert found.unread == ()


async def test_a_list_of_several_pages_is_read_to_its_end() -> None:
    async with reading(THREE) as (stand_in, client):
        stand_in.policies.page = 1
        found = await client.policies(ROLE)

    assert len(found.policies) == 3
    assert actions(stand_in).count("/iam/ListRolePolicies") == 2


async def test_a_list_without_an_end_is_not_read_on_for_ever_and_counts_as_unread() -> None:
    world = holding(inline={f"p{number}": document() for number in range(9)})
    async with reading(world) as (stand_in, client):
        stand_in.policies.page = 1
        found = await client.policies(ROLE)

    assert actions(stand_in).count("/iam/ListRolePolicies") == 3
    assert [one.source for one in found.unread] == [f"the inline policies of the role {NAME}"]


async def test_of_many_policies_those_beyond_a_dozen_are_named_as_unread() -> None:
    world = holding(inline={f"p{number}": document() for number in range(15)})
    async with reading(world) as (stand_in, client):
        found = await client.policies(ROLE)

    assert (len(found.policies), len(found.unread)) == (12, 3)
    assert actions(stand_in).count("/iam/GetRolePolicy") == 12
    assert "IAM > Roles > Permissions" in found.unread[0].remedy


@pytest.mark.parametrize(
    ("permission", "source"),
    [
        ("iam:ListAttachedRolePolicies", f"the policies attached to the role {NAME}"),
        ("iam:ListRolePolicies", f"the inline policies of the role {NAME}"),
        ("iam:GetRolePolicy", "the policy a & b"),
        ("iam:GetPolicy", "the policy ReadOnlyAccess"),
        ("iam:GetPolicyVersion", "the policy ReadOnlyAccess"),
    ],
)
async def test_a_missing_permission_leaves_the_rest_and_is_named_in_the_remedy(
    permission: str, source: str
) -> None:
    async with reading(THREE) as (stand_in, client):
        stand_in.granted[OWN] = READS - {permission}
        found = await client.policies(ROLE)

    assert source in [one.source for one in found.unread]
    assert all(f"`{permission}`" in one.remedy for one in found.unread)
    assert found.policies != ()


async def test_without_either_list_there_is_no_reading() -> None:
    async with reading(THREE) as (stand_in, client):
        stand_in.granted[OWN] = frozenset({"iam:GetRole"})
        with pytest.raises(SourceDenied) as caught:
            await client.policies(ROLE)

    assert "`iam:ListAttachedRolePolicies`" in caught.value.remedy


async def test_a_role_that_is_gone_has_no_policies_but_is_not_there() -> None:
    async with reading() as (_, client):
        with pytest.raises(SourceNotFound):
            await client.policies(f"arn:aws:iam::{OWN}:role/nothing-here")


async def test_a_boundary_is_read_in_its_default_version() -> None:
    async with reading(THREE) as (stand_in, client):
        role = await client.role(ROLE)
        found = await client.policy(OWN, role.boundary_arn or "")

    assert (found.arn, found.document) == (LIMITS, document(Action="*", Resource="*"))
    assert actions(stand_in)[-2:] == ["/iam/GetPolicy", "/iam/GetPolicyVersion"]


async def test_a_policy_that_is_no_json_counts_as_unread() -> None:
    async with reading(THREE) as (stand_in, client):
        body = (
            b"<GetRolePolicyResponse><GetRolePolicyResult><RoleName>x</RoleName><PolicyName>c</PolicyName>"
            b"<PolicyDocument>%7Bno</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>"
        )
        stand_in.fail("GetRolePolicy", status=200, body=body)
        found = await client.policies(ROLE)

    assert [one.source for one in found.unread] == ["the policy a & b", "the policy c"]


# -- the simulator ------------------------------------------------------------------------------------------


async def test_the_simulator_is_asked_for_the_action_on_its_resource() -> None:
    async with reading(THREE) as (stand_in, client):
        stand_in.granted[OWN] = READS | HELPS
        denied = await client.simulation(ROLE, "s3:PutObject", OBJECT)
        allowed = await client.simulation(ROLE, "ec2:RunInstances", "arn:aws:s3:::a/x")

    assert (denied.decision, denied.boundary_allows) == ("implicitDeny", True)
    assert (allowed.decision, allowed.matched) == ("allowed", ("c",))


async def test_a_refused_simulator_is_not_asked_again_at_once_and_says_the_same() -> None:
    async with reading(THREE) as (stand_in, client):
        errors = []
        for _ in range(2):
            with pytest.raises(SourceDenied) as caught:
                await client.simulation(ROLE, "s3:PutObject", OBJECT)
            errors.append(caught.value.remedy)

    assert errors[0] == errors[1]
    assert "`iam:SimulatePrincipalPolicy`" in errors[0]
    assert actions(stand_in).count("/iam/SimulatePrincipalPolicy") == 1


# -- CloudTrail ---------------------------------------------------------------------------------------------

LEDGER = repository("ledger")
RUN = LEDGER.runs[0]
STEP = next(step for step in RUN.steps if step.result == "FAILED")
LEDGER_ROLE = LEDGER.role.arn if LEDGER.role else ""
AT = datetime.fromisoformat(RUN.created_on)


def login(**changes: Any) -> ExampleLogin:
    given: dict[str, Any] = {
        "region": "eu-central-1",
        "at": (AT + timedelta(minutes=1)).timestamp(),
        "role_arn": LEDGER_ROLE,
        "provider_arn": provider_arn(OWN, "acme"),
        "audience": f"ari:cloud:bitbucket::workspace/{WORLD.uuid.strip('{}')}",
        "subject": f"{LEDGER.uuid}:{STEP.uuid}",
        "request_id": "9a7b5c3d-0000-4000-8000-0123456789ab",
        **changes,
    }
    return ExampleLogin(**given)


async def test_a_record_holds_what_aws_was_shown() -> None:
    async with reading() as (stand_in, client):
        stand_in.granted[OWN] = READS | HELPS
        stand_in.trails[OWN].logins.append(login())
        (found,) = await client.logins(LEDGER_ROLE, "eu-central-1", AT)

    assert found.audience == f"ari:cloud:bitbucket::workspace/{WORLD.uuid.strip('{}')}"
    assert found.subject == f"{LEDGER.uuid}:{STEP.uuid}"
    assert found.provider_arn == provider_arn(OWN, "acme")
    assert (found.source_ip, found.error_code) == ("203.0.113.10", "AccessDenied")
    assert found.at == (AT + timedelta(minutes=1)).astimezone(UTC)


async def test_records_of_another_region_role_or_day_are_not_found() -> None:
    async with reading() as (stand_in, client):
        stand_in.granted[OWN] = READS | HELPS
        stand_in.trails[OWN].logins += [
            login(region="us-east-1"),
            login(role_arn=ROLE),
            login(at=(AT - timedelta(days=1)).timestamp()),
        ]
        assert await client.logins(LEDGER_ROLE, "eu-central-1", AT) == ()


async def test_a_record_of_another_shape_is_none() -> None:
    odd = [
        {"EventName": "AssumeRoleWithWebIdentity", "EventTime": 1.0, "CloudTrailEvent": text}
        for text in ("", "[]", "{", "{}", '{"userIdentity": {"userName": "x"}}', "[" * 30_000)
    ]
    async with reading() as (stand_in, client):
        stand_in.fail("/cloudtrail/", status=200, body=json.dumps({"Events": odd}).encode())
        assert await client.logins(LEDGER_ROLE, "eu-central-1", AT) == ()

        stand_in.fail("/cloudtrail/", status=200, body=b'{"Events": 7}')
        with pytest.raises(SourceMalformed):
            await client.logins(LEDGER_ROLE, "eu-central-1", AT)


async def test_cloudtrail_refused_is_asked_once() -> None:
    async with reading() as (stand_in, client):
        for _ in range(2):
            with pytest.raises(SourceDenied) as caught:
                await client.logins(LEDGER_ROLE, "eu-central-1", AT)

    assert "`cloudtrail:LookupEvents`" in caught.value.remedy
    assert len([one for one in actions(stand_in) if one.startswith("/cloudtrail/")]) == 1


async def test_cloudtrail_throttled_is_unread_and_asked_again_later() -> None:
    async with reading() as (stand_in, client):
        stand_in.granted[OWN] = READS | HELPS
        body = b'{"__type": "ThrottlingException", "message": "Rate exceeded"}'
        stand_in.fail("/cloudtrail/", status=400, body=body, times=2)
        with pytest.raises(SourceRateLimited):
            await client.logins(LEDGER_ROLE, "eu-central-1", AT)
        assert await client.logins(LEDGER_ROLE, "eu-central-1", AT) == ()


# -- answers without an end ---------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["/iam/GetRole", "/sts/GetCallerIdentity"])
async def test_an_answer_that_is_far_too_long_is_not_read_to_its_end(call: str) -> None:
    async with reading() as (stand_in, client):
        stand_in.fail(call, status=200, body=b"<GetRoleResponse>" + b"x" * 4_000_000)
        with pytest.raises(SourceMalformed) as caught:
            await client.role(ROLE)
        stand_in.heal()
        again = await client.role(ROLE)

    assert "longer than any" in caught.value.reason
    assert again.arn == ROLE
    assert actions(stand_in).count(call) == 2


async def test_a_connection_that_breaks_within_the_answer_is_tried_once_more() -> None:
    async with reading() as (stand_in, client):
        stand_in.fail("/iam/GetRole", drop=True)
        with pytest.raises(SourceUnreachable):
            await client.role(ROLE)

    assert actions(stand_in).count("/iam/GetRole") == 2


# -- a whole diagnosis --------------------------------------------------------------------------------------


async def test_one_policy_costs_four_calls_and_neither_trust_nor_providers_are_asked_for() -> None:
    async with opened() as sources:
        await sources.ask(repository("image-catalog").paste)
        sources.forget_calls()
        await sources.ask(repository("image-catalog").paste)

    assert sorted(actions(sources.aws)) == [
        "/iam/GetRole",
        "/iam/GetRolePolicy",
        "/iam/ListAttachedRolePolicies",
        "/iam/ListRolePolicies",
    ]


async def test_the_simulator_is_asked_only_where_the_policies_leave_it_open() -> None:
    world = holding(inline={"a": document(Resource=OBJECT)})
    stand_in = AwsStandIn(world)
    stand_in.granted[OWN] = READS | HELPS
    async with opened(world, aws=stand_in) as sources:
        answer = await sources.ask(repository("image-catalog").paste)

    assert actions(stand_in).count("/iam/SimulatePrincipalPolicy") == 1
    (finding,) = answer.diagnosis.findings
    assert "IAM's policy simulator decides `allowed`" in finding.evidence[-1].sentence
    assert "as they are now, allow it" in finding.meaning


@pytest.mark.parametrize("written", ["", f" on resource: {OBJECT.replace('acme', '***')}"])
async def test_the_simulator_is_not_asked_about_a_resource_that_the_text_does_not_tell(written: str) -> None:
    """Without one it decides for `*`, which hardly any statement allows; a masked one is another."""
    world = holding(inline={"a": document(Resource=OBJECT)})
    stand_in = AwsStandIn(world)
    stand_in.granted[OWN] = READS | HELPS
    paste = re.sub(r" on resource: \S+", written, repository("image-catalog").paste)
    assert paste != repository("image-catalog").paste
    async with opened(world, aws=stand_in) as sources:
        answer = await sources.ask(paste)

    assert "/iam/GetRolePolicy" in actions(stand_in)
    assert "/iam/SimulatePrincipalPolicy" not in actions(stand_in)
    (finding,) = answer.diagnosis.findings
    assert "that does not decide it" in finding.meaning
    assert answer.diagnosis.unread == ()


async def test_without_the_permissions_the_text_alone_is_told_and_the_missing_one_is_named() -> None:
    stand_in = AwsStandIn(WORLD)
    stand_in.granted[OWN] = frozenset()
    async with opened(aws=stand_in) as sources:
        answer = await sources.ask(repository("image-catalog").paste)

    (finding,) = answer.diagnosis.findings
    assert (finding.cause, finding.verdict) == ("role-permission-missing", Verdict.CONFIRMED)
    assert finding.fixes[0].commands != ()
    assert [one.source for one in answer.diagnosis.unread] == [f"the policies of the role {NAME}"]
    assert "`iam:ListAttachedRolePolicies`" in answer.diagnosis.unread[0].remedy


async def test_of_a_role_that_the_organisation_refuses_nothing_is_asked() -> None:
    paste = repository("image-catalog").paste.replace(
        "because no identity-based policy allows the s3:PutObject action",
        "with an explicit deny in a service control policy",
    )
    async with opened() as sources:
        answer = await sources.ask(paste)

    assert actions(sources.aws) == []
    assert answer.diagnosis.unread == ()
    assert [one.verdict for one in answer.diagnosis.findings] == [Verdict.CONFIRMED]


async def test_a_role_in_an_account_that_is_not_listed_is_not_asked_for() -> None:
    paste = repository("image-catalog").paste.replace(OWN, "999999999999")
    async with opened() as sources:
        answer = await sources.ask(paste)

    assert set(actions(sources.aws)) == {"/sts/GetCallerIdentity"}
    assert "`AWS_READ_ROLES`" in answer.diagnosis.unread[0].remedy


SOUND = changed(
    "ledger",
    lambda one: replace(
        one,
        role=one.role
        and replace(
            one.role,
            trust_policy=json.loads(json.dumps(one.role.trust_policy).replace(one.uuid[1:-1], one.uuid)),
        ),
    ),
)
"""The world in which `ledger`'s policy has its braces."""


async def test_where_the_policy_refuses_by_itself_cloudtrail_is_not_asked() -> None:
    stand_in = AwsStandIn(WORLD)
    stand_in.granted[OWN] = READS | HELPS
    async with opened(aws=stand_in) as sources:
        answer = await sources.ask(LEDGER.paste)

    assert [one.cause for one in answer.diagnosis.findings][:1] == ["trust-subject-mismatch"]
    assert len(actions(stand_in)) == 4
    assert answer.login_record is LoginRecord.NOT_ASKED


async def test_where_the_policy_allows_it_the_record_of_this_step_is_looked_for_in_both_regions() -> None:
    stand_in = AwsStandIn(SOUND)
    stand_in.granted[OWN] = READS | HELPS
    stand_in.trails[OWN].logins += [login(subject=f"{LEDGER.uuid}:{RUN.uuid}"), login(region="us-east-1")]
    async with opened(SOUND, aws=stand_in) as sources:
        answer = await sources.ask(f"{DENIED} {link('ledger')}")

    (finding,) = answer.diagnosis.findings
    assert (finding.cause, finding.verdict) == ("refused-above-the-role", Verdict.LIKELY)
    told = finding.evidence[-1].sentence
    assert "in `us-east-1`" in told
    assert f"`{LEDGER.uuid}:{STEP.uuid}`" in told
    assert "its subject names this step of this run" in told


async def test_where_cloudtrail_may_not_be_read_the_permission_is_named_and_the_command_told() -> None:
    async with opened(SOUND) as sources:
        answer = await sources.ask(f"{DENIED} {link('ledger')}")

    assert ["`cloudtrail:LookupEvents`" in one.remedy for one in answer.diagnosis.unread] == [True]
    assert answer.diagnosis.findings[0].fixes[0].commands[0].startswith("aws cloudtrail lookup-events")
    assert answer.login_record is LoginRecord.NOT_ASKED


async def test_a_simulator_that_may_not_be_asked_is_named_where_it_would_have_helped() -> None:
    world = holding(inline={"a": document(Resource=OBJECT)})
    async with opened(world) as sources:
        answer = await sources.ask(repository("image-catalog").paste)

    assert ["`iam:SimulatePrincipalPolicy`" in one.remedy for one in answer.diagnosis.unread] == [True]


async def test_a_record_of_the_same_request_shows_the_address_that_the_policy_does_not_admit() -> None:
    def limited(one: Any) -> Any:
        trust = json.loads(json.dumps(one.role.trust_policy).replace(one.uuid[1:-1], one.uuid))
        trust["Statement"][0]["Condition"]["IpAddress"] = {"aws:SourceIp": ["198.51.100.0/24"]}
        return replace(one, role=replace(one.role, trust_policy=trust))

    world = changed("ledger", limited)
    stand_in = AwsStandIn(world)
    stand_in.granted[OWN] = READS | HELPS
    stand_in.trails[OWN].logins.append(login(request_id="1b2c3d4e-0000-4000-8000-000000000001"))
    text = (
        "operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403, RequestID: "
        "1b2c3d4e-0000-4000-8000-000000000001, api error AccessDenied: Not authorized to perform "
        "sts:AssumeRoleWithWebIdentity"
    )
    async with opened(world, aws=stand_in) as sources:
        answer = await sources.ask(f"{text} {link('ledger')}")

    lead = answer.diagnosis.findings[0]
    assert lead.cause == "trust-source-ip"
    assert "`203.0.113.10`" in lead.meaning


@pytest.mark.parametrize("region", ["xx-nowhere-1", "cn-north-1", "evil.example"])
async def test_only_regions_of_the_roles_partition_are_asked(region: str) -> None:
    def elsewhere(one: Any) -> Any:
        trusting = SOUND.repositories[[each.slug for each in SOUND.repositories].index("ledger")]
        file = re.sub(r"AWS_(DEFAULT_)?REGION=\S+", rf"AWS_\1REGION={region}", one.pipeline_file)
        return replace(one, role=trusting.role, pipeline_file=file)

    world = changed("ledger", elsewhere)
    stand_in = AwsStandIn(world)
    stand_in.granted[OWN] = READS | HELPS
    async with opened(world, aws=stand_in) as sources:
        await sources.ask(f"{DENIED} sts.{region}.amazonaws.com {link('ledger')}")

    signed = [
        call.headers["authorization"] for call in stand_in.calls if call.path.startswith("/cloudtrail/")
    ]
    assert [one.split("/")[2] for one in signed] == ["us-east-1"]


async def test_a_record_that_is_not_there_yet_changes_nothing() -> None:
    stand_in = AwsStandIn(SOUND)
    stand_in.granted[OWN] = READS | HELPS
    async with opened(SOUND, aws=stand_in) as sources:
        answer = await sources.ask(f"{DENIED} {link('ledger')}")
        before = answer.diagnosis.findings[0]
        stand_in.trails[OWN].logins.append(login())
        again = await sources.ask(f"{DENIED} {link('ledger')}", revision="2")

    assert before.verdict is Verdict.POSSIBLE
    assert any("no record of this login yet" in step for step in before.fixes[0].steps)
    assert before.fixes[0].commands == ()
    assert again.diagnosis.findings[0].verdict is Verdict.LIKELY
    assert (answer.login_record, again.login_record) == (LoginRecord.AWAITED, LoginRecord.FOUND)
