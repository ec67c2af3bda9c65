"""The database: whether it can be opened and written to. None is made, and nothing is written."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote, unquote

from bot.doctor.report import Check, ok, problem
from bot.settings import Settings

_AREA = "database"
_CONNECT_SECONDS = 5


async def examine(settings: Settings) -> list[Check]:
    """Open the database that `DATABASE_URL` names, as `serve` would."""
    url = settings.database_url.get_secret_value()
    if url.startswith("sqlite:///"):
        return [_file(Path(unquote(url.removeprefix("sqlite:///"))))]
    return [await _server(url.replace("postgres://", "postgresql://", 1))]


def _file(path: Path) -> Check:
    folder = path.parent
    if not path.exists():
        if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
            return ok(
                _AREA, "the SQLite file is not there yet; its folder can be written, so it will be made"
            )
        return problem(
            _AREA,
            "the SQLite file cannot be made: its folder is missing or cannot be written",
            "make the folder, or correct `DATABASE_URL`",
        )
    try:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=2)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
        finally:
            connection.close()
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            return ok(_AREA, "the SQLite file is in use by a running bot")
        return problem(
            _AREA,
            "the SQLite file cannot be opened for writing",
            "see that it is a database of the bot's own, and that it and its folder can be written",
        )
    return ok(_AREA, "the SQLite file can be written")


async def _server(url: str) -> Check:
    import psycopg

    try:
        connection = await psycopg.AsyncConnection.connect(
            url, autocommit=True, connect_timeout=_CONNECT_SECONDS
        )
        async with connection:
            cursor = await connection.execute(
                "SELECT has_database_privilege(current_database(), 'CREATE'), "
                "to_regnamespace('dbos') IS NOT NULL, pg_is_in_recovery()"
            )
            row = await cursor.fetchone()
    except psycopg.Error:
        # The driver's words name host, user and database, which belong to the setting.
        return problem(
            _AREA,
            "PostgreSQL does not let the bot in, or does not answer",
            "check host, user, password and database in `DATABASE_URL`",
        )
    may_create, has_schema, is_replica = row if row is not None else (False, False, False)
    if is_replica:
        return problem(_AREA, "this PostgreSQL is a read-only replica", "name the primary in `DATABASE_URL`")
    if not may_create and not has_schema:
        return problem(
            _AREA,
            "the bot may not make its schema in this PostgreSQL database",
            "grant its user CREATE on the database for the first start",
        )
    return ok(_AREA, "PostgreSQL answers, and the bot's schema is there or can be made")
