"""Patterns that are compiled late are right all the same, and no different from those of `re`."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import knowledge
from knowledge.late_pattern import late


def _modules() -> list[str]:
    return [each.name for each in pkgutil.walk_packages(knowledge.__path__, "knowledge.")]


def _late_ones(module: str) -> list[object]:
    """The patterns that a module names, and those in its tables."""
    kind: type = late("").__class__
    found: list[object] = []
    rows = list(vars(importlib.import_module(module)).values())
    while rows:
        value = rows.pop()
        if isinstance(value, kind):
            found.append(value)
        elif isinstance(value, tuple | list):
            rows += value
    return found


@pytest.mark.parametrize("module", _modules())
def test_every_pattern_of_the_package_compiles(module: str) -> None:
    for pattern in _late_ones(module):
        assert isinstance(getattr(pattern, "pattern"), str | bytes)  # noqa: B009 - asking compiles it


def test_the_package_has_late_patterns() -> None:
    assert sum(len(_late_ones(module)) for module in _modules()) > 50


def test_it_finds_what_a_pattern_of_the_standard_library_finds() -> None:
    ours, theirs = late(r"(?P<a>x+)", re.IGNORECASE), re.compile(r"(?P<a>x+)", re.IGNORECASE)

    for _ in range(2):
        assert ours.sub("-", "aXxb") == theirs.sub("-", "aXxb")
        assert [one.span("a") for one in ours.finditer("x XX")] == [(0, 1), (2, 4)]
        assert ours.match("ax") is None
    assert (ours.pattern, ours.flags, ours.groupindex) == (theirs.pattern, theirs.flags, theirs.groupindex)


def test_a_slip_in_a_pattern_is_told_at_its_first_use() -> None:
    faulty = late("(")

    with pytest.raises(re.error, match="missing"):
        faulty.search("text")


def test_what_a_pattern_does_not_have_is_refused() -> None:
    with pytest.raises(AttributeError, match="no_such"):
        getattr(late("x"), "no_such")  # noqa: B009
