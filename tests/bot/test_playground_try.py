"""`python -m bot try`: on the terminal and as a page, with the real bot behind it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bot.playground.slack import APP_TOKEN
from bot.playground.stage import stage
from bot.playground.world import EXAMPLE

ROOT = Path(__file__).resolve().parents[2]
STAND_INS = (
    "Slack, Bitbucket and AWS are stand-ins on this computer, and so are Azure and Google Cloud; the "
    "workspace acme is invented."
)


def environment(folder: Path) -> dict[str, str]:
    """Nothing of the tests' own environment, and a private folder for what is temporary."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "NO_COLOR": "1"}


def run_try(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "try", *arguments],
        input=given,
        capture_output=True,
        cwd=ROOT,
        env=environment(folder),
        check=False,
        timeout=90,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "temporary"
    made.mkdir()
    return made


def test_once_prints_the_thread_says_what_is_a_stand_in_and_leaves_nothing(folder: Path) -> None:
    done = run_try(folder, "--once", str(EXAMPLE / "storefront" / "paste.txt"))
    lines = done.stdout.decode().splitlines()

    assert (done.returncode, done.stderr) == (0, b"")
    assert lines[0] == "You"
    assert "  Step Deploy to S3 has no oidc: true, so it gets no token." in lines
    assert any(re.fullmatch(r" +\+ +oidc: true", line) for line in lines)
    assert lines[-1] == STAND_INS
    assert list(folder.iterdir()) == []


def test_once_says_that_the_bot_stays_silent(folder: Path) -> None:
    done = run_try(folder, "--once", "-", given=b"lunch at noon?")

    assert done.returncode == 0
    assert "The bot stays silent: it recognised no OIDC failure in this text." in done.stdout.decode()
    assert "Rolecall" not in done.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "given", "sentence"),
    [
        (["--once", "nowhere.txt"], b"", "nowhere.txt: there is no such file"),
        (["--once", "bot"], b"", "bot is a folder; name a file"),
        (["--once", "-"], b" \n", "standard input is empty; give the error that the step printed"),
        (
            ["--once", "-"],
            b"\xff\xfe\x00",
            "standard input is not UTF-8 text (byte 0); save it as UTF-8",
        ),
        (["--once", "-"], b"a\x00b", "standard input is not text; give the error as plain text"),
        (["--once", "-"], b"x" * 200_001, "standard input is too long; give the error that the step printed"),
        (["--port", "http"], b"", "Invalid value for '--port': 'http' is not a valid integer range."),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(
    folder: Path, arguments: list[str], given: bytes, sentence: str
) -> None:
    done = run_try(folder, *arguments, given=given)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == f"Error: {sentence}\n"


def test_a_taken_port_is_one_line_and_exit_code_two(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_try(folder, "--no-browser", "--port", str(port))

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == f"Error: port {port} of 127.0.0.1 cannot be had; give another --port\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_page_says_where_it_is_and_ends_cleanly(folder: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "try", "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**environment(folder), "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        first, second = process.stdout.readline().decode(), process.stdout.readline().decode()
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)

    assert re.fullmatch(r"Rolecall's playground is at http://127\.0\.0\.1:\d+/\n", first)
    assert second == f"{STAND_INS} Ctrl-C ends it.\n"
    assert (process.returncode, errors) == (0, b"")
    assert list(folder.iterdir()) == []


async def test_the_stage_runs_over_a_socket_too() -> None:
    async with stage(SLACK_APP_TOKEN=APP_TOKEN) as set_up:
        paste = next(one for one in set_up.world.pastes if one.name == "storefront")
        ts = await set_up.slack.post(paste.text)
        replies = await set_up.slack.answered(ts, seconds=60)

    assert set_up.settings.socket_mode
    assert [one.as_shown()["cause"] for one in replies] == ["oidc-not-enabled"]


async def test_the_stages_database_is_gone_afterwards(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    async with stage():
        during = names_in(folder)

    assert [name for name in during if name.endswith(".db")] == ["rolecall.db"]
    assert names_in(folder) == []


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))
