"""Turns at writing to one file: real connections, real locks."""

from __future__ import annotations

import sqlite3
import threading
from contextvars import copy_context
from pathlib import Path

import pytest

from bot.writers import Turns, for_an_ack, orderly


class Desk:
    """Threads that want a turn, in the order in which they asked for it."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []

    def ask(self, name: str, *, first: bool) -> None:
        waiting = len(self.turns.line)

        def work() -> None:
            self.turns.take(first=first)
            self.order.append(name)
            self.turns.hand_on()

        self.threads.append(threading.Thread(target=work))
        self.threads[-1].start()
        while len(self.turns.line) == waiting:
            pass


def test_who_writes_for_an_acknowledgement_goes_first_and_the_others_in_order() -> None:
    desk = Desk()
    desk.turns.take(first=False)
    for name, first in (("a", False), ("b", False), ("ack 1", True), ("c", False), ("ack 2", True)):
        desk.ask(name, first=first)
    desk.turns.hand_on()
    for thread in desk.threads:
        thread.join(10)

    assert desk.order == ["ack 1", "ack 2", "a", "b", "c"]


def _connections(path: Path, count: int) -> list[sqlite3.Connection]:
    factory = orderly()
    made: list[sqlite3.Connection] = []
    for _ in range(count):
        connection = sqlite3.connect(
            path, factory=factory, timeout=0, isolation_level="IMMEDIATE", check_same_thread=False
        )
        made.append(connection)
    return made


def test_writers_of_many_threads_never_find_the_file_locked(tmp_path: Path) -> None:
    """With no patience of SQLite's own: each begins when the one before has ended."""
    first, *others = _connections(tmp_path / "x.db", 8)
    first.execute("PRAGMA journal_mode=WAL")
    first.cursor().execute("CREATE TABLE rows (thread INTEGER, number INTEGER)")
    failures: list[Exception] = []

    def write(thread: int, connection: sqlite3.Connection) -> None:
        try:
            for number in range(25):
                cursor = connection.cursor()
                cursor.execute("INSERT INTO rows VALUES (?, ?)", (thread, number))
                cursor.execute("UPDATE rows SET number = number WHERE thread = ?", (thread,))
                if number % 5:
                    connection.commit()
                else:
                    connection.rollback()
        except sqlite3.Error as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=copy_context().run, args=(write, number, connection))
        for number, connection in enumerate(others)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    (count,) = first.cursor().execute("SELECT count(*) FROM rows").fetchone()
    first.close()

    assert (failures, count) == ([], 7 * 20)


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_every_end_of_a_transaction_hands_the_turn_on(tmp_path: Path, end: str) -> None:
    one, other = _connections(tmp_path / "x.db", 2)
    one.cursor().execute("CREATE TABLE rows (number INTEGER)")
    one.cursor().execute("INSERT INTO rows VALUES (1)")
    getattr(one, end)()
    other.cursor().execute("INSERT INTO rows VALUES (2)")
    other.commit()
    one.close()
    other.close()


def test_a_write_that_fails_holds_nobody_up(tmp_path: Path) -> None:
    one, other = _connections(tmp_path / "x.db", 2)
    with pytest.raises(sqlite3.OperationalError):
        one.cursor().execute("INSERT INTO missing VALUES (1)")
    one.rollback()
    other.cursor().execute("CREATE TABLE rows (number INTEGER)")
    other.cursor().execute("INSERT INTO rows VALUES (2)")
    other.commit()
    one.close()
    other.close()


def test_who_only_reads_waits_for_no_turn(tmp_path: Path) -> None:
    writer, reader = _connections(tmp_path / "x.db", 2)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.cursor().execute("CREATE TABLE rows (number INTEGER)")
    writer.cursor().execute("INSERT INTO rows VALUES (1)")
    found = reader.cursor().execute("SELECT count(*) FROM rows").fetchone()
    writer.commit()
    writer.close()
    reader.close()

    assert found == (0,)


def test_nothing_is_written_for_an_acknowledgement_unless_said() -> None:
    assert not for_an_ack.get()
