"""Who may write to the SQLite file next: one connection at a time, and first of all what Slack waits for.

SQLite itself lets writers try again after a sleep that gets longer each time
(https://www.sqlite.org/c3ref/busy_timeout.html), so that whoever comes late may overtake whoever waits. Here
they queue, and an acknowledgement does not wait behind the steps of jobs.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from contextvars import ContextVar
from typing import Any, Self

for_an_ack: ContextVar[bool] = ContextVar("for_an_ack", default=False)
"""Whether what is written now is waited for by Slack."""

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN")
"""How statements begin that take the file's one lock for writing, or make the driver take it."""


class Turns:
    """A lock that is handed on: to those who write for an acknowledgement first, else in order."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._is_taken = False
        self._first: deque[threading.Lock] = deque()
        self._others: deque[threading.Lock] = deque()

    @property
    def line(self) -> tuple[threading.Lock, ...]:
        """Who waits, in the order in which they will be called."""
        return (*self._first, *self._others)

    def take(self, *, first: bool) -> None:
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return
            called = threading.Lock()
            called.acquire()
            (self._first if first else self._others).append(called)
        called.acquire()

    def hand_on(self) -> None:
        with self._mutex:
            waiting = self._first or self._others
            if waiting:
                waiting.popleft().release()
            else:
                self._is_taken = False


class _Cursor(sqlite3.Cursor):
    def execute(self, statement: str, parameters: Any = (), /) -> Self:
        self._begin(statement)
        super().execute(statement, parameters)
        return self

    def executemany(self, statement: str, parameters: Any, /) -> Self:
        self._begin(statement)
        super().executemany(statement, parameters)
        return self

    def _begin(self, statement: str) -> None:
        if isinstance(self.connection, OrderlyConnection):
            self.connection.begin(statement)


class OrderlyConnection(sqlite3.Connection):
    """A connection that waits for its turn before it writes, and hands it on when its transaction ends."""

    turns: Turns

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._has_turn = False
        # What is removed is overwritten: https://www.sqlite.org/pragma.html#pragma_secure_delete
        self.execute("PRAGMA secure_delete=ON")

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def begin(self, statement: str) -> None:
        """Wait for the turn, if the statement writes."""
        if not self._has_turn and statement.lstrip()[:7].upper().startswith(_WRITES):
            self.turns.take(first=for_an_ack.get())
            self._has_turn = True

    def commit(self) -> None:
        super().commit()
        self._end()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._end()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._end()

    def _end(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self.turns.hand_on()


def orderly() -> type[OrderlyConnection]:
    """A class of connections to one file, which take turns among themselves."""
    return type("OrderlyConnection", (OrderlyConnection,), {"turns": Turns()})
