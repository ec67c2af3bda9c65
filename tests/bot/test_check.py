"""`check`: pipeline files linted one by one, in folders and from standard input."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot.commandline import CommandLine, refused

BROKEN = """\
pipelines:
  branches:
    main:
      - step:
          name: Build
          script: [npm ci]
      - step:
          name: Deploy
          deployment: production
          script:
            - export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/deploy
            - export AWS_REGION=eu-central-1
            - export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/web-identity-token
            - echo $BITBUCKET_STEP_OIDC_TOKEN > $(pwd)/web-identity-token
            - aws s3 sync dist s3://acme-site
            - pipe: atlassian/slack-notify:2.3.0
              variables: {MESSAGE: done}
"""
MENDED = BROKEN.replace(
    "          deployment: production\n", "          deployment: production\n          oidc: true\n"
)
NO_YAML = "pipelines:\n  default:\n    - step:\n        script: [npm ci\n"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


def written(folder: Path, text: str, name: str = "bitbucket-pipelines.yml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_fault_is_printed_as_a_linter_prints_it(command: CommandLine, tmp_path: Path) -> None:
    path = written(tmp_path, BROKEN)
    outcome = command("check", path)
    assert (outcome.code, outcome.err) == (1, "")
    first, *rest = outcome.out.splitlines()
    assert first == f"{path}:7:9: oidc-not-enabled: Step `Deploy` has no `oidc: true`, so it gets no token."
    assert all(line.startswith("    ") for line in rest)
    assert rest[:2] == ["    7 |       - step:", "      |         ^"]
    assert "    +          oidc: true" in rest
    assert rest[-1].startswith("    Page: oidc-not-enabled (https://")


def test_a_shown_change_is_one_that_can_be_applied(command: CommandLine, tmp_path: Path) -> None:
    path = written(tmp_path, BROKEN)
    (finding,) = command("check", path, "--json").json["files"][0]["findings"]
    diff = finding["fixes"][0]["diff"]
    assert [line for line in diff.splitlines() if line.startswith(("+", "-"))] == [
        "--- a/bitbucket-pipelines.yml",
        "+++ b/bitbucket-pipelines.yml",
        "+          oidc: true",
    ]
    shown = [line[4:] for line in command("check", path).out.splitlines()]
    start = shown.index("--- a/bitbucket-pipelines.yml")
    assert shown[start : start + len(diff.splitlines())] == [line.rstrip() for line in diff.splitlines()]


def test_a_warning_is_told_and_makes_no_file_a_wrong_one(command: CommandLine, tmp_path: Path) -> None:
    path = written(
        tmp_path, MENDED.replace("- aws s3", "- echo $BITBUCKET_STEP_OIDC_TOKEN\n            - aws s3")
    )
    outcome = command("check", path)
    assert outcome.code == 0
    assert outcome.out.startswith(f"{path}:16:15: token-printed: Warning: Step `Deploy` prints")
    (file,) = command("check", path, "--json").json["files"]
    assert file["findings"] == []
    assert [(w["cause"], w["line"], w["severity"]) for w in file["warnings"]] == [
        ("token-printed", 16, "advice")
    ]
    (result,) = command("check", path, "--sarif").json["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("token-printed", "note")


def test_what_is_only_likely_says_so(command: CommandLine) -> None:
    text = MENDED.replace("deployment: production", "deployment: production\n          deployment: staging")
    outcome = command("check", "-", stdin=text.encode())
    assert outcome.code == 1
    assert ": key-given-twice: Likely: `deployment` stands twice in step `Deploy`, on lines " in outcome.out


def test_a_secret_in_the_file_is_not_printed(command: CommandLine) -> None:
    key = "AKIA" + "Q3EGRXT7WPLN4KZD"
    text = BROKEN.replace("name: Deploy", f"name: Deploy {key}").replace("npm ci", f"npm ci {key}")
    outcome = command("check", "-", stdin=text.encode())
    assert outcome.code == 1
    assert key not in outcome.out


def test_control_characters_and_long_lines_do_not_reach_the_terminal(command: CommandLine) -> None:
    text = (
        BROKEN.replace("name: Deploy", '"name": "De\\eploy \\e[31m"')
        + "            - echo "
        + "x" * 9_000
        + "\n"
    )
    text = text.replace(
        "            - aws s3",
        "            - " + "y" * 4_000 + "; echo $BITBUCKET_STEP_OIDC_TOKEN\n            - aws s3",
    )
    outcome = command("check", "-", stdin=text.encode())
    assert "\x1b" not in outcome.out
    assert max(map(len, outcome.out.splitlines())) < 5_000


def test_colour_is_for_a_terminal_alone(tmp_path: Path) -> None:
    path = written(tmp_path, BROKEN)
    plain = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TERM": "xterm"}
    assert b"\x1b[" in on_a_terminal(path, plain)
    assert b"\x1b[" not in on_a_terminal(path, {**plain, "NO_COLOR": "1"})
    assert b"\x1b[" not in on_a_terminal(path, {**plain, "TERM": "dumb"})


def on_a_terminal(path: Path, environment: dict[str, str]) -> bytes:
    """What the command writes when its output is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "check", str(path)],
        cwd=Path(__file__).parents[2],
        env=environment,
        stdout=theirs,
    ) as process:
        os.close(theirs)
        found = b""
        # Linux ends a terminal whose writer is gone with an error.
        with contextlib.suppress(OSError):
            while block := os.read(ours, 65536):
                found += block
        os.close(ours)
    assert process.returncode == 1
    return found


