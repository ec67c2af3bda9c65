"""`forget` on a database that jobs were done on, of either kind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from dbos import DBOS, DBOSClient, WorkflowHandleAsync

from bot.jobs import Jobs
from bot.metrics import Metrics
from bot.second_look import Looking
from bot.settings import CHECKOUT
from bot.store import serializer
from bot.works import vote_id
from handlers.ports import Paste, Reply
from knowledge.redact import CleanText
from tests.bot.commandline import Outcome, refused
from tests.bot.test_jobs import database, postgres_server

__all__ = ["database", "postgres_server"]

#: Of long ago: Slack sends these no more.
PASTE = Paste(team="T1", channel="C0HELP", ts="1700000000.000100", user="U0ALICE", text=CleanText("it fails"))


async def _prepare(paste: Paste) -> Reply:
    return Reply(kind="diagnosis", text="answer", cause="oidc-not-enabled")


async def _deliver(paste: Paste, reply: Reply, earlier: str | None, look_first: bool) -> str | None:
    return "1700000000.000900"


async def _take_back(channel: str, ts: str) -> None:
    raise AssertionError("nothing was deleted")


async def _ended(work: str) -> str:
    """Wait for the work's end, without DBOS' second between two looks; its status."""
    handle: WorkflowHandleAsync[object] = await DBOS.retrieve_workflow_async(work)
    await handle.get_result(polling_interval_sec=0.01)
    return (await handle.get_status()).status


async def _answered(url: str, *pastes: Paste, votes: dict[str, str]) -> None:
    """Answer the pastes; then `votes`: who voted on which job."""
    jobs = Jobs(url, _prepare, _deliver, _take_back, Metrics())
    await jobs.start()
    try:
        for paste in pastes:
            await jobs.accept(paste)
            await _ended(paste.work)
        for user, job in votes.items():
            await jobs.feedback(job, user, helpful=True)
            await _ended(vote_id(job, user, helpful=True, remark=""))
    finally:
        await jobs.stop()


def left(url: str) -> list[str]:
    client = DBOSClient(system_database_url=url, serializer=serializer())
    try:
        return sorted(entry.workflow_id for entry in client.list_workflows())
    finally:
        client.destroy()


BOB = replace(PASTE, ts="1700000000.000200", user="U0BOB")
AGAIN = replace(BOB, revision="c1")
OTHER = replace(PASTE, ts="1700000000.000300", channel="C0OTHER", user="U0BOB")


SETTINGS = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "s",
    "CI_HELP_CHANNELS": "C0HELP",
    "BITBUCKET_TOKEN": "t",
    "BITBUCKET_WORKSPACES": "acme",
}


def forget(url: str, *arguments: str) -> Outcome:
    """`python -m bot forget` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "forget", *arguments],
        env={"PATH": os.environ["PATH"], **SETTINGS, "DATABASE_URL": url},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


async def test_a_persons_pastes_answers_and_votes_go_and_no_others(database: str) -> None:
    await _answered(database, PASTE, BOB, AGAIN, OTHER, votes={"U0BOB": PASTE.job, "U0ALICE": BOB.job})
    outcome = forget(database, "--user", "U0BOB")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "5 entries removed.\n"
    assert left(database) == [PASTE.work]


async def test_a_channel_goes_and_no_other(database: str) -> None:
    await _answered(database, PASTE, BOB, OTHER, votes={"U0BOB": PASTE.job})
    outcome = forget(database, "--channel", "C0HELP")
    assert outcome.out == "3 entries removed.\n"
    assert left(database) == [OTHER.work]
    again = forget(database, "--channel", "C0HELP")
    assert (again.code, again.out) == (0, "0 entries removed.\n")


async def test_a_late_copy_of_what_was_forgotten_is_not_answered_again(database: str) -> None:
    """Of a message of the last days an id stays; of an older one, and of a command, nothing does."""
    now = time.time()
    today = replace(BOB, ts=f"{now:.6f}")
    month = replace(BOB, ts=f"{now - 20 * 86_400:.6f}")
    form = replace(BOB, ts="1700000000123.1700000000123.abc")
    await _answered(database, today, replace(today, revision="c1"), month, form, votes={"U0BOB": PASTE.job})
    assert forget(database, "--user", "U0BOB").out == "5 entries removed.\n"
    assert left(database) == [f"end/{today.job}"]
    for words in (("--user", "U0BOB"), ("--channel", "C0HELP")):
        assert forget(database, *words).out == "0 entries removed.\n"
    assert left(database) == [f"end/{today.job}"]

    jobs = Jobs(database, _prepare, _deliver, _take_back, Metrics())
    await jobs.start()
    try:
        copies = (today, replace(today, revision="e9"))
        assert [await jobs.accept(copy) for copy in copies] == [False, False]
        assert not await jobs.known(today.job)
    finally:
        await jobs.stop()


