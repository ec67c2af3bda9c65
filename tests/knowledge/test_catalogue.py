"""A page that is not as agreed is named with what is wrong in it."""

from __future__ import annotations

import pytest

from knowledge.catalogue import CATALOGUE, SECTIONS, CatalogueError, read_page
from knowledge.finding import Severity
from knowledge.symptoms.model import Family

FRONT = """---
title: A thing is wrong
severity: blocker
providers: [aws]
typical: [token-empty]
possible: [other]
since: "0.1"
sources: [https://docs.example/a]
---
"""
BODY = "".join(f"\n## {heading}\n\nText of {heading}.\n" for heading in SECTIONS)


def test_a_right_page_is_read() -> None:
    cause = read_page("a-cause", FRONT + BODY)

    assert (cause.title, cause.severity, cause.follows) == ("A thing is wrong", Severity.BLOCKER, frozenset())
    assert cause.typical == {Family.TOKEN_EMPTY.value}
    assert cause.section("Fix") == "Text of Fix."
    assert cause.section("Nothing") == ""


def test_windows_line_ends_are_read_too() -> None:
    assert read_page("a-cause", (FRONT + BODY).replace("\n", "\r\n")).section("Fix") == "Text of Fix."


def test_a_heading_inside_a_fence_is_none() -> None:
    body = BODY.replace("Text of Broken.", "```yaml pipeline\n## Fix\n```")

    assert read_page("a-cause", FRONT + body).section("Broken") == "```yaml pipeline\n## Fix\n```"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("---\ntitle", "title", "must begin with a front matter"),
        ("title: A", "title: [A", "no YAML"),
        ('since: "0.1"\n', "", r"missing keys \['since'\]"),
        ("since:", "colour: red\nsince:", r"unknown keys \['colour'\]"),
        ("A thing is wrong", "A thing is wrong.", "without a full stop"),
        ("severity: blocker", "severity: fatal", "`severity` knows no fatal"),
        ("[aws]", "[ibm]", "`providers` knows no ibm"),
        ("[token-empty]", "[token-full]", "`typical` knows no token-full"),
        ("[token-empty]", "token-empty", "`typical` must be a list of texts"),
        ("[other]", "[other, token-empty]", "both typical and possible"),
        ("[https://docs.example/a]", "[http://docs.example/a]", "https://"),
        ("[https://docs.example/a]", "[]", "https://"),
        ("## Check", "## Control", "the sections must be"),
    ],
)
def test_each_slip_is_named_with_its_page(old: str, new: str, told: str) -> None:
    text = (FRONT + BODY).replace(old, new, 1)

    with pytest.raises(CatalogueError, match=f"^a-cause: .*{told}"):
        read_page("a-cause", text)


def test_what_is_no_cause_is_not_there() -> None:
    assert "no-such-cause" not in CATALOGUE
    with pytest.raises(KeyError):
        CATALOGUE["../README"]


def test_all_pages_are_read_in_alphabetical_order() -> None:
    assert list(CATALOGUE) == sorted(CATALOGUE)
    assert [CATALOGUE[cause].id for cause in CATALOGUE] == list(CATALOGUE)
    assert len(CATALOGUE) == len(list(CATALOGUE))


def test_the_clouds_of_a_cause_are_told_without_its_whole_page_as_with_it() -> None:
    fresh = type(CATALOGUE)()

    assert {cause: fresh.providers(cause) for cause in fresh} == {
        cause: CATALOGUE[cause].providers for cause in CATALOGUE
    }
    with pytest.raises(KeyError):
        fresh.providers("no-such-cause")
