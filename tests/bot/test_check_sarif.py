"""`check --sarif`: documents of the form that SARIF 2.1.0 asks for, with changes that can be applied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.bot.commandline import CommandLine
from tests.bot.test_check import BROKEN, MENDED, NO_YAML, written

CASES = Path(__file__).resolve().parents[1] / "cases"
FILES = sorted(CASES.glob("*/*/bitbucket-pipelines.yml"))


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


NUMBER = {"type": "integer", "minimum": 1}
MESSAGE = closed(["text"], text={"type": "string", "minLength": 1})
ARTIFACT = closed(["uri"], uri={"type": "string", "format": "uri-reference", "pattern": r"^[!-~]+$"})
REGION = closed(
    ["startLine"],
    startLine=NUMBER,
    startColumn=NUMBER,
    endLine=NUMBER,
    endColumn=NUMBER,
    snippet=closed(["text"], text={"type": "string"}),
)
FIX = closed(
    ["artifactChanges"],
    description=MESSAGE,
    artifactChanges={
        "type": "array",
        "minItems": 1,
        "items": closed(
            ["artifactLocation", "replacements"],
            artifactLocation=ARTIFACT,
            replacements={
                "type": "array",
                "minItems": 1,
                "items": closed(
                    ["deletedRegion"],
                    deletedRegion=REGION,
                    insertedContent=closed(["text"], text={"type": "string"}),
                ),
            },
        ),
    },
)
#: The parts of the standard's schema that these documents use, and nothing beside them:
#: https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
SCHEMA = closed(
    ["version", "runs"],
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={
        "type": "array",
        "items": closed(
            ["tool"],
            tool=closed(
                ["driver"],
                driver=closed(
                    ["name"],
                    name={"type": "string", "minLength": 1},
                    rules={
                        "type": "array",
                        "uniqueItems": True,
                        "items": closed(
                            ["id"],
                            id={"type": "string"},
                            shortDescription=MESSAGE,
                            helpUri={"type": "string", "format": "uri"},
                        ),
                    },
                ),
            ),
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            results={
                "type": "array",
                "items": closed(
                    ["message"],
                    ruleId={"type": "string"},
                    level={"enum": ["none", "note", "warning", "error"]},
                    message=MESSAGE,
                    locations={
                        "type": "array",
                        "items": closed(
                            [],
                            physicalLocation=closed(
                                ["artifactLocation"], artifactLocation=ARTIFACT, region=REGION
                            ),
                        ),
                    },
                    fixes={"type": "array", "uniqueItems": True, "items": FIX},
                ),
            },
        ),
    },
)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


def applied(text: str, replacements: list[dict[str, Any]]) -> str:
    """The text after whole lines were replaced, the last one first."""
    lines = text.splitlines(keepends=True)
    for replacement in reversed(replacements):
        region = replacement["deletedRegion"]
        assert (region["startColumn"], region["endColumn"]) == (1, 1)
        lines[region["startLine"] - 1 : region["endLine"] - 1] = [replacement["insertedContent"]["text"]]
    return "".join(lines)


def test_every_case_gives_a_document_of_the_agreed_form(command: CommandLine) -> None:
    outcome = command("check", "--sarif", *FILES)
    document = outcome.json
    errors = [
        f"{list(error.path)}: {error.message[:200]}"
        for error in Draft7Validator(SCHEMA).iter_errors(document)
    ]
    assert errors == []
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules))
    assert {result["ruleId"] for result in run["results"]} == set(rules)
    assert {result["level"] for result in run["results"]} == {"error", "warning", "note"}


def test_a_document_of_another_form_is_noticed() -> None:
    """The schema above is no schema that lets everything pass."""
    for wrong in ({}, {"version": "2.0.0", "runs": []}, {"version": "2.1.0", "runs": [{"tool": {}}]}):
        assert not Draft7Validator(SCHEMA).is_valid(wrong)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_change_is_applied_line_by_line(command: CommandLine, tmp_path: Path, end: str) -> None:
    text = BROKEN.replace("\n", end)
    path = tmp_path / "bitbucket-pipelines.yml"
    path.write_bytes(text.encode())
    (result,) = command("check", path, "--sarif").json["runs"][0]["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    mended = applied(text, change["replacements"])
    path.write_bytes(mended.encode())
    assert mended.count(end) == text.count(end) + 1
    assert command("check", path).code == 0


def test_several_files_are_one_run(command: CommandLine, tmp_path: Path) -> None:
    paths = [written(tmp_path / name, text) for name, text in (("a", BROKEN), ("b", MENDED), ("c", NO_YAML))]
    (run,) = command("check", tmp_path, "--sarif").json["runs"]
    found = [
        (result["ruleId"], result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
        for result in run["results"]
    ]
    assert found == [("oidc-not-enabled", paths[0].as_uri()), ("pipeline-file-unreadable", paths[2].as_uri())]


@pytest.mark.parametrize(("comment", "changes"), [("", 1), (" # glpat-Zq8Xk3Vb7Nm2Lp9Rt4Yw", 0)])
def test_a_change_that_would_have_to_quote_a_secret_is_left_to_a_person(
    command: CommandLine, tmp_path: Path, comment: str, changes: int
) -> None:
    """Applied by a machine, it would write the mark into the file."""
    line = "          deployment: production\n"
    text = BROKEN.replace(line, f"{line}          oicd: true{comment}\n")
    outcome = command("check", written(tmp_path, text), "--sarif")
    (result,) = outcome.json["runs"][0]["results"]

    assert result["ruleId"] == "oidc-misspelt"
    assert len(result.get("fixes", [])) == changes
    assert "glpat-" not in outcome.out
