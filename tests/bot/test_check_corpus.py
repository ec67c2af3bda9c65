"""`check --json` over real pipeline files: their steps are those of the truth files, their faults are found.

The files stay beside the checkout, because some of them carry no licence; without them nothing is asked.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bot.commandline import CommandLine
from tests.knowledge.test_corpus import CORPUS, OUT_OF_SIGHT, PIPELINES, TRUTHS, UNREADABLE, name_of

pytestmark = pytest.mark.skipif(not PIPELINES, reason="the collection of files is not beside the checkout")

#: All that is wrong in the collection, by the beginning of the file's name; each was looked at by hand.
FOUND = {
    ("10002856340c_ETL", 15, "pipeline-file-unreadable"),
    ("aws_aws-sam-cli-", 44, "pipeline-file-unreadable"),
    ("doc_atlas-ai-azu", 101, "oidc-not-enabled"),
    ("doc_atlas-ai-azu", 106, "oidc-not-enabled"),
    ("doc_lambda-awscl", 11, "pipe-variable-misnamed"),
    ("doc_misindented-", 6, "misindented-step"),
    ("ozunuane_pipelin", 141, "pipeline-file-unreadable"),
    ("ravikant-85_Pro-", 18, "pipeline-file-unreadable"),
}
#: Custom audiences, which the truth files do not list in a form of their own.
AUDIENCES = {
    "doc_atlassian-blog-multiple-audiences": ["https://your.service0.com", "https://your.service1.com"]
}


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


def checked(command: CommandLine, name: str) -> dict[str, Any]:
    (file,) = command("check", CORPUS / "pipelines" / f"{name}.yml", "--json").json["files"]
    assert isinstance(file, dict)
    return file


def once_each(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


@pytest.mark.parametrize("path", TRUTHS, ids=name_of)
def test_each_step_is_told_as_the_truth_file_has_it(command: CommandLine, path: Path) -> None:
    truth = json.loads(path.read_text(encoding="utf-8"))
    steps = checked(command, name_of(path))["steps"]

    assert len(steps) == len(truth["steps"])
    for step, want in zip(steps, truth["steps"], strict=True):
        wanted = {
            "pipeline": want["section"],
            "index": want["index"] - 1,
            "name": want["name"],
            "line": want["line"],
            "oidc": want["oidc_enabled"],
            "audiences": AUDIENCES.get(name_of(path)),
            "needs_oidc": want["needs_oidc"],
            "cloud": want["cloud"],
            "deployment": want["deployment"],
            "exports": once_each(want["exports"]),
            "pipes": want["pipe"],
        }
        if want["needs_oidc"] and not want["visible_in_yaml"]:
            wanted.update({field: step[field] for field in OUT_OF_SIGHT})
        assert step == wanted


@pytest.mark.parametrize("path", PIPELINES, ids=name_of)
def test_a_problem_is_a_file_that_bitbucket_cannot_run(command: CommandLine, path: Path) -> None:
    file = checked(command, name_of(path))

    assert bool(file["problem"]) is (name_of(path) in UNREADABLE)
    assert bool(file["steps"]) is not bool(file["problem"])


def test_what_is_found_in_all_of_them_is_what_is_there(command: CommandLine) -> None:
    outcome = command("check", "--json", *PIPELINES)
    found = {
        (Path(file["path"]).name[:16], finding["line"], finding["cause"])
        for file in outcome.json["files"]
        for finding in file["findings"]
    }

    assert outcome.code == 1
    assert found == FOUND
    warnings = {finding["cause"] for file in outcome.json["files"] for finding in file["warnings"]}
    assert warnings == {"token-printed"}
