"""Reads IAM in the accounts the bot may read: its own, and those with a listed read role.

boto3 blocks, so every call runs in a thread of a small pool. Only reads: `GetCallerIdentity`,
`AssumeRole` into listed roles, `GetRole`, `ListOpenIDConnectProviders`, `GetOpenIDConnectProvider`.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from bot.clients.aws_errors import not_listed, translated, unintelligible, unusable
from bot.clients.aws_session import AwsSession
from bot.errors import SourceError, SourceMalformed, SourceUnreachable
from bot.metrics import Metrics
from knowledge.casefile import OidcProvider, Role

T = TypeVar("T")

_THREADS = 8
_OPENING = 3.0
"""Seconds that the start waits for the clients to be built."""
_EARLY = timedelta(minutes=5)
"""A session is renewed so long before its end."""

_ROLE = re.compile(
    r"arn:(?P<partition>aws[\w-]*):iam::(?P<account>\d{12}):role/(?:[\w+=,.@/-]+/)?(?P<name>[\w+=,.@-]{1,64})\Z"
)
_PROVIDER = re.compile(r"arn:aws[\w-]*:iam::\d{12}:oidc-provider/(?P<url>.+)\Z")


@dataclass(frozen=True, slots=True)
class _Account:
    """An IAM client for one account, and the end of its session."""

    iam: Any
    until: datetime


class AwsClient:
    """See `bot.ports.Aws`. Built once; `settings` are the `AWS_*` names as they were given."""

    def __init__(self, settings: Mapping[str, str], read_roles: Sequence[str], metrics: Metrics) -> None:
        self._configured = bool(settings or read_roles)
        self._session = AwsSession(settings, may_ask_machine=self._configured)
        self._read_roles = {arn.split(":")[4]: arn for arn in read_roles}
        self._metrics = metrics
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="aws")
        self._closed = False
        self._identity: asyncio.Task[str] | None = None
        self._accounts: dict[str, asyncio.Task[_Account]] = {}

    async def open(self) -> None:
        """Build the clients of the own account, which takes a while, before anybody waits for them.

        Nobody is asked anything, unless the settings make boto3's own chain ask for credentials.
        """
        if self._configured:
            with contextlib.suppress(SourceError, TimeoutError):
                # Whatever is wrong with the settings is met, and said, when a role is to be read.
                async with asyncio.timeout(_OPENING):
                    await self._client("sts")
                    await self._client("iam")

    def close(self) -> None:
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def prepare(self) -> None:
        try:
            await self._own_account()
        except SourceError:
            # Whatever it was, the question that needs the answer meets it again and says it.
            return

    async def role(self, arn: str) -> Role:
        """The role of that ARN, looked up by its name, which is unique in an account.

        Raises:
            SourceNotFound: the account was read and has no such role.
            SourceError: it could not be read.
        """
        parts = _ROLE.match(arn)
        if parts is None:
            raise SourceMalformed(f"{arn[:100]!r} is no role ARN", "correct the ARN")
        iam = await self._iam(parts["account"])
        name = parts["name"]
        answer = await self._call("iam:GetRole", parts["account"], lambda: iam.get_role(RoleName=name))
        return _role(answer)

    async def providers(self, account: str, partition: str, path: str) -> tuple[OidcProvider, ...]:
        """The account's OIDC providers; of the one whose URL is `path` its client ids too.

        Raises:
            SourceError: they could not be read.
        """
        iam = await self._iam(account)
        wanted = f"arn:{partition}:iam::{account}:oidc-provider/{path}"
        listing, getting = await asyncio.gather(
            _outcome(
                self._call("iam:ListOpenIDConnectProviders", account, iam.list_open_id_connect_providers)
            ),
            _outcome(
                self._call(
                    "iam:GetOpenIDConnectProvider",
                    account,
                    lambda: iam.get_open_id_connect_provider(OpenIDConnectProviderArn=wanted),
                )
            ),
        )
        found = None if isinstance(getting, SourceError) else _provider(wanted, getting)
        if isinstance(listing, SourceError):
            if found is None:
                raise listing
            return (found,)
        arns = [str(item.get("Arn", "")) for item in listing.get("OpenIDConnectProviderList", ())]
        return tuple(found if found is not None and arn == wanted else _listed(arn) for arn in arns)

    # -- whose account --------------------------------------------------------------------------------

    async def _iam(self, account: str) -> Any:
        if account in self._read_roles:
            return (await self._shared(account)).iam
        own = await self._own_account()
        if account != own:
            raise not_listed(account)
        return await self._client("iam")

    async def _own_account(self) -> str:
        """The account of the bot's own credentials, asked for once."""
        if self._identity is None or _failed(self._identity):
            self._identity = _shared_task(self._who())
        return await asyncio.shield(self._identity)

    async def _who(self) -> str:
        sts = await self._client("sts")
        answer = await self._call("sts:GetCallerIdentity", None, sts.get_caller_identity)
        return str(answer.get("Account", ""))

    async def _shared(self, account: str) -> _Account:
        """The account by its read role; one session for all who ask, renewed before it ends."""
        task = self._accounts.get(account)
        ended = task is not None and task.done() and not _failed(task) and _ends(task.result())
        if task is None or ended or _failed(task):
            task = _shared_task(self._assume(account))
            self._accounts[account] = task
        return await asyncio.shield(task)

    async def _assume(self, account: str) -> _Account:
        arn = self._read_roles[account]
        sts = await self._client("sts")
        answer = await self._call(
            "sts:AssumeRole", account, lambda: sts.assume_role(RoleArn=arn, RoleSessionName="rolecall")
        )
        credentials = answer.get("Credentials")
        if not isinstance(credentials, Mapping) or not isinstance(credentials.get("Expiration"), datetime):
            raise unintelligible()
        iam = await self._in_thread(lambda: self._session.client_with("iam", credentials))
        return _Account(iam, credentials["Expiration"])

    async def _client(self, service: str) -> Any:
        try:
            return await self._in_thread(lambda: self._session.client(service))
        except (BotoCoreError, ValueError):
            # botocore has no type of its own for an address that is none.
            raise unusable() from None

    # -- one call -------------------------------------------------------------------------------------

    async def _call(self, permission: str, account: str | None, call: Callable[[], Any]) -> dict[str, Any]:
        """Run one API call in a thread; `permission` is what it needs, for the remedy."""
        try:
            answer: dict[str, Any] = await self._in_thread(call)
        except (ClientError, BotoCoreError) as error:
            status, translation = translated(error, permission, account)
            self._metrics.calls.labels("aws", status).inc()
            raise translation from None
        except (ResponseParserError, AttributeError, KeyError, ValueError):
            # botocore's parsers expect the documented shape, and stumble over any other.
            self._metrics.calls.labels("aws", "200").inc()
            raise unintelligible() from None
        self._metrics.calls.labels("aws", "200").inc()
        return answer

    async def _in_thread(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        except RuntimeError:
            if not self._closed:
                # botocore's word for credentials that stay expired when they are renewed.
                raise unusable() from None
            raise SourceUnreachable("the bot is being stopped", "ask again in a minute") from None


def _ends(account: _Account) -> bool:
    return account.until - _EARLY <= datetime.now(UTC)


async def _outcome(call: Awaitable[dict[str, Any]]) -> dict[str, Any] | SourceError:
    try:
        return await call
    except SourceError as error:
        return error


def _shared_task(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that several wait for, and that outlives any of them; its failure is met by who asks next."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def _failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _role(answer: Mapping[str, Any]) -> Role:
    role = answer.get("Role") or {}
    arn, policy = role.get("Arn"), role.get("AssumeRolePolicyDocument")
    if not arn or not isinstance(policy, Mapping):
        raise unintelligible()
    boundary = role.get("PermissionsBoundary") or {}
    return Role(
        arn=str(arn),
        trust_policy=policy,
        max_session_seconds=int(role.get("MaxSessionDuration") or 3600),
        boundary_arn=boundary.get("PermissionsBoundaryArn"),
    )


def _provider(arn: str, answer: Mapping[str, Any]) -> OidcProvider:
    ids = tuple(str(item) for item in answer.get("ClientIDList", ()))
    return OidcProvider(arn, str(answer.get("Url", "")).removeprefix("https://"), ids)


def _listed(arn: str) -> OidcProvider:
    """A provider of which only the ARN is known; its URL is the ARN's end."""
    found = _PROVIDER.match(arn)
    return OidcProvider(arn, found["url"] if found else "", None)
