"""The case folders: what a person hands over, and what the diagnosis must lead with.

`expected.json` holds `lead` (null: nothing leads) and, where they matter, `verdict`, `line` (of the file),
`step`, `not` (causes that must not be confirmed or likely), `unread` (sources that must be named),
`fix` (disposition of the first fix) and `advice` (causes and lines of what is told beside the lead). A folder
of `_quiet` expects no confirmed or likely finding.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from knowledge.finding import Diagnosis, Severity, Verdict
from tests.knowledge.handed_over import FILES, diagnosis_of

CASES = Path(__file__).resolve().parent.parent / "cases"
SPEAKING = sorted(path.parent for path in CASES.glob("[!_]*/*/expected.json"))
QUIET = sorted(path for path in CASES.glob("_quiet/*") if path.is_dir())
_KNOWN = {*FILES.values(), "expected.json"}
_EXPECTED = {"lead", "verdict", "line", "step", "not", "unread", "fix", "advice"}


def blocks_of(folder: Path) -> dict[str, str]:
    # Line ends are part of a case: they must reach the reader as they are.
    return {
        name: (folder / file).read_bytes().decode("utf-8")
        for name, file in FILES.items()
        if (folder / file).exists()
    }


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def standing(diagnosis: Diagnosis) -> list[str]:
    return [f.cause for f in diagnosis.findings if f.verdict in (Verdict.CONFIRMED, Verdict.LIKELY)]


def test_every_folder_is_a_case_of_known_files() -> None:
    folders = [path for path in CASES.glob("*/*") if path.is_dir()]

    assert {path.name for folder in folders for path in folder.iterdir()} <= _KNOWN
    assert [named(path) for path in folders if path not in SPEAKING and path not in QUIET] == []


@pytest.mark.parametrize("folder", SPEAKING, ids=named)
def test_the_case_is_told_as_expected(folder: Path) -> None:
    expected: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    diagnosis = diagnosis_of(blocks_of(folder))
    lead = diagnosis.lead

    assert set(expected) <= _EXPECTED
    assert (lead.cause if lead else None) == expected["lead"]
    assert set(expected.get("unread", [])) <= {item.source for item in diagnosis.unread}
    assert set(expected.get("not", [])).isdisjoint(standing(diagnosis))
    if "advice" in expected:
        assert [[f.cause, f.line] for f in diagnosis.findings if f.severity is Severity.ADVICE] == expected[
            "advice"
        ]
    if lead is None:
        return
    assert lead.verdict.value == expected.get("verdict", lead.verdict.value)
    assert lead.line == expected.get("line", lead.line)
    assert (lead.step.label if lead.step else None) == expected.get(
        "step", lead.step.label if lead.step else None
    )
    assert lead.fixes[0].disposition.value == expected.get("fix", lead.fixes[0].disposition.value)


@pytest.mark.parametrize("folder", QUIET, ids=named)
def test_a_right_set_up_stays_quiet(folder: Path) -> None:
    assert standing(diagnosis_of(blocks_of(folder))) == []
