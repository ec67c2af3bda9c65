"""How the database is opened: DBOS' configuration, and what a SQLite file needs before."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any
from urllib.parse import unquote

from dbos import DBOS, DBOSConfig
from dbos._serialization import DBOSPortableJSON

from bot.logs import get_logger, names_of
from bot.settings import SettingsError
from bot.writers import orderly

WORKFLOW_VERSION = "1"
"""Of every release: DBOS resumes work of this version only, and what an earlier release accepted and left is
to be finished by the one that follows. So a change of the steps must fit those that are recorded already
(https://docs.dbos.dev/python/tutorials/upgrading-workflows#patching)."""

_UNUSABLE = {
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; its folder must be there and writable",
    sqlite3.SQLITE_READONLY: "the file cannot be written; it and its folder must be writable",
    sqlite3.SQLITE_PERM: "the file cannot be opened; it and its folder must be readable and writable",
    sqlite3.SQLITE_NOTADB: "the file is there already and is no SQLite database",
}
_PRIMARY = 0xFF
"""An extended code holds the primary one in its last byte: https://www.sqlite.org/rescode.html"""

log = get_logger()


def serializer() -> Any:
    # DBOS pickles by default; what is stored here must stay readable and must run nothing when read.
    return DBOSPortableJSON


def configuration(url: str, executor: str) -> DBOSConfig:
    return {
        "name": "rolecall",
        "system_database_url": url,
        "executor_id": executor,
        "application_version": WORKFLOW_VERSION,
        "serializer": serializer(),
        "enable_otlp": False,
        "log_level": "WARNING",
        # Nothing here waits for DBOS' notifications; the end of the process waits for whoever looks for them.
        "notification_listener_polling_interval_sec": 0.1,
        # Errors of the database name the statement, never the values in it.
        "db_engine_kwargs": {"hide_parameters": True, **({} if is_postgres(url) else _of_the_file())},
    }


def is_postgres(url: str) -> bool:
    return url.startswith(("postgresql://", "postgres://"))


def _of_the_file() -> dict[str, Any]:
    # A file does not go away as a server does: no statement before each transaction to ask for it.
    return {"pool_pre_ping": False, "connect_args": {"factory": orderly()}}


async def is_answering() -> bool:
    """Whether the open database answers within two seconds."""
    try:
        async with asyncio.timeout(2):
            await DBOS.get_workflow_status_async("rolecall-ping")
    except Exception as error:  # noqa: BLE001 - whatever the driver raises, the answer is "no"
        log.warning("database does not answer", error=names_of(error))
        return False
    return True


def prepare_file(url: str) -> None:
    """Readers and the writer of the SQLite file no longer wait for each other. The mode is a property
    of the file; it stays as durable as before (https://www.sqlite.org/wal.html).

    Raises:
        SettingsError: no file can be written there, now or later.
        sqlite3.Error: it cannot be written now.
    """
    path = unquote(url.removeprefix("sqlite:///"))
    try:
        connection = sqlite3.connect(path)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            # The mode of a file that has it already is told without writing.
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
        finally:
            connection.close()
    except sqlite3.Error as error:
        why = _UNUSABLE.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY)
        if why is None:
            raise
        raise SettingsError([f"DATABASE_URL: {why}"]) from None
