"""The variables of a step as a list for the proof: each name, where it is set, and what is in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handlers.render.blocks import Block, header, items, rich
from handlers.render.escape import leaves
from handlers.render.limits import cut_end
from knowledge.variable_table import VariableRow, VariableTable
from knowledge.words import code

_LINE = 400
_AT_ONCE = 10
"""Rows of one block: together they stay below Slack's limit of a block's text."""


def variable_blocks(tables: Sequence[VariableTable]) -> list[Block]:
    """A heading for each step, and its rows."""
    return [block for table in tables for block in _table(table)]


def _table(table: VariableTable) -> Iterator[Block]:
    yield header(f"Variables of the step {table.step}")
    lines = [leaves(cut_end(_line(row), _LINE)) for row in table.rows]
    for start in range(0, len(lines), _AT_ONCE):
        yield rich([items(lines[start : start + _AT_ONCE])])


def _line(row: VariableRow) -> str:
    names = ", ".join(code(name) for name in (row.name, *row.also))
    return "; ".join([f"{names}: {row.wins}", *row.more])
