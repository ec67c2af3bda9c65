"""`python -m bot forget`: removes from the database what is kept of a person or of a channel.

What stands in Slack is Slack's: a reply goes when its message is deleted there. Works that are under way are
left alone and counted. Of the messages of the last days an id alone stays, as after a deletion: it holds the
channel and the time, and keeps a late copy of the message from being answered once more.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click

from bot.commands import refused
from bot.logs import silenced
from bot.offline_files import InputProblem
from bot.setting_values import is_channel
from bot.settings import Settings, SettingsError

_PAGE = 200
_UNDER_WAY = frozenset({"PENDING", "ENQUEUED"})
_USER = re.compile(r"[UW][A-Za-z0-9_]+\Z")
_MESSAGE = re.compile(r"\d{10}\.\d{6}\Z")
_MARKS = "ended"
"""Nobody's queue: what this command puts there is never begun."""
_REDELIVERED = timedelta(days=3)
"""How long Slack may send a message again, generously."""
#: `T1-C1-1795400000.000100`, with `/revision` behind it, or behind `end/` or `vote/`.
_JOB = re.compile(r"(?:end/|vote/)?(?P<job>[A-Z0-9]+-(?P<channel>[A-Z0-9]+)-[^/]+)(?:/(?P<rest>.*))?\Z")


@click.command("forget")
@click.option("--user", metavar="ID", help="A person's id in Slack: their pastes, the answers, their votes.")
@click.option("--channel", metavar="ID", help="A channel's id: all that is kept of it.")
def command(user: str | None, channel: str | None) -> int:
    """Remove what the database holds of a person or of a channel.

    Exit code 0 when it is gone, 1 when some of it is being worked on, 2 when it cannot be done.
    """
    if (user is None) == (channel is None):
        raise InputProblem("name one of `--user ID` and `--channel ID`")
    if user is not None and not _USER.match(user):
        raise InputProblem(
            "--user takes a person's id such as U0123ABCD (in Slack: profile > Copy member ID)"
        )
    if channel is not None and not is_channel(channel):
        raise InputProblem("--channel takes a channel's id such as C0123ABCD (in Slack: channel details)")
    try:
        settings = Settings.load(os.environ)
    except SettingsError as error:
        return refused.told(error)
    with silenced():
        removed, under_way = _forget(settings.database_url.get_secret_value(), user, channel)
        is_clean = _overwritten(settings.database_url.get_secret_value())
    click.echo(f"{_works(removed)} removed.")
    if not is_clean:
        click.echo("The file is busy and may hold old bytes of them still: ask again in a minute.")
    if under_way:
        click.echo(f"{_works(under_way)} being answered just now: ask again in a minute.")
    return 1 if under_way else 0


def _forget(url: str, user: str | None, channel: str | None) -> tuple[int, int]:
    """How many entries were removed, and how many were left because they are under way."""
    from dbos import DBOSClient

    from bot.store import serializer

    # Opening a file that is not there would make one.
    if url.startswith("sqlite:///") and not Path(unquote(url.removeprefix("sqlite:///"))).exists():
        raise InputProblem("the database file of `DATABASE_URL` is not there: the bot never ran on it")
    try:
        client = DBOSClient(
            system_database_url=url.replace("postgres://", "postgresql://", 1),
            serializer=serializer(),
            retry_connection_errors=False,
        )
    except Exception:  # noqa: BLE001 - whatever the driver raises; its words hold the address
        raise InputProblem(
            "the database of `DATABASE_URL` cannot be opened, or the bot never ran on it"
        ) from None
    try:
        try:
            jobs = _jobs_of(client, user) if user is not None else None
            wanted = _wanted(user, channel, jobs)
            found = [
                entry
                for entry in _entries(client, with_input=False)
                if wanted(entry.workflow_id) and not _stays(entry)
            ]
            # Whoever takes a reply back looks among the works for its place.
            ending = {_job_in(entry.workflow_id) for entry in found if _is_taken_back(entry)}
            busy = [e.workflow_id for e in found if not _may_go(e) or _job_in(e.workflow_id) in ending]
            ended = [entry.workflow_id for entry in found if entry.workflow_id not in set(busy)]
            _mark(client, ended, busy)
            for start in range(0, len(ended), _PAGE):
                client.delete_workflows(ended[start : start + _PAGE])
        except Exception:  # noqa: BLE001 - as above
            raise InputProblem("the database does not answer, or holds no tables of the bot's yet") from None
        return len(ended), len(found) - len(ended)
    finally:
        client.destroy()


