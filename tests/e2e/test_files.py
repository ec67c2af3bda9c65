"""Snippets and text files: read after the acknowledgement, from Slack alone, in silence unless they ask."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from bot.playground.slack_state import CHANNEL, Message
from bot.playground.stage import Stage
from tests.e2e.talk import REFUSED, answered, button, facts_of, marks, replies, settled, until, words
from tests.knowledge.tokens import claims, token

pytestmark = pytest.mark.asyncio(loop_scope="module")

STOREFRONT = "https://bitbucket.org/acme/storefront/pipelines/results/214"
LEDGER = "https://bitbucket.org/acme/ledger/pipelines/results/512"
EMPTY_TOKEN = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
BUILD = "\n".join(f"[10:20:{n % 60:02d}] built module {n} of the shop in {n * 7} ms" for n in range(2_000))
#: The failure stands where it does in a real log: far below the lines that come with the message.
LOG = f"{BUILD}\n+ aws s3 sync build/ s3://acme-site\n{EMPTY_TOKEN}\nBuild teardown"
FILES = "/files/"


def fetched(stage: Stage) -> int:
    return sum(call.path.startswith(FILES) for call in stage.slack.calls)


async def silent(stage: Stage, ts: str) -> bool:
    await settled(stage)
    return replies(stage, ts) == [] and marks(stage, ts) == set()


def rows(path: str) -> list[Any]:
    with sqlite3.connect(path) as store:
        return store.execute("select workflow_uuid from workflow_status").fetchall()


def database(stage: Stage) -> str:
    return stage.settings.database_url.get_secret_value().removeprefix("sqlite:///")


async def test_a_failure_at_the_end_of_a_long_snippet_is_answered(shared: Stage) -> None:
    ts = await shared.slack.snippet(f"{LOG}\n{STOREFRONT}")
    reply = await answered(shared, ts)

    assert facts_of(reply)["cause"] == "oidc-not-enabled"
    assert marks(shared, ts) == {"white_check_mark"}


async def test_the_comment_and_the_file_are_read_together(shared: Stage) -> None:
    """The run stands in the comment, the failure in the file."""
    ts = await shared.slack.snippet(LOG, f"storefront fails, log attached {STOREFRONT}")

    assert facts_of(await answered(shared, ts))["cause"] == "oidc-not-enabled"


async def test_what_the_message_shows_whole_is_not_fetched(shared: Stage) -> None:
    before = fetched(shared)
    ts = await shared.slack.snippet(f"{EMPTY_TOKEN}\n{STOREFRONT}")
    await answered(shared, ts)

    assert fetched(shared) == before


async def test_a_file_without_a_failure_leaves_no_word_no_mark_and_no_row(shared: Stage) -> None:
    await settled(shared)
    before = rows(database(shared))
    ts = await shared.slack.snippet(BUILD, "nice, all green")

    assert await silent(shared, ts)
    await until(lambda: rows(database(shared)) == before)
    # Delivered once more, it is still nobody's business.
    await shared.slack.again(ts)
    assert await silent(shared, ts)


def reacted(stage: Stage, since: int) -> list[str]:
    """The calls about marks, in order, after the first `since` calls of all."""
    methods = [call.path.partition("?")[0].rpartition("/")[2] for call in stage.slack.calls[since:]]
    return [method for method in methods if method.startswith("reactions.")]


@pytest.fixture
def slow_files(shared: Stage) -> Iterator[None]:
    """Files that take longer than the first mark may."""
    shared.slack.fail(FILES, hang=1.5)
    yield
    shared.slack.heal()


@pytest.mark.usefixtures("slow_files")
async def test_who_waits_for_a_slow_file_sees_that_it_is_looked_at(shared: Stage) -> None:
    ts = await shared.slack.snippet(f"{LOG}\n{STOREFRONT}")
    await until(lambda: marks(shared, ts) == {"eyes"})
    assert replies(shared, ts) == []
    await answered(shared, ts)

    assert marks(shared, ts) == {"white_check_mark"}


@pytest.mark.usefixtures("slow_files")
async def test_the_mark_goes_again_when_a_slow_file_shows_no_failure(shared: Stage) -> None:
    before = len(shared.slack.calls)
    ts = await shared.slack.snippet(BUILD, "nice, all green")
    await until(lambda: marks(shared, ts) == {"eyes"})

    assert await silent(shared, ts)
    assert reacted(shared, before) == ["reactions.add", "reactions.remove"]


async def test_a_file_that_is_read_at_once_and_shows_no_failure_is_never_marked(shared: Stage) -> None:
    before = len(shared.slack.calls)
    ts = await shared.slack.snippet(BUILD, "all green again")

    assert await silent(shared, ts)
    assert reacted(shared, before) == []


async def test_a_stub_of_a_shared_channel_is_asked_for_first(shared: Stage) -> None:
    ts = await shared.slack.snippet(f"{LOG}\n{STOREFRONT}", stub=True)

    assert facts_of(await answered(shared, ts))["cause"] == "oidc-not-enabled"
    assert any("files.info" in call.path for call in shared.slack.calls)


async def test_one_file_gets_one_reply_however_often_it_comes(shared: Stage) -> None:
    ts = await shared.slack.snippet(f"{LOG}\n{STOREFRONT}", "@Rolecall what is this?")
    await shared.slack.again(ts)
    await answered(shared, ts)
    await shared.slack.again(ts)
    await settled(shared)

    assert len(replies(shared, ts)) == 1


async def test_the_token_goes_below_the_files_address_only(shared: Stage) -> None:
    """An address elsewhere, though it stands in Slack's own event, is not asked for anything."""
    with_log = await shared.slack.snippet(LOG)
    message = shared.slack.workspace.find_shown(with_log)
    assert message is not None
    elsewhere = {
        **message.files[0],
        "id": "F0ELSEWHERE",
        "url_private_download": f"{shared.slack.address}/elsewhere/x.txt",
    }
    await settled(shared)
    before = len(shared.slack.calls)
    ts = await shared.slack.send(
        Message(
            channel=CHANNEL, ts=shared.slack.workspace.new_ts(), user="U0DANA0001", text="", files=[elsewhere]
        )
    )

    assert await silent(shared, ts)
    assert not any("elsewhere" in call.path for call in shared.slack.calls[before:])


