"""The rows of a step's variables as the modal shows them."""

from __future__ import annotations

from handlers.render.variables import variable_blocks
from knowledge.variable_table import VariableRow, VariableTable


def test_names_of_which_the_same_is_true_stand_in_one_row() -> None:
    row = VariableRow("A", "not set at any level that was read", ("x could not be read",), ("B", "C"))
    _, rows = variable_blocks([VariableTable("Deploy", (row,))])
    (element,) = rows["elements"]
    (only,) = element["elements"]

    assert [(part["text"], part.get("style")) for part in only["elements"]] == [
        ("A", {"code": True}),
        (", ", None),
        ("B", {"code": True}),
        (", ", None),
        ("C", {"code": True}),
        (": not set at any level that was read; x could not be read", None),
    ]
