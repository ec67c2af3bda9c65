"""The README's table of what the bot knows is the one that the catalogue gives."""

from __future__ import annotations

import pytest

from knowledge.catalogue import CATALOGUE, PROVIDERS
from tests.known import CLOUDS, END, README, START, grouped, table, written


def test_every_cause_stands_in_the_table_once_with_its_page() -> None:
    text = table()

    assert set(CLOUDS) == PROVIDERS
    assert sum(len(causes) for causes in grouped().values()) == len(CATALOGUE)
    assert [
        text.count(f"[{cause.title}](knowledge/causes/{cause.id}.md)") for cause in CATALOGUE.values()
    ] == [1] * len(CATALOGUE)


def test_the_table_is_put_between_its_marks_and_nothing_else_changes() -> None:
    readme = f"before\n{START}\nold\n{END}\nafter\n"

    assert written(readme) == f"before\n{START}\n\n{table()}\n\n{END}\nafter\n"
    assert written(written(readme)) == written(readme)
    with pytest.raises(ValueError, match="must hold the two lines"):
        written("no marks")


def test_the_readmes_table_is_up_to_date() -> None:
    readme = README.read_text(encoding="utf-8")
    if START not in readme:
        pytest.skip("the README holds no such table")

    assert written(readme) == readme
