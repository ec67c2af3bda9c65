"""Changes of a file: small, in its own style, and read back as meant."""

from __future__ import annotations

import pytest

from knowledge.location import Position
from knowledge.pipelines import parse
from knowledge.pipelines.edit import (
    diff,
    indent_step,
    insert_key,
    insert_script_lines,
    remove_key,
    remove_line,
    replace_line,
    replace_span,
    set_step_key,
    users_of_body,
)
from knowledge.pipelines.model import OidcState, PipelineFile, PipelineStep


def on(file: PipelineFile, step: PipelineStep) -> PipelineFile:
    """The file with the switch on at this step, read again."""
    after = set_step_key(file, step, "oidc", "true")
    assert after is not None
    again = parse(after)
    assert again.problems == file.problems
    assert again.steps[file.steps.index(step)].oidc.state is OidcState.ON
    return again


def changed(file: PipelineFile, after: str | None) -> list[str]:
    """The lines that went and came, without their context."""
    assert after is not None
    return [line for line in diff(file, after).splitlines()[2:] if line[0] in "+-"]


def test_of_a_key_given_twice_the_later_one_is_set() -> None:
    file = parse(
        "pipelines:\n  default:\n    - step:\n        oidc: true\n        oidc: false\n        script: [x]\n"
    )
    assert changed(file, set_step_key(file, file.steps[0], "oidc", "true")) == [
        "-        oidc: false",
        "+        oidc: true",
    ]


FORMS = {
    "behind the name": (
        "    - step:\n        name: A # why\n        script: [a]\n",
        ["+        oidc: true"],
    ),
    "before the first key": ("    - step:\n        script: [a]\n", ["+        oidc: true"]),
    "behind a name further down": (
        "    - step:\n        image: b\n        name: A\n        script: [a]\n",
        ["+        oidc: true"],
    ),
    "a name of several lines": (
        "    - step:\n        name: A\n          and B\n        script: [a]\n",
        ["+        oidc: true"],
    ),
    "a name in a block": (
        "    - step:\n        name: >-\n          A\n        script: [a]\n",
        ["+        oidc: true"],
    ),
    "a deeper indent": ("    - step:\n            script: [a]\n", ["+            oidc: true"]),
    "on one line": ("    - step: {name: A, script: [a]}\n", None),
    "a merge alone": (
        "    - step:\n        <<: *base\n",
        ["+        oidc: true"],
    ),
    "a wrong value": (
        "    - step:\n        oidc: 'true' # on\n        script: [a]\n",
        ["-        oidc: 'true' # on", "+        oidc: true # on"],
    ),
    "no value": (
        "    - step:\n        oidc:\n        script: [a]\n",
        ["-        oidc:", "+        oidc: true"],
    ),
    "a list for a value": (
        "    - step:\n        oidc: [yes]\n        script: [a]\n",
        ["-        oidc: [yes]", "+        oidc: true"],
    ),
    "off": (
        "    - step:\n        oidc: false\n        script: [a]\n",
        ["-        oidc: false", "+        oidc: true"],
    ),
}


