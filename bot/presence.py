"""Which processes on one PostgreSQL are alive, so that a dead one's work is taken over.

Each process holds a session-level advisory lock named after its executor id. PostgreSQL drops the lock
with the connection, so whoever can take another's lock has found it dead. No heartbeats, no clocks, no
names to configure: https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib

import psycopg

_CONNECT_SECONDS = 5
_SILENCE = {
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""After which the server gives up a connection whose machine is gone without a word (seconds, the last in
milliseconds); by itself it waits for two hours:
https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-TCP-KEEPALIVES-IDLE"""


def _key(executor: str) -> int:
    digest = hashlib.sha256(f"rolecall:{executor}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class Presence:
    """This process's lock, and the question whether others still hold theirs."""

    def __init__(self, url: str, executor: str) -> None:
        self._url = url
        self._executor = executor
        self._connection: psycopg.AsyncConnection[tuple[object, ...]] | None = None
        self._busy = asyncio.Lock()

    async def _connected(self) -> psycopg.AsyncConnection[tuple[object, ...]]:
        """A connection on which our own lock is held.

        Raises:
            psycopg.Error: the database cannot be reached.
        """
        if self._connection is None or self._connection.closed:
            connection = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, connect_timeout=_CONNECT_SECONDS
            )
            async with contextlib.AsyncExitStack() as unless_locked:
                unless_locked.push_async_callback(connection.close)
                for name, value in _SILENCE.items():
                    await connection.execute("SELECT set_config(%s, %s, false)", (name, str(value)))
                await connection.execute("SELECT pg_advisory_lock(%s)", (_key(self._executor),))
                unless_locked.pop_all()
            self._connection = connection
        return self._connection

    async def announce(self) -> None:
        """Take our lock, again after a lost connection."""
        async with self._busy:
            await (await self._connected()).execute("SELECT 1")

    async def is_dead(self, executor: str) -> bool:
        """Whether nobody holds `executor`'s lock. Leaves the lock free."""
        async with self._busy:
            connection = await self._connected()
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (_key(executor),))
            row = await cursor.fetchone()
            if row is None or row[0] is not True:
                return False
            await connection.execute("SELECT pg_advisory_unlock(%s)", (_key(executor),))
            return True

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
