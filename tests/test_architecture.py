"""Ceilings that keep a reader's head clear: modules, rules and functions stay small, names say a subject."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "handlers", "knowledge")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
SHAPELESS = {"utils", "util", "helpers", "common", "base", "misc", "manager", "managers"}


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_modules_and_functions_stay_under_their_ceilings(path: Path) -> None:
    """300 lines a module, 150 a rule, 60 a function."""
    ceiling = 150 if path.parent.name == "rules" else 300
    tree = ast.parse(path.read_text(encoding="utf-8"))
    long = {
        node.name: (node.end_lineno or 0) - node.lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > 60
    }

    assert lines_of(path) <= ceiling
    assert long == {}


def test_no_module_is_named_for_its_shape() -> None:
    assert [ids(path) for path in SOURCES if path.stem in SHAPELESS] == []


def test_every_module_says_what_belongs_in_it() -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}
    bare = [ids(path) for path, tree in trees.items() if not ast.get_docstring(tree)]

    assert bare == []
