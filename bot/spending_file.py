"""The hour's calls to Bitbucket, kept in the SQLite file, so that a restart does not begin to count anew.

The same table as on PostgreSQL (`bot.spending`): a row a minute for each process.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import unquote

from bot.clients.bitbucket_budget import Budget
from bot.logs import get_logger, names_of

_SECONDS = 5.0
_BUSY_SECONDS = 1.0
_MINUTES = 60
_TABLE = """
CREATE TABLE IF NOT EXISTS rolecall_calls (
    executor TEXT NOT NULL, minute INTEGER NOT NULL, calls INTEGER NOT NULL, PRIMARY KEY (executor, minute)
)
"""
_TELL = """
INSERT INTO rolecall_calls (executor, minute, calls) VALUES (?, ?, ?)
ON CONFLICT (executor, minute) DO UPDATE SET calls = excluded.calls
"""
_HEAR = "SELECT minute, sum(calls) FROM rolecall_calls WHERE executor <> ? AND minute >= ? GROUP BY minute"
_FORGET = "DELETE FROM rolecall_calls WHERE minute < ?"

log = get_logger()


class FileSpending:
    """What this process spends of the `budget`, beside what those before it spent, by the file of the `url`
    (`sqlite:///path`)."""

    def __init__(self, url: str, budget: Budget) -> None:
        self._path = unquote(url.removeprefix("sqlite:///"))
        self._budget = budget
        self._process = str(uuid.uuid4())
        self._told: dict[int, int] | None = None
        # The loop's own threads end with the jobs, and what they still spent is to be kept.
        self._thread = ThreadPoolExecutor(1, "spending")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Exchange at once, and every few seconds in which something was spent."""
        self._task = asyncio.create_task(self._keep_up())

    async def _keep_up(self) -> None:
        while True:
            try:
                await self.exchange()
            except sqlite3.Error as error:
                # The next round tries again; until then this process counts for itself.
                log.warning("calls of earlier processes not known", error=names_of(error))
            await asyncio.sleep(_SECONDS)

    async def exchange(self) -> None:
        """Keep what was spent since the last time, and hear what others spent within the hour.

        Raises:
            sqlite3.Error: the file cannot be read, or not be written.
        """
        own = self._budget.own
        if own == self._told:
            return
        first = self._budget.minute - _MINUTES
        others = await asyncio.get_running_loop().run_in_executor(self._thread, self._exchanged, own, first)
        self._told = own
        self._budget.others(others)

    def _exchanged(self, own: dict[int, int], first: int) -> dict[int, int]:
        told = self._told or {}
        with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS)) as connection, connection:
            # Nobody misses the last seconds of it; what Slack waits for is not to wait for the disk twice.
            # With less than this a checkpoint that is not on the disk yet could spoil the file, which holds
            # the work too: https://www.sqlite.org/pragma.html#pragma_synchronous
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(_TABLE)
            rows = [
                (self._process, minute, calls) for minute, calls in own.items() if told.get(minute) != calls
            ]
            if rows:
                connection.executemany(_TELL, rows)
                connection.execute(_FORGET, (first,))
            return dict(connection.execute(_HEAR, (self._process, first)).fetchall())

    async def stop(self) -> None:
        """Keep the last of it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        with contextlib.suppress(sqlite3.Error):
            await self.exchange()
        self._thread.shutdown(wait=False)
