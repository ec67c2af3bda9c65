"""`doctor` against the stand-ins: a good set-up, and ones that lack one thing each."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bot.doctor.examination import examine
from bot.doctor.report import Check, State
from bot.playground.aws import AwsStandIn
from bot.playground.bitbucket import BitbucketStandIn
from bot.playground.slack import SlackStandIn
from bot.playground.slack_state import CHANNEL
from bot.playground.stage import settings_for
from bot.playground.world import load_world
from bot.settings import CHECKOUT, Settings
from tests.bot.commandline import CommandLine

WORLD = load_world()


@dataclass(slots=True)
class Town:
    """The three services and the folder of the database."""

    slack: SlackStandIn
    bitbucket: BitbucketStandIn
    aws: AwsStandIn
    folder: Path

    def environment(self, **overrides: str) -> dict[str, str]:
        made = settings_for(self.slack, self.bitbucket, self.aws, WORLD, self.folder / "rolecall.db")
        return {**made, **overrides}

    async def doctor(self, **overrides: str) -> list[Check]:
        return await examine(Settings.from_mapping(self.environment(**overrides)))


@contextlib.asynccontextmanager
async def built(folder: Path) -> AsyncIterator[Town]:
    town = Town(SlackStandIn(), BitbucketStandIn(WORLD), AwsStandIn(WORLD), folder)
    async with contextlib.AsyncExitStack() as stack:
        for service in (town.slack, town.bitbucket, town.aws):
            stack.push_async_callback(service.stop)
            await service.start()
        yield town


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with built(tmp_path) as made:
        yield made


def told(checks: list[Check], area: str, state: State = State.PROBLEM) -> list[str]:
    return [f"{c.sentence} -> {c.remedy}" for c in checks if c.area == area and c.state is state]


async def test_a_good_set_up_has_no_problem_and_every_area_was_looked_at(town: Town) -> None:
    checks = await town.doctor()
    assert [check for check in checks if check.state is State.PROBLEM] == []
    areas = {check.area for check in checks if check.state is State.OK}
    assert areas == {"settings", "slack", "bitbucket", "aws", "database"}


async def test_it_only_reads_and_leaves_no_database(town: Town) -> None:
    await town.doctor()
    assert {call.method for call in town.bitbucket.calls} == {"GET"}
    assert {call.path.partition("?")[0] for call in town.slack.calls} == {
        "/api/auth.test",
        "/api/conversations.history",
    }
    assert town.aws.forbidden == []
    assert list(town.folder.iterdir()) == []


async def test_in_socket_mode_the_app_token_is_tried(town: Town) -> None:
    good = await town.doctor(SLACK_APP_TOKEN=town.slack.app_token)
    assert "the app token opens Socket Mode -> None" in told(good, "slack", State.OK)
    bad = await town.doctor(SLACK_APP_TOKEN="xapp-other")
    assert len(told(bad, "slack")) == 1
    assert "Slack refuses `SLACK_APP_TOKEN` (invalid_auth)" in told(bad, "slack")[0]


async def test_a_refused_bot_token_is_named_and_nothing_else_is_asked_of_slack(town: Town) -> None:
    checks = await town.doctor(SLACK_BOT_TOKEN="xoxb-other")
    found = told(checks, "slack")
    assert len(found) == 1
    assert found[0].startswith("Slack refuses `SLACK_BOT_TOKEN` (invalid_auth) -> copy `SLACK_BOT_TOKEN`")
    assert len(town.slack.calls) == 1


@pytest.mark.parametrize(
    "scope", ["app_mentions:read", "chat:write", "commands", "files:read", "reactions:write"]
)
async def test_a_missing_scope_is_named_with_what_does_not_work(town: Town, scope: str) -> None:
    town.slack.scopes = tuple(one for one in town.slack.scopes if one != scope)
    found = told(await town.doctor(), "slack")
    assert len(found) == 1
    assert found[0].startswith(f"the scope `{scope}` is missing: ")


async def test_a_scope_that_is_not_needed_is_a_note(town: Town) -> None:
    town.slack.scopes = (*town.slack.scopes, "users:read")
    checks = await town.doctor()
    assert told(checks, "slack") == []
    assert any("`users:read`" in text for text in told(checks, "slack", State.NOTE))


async def test_each_watched_channel_is_tried(town: Town) -> None:
    checks = await town.doctor(CI_HELP_CHANNELS=f"{CHANNEL},C0NOWHERE1")
    assert any(CHANNEL in text for text in told(checks, "slack", State.OK))
    assert [text for text in told(checks, "slack") if "`C0NOWHERE1`" in text and "invite it" in text]


async def test_a_hidden_repository_and_a_missing_one_are_told_alike(town: Town) -> None:
    hidden = WORLD.repositories[0].slug
    town.bitbucket.hidden = frozenset({hidden})
    checks = await town.doctor(BITBUCKET_WORKSPACES=f"{WORLD.slug}/{hidden},{WORLD.slug}/no-such-thing")
    words = [text.replace(hidden, "X").replace("no-such-thing", "X") for text in told(checks, "bitbucket")]
    assert len(words) == 2
    assert words[0] == words[1]


async def test_a_missing_bitbucket_scope_is_named_for_each_thing_that_needs_it(town: Town) -> None:
    town.bitbucket.scopes = ("repository",)
    checks = await town.doctor()
    found = told(checks, "bitbucket")
    assert len(found) == 3
    assert all("lacks the scope `pipeline`" in text for text in found)
    assert len(told(checks, "bitbucket", State.NOTE)) == 1, "workspace variables are a note"


async def test_an_api_token_without_its_email_is_told_so(tmp_path: Path) -> None:
    async with built(tmp_path) as town:
        town.bitbucket.email = "ci@acme.example"
        found = told(await town.doctor(), "bitbucket")
    assert len(found) == 1
    assert "`BITBUCKET_EMAIL`" in found[0]


@pytest.mark.parametrize(
    "action", ["iam:GetRole", "iam:ListOpenIDConnectProviders", "iam:GetOpenIDConnectProvider"]
)
async def test_a_missing_aws_permission_is_named_with_its_account(town: Town, action: str) -> None:
    account = WORLD.accounts[1].id
    town.aws.granted[account] = frozenset(town.aws.granted[account]) - {action}
    found = told(await town.doctor(), "aws")
    assert len(found) == 1
    assert f"`{action}`" in found[0]
    assert account in found[0]


async def test_no_aws_settings_is_a_note_and_asks_nothing(town: Town) -> None:
    without = {name: "" for name in town.environment() if name.startswith("AWS_")}
    checks = await town.doctor(**without)
    assert told(checks, "aws") == []
    assert len(told(checks, "aws", State.NOTE)) == 1
    assert town.aws.calls == []


async def test_services_that_do_not_answer_are_problems_each_of_their_own(town: Town) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
        checks = await town.doctor(
            SLACK_API_URL=f"{nowhere}/api/", BITBUCKET_API_URL=f"{nowhere}/2.0", AWS_ENDPOINT_URL=nowhere
        )
    for area in ("slack", "bitbucket", "aws"):
        assert len(told(checks, area)) == 1, area


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_service_in_trouble_is_said_and_never_raised(town: Town, status: int) -> None:
    for service in (town.slack, town.bitbucket):
        service.fail(".*", status=status)
    checks = await town.doctor()
    assert told(checks, "slack")
    assert told(checks, "bitbucket")


async def test_a_folder_that_is_missing_and_a_file_that_is_no_database_are_problems(town: Town) -> None:
    checks = await town.doctor(DATABASE_URL=f"sqlite:///{town.folder}/nowhere/rolecall.db")
    assert "make the folder" in told(checks, "database")[0]
    (town.folder / "notes.db").write_text("shopping list, and more than a header's length of it " * 10)
    checks = await town.doctor(DATABASE_URL=f"sqlite:///{town.folder}/notes.db")
    assert "cannot be opened for writing" in told(checks, "database")[0]


async def test_a_database_that_a_running_bot_uses_is_fine(town: Town) -> None:
    path = town.folder / "rolecall.db"
    with contextlib.closing(sqlite3.connect(path)) as held:
        held.execute("CREATE TABLE t (x)")
        held.commit()
        held.execute("BEGIN IMMEDIATE")
        checks = await town.doctor()
    assert told(checks, "database") == []


async def test_postgresql_that_does_not_answer_is_told_without_the_address(town: Town) -> None:
    checks = await town.doctor(DATABASE_URL="postgresql://someone:canary-password@127.0.0.1:1/rolecall")
    found = told(checks, "database")
    assert len(found) == 1
    assert "canary" not in found[0]
    assert "someone" not in found[0]


async def ran(town: Town, *arguments: str, **overrides: str) -> tuple[int, str, str]:
    """`python -m bot doctor` as an operator runs it: exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "doctor",
        *arguments,
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(town.folder), **town.environment(**overrides)},
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_command_ends_with_0_when_nothing_is_wrong_and_1_when_something_is(town: Town) -> None:
    code, out, err = await ran(town)
    assert (code, err) == (0, "")
    assert out.rstrip().endswith("Nothing is wrong.")
    code, out, err = await ran(town, "--json", BITBUCKET_TOKEN="another")
    assert (code, err) == (1, "")
    found = json.loads(out)
    assert found["problems"] == 1
    assert [c["area"] for c in found["checks"] if c["state"] == "problem"] == ["bitbucket"]


