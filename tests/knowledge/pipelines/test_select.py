"""Which steps a run's selector, a run's step, or a person's words mean."""

from __future__ import annotations

import pytest

from knowledge.pipelines import block_of, find_named, find_run_step, parse

FILE = parse(
    """\
pipelines:
  default:
    - step: {name: Build, script: [a]}
    - step: {script: [b]}
    - parallel:
        - step: {name: Deploy, script: [c]}
        - step: {name: Deploy, script: [d]}
  branches:
    'release/*':
      - step: {name: build, script: [e]}
    gone: {import: deploy@shared}
  pull-requests:
    '**':
      - step: {name: Check  it, script: [f]}
  custom:
    nightly:
      - step: {name: Night, script: [g]}
"""
)


def labels(steps: object) -> object:
    return None if steps is None else [f"{s.pipeline}:{s.index}" for s in steps]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "pattern", "found"),
    [
        ("default", None, ["default:0", "default:1", "default:2", "default:3"]),
        ("DEFAULT", None, ["default:0", "default:1", "default:2", "default:3"]),
        ("branches", "release/*", ["branches/release/*:0"]),
        ("BRANCH", "release/*", ["branches/release/*:0"]),
        ("branches", "release/1", None),
        ("branches", None, None),
        ("branches", "gone", []),
        ("pull-requests", "**", ["pull-requests/**:0"]),
        ("PULLREQUESTS", "**", ["pull-requests/**:0"]),
        ("pull_requests", "**", ["pull-requests/**:0"]),
        ("custom", "nightly", ["custom/nightly:0"]),
        ("custom", "other", None),
        ("tags", "v1", None),
        ("something", "nightly", None),
        (None, "nightly", None),
        (None, None, None),
    ],
)
def test_the_selector_of_a_run_names_its_block(
    kind: str | None, pattern: str | None, found: list[str] | None
) -> None:
    assert labels(block_of(FILE, kind, pattern)) == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("Build", ["default:0"]),
        ("build", ["branches/release/*:0"]),
        ("BUILD", ["default:0", "branches/release/*:0"]),
        ("Deploy", ["default:2", "default:3"]),
        ("default:1", ["default:1"]),
        ("branches/release/*:0", ["branches/release/*:0"]),
        ("check it", ["pull-requests/**:0"]),
        ("default step 2", ["default:1"]),
        ("default:9", []),
        ("default:-1", []),
        ("default:", []),
        ("", []),
        ("Nobody", []),
    ],
)
def test_a_step_is_found_by_name_or_by_pipeline_and_number(wanted: str, found: list[str]) -> None:
    assert labels(find_named(FILE, wanted)) == found


@pytest.mark.parametrize(
    ("name", "position", "found"),
    [
        ("Build", 0, "c:0"),
        ("Build", 7, "c:0"),
        (" build ", 3, "c:0"),
        ("Deploy", 2, "c:2"),
        ("Deploy", 3, "c:3"),
        ("Deploy", 0, None),
        (None, 1, "c:1"),
        (None, 9, None),
        (None, -1, None),
        ("Step 2", 1, "c:1"),
        ("Step 1", 0, None),
        ("Elsewhere", 3, None),
    ],
)
def test_the_step_of_a_run_is_found_by_name_then_by_position(
    name: str | None, position: int, found: str | None
) -> None:
    steps = block_of(FILE, "default", None) or ()

    step = find_run_step(steps, name, position)

    assert (None if step is None else f"c:{step.index}") == found


def test_of_several_uses_of_one_anchor_any_will_do() -> None:
    file = parse(
        "x: &x {name: A, script: [a]}\npipelines:\n  default: [step: *x, step: {script: [b]}, step: *x]\n"
    )

    step = find_run_step(file.steps, "A", 7)

    assert step is not None
    assert step.name == "A"


def test_no_block_gives_no_step() -> None:
    assert find_run_step((), "A", 0) is None