def test_a_sound_file_prints_nothing_and_exits_with_zero(command: CommandLine, tmp_path: Path) -> None:
    outcome = command("check", written(tmp_path, MENDED))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_the_document_lists_steps_and_findings(command: CommandLine, tmp_path: Path) -> None:
    path = written(tmp_path, BROKEN)
    outcome = command("check", path, "--json")
    assert outcome.code == 1
    (file,) = outcome.json["files"]
    assert (file["path"], file["problem"]) == (str(path), None)
    assert file["steps"] == [
        {
            "pipeline": "branches/main",
            "index": 0,
            "name": "Build",
            "line": 4,
            "oidc": False,
            "audiences": None,
            "needs_oidc": False,
            "cloud": None,
            "deployment": None,
            "exports": [],
            "pipes": [],
        },
        {
            "pipeline": "branches/main",
            "index": 1,
            "name": "Deploy",
            "line": 7,
            "oidc": False,
            "audiences": None,
            "needs_oidc": True,
            "cloud": "aws",
            "deployment": "production",
            "exports": ["AWS_ROLE_ARN", "AWS_REGION", "AWS_WEB_IDENTITY_TOKEN_FILE"],
            "pipes": ["atlassian/slack-notify:2.3.0"],
        },
    ]
    (finding,) = file["findings"]
    assert (finding["cause"], finding["verdict"]) == ("oidc-not-enabled", "confirmed")
    assert finding["step"] == {"pipeline": "branches/main", "index": 1, "name": "Deploy", "line": 7}
    assert (finding["line"], finding["column"]) == (7, 9)
    assert finding["sentence"]


def test_audiences_of_a_step_are_listed(command: CommandLine) -> None:
    text = MENDED.replace("oidc: true", "oidc: {audiences: [sts.amazonaws.com]}")
    outcome = command("check", "-", "--json", stdin=text.encode())
    step = outcome.json["files"][0]["steps"][1]
    assert (step["oidc"], step["audiences"]) == (True, ["sts.amazonaws.com"])


def test_a_file_that_is_no_yaml_is_a_finding_with_its_place(command: CommandLine, tmp_path: Path) -> None:
    path = written(tmp_path, NO_YAML)
    outcome = command("check", path)
    assert outcome.code == 1
    assert outcome.out.startswith(f"{path}:")
    assert ": pipeline-file-unreadable: " in outcome.out
    (file,) = command("check", path, "--json").json["files"]
    assert file["problem"]
    assert file["steps"] == []
    assert [finding["cause"] for finding in file["findings"]] == ["pipeline-file-unreadable"]


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b"hello", b"pipelines: 3\n", b"\x00"])
def test_bytes_that_are_no_pipeline_file_are_a_finding_and_not_a_crash(
    command: CommandLine, raw: bytes
) -> None:
    outcome = command("check", "-", "--json", stdin=raw)
    assert outcome.code == 1
    assert outcome.json["files"][0]["problem"]


