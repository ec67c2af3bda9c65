"""Keys that stand twice in one mapping, with both places and what holds them."""

from __future__ import annotations

import pytest

from knowledge.pipelines import parse

STEP = "      - step: {script: [make]}\n"


@pytest.mark.parametrize(
    ("text", "key", "lines", "where"),
    [
        (f"pipelines:\n  branches:\n    main:\n{STEP}    main:\n{STEP}", "main", (3, 5), "`branches`"),
        ("pipelines:\n  default:\n    - step: {script: [a]}\n  default:\n    - step: {script: [b]}\n",
         "default", (2, 4), "`pipelines`"),
        ("image: a\nimage: b\npipelines:\n  default:\n    - step: {script: [a]}\n",
         "image", (1, 2), "the file"),
        ("pipelines:\n  default:\n    - step:\n        script: [a]\n        script: [b]\n",
         "script", (4, 5), None),
        ("pipelines:\n  default:\n    - step: {script: [a], 'script': [b]}\n", "script", (3, 3), None),
    ],
)  # fmt: skip
def test_both_places_and_the_holder_are_told(
    text: str, key: str, lines: tuple[int, int], where: str | None
) -> None:
    (repeated,) = parse(text).repeated_keys

    assert (repeated.key, (repeated.first.line, repeated.at.line)) == (key, lines)
    assert (repeated.where, repeated.same) == (where, False)


def test_equal_values_are_told_as_such() -> None:
    same = parse("pipelines:\n  default:\n    - step: {name: A, name: A, script: [a]}\n").repeated_keys
    quoted = parse("pipelines:\n  default:\n    - step: {name: 1, name: '1', script: [a]}\n").repeated_keys
    lists = parse("pipelines:\n  default:\n    - step: {script: [a], script: [a]}\n").repeated_keys

    assert [found[0].same for found in (same, quoted, lists)] == [True, False, False]


def test_an_anchored_mapping_is_told_once_however_often_it_is_used() -> None:
    text = (
        "definitions: {steps: [{step: &a {name: A, name: B, script: [a]}}]}\n"
        "pipelines:\n  default:\n    - step: *a\n    - step: *a\n    - step: {<<: *a, name: C}\n"
    )

    assert [found.key for found in parse(text).repeated_keys] == ["name"]
