"""AWS: whose credentials they are, and which permissions they have in each account that may be read.

A permission is tried on a name that does not exist: IAM answers `NoSuchEntity` to whoever may ask, and
`AccessDenied` to whoever may not: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
"""

from __future__ import annotations

import asyncio

from bot.clients.aws import AwsClient
from bot.doctor.report import Check, note, ok, refusal_of, refused
from bot.errors import SourceDenied, SourceError
from bot.metrics import Metrics
from bot.settings import Settings

_AREA = "aws"
_NOBODY = "rolecall-doctor-asks-for-no-role"
_ISSUER = "api.bitbucket.org/2.0/workspaces/rolecall-doctor/pipelines-config/identity/oidc"

_REGION = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
#: What the optional permissions are for, in the order in which they are tried.
_USES = (
    "what an assumed role may do is not read",
    "the simulator of IAM is not asked",
    "the record of a refused login is not looked up",
)


async def examine(settings: Settings) -> list[Check]:
    """Try the reads of a diagnosis in the bot's own account and in each listed one."""
    client = AwsClient(
        {name: value.get_secret_value() for name, value in settings.aws.items()},
        settings.read_roles,
        Metrics(),
    )
    try:
        if not settings.aws and not settings.read_roles:
            return [
                note(
                    _AREA,
                    "no AWS account is read: there are no `AWS_*` settings",
                    "give the bot credentials that may read IAM, and a diagnosis proves its verdict on the "
                    "role; without them it says what the trust policy must hold",
                )
            ]
        listed = {arn.split(":")[4]: arn.split(":")[1] for arn in settings.read_roles}
        try:
            account, partition = await client.own_account()
        except SourceError as error:
            return [refused(_AREA, "the bot's own account", error)]
        checks = [ok(_AREA, f"the bot's credentials belong to the account {account}")]
        accounts = {account: partition, **listed}
        groups = await asyncio.gather(*(_account(client, a, p) for a, p in accounts.items()))
        return checks + [check for group in groups for check in group]
    finally:
        client.close()


async def _account(client: AwsClient, account: str, partition: str) -> list[Check]:
    nobody = f"arn:{partition}:iam::{account}:role/{_NOBODY}"
    role, providers, *optional = await asyncio.gather(
        refusal_of(client.role(nobody)),
        refusal_of(_providers(client, account, partition)),
        refusal_of(client.policies(nobody)),
        refusal_of(client.simulation(nobody, "s3:GetObject", None)),
        refusal_of(client.logins(nobody, _REGION.get(partition, "us-east-1"), None)),
    )
    checks = []
    if role is None and providers is None:
        checks.append(ok(_AREA, f"in the account {account} the bot reads roles and OIDC providers"))
    if role is not None:
        checks.append(refused(_AREA, f"a role of the account {account}", role))
    if providers is not None and (role is None or role.reason != providers.reason):
        checks.append(refused(_AREA, f"the OIDC providers of the account {account}", providers))
    if role is not None:
        # What the account refuses as a whole need not be said five times.
        return checks
    for error, use in zip(optional, _USES, strict=True):
        if error is not None:
            checks.append(note(_AREA, f"{use}: {error.reason}", f"optional: {error.remedy}"))
    return checks


async def _providers(client: AwsClient, account: str, partition: str) -> None:
    """Both permissions that the providers need.

    Raises:
        SourceError: one of them is not there.
    """
    read = await client.providers(account, partition, _ISSUER)
    for part in read.unread:
        raise SourceDenied(part.reason, part.remedy)
