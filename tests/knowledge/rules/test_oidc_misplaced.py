"""`oidc-misplaced`: the key stands where Bitbucket does not read it."""

from __future__ import annotations

import pytest

from knowledge.finding import Disposition
from tests.knowledge.rules.asking import REFUSED, case_of, tried
from tests.knowledge.rules.scripts import GOOD, pipe
from tests.knowledge.rules.switches import EMPTY, needing, only, pipeline, speaking, step

CAUSE = "oidc-misplaced"
ROLE = "arn:aws:iam::123456789012:role/acme-deploy"
RIGHT = pipeline(needing("oidc: true"))
STAGE = "pipelines:\n  default:\n    - stage:\n        name: Ship\n        oidc: true\n        steps:\n"


def indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())


PLACES = {
    "root": ("oidc: true\n" + pipeline(needing()), 1, RIGHT),
    "image": (
        pipeline(needing("image:\n  name: acme/build\n  oidc: true")),
        7,
        pipeline(needing("oidc: true\nimage:\n  name: acme/build")),
    ),
    "item of its own": (pipeline("    - oidc: true\n", needing()), 3, RIGHT),
    "item of the script": (pipeline(step(["oidc: true", *GOOD], "")), 6, RIGHT),
    "beside step": (pipeline(needing()) + "      oidc: true\n", 11, RIGHT),
}


@pytest.mark.parametrize(("text", "line", "after"), PLACES.values(), ids=PLACES)
def test_the_place_is_quoted_and_the_key_is_moved(text: str, line: int, after: str) -> None:
    case = case_of(text, None, EMPTY)
    finding = only(case)
    (fix,) = finding.fixes

    assert speaking(case) == {CAUSE: "confirmed"}
    assert (finding.line, fix.file_after, fix.disposition) == (line, after, Disposition.SAFE)
    assert speaking(tried(case, fix)) == {}


def test_a_variable_of_a_pipe() -> None:
    call = pipe("atlassian/aws-s3-deploy:2.1.0", AWS_OIDC_ROLE_ARN=ROLE, oidc="true")
    case = case_of(pipeline(step([], "")) + call, None, EMPTY)
    finding = only(case)

    assert finding.meaning.startswith("It stands in a pipe's variables; Bitbucket does not read it there.")
    assert speaking(tried(case, finding.fixes[0])) == {}


def test_a_stage_gives_its_key_to_each_step_that_needs_it() -> None:
    steps = indented(needing("", "One") + needing("", "Two"), 6)
    file = f"{STAGE}{steps}"
    case = case_of(file, None, EMPTY)
    (fix,) = only(case, "One").fixes

    assert fix.title == "Move `oidc: true` into step `One` and 1 more"
    assert [speaking(tried(case, fix), name) for name in ("One", "Two")] == [{}, {}]


def test_a_stage_says_nothing_about_steps_outside_it() -> None:
    inner = indented(needing("", "One"), 6)
    file = f"{STAGE}{inner}"
    case = case_of(file + needing("", "Outside"), None, EMPTY)

    assert speaking(case, "Outside") == {"oidc-not-enabled": "confirmed"}


def test_the_parent_of_a_child_pipeline() -> None:
    child = indented(needing(), 2)
    file = (
        "pipelines:\n  default:\n    - step:\n        type: pipeline\n        custom: ship\n"
        "        oidc: true\n"
        f"  custom:\n    ship:\n{child}"
    )
    finding = only(case_of(file, None, EMPTY), "Deploy")

    assert (finding.cause, finding.line) == (CAUSE, 6)
    assert "which only starts the pipeline `ship`" in finding.meaning


def test_options_with_a_value_of_no_known_form() -> None:
    file = f'options:\n  oidc: "true"\n{pipeline(needing())}'

    assert speaking(case_of(file)) == {CAUSE: "likely"}
    assert speaking(case_of(file, None, EMPTY)) == {CAUSE: "confirmed"}


@pytest.mark.parametrize("options", ["oidc: true", "oidc:\n    audiences: [https://gw.acme.example]"])
def test_options_are_a_place_where_it_may_be_read(options: str) -> None:
    assert speaking(case_of(f"options:\n  {options}\n{pipeline(needing())}")) == {}


def test_a_step_that_has_its_own_is_not_concerned() -> None:
    assert speaking(case_of("oidc: true\n" + RIGHT, None, EMPTY)) == {}


def test_a_real_token_makes_it_likely() -> None:
    assert speaking(case_of("oidc: true\n" + pipeline(needing()), None, REFUSED)) == {CAUSE: "likely"}
