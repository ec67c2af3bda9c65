"""Reads IAM in the accounts the bot may read: its own, and those with a listed read role.

Only reads: `GetCallerIdentity`, `AssumeRole` into listed roles, `GetRole`, `ListOpenIDConnectProviders`,
`GetOpenIDConnectProvider`; and where a failure needs them a role's policies, IAM's simulator and CloudTrail's
records.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from bot.clients.aws_access import AwsAccess
from bot.clients.aws_policies import managed_policy, outcome, role_policies, simulation
from bot.clients.aws_shapes import listed_provider, provider_of, role_of
from bot.clients.aws_trail import asked_for, login_events
from bot.errors import SourceDenied, SourceError, SourceMalformed, SourceNotFound
from bot.metrics import Metrics
from knowledge.aws_readings import LoginEvent, RolePolicies, RolePolicy, Simulation
from knowledge.casefile import ProvidersRead, Role
from knowledge.reading import Unread

T = TypeVar("T")

_ROLE = re.compile(
    r"arn:(?P<partition>aws[\w-]*):iam::(?P<account>\d{12}):role/(?:[\w+=,.@/-]+/)?(?P<name>[\w+=,.@-]{1,64})\Z"
)
_NOT_AGAIN = timedelta(minutes=5)
"""For so long what was refused is not asked for again, where it is only a help."""


class AwsClient:
    """See `bot.ports.Aws`. Built once; `settings` are the `AWS_*` names as they were given."""

    def __init__(self, settings: Mapping[str, str], read_roles: Sequence[str], metrics: Metrics) -> None:
        self._access = AwsAccess(settings, read_roles, metrics)
        self._refused: dict[tuple[str, str], tuple[datetime, str, str]] = {}

    async def open(self) -> None:
        """Build the clients before anybody waits for them; raises nothing."""
        await self._access.open()

    def close(self) -> None:
        self._access.close()

    async def prepare(self) -> None:
        try:
            await self._access.identity()
        except SourceError:
            # Whatever it was, the question that needs the answer meets it again and says it.
            return

    async def own_account(self) -> tuple[str, str]:
        """Account and partition of the bot's own credentials.

        Raises:
            SourceError: AWS did not say.
        """
        return await self._access.identity()

    async def role(self, arn: str) -> Role:
        """The role of that ARN, looked up by its name, which is unique in an account.

        Raises:
            SourceNotFound: the account was read and has no such role.
            SourceError: it could not be read.
        """
        parts = _parts(arn)
        iam = await self._access.iam(parts["account"])
        name = parts["name"]
        answer = await self._access.call("iam:GetRole", parts["account"], lambda: iam.get_role(RoleName=name))
        return role_of(answer)

    async def providers(self, account: str, partition: str, path: str) -> ProvidersRead:
        """The account's OIDC providers; of the one whose URL is `path` its client ids too. Of the two calls
        one may be refused: then what the other gave is there, and what is missing is named.

        Raises:
            SourceError: they could not be read.
        """
        iam = await self._access.iam(account)
        wanted = f"arn:{partition}:iam::{account}:oidc-provider/{path}"
        listing, getting = await asyncio.gather(
            outcome(
                self._access.call(
                    "iam:ListOpenIDConnectProviders", account, iam.list_open_id_connect_providers
                )
            ),
            outcome(
                self._access.call(
                    "iam:GetOpenIDConnectProvider",
                    account,
                    lambda: iam.get_open_id_connect_provider(OpenIDConnectProviderArn=wanted),
                )
            ),
        )
        found = None if isinstance(getting, SourceError) else provider_of(wanted, getting)
        if isinstance(listing, SourceError):
            if found is None:
                raise listing
            return ProvidersRead(
                (found,), (listing.unread(f"the other OIDC providers of the account {account}"),)
            )
        unread: tuple[Unread, ...] = ()
        if isinstance(getting, SourceError) and not isinstance(getting, SourceNotFound):
            unread = (
                getting.unread(f"Bitbucket's OIDC provider in the account {account}, with its audiences"),
            )
        arns = [str(item.get("Arn", "")) for item in listing.get("OpenIDConnectProviderList", ())]
        providers = (found if found is not None and arn == wanted else listed_provider(arn) for arn in arns)
        return ProvidersRead(tuple(providers), unread)

    async def policies(self, role_arn: str) -> RolePolicies:
        """The role's own policies, attached and inline; without its boundary.

        Raises:
            SourceError: none of them could be listed.
        """
        parts = _parts(role_arn)
        return await role_policies(self._access.asking(parts["account"]), parts["name"])

    async def policy(self, account: str, arn: str) -> RolePolicy:
        """A managed policy, such as a boundary.

        Raises:
            SourceError: it could not be read.
        """
        return await managed_policy(self._access.asking(account), arn)

    async def simulation(self, role_arn: str, action: str, resource: str | None) -> Simulation:
        """IAM's own verdict on one action.

        Raises:
            SourceError: it did not say; that it may not be asked is remembered for a while.
        """
        account = _parts(role_arn)["account"]
        return await self._if_allowed(
            account,
            "simulation",
            lambda: simulation(self._access.asking(account), role_arn, action, resource),
        )

    async def logins(self, role_arn: str, region: str, since: datetime | None) -> tuple[LoginEvent, ...]:
        """CloudTrail's newest records of logins to the role by web identity, in one region.

        Raises:
            SourceError: they could not be read; that they may not be is remembered for a while.
        """
        account = _parts(role_arn)["account"]

        async def ask() -> tuple[LoginEvent, ...]:
            trail = await self._access.regional(account, "cloudtrail", region)
            asked = asked_for(role_arn, since)
            answer = await self._access.call(
                "cloudtrail:LookupEvents", account, lambda: trail.lookup_events(**asked)
            )
            return login_events(answer, region)

        return await self._if_allowed(account, "cloudtrail", ask)

    async def _if_allowed(self, account: str, what: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask for what few allow the bot; once refused, not again for a while."""
        key = (account, what)
        if key in self._refused:
            until, reason, remedy = self._refused[key]
            if datetime.now(UTC) < until:
                raise SourceDenied(reason, remedy)
        try:
            return await ask()
        except SourceDenied as error:
            # Its words alone: an error that is kept keeps all that was at hand where it was raised.
            self._refused[key] = datetime.now(UTC) + _NOT_AGAIN, error.reason, error.remedy
            raise


def _parts(arn: str) -> re.Match[str]:
    parts = _ROLE.match(arn)
    if parts is None:
        raise SourceMalformed(f"{arn[:100]!r} is no role ARN", "correct the ARN")
    return parts
