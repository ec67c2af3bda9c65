"""Files across a restart, an edit and a missing scope: each test has a bot of its own."""

from __future__ import annotations

from pathlib import Path

from bot.playground.slack_state import CHANNEL
from bot.playground.stage import Stage
from tests.e2e.serving import Surroundings, surroundings
from tests.e2e.talk import answered, facts_of, replies, settled, until, words

STOREFRONT = "https://bitbucket.org/acme/storefront/pipelines/results/214"
EMPTY_TOKEN = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
LOG = "\n".join([*(f"built module {n} of the shop" for n in range(200)), EMPTY_TOKEN])
FILES = "/files/"


def fetched(around: Stage | Surroundings) -> int:
    return sum(call.path.startswith(FILES) for call in around.slack.calls)


def stored(folder: Path) -> bytes:
    """All that the database's files hold."""
    return b"".join(path.read_bytes() for path in folder.glob("rolecall.db*"))


async def test_a_file_is_read_again_after_a_restart_by_its_id_alone(tmp_path: Path) -> None:
    """What is stored names the file and holds nothing of it, nor its address."""
    async with surroundings(tmp_path) as around:
        around.slack.fail(FILES, hang=30.0)
        async with around.serving() as process:
            ts = await around.slack.snippet(f"{LOG}\n{STOREFRONT}")
            await until(lambda: fetched(around))
            await process.kill()
        message = around.slack.workspace.find_shown(ts)
        assert message is not None
        kept = stored(tmp_path)
        assert message.files[0]["id"].encode() in kept
        assert b"files-pri" not in kept
        around.slack.heal()
        async with around.serving():
            reply = await until(lambda: around.slack.workspace.thread(CHANNEL, ts)[1:])
    assert facts_of(reply[0])["cause"] == "oidc-not-enabled"


async def test_a_file_that_is_too_large_by_its_own_word_is_not_read(running: Stage) -> None:
    ts = await running.slack.snippet("x" * 5_000_001 + "\n" * 9, f"the log of {STOREFRONT}")
    reply = await answered(running, ts)

    assert "larger than 5 MB" in words(reply)


async def test_without_the_scope_the_comment_is_still_answered(running: Stage) -> None:
    running.slack.scopes = tuple(scope for scope in running.slack.scopes if scope != "files:read")
    ts = await running.slack.snippet(LOG, f"the log of {STOREFRONT}")

    assert "the scope files:read" in words(await answered(running, ts))


async def test_an_edit_of_the_comment_alone_reads_the_file_once_more_and_edits_the_reply(
    running: Stage,
) -> None:
    ts = await running.slack.snippet(LOG, f"help {STOREFRONT}")
    first = await answered(running, ts)
    await running.slack.edit(ts, f"help please {STOREFRONT}")
    await settled(running)

    assert [one.ts for one in replies(running, ts)] == [first.ts]
    assert fetched(running) == 2
