"""What `check` says about one file, in lines for people: place, cause, the line quoted, the change."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from bot.offline_files import printable
from bot.offline_json import advised, place_of, proven, sentence_of
from knowledge.catalogue import CATALOGUE
from knowledge.file_secrets import FileSecrets, secrets_of
from knowledge.finding import Diagnosis, Finding, Fix, Severity, Verdict
from knowledge.pipelines.model import PipelineFile
from knowledge.redact import redact

_INDENT = "    "
#: Columns of a quoted line; of a longer one the part around the place is shown.
_WIDTH = 120
_DIFF = {"+": "green", "-": "red", "@": "cyan"}


def lines(path: str, file: PipelineFile, diagnosis: Diagnosis, *, colour: bool) -> Iterator[str]:
    """The findings and warnings in the order of the file. The first line of each is
    `path:line:column: cause: sentence`; those below it are indented."""
    found = sorted((*proven(diagnosis), *advised(diagnosis)), key=place_of)
    # The whole file is looked through, so only once, and only where something of it is quoted.
    secrets = secrets_of(file) if found else FileSecrets()
    for finding in found:
        for line in _of_finding(path, file, finding, secrets):
            yield line if colour else click.unstyle(line)


def _of_finding(path: str, file: PipelineFile, finding: Finding, secrets: FileSecrets) -> Iterator[str]:
    line, column = place_of(finding)
    place = click.style(f"{printable(path)}:{line}:{column}:", bold=True)
    advice = finding.severity is Severity.ADVICE
    cause = click.style(f"{finding.cause}:", fg="yellow" if advice else "red", bold=True)
    sure = "Warning: " if advice else "Likely: " if finding.verdict is Verdict.LIKELY else ""
    sentence = sentence_of(finding)
    yield f"{place} {cause} {sure}{_clean(sentence)}"
    yield from _quoted(file, line, column, secrets)
    if finding.meaning and finding.meaning != sentence:
        yield _INDENT + _clean(finding.meaning)
    for fix in finding.fixes[:1]:
        yield from _change(fix)
    source = next(iter(CATALOGUE[finding.cause].sources), "")
    yield click.style(f"{_INDENT}Page: {finding.cause} ({source})", dim=True)


def _clean(text: str) -> str:
    """Text on one line, without secrets that somebody wrote into the file, and harmless to a terminal."""
    return printable(" ".join(redact(text).text.split()))


def _quoted(file: PipelineFile, line: int, column: int, secrets: FileSecrets) -> Iterator[str]:
    """The line with its number, and a caret below the place."""
    written = file.line(line)
    if not written.strip():
        return
    shown = printable(secrets.clean(written, (line,)))
    at = min(column - 1, len(shown))
    start = max(0, at - _WIDTH // 2) if len(shown) > _WIDTH else 0
    part = shown[start : start + _WIDTH].rstrip()
    number = str(line)
    yield f"{_INDENT}{number} | {part}"
    if shown == written:
        # A tab is as wide as the one above it.
        before = re.sub(r"[^\t]", " ", part[: at - start])
        yield f"{_INDENT}{' ' * len(number)} | {before}{click.style('^', fg='green', bold=True)}"


def _change(fix: Fix) -> Iterator[str]:
    yield f"{_INDENT}Fix: {_clean(fix.title).rstrip('.')}."
    for step in fix.steps:
        yield f"{_INDENT}  {_clean(step)}"
    for line in printable(redact(fix.diff).text).splitlines() if fix.diff else ():
        mark = None if line.startswith(("---", "+++")) else _DIFF.get(line[:1])
        yield f"{_INDENT}{click.style(line, fg=mark) if mark else line}".rstrip()
