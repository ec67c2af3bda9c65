"""Into which AWS accounts the bot gets, and how one call is made there.

boto3 blocks, so every call runs in a thread of a small pool. An account is the bot's own, or has a listed
read role: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from bot.clients.aws_errors import not_listed, translated, unintelligible, unusable
from bot.clients.aws_policies import Ask
from bot.clients.aws_session import AwsSession
from bot.errors import SourceError, SourceUnreachable
from bot.metrics import Metrics

T = TypeVar("T")

_THREADS = 8
_OPENING = 3.0
"""Seconds that the start waits for the clients to be built."""
_EARLY = timedelta(minutes=5)
"""A session is renewed so long before its end."""


@dataclass(frozen=True, slots=True)
class _Account:
    """An IAM client for one account; the credentials of its session, and when they end."""

    iam: Any
    credentials: Mapping[str, Any]
    until: datetime


class AwsAccess:
    """Built once; `settings` are the `AWS_*` names as they were given."""

    def __init__(self, settings: Mapping[str, str], read_roles: Sequence[str], metrics: Metrics) -> None:
        self._configured = bool(settings or read_roles)
        self._session = AwsSession(settings, may_ask_machine=self._configured)
        self._read_roles = {arn.split(":")[4]: arn for arn in read_roles}
        self._metrics = metrics
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="aws")
        self._closed = False
        self._identity: asyncio.Task[tuple[str, str]] | None = None
        self._accounts: dict[str, asyncio.Task[_Account]] = {}

    async def open(self) -> None:
        """Build the clients of the own account, which takes a while, before anybody waits for them.

        Nobody is asked anything, unless the settings make boto3's own chain ask for credentials.
        """
        if self._configured:
            with contextlib.suppress(SourceError, TimeoutError):
                # Whatever is wrong with the settings is met, and said, when a role is to be read.
                async with asyncio.timeout(_OPENING):
                    await self.client("sts")
                    await self.client("iam")

    def close(self) -> None:
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def iam(self, account: str) -> Any:
        """An IAM client for an account that the bot may read.

        Raises:
            SourceDenied: it is neither the bot's own nor listed.
            SourceError: nobody could get there.
        """
        if account in self._read_roles:
            return (await self._shared(account)).iam
        own, _ = await self.identity()
        if account != own:
            raise not_listed(account)
        return await self.client("iam")

    async def regional(self, account: str, service: str, region: str) -> Any:
        """A client of a service that is not global."""
        if account in self._read_roles:
            held = (await self._shared(account)).credentials
            return await self._in_thread(lambda: self._session.client_with(service, held, region))
        await self.iam(account)
        return await self.client(service, region)

    def asking(self, account: str) -> Ask:
        """Calls of IAM in that account."""

        async def ask(permission: str, call: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
            iam = await self.iam(account)
            return await self.call(permission, account, lambda: call(iam))

        return ask

    async def identity(self) -> tuple[str, str]:
        """Account and partition of the bot's own credentials, asked for once.

        Raises:
            SourceError: AWS did not say; whoever needs it next asks again.
        """
        if self._identity is None or _failed(self._identity):
            self._identity = _shared_task(self._who())
        return await asyncio.shield(self._identity)

    async def _who(self) -> tuple[str, str]:
        sts = await self.client("sts")
        answer = await self.call("sts:GetCallerIdentity", None, sts.get_caller_identity)
        parts = str(answer.get("Arn", "")).split(":")
        if len(parts) < 6 or not answer.get("Account"):
            raise unintelligible()
        return str(answer["Account"]), parts[1]

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
        sts = await self.client("sts")
        answer = await self.call(
            "sts:AssumeRole", account, lambda: sts.assume_role(RoleArn=arn, RoleSessionName="rolecall")
        )
        credentials = answer.get("Credentials")
        if not isinstance(credentials, Mapping) or not isinstance(credentials.get("Expiration"), datetime):
            raise unintelligible()
        iam = await self._in_thread(lambda: self._session.client_with("iam", credentials))
        return _Account(iam, credentials, credentials["Expiration"])

    async def client(self, service: str, region: str | None = None) -> Any:
        """A client with the bot's own credentials."""
        try:
            return await self._in_thread(lambda: self._session.client(service, region))
        except (BotoCoreError, ValueError):
            # botocore has no type of its own for an address that is none.
            raise unusable() from None

    # -- one call -------------------------------------------------------------------------------------

    async def call(self, permission: str, account: str | None, call: Callable[[], Any]) -> dict[str, Any]:
        """Run one API call in a thread; `permission` is what it needs, for the remedy.

        Raises:
            SourceError: it gave no answer that can be used.
        """
        try:
            with self._metrics.call_seconds.labels("aws").time():
                answer: dict[str, Any] = await self._in_thread(call)
        except (ClientError, BotoCoreError) as error:
            status, translation = translated(error, permission, account)
            self._metrics.calls.labels("aws", status).inc()
            raise translation from None
        except (ResponseParserError, AttributeError, KeyError, TypeError, ValueError):
            # botocore's parsers expect the documented shape, and stumble over any other.
            self._metrics.calls.labels("aws", "200").inc()
            raise unintelligible() from None
        self._metrics.calls.labels("aws", "200").inc()
        return answer

    async def _in_thread(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        except RecursionError:
            # An answer nested without end.
            raise unintelligible() from None
        except RuntimeError:
            if not self._closed:
                # botocore's word for credentials that stay expired when they are renewed.
                raise unusable() from None
            raise SourceUnreachable("the bot is being stopped", "ask again in a minute") from None


def _ends(account: _Account) -> bool:
    return account.until - _EARLY <= datetime.now(UTC)


def _shared_task(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that several wait for, and that outlives any of them; its failure is met by who asks next."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def _failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
