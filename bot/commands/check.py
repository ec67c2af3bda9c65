"""`python -m bot check`: what is wrong in pipeline files, as a linter says it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from bot.offline_files import (
    PIPELINE_FILE,
    STDIN,
    InputProblem,
    only_one_stdin,
    print_json,
    printable,
    read_bytes,
)
from bot.offline_json import advised, checked_file, proven
from knowledge.casefile import CaseFile
from knowledge.engine import diagnose
from knowledge.finding import Diagnosis
from knowledge.pipelines import parse
from knowledge.pipelines.model import PipelineFile
from knowledge.reading import Known
from knowledge.suspects import choose_suspects

_SKIPPED = frozenset({".git", ".hg", ".venv", "node_modules"})
_BAD_INPUT = 2


class Checked(NamedTuple):
    """One file that could be read."""

    path: str
    file: PipelineFile
    diagnosis: Diagnosis


@click.command("check")
@click.argument("files", nargs=-1, metavar="FILE|FOLDER|-...")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Print the findings in SARIF 2.1.0.")
def command(files: Sequence[str], *, as_json: bool, as_sarif: bool) -> int:
    """Say what is wrong in pipeline files: `path:line:column: cause: sentence`.

    Of a FOLDER every bitbucket-pipelines.yml below it is checked. Only what the files themselves show is
    said; variables and roles are not asked for. Exit code 0 when nothing is wrong (warnings do not count),
    1 when something is, 2 when an input cannot be read; the others are checked all the same.
    """
    if not files:
        raise InputProblem("nothing to check: name a pipeline file, a folder, or `-` for standard input")
    if as_json and as_sarif:
        raise InputProblem("--json and --sarif exclude each other")
    only_one_stdin(files)
    checked, problems = _all_checked(files)
    if checked:
        _print(checked, as_json=as_json, as_sarif=as_sarif)
    for problem in problems:
        sys.stdout.flush()
        click.echo(f"Error: {printable(' '.join(str(problem).split()))}", err=True)
    if problems:
        return _BAD_INPUT
    return 1 if any(proven(each.diagnosis) or _is_unreadable(each.file) for each in checked) else 0


def _all_checked(names: Sequence[str]) -> tuple[list[Checked], list[InputProblem]]:
    """Every file that can be read, and why the others cannot."""
    checked: list[Checked] = []
    problems: list[InputProblem] = []
    for name in names:
        try:
            inner = [name] if name == STDIN or not Path(name).is_dir() else _below(name, problems)
        except InputProblem as problem:
            problems.append(problem)
            continue
        for each in inner:
            try:
                checked.append(_checked(each))
            except InputProblem as problem:
                problems.append(problem)
    return checked, problems


def _checked(name: str) -> Checked:
    path = PIPELINE_FILE if name == STDIN else name
    file = parse(read_bytes(name), Path(path).name)
    return Checked(path, file, _diagnosed(file))


def _below(folder: str, problems: list[InputProblem]) -> list[str]:
    """The pipeline files of a folder; parts of it that cannot be opened are added to the problems.

    Raises:
        InputProblem: there is none.
    """
    unread: list[OSError] = []
    found = sorted(_found(folder, unread))
    if not found and not unread:
        raise InputProblem(f"{folder}: there is no {PIPELINE_FILE} in this folder")
    for error in unread:
        reason = error.strerror or "the system refuses it"
        problems.append(InputProblem(f"{error.filename} cannot be read: {reason}"))
    return found


def _found(folder: str, unread: list[OSError]) -> Iterator[str]:
    for inner, folders, files in os.walk(folder, onerror=unread.append):
        folders[:] = [each for each in folders if each not in _SKIPPED]
        if PIPELINE_FILE in files:
            yield str(Path(inner) / PIPELINE_FILE)


def _is_unreadable(file: PipelineFile) -> bool:
    return any(problem.fatal for problem in file.problems)


def _diagnosed(file: PipelineFile) -> Diagnosis:
    suspects = () if _is_unreadable(file) else choose_suspects(file)
    return diagnose(CaseFile(pipeline_file=Known(file, file.path), suspects=suspects))


def _print(checked: Sequence[Checked], *, as_json: bool, as_sarif: bool) -> None:
    if as_json:
        print_json({"files": [checked_file(*each) for each in checked]})
    elif as_sarif:
        from bot.offline_sarif import sarif

        print_json(sarif(checked))
    elif any(proven(each.diagnosis) or advised(each.diagnosis) for each in checked):
        from bot.offline_check import lines

        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        for each in checked:
            for line in lines(*each, colour=colour):
                click.echo(line, color=colour)
