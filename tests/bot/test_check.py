"""`check`: pipeline files linted one by one, in folders and from standard input."""

from __future__ import annotations

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
    assert outcome.code == 1
    (line,) = outcome.out.splitlines()
    assert line.startswith(f"{path}:7:9: oidc-not-enabled: ")
    assert "Deploy" in line


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
        "region": {"startLine": 7, "startColumn": 9},
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
    refused(command("check", written(tmp_path, BROKEN), tmp_path / "none.yml"), "none.yml", "no such file")