def test_several_files_and_folders_are_checked_in_their_order(command: CommandLine, tmp_path: Path) -> None:
    first = written(tmp_path / "b", BROKEN)
    second = written(tmp_path / "a", MENDED, "other.yml")
    inner = written(tmp_path / "c" / "deep" / "er", BROKEN)
    written(tmp_path / "c" / "node_modules" / "x", BROKEN)
    outcome = command("check", first, second, tmp_path / "c", "--json")
    assert [file["path"] for file in outcome.json["files"]] == [str(first), str(second), str(inner)]
    assert outcome.code == 1


def test_standard_input_goes_by_the_files_usual_name(command: CommandLine) -> None:
    outcome = command("check", "-", stdin=BROKEN.encode())
    assert outcome.out.startswith("bitbucket-pipelines.yml:7:9: oidc-not-enabled: ")


def test_the_same_file_gives_the_same_bytes(command: CommandLine) -> None:
    outcomes = {command("check", "-", "--json", stdin=BROKEN.encode()).out for _ in range(3)}
    assert len(outcomes) == 1


def test_sarif_names_cause_level_and_place(command: CommandLine, tmp_path: Path) -> None:
    path = written(tmp_path / "with blank", BROKEN)
    outcome = command("check", path, "--sarif")
    assert outcome.code == 1
    document = outcome.json
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    assert run["tool"]["driver"]["name"] == "Rolecall"
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == "oidc-not-enabled"
    assert rule["shortDescription"]["text"]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("oidc-not-enabled", "error")
    assert "Deploy" in result["message"]["text"]
    (place,) = result["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": path.as_uri()},
        "region": {"startLine": 7, "startColumn": 9, "snippet": {"text": "      - step:"}},
    }


def test_sarif_of_sound_files_has_no_result(command: CommandLine) -> None:
    outcome = command("check", "-", "--sarif", stdin=MENDED.encode())
    assert outcome.code == 0
    assert outcome.json["runs"][0]["results"] == []


def test_bad_input_is_said_in_one_line(command: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(command("check"), "name a pipeline file")
    refused(command("check", tmp_path / "none.yml"), "no such file")
    refused(command("check", tmp_path / "empty"), "no bitbucket-pipelines.yml")
    refused(command("check", "-", "-"), "only one input")
    refused(command("check", "-", "--json", "--sarif"), "exclude each other")


def test_a_file_that_cannot_be_read_does_not_hide_the_others(command: CommandLine, tmp_path: Path) -> None:
    path, none, empty = written(tmp_path, BROKEN), tmp_path / "none.yml", tmp_path / "empty"
    empty.mkdir()
    for form in ("--json", "--sarif", None):
        outcome = command("check", none, path, empty, *([form] if form else []))
        assert outcome.code == 2
        assert outcome.err.splitlines() == [
            f"Error: {none}: there is no such file",
            f"Error: {empty}: there is no bitbucket-pipelines.yml in this folder",
        ]
        assert "oidc-not-enabled" in outcome.out
    outcome = command("check", path, none, "--json")
    assert [file["path"] for file in outcome.json["files"]] == [str(path)]


@pytest.mark.skipif(os.getuid() == 0, reason="nothing is closed to the superuser")
def test_a_folder_that_cannot_be_opened_is_not_taken_for_an_empty_one(
    command: CommandLine, tmp_path: Path
) -> None:
    path = written(tmp_path / "open", MENDED)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    outcome = command("check", tmp_path, "--json")
    closed.chmod(0o700)
    assert outcome.code == 2
    assert outcome.err == f"Error: {closed} cannot be read: Permission denied\n"
    assert [file["path"] for file in outcome.json["files"]] == [str(path)]


def test_a_name_that_is_no_utf_8_is_still_a_name(command: CommandLine, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.yml"))
    path.write_text(BROKEN, encoding="utf-8")
    assert command("check", path).code == 1
    assert command("check", path, "--json").code == 1
    (result,) = command("check", path, "--sarif").json["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("/caf%E9.yml")


def test_a_mark_that_turns_the_direction_of_a_line_is_named(command: CommandLine) -> None:
    outcome = command("check", "-", stdin=BROKEN.replace("name: Deploy", "name: De\u202eploy").encode())
    assert "\u202e" not in outcome.out
    assert "De[U+202E]ploy" in outcome.out