@pytest.mark.parametrize(("item", "lines"), FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_the_switch_is_set_in_the_form_of_the_step(item: str, lines: list[str] | None, line_end: str) -> None:
    text = f"base: &base {{script: [b]}}\n# above\npipelines:\n  default:\n{item}    # below\n"
    file = parse(text.replace("\n", line_end))

    again = on(file, file.steps[0])

    if lines is not None:
        assert changed(file, again.text) == lines
    assert again.text.count("\r\n") == (again.text.count("\n") if line_end == "\r\n" else 0)
    assert "# above" in again.text
    assert "# below" in again.text


def test_an_empty_flow_mapping_takes_the_key() -> None:
    file = parse("pipelines:\n  default:\n    - step: {}\n")

    assert "step: {oidc: true}" in on(file, file.steps[0]).text


ANCHORED = """\
definitions:
  steps:
    - step: &deploy
        name: Deploy
        script: [a]
    - step: &other
        name: Other
        script: [b]
pipelines:
  branches:
    main:
      - step: *deploy
      - step: *other
    dev:
      - step:
          <<: *deploy
          name: Dev
      - step: *deploy
"""


def test_an_aliased_step_changes_in_its_anchor_and_all_its_users_are_named() -> None:
    file = parse(ANCHORED)

    again = on(file, file.steps[0])

    assert changed(file, again.text) == ["+        oidc: true"]
    assert [step.oidc.state.value for step in again.steps] == ["on", "absent", "on", "on"]
    assert users_of_body(file, file.steps[0]) == (file.steps[0], file.steps[2], file.steps[3])
    assert users_of_body(file, file.steps[1]) == (file.steps[1],)


def test_a_step_that_merges_an_anchor_changes_alone() -> None:
    file = parse(ANCHORED)

    again = on(file, file.steps[2])

    assert [step.oidc.state.value for step in again.steps] == ["absent", "absent", "on", "absent"]
    assert users_of_body(file, file.steps[2]) == (file.steps[2],)


@pytest.mark.parametrize(
    "value",
    ["*flag", "|\n          true", "&flag 'true'", "\n          audience: a"],
    ids=["alias", "block", "anchor", "map"],
)
def test_a_value_that_others_use_or_that_has_lines_of_its_own_is_left_alone(value: str) -> None:
    file = parse(
        f"x: &flag [a]\npipelines:\n  default:\n    - step:\n        oidc: {value}\n        script: [a]\n"
    )

    assert set_step_key(file, file.steps[0], "oidc", "true") is None


def test_a_step_without_a_mapping_takes_no_key() -> None:
    file = parse("pipelines:\n  default:\n    - step:\n")

    assert set_step_key(file, file.steps[0], "oidc", "true") is None
    assert insert_key(file, file.steps[0], "deployment: prod") is None


def test_a_key_is_inserted_once() -> None:
    file = parse(ANCHORED)
    after = insert_key(file, file.steps[0], "deployment: production")

    assert changed(file, after) == ["+        deployment: production"]
    again = parse(after or "")
    assert insert_key(again, again.steps[0], "deployment: staging") is None


SPANS = {
    "plain": ("- EXPORT A=b", "EXPORT A=b", "export A=b", "- export A=b"),
    "plain that needs quotes then": ("- export A=b", "A=b", 'A="b: c"', """- 'export A="b: c"'"""),
    "plain that would be a comment": ("- a b", "b", "#b", "- 'a #b'"),
    "single quotes": ("- 'echo ''a'''", "'a'", "'b'", "- 'echo ''b'''"),
    "double quotes": ('- "echo \\"a\\" x"', '"a"', '"b" \\c', '- "echo \\"b\\" \\\\c x"'),
    "a key": ("- {OIDC: a}", "OIDC", "oidc", "- {oidc: a}"),
    "the later of two": ("- a; a", "a", "b", "- b; a"),
    "a block": ("- |\n  x\n  EXPORT A=b\n  y", "EXPORT A=b", "export A=b", "- |\n  x\n  export A=b\n  y"),
    "a folded block": (
        "- >-\n  x\n  EXPORT A=b\n  y",
        "EXPORT A=b",
        "export A=b",
        "- >-\n  x\n  export A=b\n  y",
    ),
    "a value": ("- a: 'prod' # c", "prod", "test", "- a: 'test' # c"),
}


@pytest.mark.parametrize(("text", "old", "new", "wanted"), SPANS.values(), ids=SPANS)
def test_a_part_of_a_scalar_is_replaced_in_the_style_of_the_scalar(
    text: str, old: str, new: str, wanted: str
) -> None:
    file = parse(text + "\n")
    index = next(i for i in range(len(text)) if text[i:].startswith((old, "'prod", "''a", '\\"a')))
    at = Position(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))

    assert replace_span(file, at, old, new) == wanted + "\n"


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("- a b", "c", "d"),
        ("- >-\n  a\n  b", "a b", "c"),
        ("- a\n  b", "a b", "c"),
        ("- a", "a", "b\nc"),
        ("- true", "true", "a: b"),
        ("- a", "", "b"),
    ],
    ids=["not there", "over a fold", "over a break", "two lines", "another type", "nothing"],
)
def test_a_part_that_cannot_be_replaced_safely_is_left_alone(text: str, old: str, new: str) -> None:
    after = replace_span(parse(text + "\n"), Position(1, 3), old, new)

    assert after is None or (text == "- true" and "'a: b'" in after)


