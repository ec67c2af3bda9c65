"""What accepted work outlives: a release that takes the place of another, and a database that is gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dbos import DBOS

from bot.works import works_on
from handlers.ports import Paste, StoreDown
from tests.bot.test_jobs import PASTE, Bench, bench, database, fresh_postgres, postgres_server, until

__all__ = ["database", "postgres_server"]

#: What the first release stored of a paste; later ones store more.
OF_OLD = {"team": "T1", "channel": "C1", "ts": PASTE.ts, "user": "U1", "text": "it fails"}


@contextlib.contextmanager
def statements(url: str) -> Iterator[Callable[..., list[Any]]]:
    """Runs statements of the test's own on the database; `{0}` stands for where DBOS has its tables,
    `{1}` for a value."""
    with contextlib.ExitStack() as stack:
        connection: Any
        if url.startswith("sqlite"):
            path = url.removeprefix("sqlite:///")
            connection = stack.enter_context(contextlib.closing(sqlite3.connect(path, isolation_level=None)))
            place = ""
        else:
            connection = stack.enter_context(psycopg.connect(url, autocommit=True))
            place = "dbos."

        def run(statement: str, *values: str) -> list[Any]:
            mark = "?" if not place else "%s"
            cursor = connection.execute(statement.format(place, mark), values)
            return list(cursor.fetchall()) if cursor.description else []

        yield run


async def test_work_that_an_earlier_release_accepted_is_finished_by_a_later_one(database: str) -> None:
    """It stored less of a paste, and something that is not known any more."""
    first = Bench(database)
    await first.jobs.start()
    first.gate.clear()
    await first.jobs.accept(PASTE)
    await until(lambda: bool(first.prepared))
    await first.jobs.stop(grace=0.1)
    with statements(database) as run:
        ((stored,),) = run("SELECT inputs FROM {0}workflow_input")
        given = json.loads(stored)
        assert OF_OLD.items() <= given["positionalArgs"][0].items()
        given["positionalArgs"][0] = {**OF_OLD, "of_an_older_release": 1}
        run("UPDATE {0}workflow_input SET inputs = {1}", json.dumps(given))

    async with bench(database) as second:
        await second.settled(1)

    assert first.delivered == []
    assert second.delivered == [(PASTE.work, "answer to it fails", None, True)]


async def test_the_steps_of_a_work_are_those_that_earlier_releases_recorded(tmp_path: Path) -> None:
    """Half-done work is resumed by its recorded steps: another order or name would break it off."""
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:
        await bot.jobs.accept(PASTE)
        await bot.settled(1)
        steps = await DBOS.list_workflow_steps_async(PASTE.work)
        (work,) = await works_on(PASTE.job)

    assert [step["function_name"] for step in steps] == ["prepare", "deliver"]
    assert (work.name, work.app_version) == ("answer_paste", "1")


async def test_a_process_works_on_tables_that_a_newer_release_has_changed(database: str) -> None:
    """During an upgrade the older ones go on beside it, and may start once more."""
    async with bench(database) as newer:
        await newer.jobs.accept(PASTE)
        await newer.settled(1)
    with statements(database) as run:
        run("ALTER TABLE {0}workflow_status ADD COLUMN of_a_newer_release TEXT")
        run("UPDATE {0}dbos_migrations SET version = version + 1")
        ((version,),) = run("SELECT version FROM {0}dbos_migrations")

    async with bench(database) as older:
        assert not await older.jobs.accept(PASTE)
        assert await older.jobs.accept(replace(PASTE, ts="1795400000.000700"))
        await older.settled(1)
    with statements(database) as run:
        assert run("SELECT version FROM {0}dbos_migrations") == [(version,)]


async def _is_taken(bot: Bench, paste: Paste) -> bool:
    try:
        await bot.jobs.accept(paste)
    except StoreDown:
        return False
    return True


async def test_while_the_database_is_gone_nothing_is_taken_and_afterwards_all_is_done_once(
    postgres_server: str, tmp_path: Path
) -> None:
    url = fresh_postgres(postgres_server, tmp_path)
    with psycopg.connect(url) as connection:
        name = connection.info.dbname
    late = replace(PASTE, ts="1795400000.000800")
    async with bench(url) as bot:
        bot.gate.clear()
        await bot.jobs.accept(PASTE)
        await until(lambda: bool(bot.prepared))
        with statements(postgres_server) as run:
            run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            ended = run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {1}", name)
            assert ended
            bot.gate.set()
            assert not await bot.jobs.ping()
            with pytest.raises(StoreDown):
                await bot.jobs.accept(late)
            assert bot.delivered == []
            run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        # Slack sends it again and again; the one that was under way goes on by itself.
        async with asyncio.timeout(20):
            while not await _is_taken(bot, late):
                await asyncio.sleep(0.05)
        await bot.settled(2)

        assert await bot.jobs.ping()
        assert sorted(work for work, *_ in bot.delivered) == sorted([PASTE.work, late.work])
