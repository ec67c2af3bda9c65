"""Findings in SARIF, the exchange format of static analysis: https://docs.oasis-open.org/sarif/sarif/v2.1.0/"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from bot.offline_json import place_of, proven
from knowledge.catalogue import CATALOGUE
from knowledge.finding import Diagnosis, Finding, Severity, Verdict

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Json = dict[str, Any]


def sarif(files: Sequence[tuple[str, Diagnosis]]) -> Json:
    """The document of `check --sarif`: one run over files, given by path, with what was found in each."""
    results = [_result(path, finding) for path, diagnosis in files for finding in proven(diagnosis)]
    causes = sorted({result["ruleId"] for result in results})
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Rolecall",
                        "rules": [
                            {
                                "id": cause,
                                "shortDescription": {"text": CATALOGUE[cause].title},
                                "helpUri": CATALOGUE[cause].sources[0],
                            }
                            for cause in causes
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _result(path: str, finding: Finding) -> Json:
    line, column = place_of(finding)
    region = {"startLine": line, "startColumn": column}
    place = {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": region}}
    return {
        "ruleId": finding.cause,
        "level": _level(finding),
        "message": {"text": " ".join(f"{finding.headline} {finding.meaning}".split())},
        "locations": [place],
    }


def _level(finding: Finding) -> str:
    if finding.severity is Severity.ADVICE:
        return "note"
    return "error" if finding.verdict is Verdict.CONFIRMED else "warning"


def _uri(path: str) -> str:
    """A path as a URI reference; a relative one stays relative."""
    where = PurePath(path)
    return where.as_uri() if where.is_absolute() else quote(where.as_posix())