def test_a_place_outside_the_file_changes_nothing() -> None:
    file = parse("- a\n")

    assert replace_span(file, Position(9, 1), "a", "b") is None
    assert replace_span(file, Position(1, 99), "a", "b") is None
    assert remove_line(file, Position(9, 1)) is None
    assert replace_line(file, 9, "- b") is None


SCRIPT = """\
pipelines:
  default:
    - step:
        script:
          # first
          - echo one
          - |
            set -e
            if true; then
              aws s3 ls
            fi
            a \\
              b
          -   pipe: atlassian/x:1
              variables: {A: b}
          - "aws s3 cp"
    - step: {script: [a, 'b, c']}
    - step: {script: make}
    - step: {name: none}
"""


def script_of(after: str | None, step: int = 0) -> list[str]:
    assert after is not None
    return [text for text, _ in parse(after).steps[step].script_text]


def test_lines_go_before_a_command_as_items_of_their_own() -> None:
    file = parse(SCRIPT)
    (step, *_) = file.steps

    first = insert_script_lines(file, step, ["export A=b", 'export B="c: d"'], None)
    last = insert_script_lines(file, step, ["x"], step.script_text[-1][1])
    pipe = insert_script_lines(file, step, ["x"], step.script.pipes[0].at)

    assert changed(file, first) == ["+          - export A=b", "+          - 'export B=\"c: d\"'"]
    assert script_of(first)[:3] == ["export A=b", 'export B="c: d"', "echo one"]
    assert script_of(last)[-2:] == ["x", "aws s3 cp"]
    assert changed(file, pipe) == ["+          -   x"]


@pytest.mark.parametrize(
    ("line", "column", "before"),
    [(7, 13, "x\nset -e\n"), (8, 13, "x\nset -e\n"), (9, 13, "set -e\nx\nif true"), (13, 15, "fi\nx\na \\")],
    ids=["the block", "its first line", "a later line", "the middle of a command"],
)
def test_inside_a_block_lines_go_before_the_command_at_that_line(line: int, column: int, before: str) -> None:
    file = parse(SCRIPT)

    after = insert_script_lines(file, file.steps[0], ["x"], Position(line, column))

    assert before in "\n".join(script_of(after))


def test_in_a_flow_list_lines_are_quoted_as_they_need() -> None:
    file = parse(SCRIPT)
    step = file.steps[1]

    after = insert_script_lines(file, step, ["a, [b]"], step.script_text[1][1])

    assert script_of(after, 1) == ["a", "a, [b]", "b, c"]


@pytest.mark.parametrize("number", [2, 3])
def test_a_script_that_is_no_list_takes_no_lines(number: int) -> None:
    file = parse(SCRIPT)

    assert insert_script_lines(file, file.steps[number], ["x"], None) is None


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_lines_before_an_aliased_command_go_where_the_alias_stands(line_end: str) -> None:
    text = "x: &login aws sts\npipelines:\n  default:\n  - step:\n      script:\n      - *login\n      - b\n"
    file = parse(text.replace("\n", line_end))
    step = file.steps[0]

    after = insert_script_lines(file, step, ["x"], step.script_text[0][1])

    assert script_of(after) == ["x", "aws sts", "b"]
    assert (after or "").count("\r\n") == ((after or "").count("\n") if line_end == "\r\n" else 0)


