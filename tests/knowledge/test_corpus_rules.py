"""Real pipeline files: nothing is claimed of a step that is right, and the faults that are there are found.

The files stay beside the checkout, because some of them carry no licence; without them nothing is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from knowledge.casefile import CaseFile
from knowledge.engine import diagnose
from knowledge.finding import Finding, Severity, Verdict
from knowledge.pipelines import parse
from knowledge.pipelines.model import OidcState
from knowledge.reading import Known
from knowledge.suspects import choose_suspects
from tests.knowledge.rules.asking import file_in

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
PIPELINES = sorted((CORPUS / "pipelines").glob("*.yml"))
#: Faults of a published file that the file alone shows.
FOUND = {"missing_oidc": "oidc-not-enabled", "misindented_step_keys": "misindented-step"}
#: Steps that print a secret although their truth file does not say so: `set -x` in front of the line that
#: writes the token, and an answer of `aws sts` that goes through `tee`.
PRINTED_ALL_THE_SAME = {
    "carlos-fuensalida_shiny-octo-spork__bitbucket-pipelines@0f89404.yml": {177, 178, 182, 183, 187, 188},
    "doc_misindented-cargo-lambda.yml": {5},
}

pytestmark = pytest.mark.skipif(not PIPELINES, reason="the collection of files is not beside the checkout")


def truth_of(path: Path) -> dict[str, Any] | None:
    truth = CORPUS / "truth" / f"{path.name.removesuffix('.yml')}.json"
    found: dict[str, Any] | None = json.loads(truth.read_text(encoding="utf-8")) if truth.exists() else None
    return found


def findings_of(path: Path) -> tuple[Finding, ...]:
    """What is said when nothing but the file was read."""
    file = parse(path.read_bytes())
    case = CaseFile(pipeline_file=Known(file, "the file"))
    return diagnose(replace(case, suspects=choose_suspects(file_in(case)))).findings


def told(path: Path) -> list[Finding]:
    return [
        finding for finding in findings_of(path) if finding.verdict in (Verdict.CONFIRMED, Verdict.LIKELY)
    ]


def proven(path: Path) -> list[Finding]:
    """What is wrong; advice is about what works."""
    return [finding for finding in told(path) if finding.severity is Severity.BLOCKER]


def planted() -> Iterator[tuple[Path, int, str]]:
    for path in PIPELINES:
        for step in (truth_of(path) or {}).get("steps", []):
            if step["problem"] in FOUND:
                yield path, step["line"], FOUND[step["problem"]]


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.name)
def test_a_file_is_only_called_unreadable_when_it_is(path: Path) -> None:
    index = [json.loads(line) for line in (CORPUS / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    parses = {entry["name"]: entry["yaml_parses"] for entry in index}
    said = [finding.cause for finding in proven(path) if finding.cause == "pipeline-file-unreadable"]

    assert bool(said) is not parses[path.name.removesuffix(".yml")]


@pytest.mark.parametrize("path", [p for p in PIPELINES if truth_of(p) is None], ids=lambda path: path.name)
def test_a_file_that_does_not_use_oidc_stays_quiet(path: Path) -> None:
    assert [f.cause for f in proven(path) if f.cause != "pipeline-file-unreadable"] == []


@pytest.mark.parametrize(
    "path", [p for p in PIPELINES if truth_of(p) is not None], ids=lambda path: path.name
)
def test_a_step_that_is_right_stays_quiet(path: Path) -> None:
    truth = truth_of(path)
    assert truth is not None
    right = {step["line"] for step in truth["steps"] if step["problem"] is None}

    assert [(f.cause, f.step.line) for f in proven(path) if f.step and f.step.line in right] == []


@pytest.mark.parametrize(
    "path", [p for p in PIPELINES if truth_of(p) is not None], ids=lambda path: path.name
)
def test_steps_that_print_a_secret_are_those_of_the_truth_file(path: Path) -> None:
    truth = truth_of(path)
    assert truth is not None
    printing = {step["line"] for step in truth["steps"] if step["prints_token"]}
    file = parse(path.read_bytes())
    found = {step.at.line for step in file.steps if step.script.printed}

    assert found - PRINTED_ALL_THE_SAME.get(path.name, set()) == printing
    advised = {f.evidence[0].excerpt for f in told(path) if f.cause == "token-printed"}
    assert bool(advised) is any(
        step.script.printed and step.oidc.state is OidcState.ON for step in file.steps
    )


@pytest.mark.parametrize("path", [p for p in PIPELINES if truth_of(p) is None], ids=lambda path: path.name)
def test_a_file_that_does_not_use_oidc_gets_no_advice(path: Path) -> None:
    assert [f.cause for f in told(path) if f.severity is Severity.ADVICE] == []


@pytest.mark.parametrize(
    ("path", "line", "cause"), list(planted()), ids=lambda value: getattr(value, "name", str(value))
)
def test_the_fault_of_a_published_file_is_found_and_mended(path: Path, line: int, cause: str) -> None:
    found = [finding for finding in findings_of(path) if finding.step and finding.step.line == line]

    assert [(finding.cause, finding.verdict) for finding in found] == [(cause, Verdict.CONFIRMED)]
    assert found[0].fixes[0].diff