@pytest.mark.parametrize("runs", [True, False])
async def test_no_byte_of_it_is_left_in_the_file(tmp_path: Path, runs: bool) -> None:
    """Whether the bot runs meanwhile or not."""
    file, said = tmp_path / "rolecall.db", "kanarienvogel " * 200
    url = f"sqlite:///{file}"
    bobs = [
        replace(BOB, ts=f"1700000000.{number:06}", text=CleanText(said + str(number))) for number in range(9)
    ]
    jobs = Jobs(url, _prepare, _deliver, _take_back, Metrics())
    await jobs.start()
    try:
        for paste in (PASTE, *bobs):
            await jobs.accept(paste)
            await _ended(paste.work)
        assert b"kanarienvogel" in _bytes(file)
        if runs:
            outcome = await asyncio.to_thread(forget, url, "--user", "U0BOB")
            kept = _bytes(file)
    finally:
        await jobs.stop()
    if not runs:
        outcome, kept = forget(url, "--user", "U0BOB"), _bytes(file)

    assert (outcome.code, outcome.out) == (0, "9 entries removed.\n")
    assert b"it fails" in kept
    assert b"kanarienvogel" not in kept


def _bytes(file: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(file.parent.glob(f"{file.name}*")))


async def test_a_second_look_that_waits_goes_too_while_the_bot_runs(database: str) -> None:
    async def awaiting(paste: Paste) -> Reply:
        return replace(await _prepare(paste), awaits_record=True)

    async def look(paste: Paste, run: str) -> None:
        raise AssertionError("it is not due")

    async def edit(paste: Paste, ts: str, reply: Reply) -> bool:
        raise AssertionError("nothing was found")

    jobs = Jobs(database, awaiting, _deliver, _take_back, Metrics(), Looking(look, edit))
    await jobs.start()
    try:
        for paste in (PASTE, BOB):
            await jobs.accept(paste)
            await _ended(paste.work)
        assert left(database) == [PASTE.work, f"{PASTE.job}/look-1", BOB.work, f"{BOB.job}/look-1"]
        outcome = await asyncio.to_thread(forget, database, "--user", "U0BOB")
        assert (outcome.code, outcome.out) == (0, "2 entries removed.\n")
        assert left(database) == [PASTE.work, f"{PASTE.job}/look-1"]
    finally:
        await jobs.stop()


async def test_a_reply_that_is_being_taken_back_is_under_way(database: str) -> None:
    """The command leaves alone what that needs, and does not end it; once done, it asks no more of it."""
    begun, gate, today = asyncio.Event(), asyncio.Event(), replace(BOB, ts=f"{time.time():.6f}")

    async def take_back(channel: str, ts: str) -> None:
        begun.set()
        await gate.wait()

    jobs = Jobs(database, _prepare, _deliver, take_back, Metrics())
    await jobs.start()
    try:
        await jobs.accept(today)
        await _ended(today.work)
        await jobs.withdraw(today.job, today.channel)
        await asyncio.wait_for(begun.wait(), 30)
        for words in (("--user", "U0BOB"), ("--channel", "C0HELP")):
            outcome = await asyncio.to_thread(forget, database, *words)
            assert outcome.code == 1
            assert outcome.out.startswith("0 entries removed.\n2 entries being answered just now")
        assert left(database) == sorted([today.work, f"end/{today.job}"])
        gate.set()
        assert await _ended(f"end/{today.job}") == "SUCCESS"
        outcome = await asyncio.to_thread(forget, database, "--channel", "C0HELP")
        assert (outcome.code, outcome.out) == (0, "0 entries removed.\n")
        assert left(database) == [f"end/{today.job}"]
    finally:
        gate.set()
        await jobs.stop()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "--user"),
        (("--user", "U0BOB", "--channel", "C0HELP"), "one of"),
        (("--user", "bob"), "U0123ABCD"),
        (("--channel", "#ci-help"), "C0123ABCD"),
        (("--channel", "C-1"), "C0123ABCD"),
    ],
)
def test_misuse_is_told_in_one_line(arguments: tuple[str, ...], word: str) -> None:
    refused(forget("sqlite:///rolecall.db", *arguments), word)


@pytest.mark.parametrize("words", [("--channel", "C1"), ("--user", "U9"), ("--channel", "D0b_1")])
def test_what_the_settings_take_for_an_id_is_one_here(words: tuple[str, str], tmp_path: Path) -> None:
    refused(forget(f"sqlite:///{tmp_path}/none.db", *words), "the bot never ran on it")


def test_a_database_the_bot_never_ran_on_is_told_without_its_address(tmp_path: Path) -> None:
    outcome = forget("postgresql://someone:canary@127.0.0.1:1/rolecall", "--user", "U0BOB")
    refused(outcome, "DATABASE_URL")
    assert "canary" not in outcome.err
    refused(forget(f"sqlite:///{tmp_path}/none.db", "--user", "U0BOB"), "database")
    assert list(tmp_path.iterdir()) == []
