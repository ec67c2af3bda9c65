"""The hour's calls to Bitbucket, told from process to process on one PostgreSQL: a row a minute each.

The count is some seconds late, which is what the budget keeps its margin for.
"""

from __future__ import annotations

import asyncio
import contextlib

import psycopg

from bot.clients.bitbucket_budget import Budget
from bot.logs import get_logger, names_of

_SECONDS = 5.0
_CONNECT_SECONDS = 5
_MINUTES = 60
_TABLE = """
CREATE TABLE IF NOT EXISTS rolecall_calls (
    executor text NOT NULL, minute bigint NOT NULL, calls integer NOT NULL, PRIMARY KEY (executor, minute)
)
"""
_TELL = """
INSERT INTO rolecall_calls (executor, minute, calls) VALUES (%s, %s, %s)
ON CONFLICT (executor, minute) DO UPDATE SET calls = excluded.calls
"""
_HEAR = """
SELECT minute, sum(calls)::bigint FROM rolecall_calls WHERE executor <> %s AND minute >= %s GROUP BY minute
"""
_FORGET = "DELETE FROM rolecall_calls WHERE minute < %s"

log = get_logger()


class Spending:
    """What this process, named by `executor`, spends of the `budget`, and what all others do."""

    def __init__(self, url: str, executor: str, budget: Budget) -> None:
        self._url = url
        self._executor = executor
        self._budget = budget
        self._told: dict[int, int] = {}
        self._forgot = 0
        self._connection: psycopg.AsyncConnection[tuple[int, int]] | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Exchange every few seconds from now on."""
        self._task = asyncio.create_task(self._keep_up())

    async def _keep_up(self) -> None:
        while True:
            try:
                await self.exchange()
            except (psycopg.Error, OSError) as error:
                # Until it is back each process counts for itself; the next round tries again.
                log.warning("calls of other processes not known", error=names_of(error))
                await self._drop()
            await asyncio.sleep(_SECONDS)

    async def exchange(self) -> None:
        """Tell what was spent since the last time, and hear what others spent within the hour.

        Raises:
            psycopg.Error: the database cannot be reached.
        """
        connection = await self._connected()
        own, first = self._budget.own, self._budget.minute - _MINUTES
        for minute, calls in own.items():
            if self._told.get(minute) != calls:
                await connection.execute(_TELL, (self._executor, minute, calls))
        self._told = own
        if self._forgot < first:
            await connection.execute(_FORGET, (first,))
            self._forgot = self._budget.minute
        rows = await (await connection.execute(_HEAR, (self._executor, first))).fetchall()
        self._budget.others({int(minute): int(calls) for minute, calls in rows})

    async def _connected(self) -> psycopg.AsyncConnection[tuple[int, int]]:
        if self._connection is None or self._connection.closed:
            connection = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, connect_timeout=_CONNECT_SECONDS
            )
            self._connection, self._told = connection, {}
            with contextlib.suppress(psycopg.errors.UniqueViolation):
                # Two that create it at the same moment: one of them is told that it is there.
                await connection.execute(_TABLE)
        return self._connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def stop(self) -> None:
        """Tell the last of it, where that is quickly done."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        with contextlib.suppress(psycopg.Error, OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self.exchange()
        await self._drop()
