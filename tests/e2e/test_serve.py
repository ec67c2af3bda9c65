"""`python -m bot serve` as a process: start, health, both transports, stop, kill."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from bot.playground.slack import APP_TOKEN
from bot.playground.slack_state import BOT_USER, CHANNEL
from tests.e2e.serving import Surroundings, surroundings
from tests.e2e.talk import until
from tests.proxy import listening

LINK = "https://bitbucket.org/acme/storefront/pipelines/results/214"
PASTE = f"Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4\n{LINK}"
SOCKET = {"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": ""}


@pytest_asyncio.fixture
async def around(tmp_path: Path) -> AsyncIterator[Surroundings]:
    async with surroundings(tmp_path) as made:
        yield made


def answers(around: Surroundings, ts: str) -> list[str]:
    """The causes that the thread was given."""
    return [
        (one.metadata or {})["event_payload"]["cause"]
        for one in around.slack.workspace.thread(CHANNEL, ts)
        if one.user == BOT_USER
    ]


def done(around: Surroundings, ts: str) -> bool:
    message = around.slack.workspace.find(CHANNEL, ts)
    return message is not None and "white_check_mark" in message.reactions


async def test_health_and_metrics(around: Surroundings) -> None:
    async with around.serving() as process:
        await around.slack.post(PASTE)
        assert (await process.get("/livez")).status_code == 200
        assert (await process.get("/readyz")).json() == {"status": "ready", "missing": {}}
        await until(lambda: done(around, around.slack.workspace.messages[0].ts))
        metrics = (await process.get("/metrics")).text

        assert 'rolecall_diagnoses_total{cause="oidc-not-enabled",' in metrics
        assert "storefront" not in metrics
        assert "acme" not in metrics


async def test_only_what_is_away_is_named_as_not_ready(around: Surroundings) -> None:
    """Slack is verified and the clients are built, while no PostgreSQL is there."""
    process = await around.spawn(DATABASE_URL="postgresql://rolecall@127.0.0.1:1/rolecall")
    try:
        async with asyncio.timeout(30):
            assert process.child.stdout is not None
            while b"database does not open yet" not in await process.child.stdout.readline():
                pass
        answer = await process.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {"status": "not ready", "missing": {"database": "does not answer"}}
    finally:
        await process.kill()


async def test_over_sockets_too(around: Surroundings) -> None:
    """Nothing is exposed but health and metrics; after a drop it comes back by itself."""
    async with around.serving(**SOCKET) as process:
        ts = await around.slack.post(PASTE)
        await until(lambda: done(around, ts))
        refused = await process.get("/slack/events")
        assert refused.status_code == 404

        await around.slack.courier.sockets[0].close()
        await until(lambda: around.slack.courier.sockets)
        again = await around.slack.post(PASTE)
        await until(lambda: done(around, again))

    assert answers(around, ts) == answers(around, again) == ["oidc-not-enabled"]


async def test_a_refresh_of_the_socket_loses_nothing(around: Surroundings) -> None:
    async with around.serving(**SOCKET):
        await around.slack.courier.sockets[0].send_json({"type": "disconnect", "reason": "refresh_requested"})
        first = around.slack.courier.sockets[0]
        await until(lambda: [one for one in around.slack.courier.sockets if one is not first])
        ts = await around.slack.post(PASTE)
        await until(lambda: done(around, ts))

    assert answers(around, ts) == ["oidc-not-enabled"]


@pytest.mark.parametrize("transport", [{}, SOCKET], ids=["http", "socket"])
async def test_killed_between_ack_and_reply_it_answers_once_after_the_next_start(
    around: Surroundings, transport: dict[str, str]
) -> None:
    around.bitbucket.fail(".*", hang=30.0)
    async with around.serving(**transport):
        ts = await around.slack.post(PASTE)
        assert answers(around, ts) == []
    around.bitbucket.heal()
    async with around.serving(**transport):
        await until(lambda: done(around, ts))
        await around.slack.again(ts)

    assert answers(around, ts) == ["oidc-not-enabled"]


async def test_killed_after_the_post_it_does_not_post_again(around: Surroundings) -> None:
    """The answer was out and nobody had written that down."""
    around.slack.fail("chat.postMessage", hang=30.0, after=True, times=1)
    async with around.serving():
        ts = await around.slack.post(PASTE)
        await until(lambda: any("chat.postMessage" in call.path for call in around.slack.calls))
    around.slack.heal()
    # The stand-in carries out what it was asked before its wait, as Slack does for a client that is gone.
    async with around.serving():
        await until(lambda: done(around, ts))

    assert answers(around, ts) == ["oidc-not-enabled"]


async def test_sigterm_ends_it_in_order(around: Surroundings) -> None:
    async with around.serving() as process:
        started = time.monotonic()
        code = await process.terminate()

        assert code == 0
        assert time.monotonic() - started < 10


async def test_sigterm_ends_it_in_order_before_anything_is_loaded(around: Surroundings) -> None:
    """A platform that thinks better of a start does not wait for it."""
    process = await around.spawn()
    own = Path(f"/proc/{process.child.pid}")
    await until(partial(_heeds_sigterm, own))
    loaded = "pydantic_core" in (own / "maps").read_text(encoding="utf-8")

    assert (await process.terminate(), process.output, loaded) == (0, "", False)


def _heeds_sigterm(process: Path) -> bool:
    """Whether it has a handler of its own: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html"""
    status = (process / "status").read_text(encoding="utf-8")
    (caught,) = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")]
    return bool(int(caught, 16) & 1 << (signal.SIGTERM - 1))


async def test_sigterm_ends_it_while_it_still_waits_for_slack(around: Surroundings) -> None:
    around.slack.fail("auth.test", status=503, body=b"no upstream", headers={"Content-Type": "text/plain"})
    process = await around.spawn()
    await until(lambda: around.slack.calls)
    started = time.monotonic()
    code = await process.terminate()

    assert code == 0
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("transport", "method"),
    [({}, "auth.test"), (SOCKET, "apps.connections.open")],
    ids=["identity", "socket"],
)
@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"no upstream", "text/plain"), (b'{"ok":true}', "application/json")],
    ids=["text", "nothing in it"],
)
async def test_it_starts_once_slack_answers_as_it_should(
    around: Surroundings, transport: dict[str, str], method: str, body: bytes, kind: str
) -> None:
    around.slack.fail(method, status=200, body=body, headers={"Content-Type": kind}, times=1)
    async with around.serving(**transport):
        ts = await around.slack.post(PASTE)
        await until(lambda: done(around, ts))

    assert answers(around, ts) == ["oidc-not-enabled"]


@pytest.mark.parametrize("transport", [{}, SOCKET], ids=["http", "socket"])
async def test_the_environments_proxy_is_not_asked(around: Surroundings, transport: dict[str, str]) -> None:
    nobody = "http://127.0.0.1:9"
    async with around.serving(HTTPS_PROXY=nobody, HTTP_PROXY=nobody, ALL_PROXY=nobody, **transport):
        ts = await around.slack.post(PASTE)
        await until(lambda: done(around, ts))

    assert answers(around, ts) == ["oidc-not-enabled"]


async def test_the_environments_proxy_is_not_asked_for_what_is_elsewhere_either(around: Surroundings) -> None:
    """A name that nobody has: whoever asked the proxy for it would be seen there."""
    async with asyncio.timeout(20), listening() as proxy:
        process = await around.spawn(
            SLACK_API_URL="https://slack.invalid/api/", HTTPS_PROXY=proxy.address, https_proxy=proxy.address
        )
        assert process.child.stdout is not None
        while b"slack does not answer yet" not in await process.child.stdout.readline():
            pass
        await process.kill()

    assert proxy.asked == []


async def test_an_address_that_is_taken_is_told_by_the_settings_names(around: Surroundings) -> None:
    async with around.serving() as first:
        process = await around.spawn(PORT=str(first.port), DATABASE_URL=f"sqlite:///{around.folder}/b.db")
        output, code = await process.rest(), await process.child.wait()

    assert code == 2
    assert output == "settings: HOST, PORT: cannot listen there: address already in use\n"


async def test_a_folder_that_is_not_there_is_told_by_the_settings_name(around: Surroundings) -> None:
    place = around.folder / "kanarienvogel" / "rolecall.db"
    process = await around.spawn(DATABASE_URL=f"sqlite:///{place}")
    async with asyncio.timeout(20):
        output, code = await process.rest(), await process.child.wait()

    assert code == 2
    assert "settings: DATABASE_URL: the file cannot be opened" in output
    assert "kanarienvogel" not in output
    assert "Traceback" not in output


async def test_sigterm_with_work_under_way_hands_it_over(around: Surroundings) -> None:
    around.bitbucket.fail(".*", hang=30.0)
    async with around.serving() as process:
        ts = await around.slack.post(PASTE)
        assert await process.terminate() == 0
    around.bitbucket.heal()
    async with around.serving():
        await until(lambda: done(around, ts))

    assert answers(around, ts) == ["oidc-not-enabled"]


async def test_settings_that_cannot_be_used_are_all_named_at_once(around: Surroundings) -> None:
    process = await around.spawn(BITBUCKET_TOKEN="", CI_HELP_CHANNELS="#ci-help", SLACK_BOT_TOKEN="xoxp-1")
    code, output = await process.child.wait(), await process.rest()

    assert code == 2
    assert "BITBUCKET_TOKEN" in output
    assert "CI_HELP_CHANNELS" in output
    assert "SLACK_BOT_TOKEN" in output
    assert "xoxp-1" not in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "SLACK_BOT_TOKEN"),
        ({**SOCKET, "SLACK_APP_TOKEN": "xapp-wrong"}, "SLACK_APP_TOKEN"),
    ],
    ids=["bot token", "app token"],
)
async def test_a_token_that_slack_refuses_ends_it_by_name(
    around: Surroundings, changes: dict[str, str], named: str
) -> None:
    process = await around.spawn(**changes)
    async with asyncio.timeout(20):
        output = await process.rest()
        code = await process.child.wait()

    assert (code, named in output) == (2, True)
    assert "wrong" not in output


async def test_what_it_logs_is_its_own(around: Surroundings) -> None:
    """At the most talkative level, with canaries in every secret and in the paste."""
    around.environment = {"LOG_LEVEL": "DEBUG"}
    canary = "kanarienvogel"
    async with around.serving() as process:
        ts = await around.slack.post(f"{PASTE}\npassword={canary}1 {canary}2 AKIA{'B' * 16}")
        await until(lambda: done(around, ts))
        await process.terminate()
        output = await process.rest()
    stored = b"".join(path.read_bytes() for path in around.folder.glob("rolecall.db*"))

    for line in output.splitlines():
        json.loads(line)
    secrets = (around.slack.bot_token, around.bitbucket.token, around.slack.courier.signing_secret)
    for leaked in (canary, "WebIdentityToken", "storefront", f"AKIA{'B' * 16}", *secrets):
        assert leaked not in output
    for leaked in (f"{canary}1", f"AKIA{'B' * 16}", *secrets):
        assert leaked.encode() not in stored


async def test_it_writes_nowhere_but_beside_its_database(around: Surroundings) -> None:
    async with around.serving() as process:
        ts = await around.slack.post(PASTE)
        await until(lambda: done(around, ts))
        await process.terminate()

    left = {path.name for path in around.folder.iterdir()}
    assert left <= {"rolecall.db", "rolecall.db-wal", "rolecall.db-shm", ".aws", ".cache"}
