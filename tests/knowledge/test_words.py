"""The words that sentences are made of."""

from __future__ import annotations

import pytest

from knowledge.words import amount


@pytest.mark.parametrize(("number", "words"), [(0, "0 seconds"), (1, "1 second"), (2, "2 seconds")])
def test_a_unit_stands_in_the_number_of_its_amount(number: int, words: str) -> None:
    assert amount(number, "second") == words