FAULTS: dict[str, dict[str, Any]] = {
    "a page to sign in": {"status": 200, "body": b"<!DOCTYPE html><html>Sign in</html>"},
    "a page that calls itself text": {
        "status": 200,
        "body": b"\n <html><body>Sign in</body></html>",
        "headers": {"Content-Type": "text/plain"},
    },
    "it is gone": {"status": 404},
    "Slack is in trouble": {"status": 500},
    "the connection breaks": {"drop": True},
    "it leads elsewhere": {"status": 302, "headers": {"Location": "http://127.0.0.1:9/x"}},
    "it leads to no address": {"status": 302, "headers": {"Location": "http://[files"}},
    "no text": {
        "status": 200,
        "body": b"\x7fELF\0\0\0",
        "headers": {"Content-Type": "application/octet-stream"},
    },
    "larger than it says": {
        "status": 200,
        "body": b"x" * 5_000_001,
        "headers": {"Content-Type": "text/plain"},
    },
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_file_that_cannot_be_read_is_passed_over_where_nobody_asked(
    shared: Stage, fault: dict[str, Any]
) -> None:
    shared.slack.fail(FILES, **fault)
    try:
        ts = await shared.slack.snippet(LOG, "here is something")
        assert await silent(shared, ts)
    finally:
        shared.slack.heal()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_whoever_speaks_of_a_repository_is_told_that_its_file_cannot_be_read(
    shared: Stage, fault: dict[str, Any]
) -> None:
    shared.slack.fail(FILES, **fault)
    try:
        ts = await shared.slack.snippet(BUILD, f"the log of {STOREFRONT}")
        reply = await answered(shared, ts)
        assert "The attached file could not be read" in words(reply)
        assert "as text" in words(reply)
        assert marks(shared, ts) == {"warning"}
    finally:
        shared.slack.heal()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_failure_in_the_comment_is_answered_whatever_becomes_of_the_file(
    shared: Stage, fault: dict[str, Any]
) -> None:
    shared.slack.fail(FILES, **fault)
    try:
        ts = await shared.slack.snippet(BUILD, f"{EMPTY_TOKEN} {STOREFRONT}")
        assert facts_of(await answered(shared, ts))["cause"] == "oidc-not-enabled"
    finally:
        shared.slack.heal()


async def test_whoever_asks_the_bot_by_name_is_told_in_the_question(shared: Stage) -> None:
    shared.slack.fail(FILES, status=404)
    try:
        ts = await shared.slack.snippet(LOG, "@Rolecall have a look please")
        reply = await answered(shared, ts)
        assert facts_of(reply)["kind"] == "question"
        assert "could not be read: it is not there any more" in words(reply)
    finally:
        shared.slack.heal()


async def test_a_redirect_below_the_files_address_is_followed(shared: Stage) -> None:
    shared.slack.workspace.files["moved/log.txt"] = f"{LOG}\n{STOREFRONT}".encode()
    moved = {"Location": f"{shared.slack.files_url}moved/log.txt"}
    shared.slack.fail(f"{FILES}files-pri", status=302, headers=moved)
    try:
        ts = await shared.slack.snippet(LOG)
        assert facts_of(await answered(shared, ts))["cause"] == "oidc-not-enabled"
    finally:
        shared.slack.heal()


async def test_check_again_reads_the_file_again_and_says_when_it_is_gone(shared: Stage) -> None:
    ts = await shared.slack.snippet(LOG, f"the log of {STOREFRONT}")
    reply = await answered(shared, ts)
    shared.slack.fail(FILES, status=404)
    try:
        await shared.slack.click(reply.ts, None, button(reply, "recheck"))
        await until(lambda: "the attached file" in words(replies(shared, ts)[0]))
    finally:
        shared.slack.heal()
    await settled(shared)

    assert [one.ts for one in replies(shared, ts)] == [reply.ts]
    assert facts_of(replies(shared, ts)[0])["cause"] == "oidc-not-enabled", "the step's own log holds it too"


async def test_what_powershell_writes_is_read(shared: Stage) -> None:
    ts = await shared.slack.snippet(f"{LOG}\n{STOREFRONT}".encode("utf-16"))

    assert facts_of(await answered(shared, ts))["cause"] == "oidc-not-enabled"


async def test_a_secret_in_a_file_is_warned_of_and_shown_nowhere(shared: Stage) -> None:
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    ts = await shared.slack.snippet(f"{BUILD}\nexport AWS_SECRET_ACCESS_KEY={secret}\n{LOG}\n{STOREFRONT}")
    reply = await answered(shared, ts)

    assert "This message holds an AWS secret key" in words(reply)
    assert secret not in repr(shared.slack.posted)


async def test_a_pasted_token_is_read_and_goes_nowhere(shared: Stage) -> None:
    ts = await shared.slack.post(f"{token(claims())}\n{REFUSED}\n{LEDGER}")
    reply = await answered(shared, ts)

    assert "This message holds the step's OIDC token" in words(reply)
    assert "eyJ" not in repr(shared.slack.posted)
