"""Redaction, kind by kind and notation by notation: the secret goes, its name and what stands around stay."""

from __future__ import annotations

import pytest

from knowledge.redact import redact
from tests.knowledge.secret_notations import NOTATIONS, SECRETS, written

CASES = [(kind, notation) for kind in SECRETS for notation in NOTATIONS]


@pytest.mark.parametrize(("kind", "notation"), CASES)
def test_a_secret_is_taken_out_in_every_notation(kind: str, notation: str) -> None:
    name, value = SECRETS[kind]
    result = redact(f"before\n{written(notation, name, value)}\nafter")

    assert not any(value[start : start + 8] in result.text for start in range(len(value) - 7))
    assert sum(result.counts.values()) == 1
    assert result.text.startswith("before\n")
    assert result.text.endswith("\nafter")


@pytest.mark.parametrize(("kind", "notation"), CASES)
def test_a_second_call_finds_nothing_more(kind: str, notation: str) -> None:
    name, value = SECRETS[kind]
    once = redact(written(notation, name, value))

    assert redact(once.text).counts == {}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_reference_to_a_variable_stays(notation: str) -> None:
    text = written(notation, "AWS_SECRET_ACCESS_KEY", "$PROD_SECRET_KEY")

    assert redact(text).counts == {}