def test_a_whole_aliased_script_changes_in_its_anchor() -> None:
    text = "x: &all\n  - a\n  - b\npipelines:\n  default: [step: {script: *all}, step: {script: *all}]\n"
    file = parse(text)
    step = file.steps[0]

    after = insert_script_lines(file, step, ["x"], step.script_text[1][1])

    assert script_of(after) == script_of(after, 1) == ["a", "x", "b"]


def test_a_line_is_taken_out_only_if_a_file_remains() -> None:
    text = "pipelines:\n  default:\n    - step:\n        oidc: true\n        script:\n          - a\n"
    file = parse(text)

    assert changed(file, remove_line(file, Position(4, 9))) == ["-        oidc: true"]
    for line in (1, 2, 3, 5, 6):
        assert remove_line(file, Position(line, 1)) is None


def test_a_mapping_that_loses_its_only_key_stays_as_an_empty_one() -> None:
    file = parse("definitions:\n  oidc: true\npipelines:\n  default:\n    - step: {script: [a]}\n")

    after = remove_line(file, Position(2, 3))

    assert changed(file, after) == ["-  oidc: true"]
    assert parse(after or "").stray_oidc == ()


@pytest.mark.parametrize(
    ("text", "went"),
    [
        ("options:\n  oidc: true\n", ["-options:", "-  oidc: true"]),
        ("options:\n  docker: true\n  oidc: true\n", ["-  oidc: true"]),
        ("options: # of all steps\n  oidc: true\n", ["-  oidc: true"]),
        ("options:\n  # why\n  oidc: true\n", ["-  oidc: true"]),
        ("x-shelf: &shelf\n  oidc: true\n", ["-  oidc: true"]),
    ],
)
def test_a_key_goes_with_the_key_that_would_hold_nothing_then(text: str, went: list[str]) -> None:
    file = parse(f"{text}pipelines:\n  default:\n    - step: {{script: [a]}}\n")
    line = text.split("\n").index("  oidc: true") + 1

    assert changed(file, remove_key(file, Position(line, 3))) == went


def test_a_step_is_not_taken_out_with_its_last_key() -> None:
    file = parse("pipelines:\n  default:\n    - step:\n        oidc: true\n    - step: {script: [a]}\n")

    assert changed(file, remove_key(file, Position(4, 9))) == ["-        oidc: true"]


def test_a_line_is_replaced_only_by_what_can_be_read() -> None:
    file = parse("a: b\r\nc: d\r\n")

    assert replace_line(file, 1, "a: e") == "a: e\r\nc: d\r\n"
    assert replace_line(file, 1, "a: 'e") is None


HANGING = """\
pipelines:
  default:
    - step:
      name: A

      # why
      oidc: true
      script:
        - |
          a
    - step:
        script: [b]
"""
HANGING_LAST = "pipelines:\n  default:\n    - step:\n      name: A\n      oidc: true\n      script: [a]"


@pytest.mark.parametrize("text", [HANGING, HANGING_LAST], ids=["with comments", "at the end"])
def test_keys_beside_their_step_are_indented_below_it(text: str) -> None:
    file = parse(text)

    assert set_step_key(file, file.steps[0], "oidc", "true") is None
    after = indent_step(file, file.steps[0])

    again = parse(after or "")
    assert (again.problems, again.stray_oidc) == ((), ())
    assert again.steps[0].oidc.state is OidcState.ON
    assert again.steps[0].name == "A"
    assert [s.script_text[0][0].strip() for s in again.steps] == ["a", "b"][: len(again.steps)]
    assert indent_step(again, again.steps[0]) is None


def test_a_diff_names_the_file_and_says_where_no_line_end_is() -> None:
    file = parse("a: b\nc: d", path="ci/pipelines.yml")

    shown = diff(file, "a: b\nc: e\n")

    assert shown.startswith("--- a/ci/pipelines.yml\n+++ b/ci/pipelines.yml\n")
    assert "-c: d\n\\ No newline at end of file\n+c: e\n" in shown
    assert diff(file, file.text) == ""
