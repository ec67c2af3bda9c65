"""`python -m bot`: its words, its help, its exit codes, and what it loads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.__main__ import COMMANDS
from tests.bot.commandline import CommandLine, refused

ROOT = Path(__file__).parents[2]
OFFLINE = ("explain", "check", "recognise", "trust")
#: What the offline commands do without: each costs more than the whole command may take.
HEAVY = (
    "slack_bolt",
    "slack_sdk",
    "boto3",
    "botocore",
    "dbos",
    "sqlalchemy",
    "aiohttp",
    "httpx",
    "pydantic",
    "structlog",
)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


def process(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, input=stdin, capture_output=True, timeout=60, check=False
    )


def test_help_lists_every_command(command: CommandLine) -> None:
    for option in ("--help", "-h"):
        outcome = command(option)
        assert outcome.code == 0
        assert all(name in outcome.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_help(command: CommandLine, name: str) -> None:
    outcome = command(name, "--help")
    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: python -m bot {name} ")
    assert outcome.err == ""


def test_no_command_and_an_unknown_one_are_answered_with_those_there_are(command: CommandLine) -> None:
    refused(command(), *COMMANDS)
    refused(command("explode"), "'explode'", *COMMANDS)
    refused(command("--nonsense"), "--nonsense")


def test_a_fault_of_the_program_gives_one_line_without_values(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.commands import recognise

    def fail(_: str) -> str:
        raise RuntimeError("what was pasted")

    monkeypatch.setattr(recognise, "read_paste", fail)
    outcome = command("recognise")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert "RuntimeError in test_main.py" in outcome.err
    assert "what was pasted" not in outcome.err


def test_an_interrupt_ends_with_130_and_without_a_trace() -> None:
    # In the background of a shell an interrupt is ignored, and a child would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "bot", "recognise"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    assert child.stdin is not None
    # It reads standard input once it has started; only then does it take more than a pipe holds.
    child.stdin.write(b"x" * 300_000)
    child.stdin.flush()
    child.send_signal(signal.SIGINT)
    child.stdin.close()
    child.stdin = None
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert b"Traceback" not in err


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    child = subprocess.run(
        [sys.executable, "-m", "bot", "recognise", "--json"],
        cwd=ROOT,
        input=b"Unable to locate credentials\n" * 20_000,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert child.stderr == b""
    assert child.returncode not in (0, 2)


@pytest.mark.parametrize("name", OFFLINE)
def test_an_offline_command_loads_neither_slack_nor_cloud_nor_database(name: str) -> None:
    script = (
        "import sys\nfrom bot.__main__ import run\n"
        f"run([{name!r}, '--help'])\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    assert process("-c", script).stderr.decode().strip().endswith("[]")


def test_a_check_of_a_file_for_aws_loads_nothing_of_other_clouds(tmp_path: Path) -> None:
    file = tmp_path / "bitbucket-pipelines.yml"
    file.write_text(
        "pipelines:\n  default:\n    - step:\n        script:\n          - aws s3 ls\n", encoding="utf-8"
    )
    script = (
        "import sys\nfrom bot.__main__ import run\n"
        f"run(['check', {str(file)!r}])\n"
        "early = ('knowledge.gcp_rules', 'knowledge.azure_order')\n"
        "late = ('knowledge.azure_', 'knowledge.gcp_', 'knowledge.rules.azure_', 'knowledge.rules.gcp_')\n"
        "print([m for m in sys.modules if m.startswith(late) and m not in early], file=sys.stderr)"
    )
    assert process("-c", script).stderr.decode().strip() == "[]"


def test_a_whole_diagnosis_loads_neither_slack_nor_cloud_nor_database(tmp_path: Path) -> None:
    file = tmp_path / "bitbucket-pipelines.yml"
    file.write_text(
        "pipelines:\n  default:\n    - step:\n        script:\n          - aws s3 ls\n", encoding="utf-8"
    )
    script = (
        "import sys\nfrom bot.__main__ import run\n"
        f"run(['explain', '--pipeline-file', {str(file)!r}])\nrun(['check', {str(file)!r}])\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    assert process("-c", script).stderr.decode().strip() == "[]"


def test_the_command_line_works_as_a_process_with_its_exit_codes() -> None:
    assert process("-m", "bot", "recognise", stdin=b"all is well").returncode == 0
    assert process("-m", "bot", "recognise", stdin=b"Unable to locate credentials").returncode == 1
    assert process("-m", "bot", "recognise", "/nowhere").returncode == 2