def _mark(client: Any, going: Sequence[str], busy: Sequence[str]) -> None:
    """Leave the mark of an ended job where Slack may still send the message: before its works go."""
    from bot.works import END, end_of

    jobs = {_job_in(work) for work in going if not work.startswith(("end/", "vote/"))}
    ends = [end_of(job) for job in sorted(jobs - {_job_in(work) for work in busy}) if _is_recent(job)]
    known = {entry.workflow_id for entry in _chosen(client, ends)}
    for identity in ends:
        if identity not in known:
            client.enqueue({"queue_name": _MARKS, "workflow_name": END, "workflow_id": identity})
    # Done at once. An end that the bot began, even just now, is its own.
    own = [entry.workflow_id for entry in _chosen(client, ends) if entry.queue_name == _MARKS]
    if own:
        client.cancel_workflows(own)


def _chosen(client: Any, identities: Sequence[str]) -> Iterator[Any]:
    for start in range(0, len(identities), _PAGE):
        yield from client.list_workflows(
            workflow_ids=list(identities[start : start + _PAGE]), load_input=False, load_output=False
        )


def _job_in(identity: str) -> str:
    parts = _JOB.match(identity)
    return parts["job"] if parts is not None else ""


def _is_recent(job: str) -> bool:
    """Whether the job is a message of the last days; commands and forms are not sent again."""
    stamp = _MESSAGE.match(job.rpartition("-")[2])
    since = datetime.now(UTC) - _REDELIVERED
    return stamp is not None and float(stamp[0]) > since.timestamp()


def _overwritten(url: str) -> bool:
    """Whether nothing of what was removed is left in the SQLite file, nor in the log beside it. PostgreSQL
    sees to its own."""
    if not url.startswith("sqlite:///"):
        return True
    connection = sqlite3.connect(unquote(url.removeprefix("sqlite:///")), timeout=10, isolation_level=None)
    try:
        connection.execute("VACUUM")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        return False
    finally:
        connection.close()
    return not busy


def _wanted(user: str | None, channel: str | None, jobs: frozenset[str] | None) -> Callable[[str], bool]:
    def wanted(identity: str) -> bool:
        parts = _JOB.match(identity)
        if parts is None:
            return False
        if channel is not None:
            return parts["channel"] == channel
        voted = identity.startswith("vote/") and (parts["rest"] or "").partition("/")[0] == user
        return voted or (jobs is not None and parts["job"] in jobs)

    return wanted


def _jobs_of(client: Any, user: str) -> frozenset[str]:
    """The jobs that some paste of the person's asked for."""
    found = set()
    for entry in _entries(client, with_input=True):
        arguments = (entry.input or {}).get("args") or ()
        paste = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
        parts = _JOB.match(entry.workflow_id)
        if parts is not None and paste.get("user") == user:
            found.add(parts["job"])
    return frozenset(found)


def _entries(client: Any, *, with_input: bool) -> Iterator[Any]:
    start = 0
    while page := client.list_workflows(limit=_PAGE, offset=start, load_input=with_input, load_output=False):
        yield from page
        start += len(page)


def _stays(entry: Any) -> bool:
    """Whether it is the mark of an ended job that Slack may still send again."""
    identity = entry.workflow_id
    return identity.startswith("end/") and _is_recent(_job_in(identity)) and not _is_taken_back(entry)


def _is_taken_back(entry: Any) -> bool:
    """Whether it is the end of a job whose reply is being taken back, which may last while Slack is away."""
    return entry.workflow_id.startswith("end/") and not _may_go(entry)


def _may_go(entry: Any) -> bool:
    """Whether nobody is at the work. A second look that waits is never begun then, and a mark never is."""
    from bot.works import LOOK

    waits = entry.status == "ENQUEUED" and (entry.name == LOOK or entry.queue_name == _MARKS)
    return entry.status not in _UNDER_WAY or waits


def _works(count: int) -> str:
    return "One entry" if count == 1 else f"{count} entries"
