"""`forget` on a database that jobs were done on, of either kind."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from dbos import DBOS, DBOSClient

from bot.jobs import Jobs
from bot.metrics import Metrics
from bot.settings import CHECKOUT
from bot.store import serializer
from bot.works import vote_id
from handlers.ports import Paste, Reply
from knowledge.redact import CleanText
from tests.bot.commandline import Outcome, refused
from tests.bot.test_jobs import database, postgres_server

__all__ = ["database", "postgres_server"]

PASTE = Paste(team="T1", channel="C0HELP", ts="1795400000.000100", user="U0ALICE", text=CleanText("it fails"))


async def _prepare(paste: Paste) -> Reply:
    return Reply(kind="diagnosis", text="answer", cause="oidc-not-enabled")


async def _deliver(paste: Paste, reply: Reply, earlier: str | None, look_first: bool) -> str | None:
    return "1795400000.000900"


async def _take_back(channel: str, ts: str) -> None:
    raise AssertionError("nothing was deleted")


async def _answered(url: str, *pastes: Paste, votes: dict[str, str]) -> None:
    """Answer the pastes; then `votes`: who voted on which job."""
    jobs = Jobs(url, _prepare, _deliver, _take_back, Metrics())
    await jobs.start()
    try:
        for paste in pastes:
            await jobs.accept(paste)
            await (await DBOS.retrieve_workflow_async(paste.work)).get_result()
        for user, job in votes.items():
            await jobs.feedback(job, user, helpful=True)
            await (
                await DBOS.retrieve_workflow_async(vote_id(job, user, helpful=True, remark=""))
            ).get_result()
    finally:
        await jobs.stop()


def left(url: str) -> list[str]:
    client = DBOSClient(system_database_url=url, serializer=serializer())
    try:
        return sorted(entry.workflow_id for entry in client.list_workflows())
    finally:
        client.destroy()


BOB = replace(PASTE, ts="1795400000.000200", user="U0BOB")
AGAIN = replace(BOB, revision="c1")
OTHER = replace(PASTE, ts="1795400000.000300", channel="C0OTHER", user="U0BOB")


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


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "--user"),
        (("--user", "U0BOB", "--channel", "C0HELP"), "one of"),
        (("--user", "bob"), "U0123ABCD"),
        (("--channel", "#ci-help"), "C0123ABCD"),
    ],
)
def test_misuse_is_told_in_one_line(arguments: tuple[str, ...], word: str) -> None:
    refused(forget("sqlite:///rolecall.db", *arguments), word)


def test_a_database_the_bot_never_ran_on_is_told_without_its_address(tmp_path: Path) -> None:
    outcome = forget("postgresql://someone:canary@127.0.0.1:1/rolecall", "--user", "U0BOB")
    refused(outcome, "DATABASE_URL")
    assert "canary" not in outcome.err
    refused(forget(f"sqlite:///{tmp_path}/none.db", "--user", "U0BOB"), "database")
    assert list(tmp_path.iterdir()) == []