async def test_no_secret_is_printed_even_where_every_service_repeats_what_it_was_sent(town: Town) -> None:
    for service in (town.slack, town.bitbucket, town.aws):
        service.fail(".*", status=403, body=b"canary-echo " + town.bitbucket.token.encode())
    _, out, err = await ran(town, LOG_LEVEL="DEBUG")
    secrets = (town.slack.bot_token, town.bitbucket.token, town.environment()["AWS_SECRET_ACCESS_KEY"])
    assert err == ""
    for secret in (*secrets, "canary-echo", "Traceback"):
        assert secret not in out


def test_settings_that_cannot_be_used_are_listed_and_end_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("SLACK_BOT_TOKEN", "CI_HELP_CHANNELS", "BITBUCKET_WORKSPACES", "BITBUCKET_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "canary-token")
    command = CommandLine(monkeypatch, capsys)
    outcome = command("doctor")
    assert outcome.code == 2
    assert outcome.out == ""
    for name in ("SLACK_BOT_TOKEN", "CI_HELP_CHANNELS", "BITBUCKET_WORKSPACES", "BITBUCKET_TOKEN"):
        assert name in outcome.err
    assert "canary" not in outcome.err
    as_json = command("doctor", "--json")
    assert as_json.code == 2
    assert as_json.json["problems"] == len(as_json.json["checks"])
    assert "canary" not in as_json.out
