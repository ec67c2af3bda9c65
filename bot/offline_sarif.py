"""Findings in SARIF, the exchange format of static analysis: https://docs.oasis-open.org/sarif/sarif/v2.1.0/"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from bot.offline_json import advised, place_of, proven
from knowledge.catalogue import CATALOGUE
from knowledge.file_secrets import FileSecrets, secrets_of
from knowledge.finding import Diagnosis, Finding, Fix, Severity, Verdict
from knowledge.pipelines.model import PipelineFile

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Json = dict[str, Any]


def sarif(files: Iterable[tuple[str, PipelineFile, Diagnosis]]) -> Json:
    """The document of `check --sarif`: one run over files, given by path, with what was found in each.

    What is wrong is an error when it is confirmed and a warning when it is likely; advice is a note.
    """
    results = [
        _result(path, file, finding, secrets)
        for path, file, diagnosis in files
        # Each file is looked through once, however much was found in it.
        for secrets in (secrets_of(file),)
        for finding in (*proven(diagnosis), *advised(diagnosis))
    ]
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


def _result(path: str, file: PipelineFile, finding: Finding, secrets: FileSecrets) -> Json:
    line, column = place_of(finding)
    where: Json = {"uri": _uri(path)}
    region: Json = {"startLine": line, "startColumn": column}
    if file.line(line).strip():
        region["snippet"] = {"text": secrets.clean(file.line(line), (line,))}
    result: Json = {
        "ruleId": finding.cause,
        "level": _level(finding),
        "message": {"text": " ".join(f"{finding.headline} {finding.meaning}".split())},
        "locations": [{"physicalLocation": {"artifactLocation": where, "region": region}}],
    }
    fixes = [_fix(where, file, fix, fix.file_after) for fix in finding.fixes if fix.file_after is not None]
    # A change that would have to quote a secret is none that a machine may make: it would write the mark.
    fixes = [fix for fix in fixes if all(secrets.clean_new(text) == text for text in _inserted(fix))]
    if fixes:
        result["fixes"] = fixes
    return result


def _fix(where: Json, file: PipelineFile, fix: Fix, after: str) -> Json:
    """The change as whole lines that are replaced."""
    old, new = file.text.splitlines(keepends=True), after.splitlines(keepends=True)
    replacements: list[Json] = []
    for kind, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            replacements.append(
                {
                    "deletedRegion": {
                        "startLine": start + 1,
                        "startColumn": 1,
                        "endLine": end + 1,
                        "endColumn": 1,
                    },
                    "insertedContent": {"text": "".join(new[begin:stop])},
                }
            )
    return {
        "description": {"text": fix.title},
        "artifactChanges": [{"artifactLocation": where, "replacements": replacements}],
    }


def _inserted(fix: Json) -> Iterator[str]:
    for change in fix["artifactChanges"]:
        for replacement in change["replacements"]:
            yield replacement["insertedContent"]["text"]


def _level(finding: Finding) -> str:
    if finding.severity is Severity.ADVICE:
        return "note"
    return "error" if finding.verdict is Verdict.CONFIRMED else "warning"


def _uri(path: str) -> str:
    """A path as a URI reference; a relative one stays relative."""
    where = PurePath(path)
    # A name that is no UTF-8 keeps its bytes.
    return where.as_uri() if where.is_absolute() else quote(os.fsencode(where.as_posix()))
