"""`python -m bot check`: what is wrong in pipeline files, as a linter says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import walk
from pathlib import Path

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
from bot.offline_json import checked_file, place_of, proven
from knowledge.casefile import CaseFile
from knowledge.engine import diagnose
from knowledge.finding import Diagnosis
from knowledge.pipelines import parse
from knowledge.pipelines.model import PipelineFile
from knowledge.reading import Known
from knowledge.suspects import choose_suspects

_SKIPPED = frozenset({".git", ".hg", ".venv", "node_modules"})


@click.command("check")
@click.argument("files", nargs=-1, metavar="FILE|FOLDER|-...")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Print the findings in SARIF 2.1.0.")
def command(files: Sequence[str], *, as_json: bool, as_sarif: bool) -> int:
    """Say what is wrong in pipeline files: `path:line:column: cause: sentence`.

    Of a FOLDER every bitbucket-pipelines.yml below it is checked. Only what the files themselves show is
    said; variables and roles are not asked for. Exit code 0 when nothing is wrong, 1 when something is, 2 on
    bad input.
    """
    if not files:
        raise InputProblem("nothing to check: name a pipeline file, a folder, or `-` for standard input")
    if as_json and as_sarif:
        raise InputProblem("--json and --sarif exclude each other")
    only_one_stdin(files)
    checked = [_checked(name) for name in _expanded(files)]
    if as_json:
        print_json({"files": [checked_file(path, file, diagnosis) for path, file, diagnosis in checked]})
    elif as_sarif:
        from bot.offline_sarif import sarif

        print_json(sarif([(path, diagnosis) for path, _, diagnosis in checked]))
    else:
        for path, _, diagnosis in checked:
            for line in _lines(path, diagnosis):
                click.echo(printable(line))
    wrong = any(proven(diagnosis) or _is_unreadable(file) for _, file, diagnosis in checked)
    return 1 if wrong else 0


def _checked(name: str) -> tuple[str, PipelineFile, Diagnosis]:
    path = PIPELINE_FILE if name == STDIN else name
    file = parse(read_bytes(name), Path(path).name)
    return path, file, _diagnosed(file)


def _expanded(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if name == STDIN or not Path(name).is_dir():
            yield name
            continue
        found = sorted(_below(name))
        if not found:
            raise InputProblem(f"{name}: there is no {PIPELINE_FILE} in this folder")
        yield from found


def _below(folder: str) -> Iterator[str]:
    for inner, folders, files in walk(folder):
        folders[:] = [each for each in folders if each not in _SKIPPED]
        if PIPELINE_FILE in files:
            yield str(Path(inner) / PIPELINE_FILE)


def _is_unreadable(file: PipelineFile) -> bool:
    return any(problem.fatal for problem in file.problems)


def _diagnosed(file: PipelineFile) -> Diagnosis:
    suspects = () if _is_unreadable(file) else choose_suspects(file)
    return diagnose(CaseFile(pipeline_file=Known(file, file.path), suspects=suspects))


def _lines(path: str, diagnosis: Diagnosis) -> Iterator[str]:
    for finding in sorted(proven(diagnosis), key=place_of):
        line, column = place_of(finding)
        yield f"{path}:{line}:{column}: {finding.cause}: {' '.join(finding.headline.split())}"
