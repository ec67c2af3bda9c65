"""Files that cannot be read, or only in part: what is said, where, and that it is said at once."""

from __future__ import annotations

import pytest

from knowledge.location import Position
from knowledge.pipelines import guard, parse
from knowledge.pipelines.model import Problem
from tests.benchmarks_pipelines import alias_bomb, merge_bomb, nested_groups

GOOD = "pipelines:\n  default:\n    - step:\n        script:\n          - make\n"


def fatal(text: str | bytes) -> Problem:
    file = parse(text)
    assert file.steps == ()
    return next(problem for problem in file.problems if problem.fatal)


UNREADABLE = {
    "a tab for an indent": (GOOD.replace("    - step", "\t- step"), Position(3, 1), "indent with spaces"),
    "a pattern without quotes": (
        "pipelines:\n  branches:\n    **:\n      - step: {script: [a]}\n",
        Position(3, 5),
        "must stand in quotes",
    ),
    "two colons in a line": (
        GOOD.replace("- make", "- echo a: b: c"),
        Position(5, 22),
        "put the text in quotes",
    ),
    "a quote that is not closed": (GOOD.replace("- make", '- "make'), Position(5, 13), "is not closed"),
    "a text that begins with an at sign": (
        GOOD.replace("- make", "- @make"),
        Position(5, 13),
        "a text that begins with `@` must stand in quotes",
    ),
    "no blank behind a colon": (
        GOOD.replace("        script:", "        oidc:true\n        script:"),
        Position(4, 9),
        "a blank is missing behind the first `:` of `oidc:true`",
    ),
    "no blank behind a colon at the end": (
        GOOD + "        OIDC:true\n",
        Position(6, 9),
        "a blank is missing behind the first `:` of `OIDC:true`",
    ),
    "text behind a closed quote": (
        GOOD.replace("- make", '- "echo "hi" there"'),
        Position(5, 20),
        "more text follows a closing quote or bracket",
    ),
    "a test in brackets": (
        GOOD.replace("- make", "- [ -f x ] && make"),
        Position(5, 22),
        "more text follows a closing quote or bracket",
    ),
    "a back-tick": (GOOD.replace("- make", "- `make`"), Position(5, 13), "a back-tick must stand in quotes"),
    "a merge conflict": ("<<<<<<< HEAD\n" + GOOD + "=======\n", Position(1, 1), "merge conflict"),
    "a step without its colon": (
        GOOD.replace("- step:", "- step"),
        Position(4, 15),
        "see to its indent and to the `:` above it",
    ),
    "an indent that fits nothing": (
        GOOD.replace("        script:", "       name: a\n        script:"),
        Position(5, 15),
        "",
    ),
    "a bracket that is not closed": (
        GOOD.replace("- make", "- [make"),
        Position(5, 13),
        "the `[` that opens here is not closed",
    ),
    "a brace that is not closed": (
        GOOD.replace("- make", "- {a: b\n\n# the end\n"),
        Position(5, 13),
        "the `{` that opens here is not closed",
    ),
    "a backslash in double quotes": (
        GOOD.replace("- make", '- "a\\d"'),
        Position(5, 15),
        "a backslash must be doubled",
    ),
    "an alias without an anchor": (
        "x: &deploy-it {}\n" + GOOD.replace("- make", "- *deploy-itt"),
        Position(6, 13),
        "did you mean `*deploy-it`?",
    ),
    "an alias without anything like an anchor": (
        GOOD.replace("- make", "- *gone"),
        Position(5, 13),
        "an anchor must stand above its aliases",
    ),
    "an alias inside its anchor": ("x: &x [*x]\n" + GOOD, Position(1, 8), "stands inside the very anchor"),
    "a NUL": (GOOD.replace("make", "ma\x00ke"), Position(5, 15), "U+0000"),
    "a byte order mark in the middle": (GOOD.replace("make", "\ufeffmake"), Position(5, 13), "U+FEFF"),
    "half a surrogate pair": (GOOD.replace("make", "\ud800"), Position(5, 13), "U+D800"),
    "an empty file": ("", None, "is empty"),
    "nothing but a comment": ("# nothing\n", None, "is empty"),
    "a text": ("hello\n", Position(1, 1), "holds no keys"),
    "no pipelines": ("image: a\n", Position(1, 1), "no `pipelines:` key"),
    "pipelines that hold a list": (
        "pipelines:\n  - step: {script: [a]}\n",
        Position(1, 1),
        "start condition",
    ),
    "pipelines without a step": ("pipelines:\n  default: []\n", None, "has no step"),
    "pipelines that hold nothing": ("image: a\npipelines:\n", Position(2, 1), "start condition"),
}


@pytest.mark.parametrize(("text", "at", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_told_with_its_place_and_a_remedy(
    text: str, at: Position | None, said: str
) -> None:
    problem = fatal(text)

    assert said in problem.sentence
    if at is not None:
        assert problem.at == at
        assert (
            text.startswith(("hello", "image: a\n", "pipelines:\n  -"))
            or f"ine {at.line}" in problem.sentence
        )


def test_bytes_that_are_not_utf_8_are_told_with_their_place() -> None:
    problem = fatal(GOOD.replace("make", "gr\xf6\xdfe").encode("latin-1"))

    assert problem.at == Position(5, 15)
    assert "save the file as UTF-8" in problem.sentence
    assert "UTF-16" in fatal(GOOD.encode("utf-16")).sentence


BOMBS = {
    "merges of merges": merge_bomb(),
    "aliases of aliases": alias_bomb(),
    "groups of groups": nested_groups(),
    "brackets": "[" * 100_000,
    "braces": "{a: " * 100_000,
    "dashes": "- " * 100_000,
    "many items": "pipelines:\n  default:\n" + "    - a\n" * 100_000,
    "many aliases": "x: &x a\ny:\n" + "- *x\n" * 10_000,
    "more text than any file": "# " + "a" * 2_000_000,
    "many steps": "x: &x {step: {script: [a]}}\npipelines:\n  default:\n" + "    - *x\n" * 1_900,
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_file_that_would_grow_beyond_reason_is_refused_with_a_sentence(text: str) -> None:
    problem = fatal(text)

    assert problem.sentence.startswith(("The file was not read", "Line "))


def test_a_large_real_file_is_far_below_the_bounds() -> None:
    text = "pipelines:\n  custom:\n" + "".join(
        f"    p{n}:\n      - step:\n          name: N{n}\n          script:\n            - make {n}\n"
        for n in range(500)
    )
    file = parse(text)

    assert (len(file.steps), file.problems) == (500, ())
    assert 2 * len(file.steps) <= guard.STEPS


def test_a_slip_in_one_place_leaves_the_rest_readable() -> None:
    text = (
        "pipelines:\n  default:\n    - stpe: {script: [a]}\n    - step\n    - [a]\n    - step:\n"
        "    - step: {script: [a], name: Good}\n  branches: [a]\n  barnches:\n    main: []\n"
    )
    file = parse(text)

    assert [step.name for step in file.steps] == [None, "Good"]
    assert [(p.at.line if p.at else None) for p in file.problems] == [3, 4, 5, 8, 9, 6]
    assert all(not problem.fatal for problem in file.problems)


def test_a_second_document_is_told_and_the_first_is_read() -> None:
    file = parse(GOOD + "---\nother: true\n")

    assert len(file.steps) == 1
    assert file.problems[0].sentence == "Line 6: a second document begins here."


def test_the_text_is_kept_so_that_lines_can_be_quoted() -> None:
    assert parse("\ufeff" + GOOD).text == GOOD
    assert parse(GOOD.replace("- make", '- "make')).line(5) == '          - "make'
