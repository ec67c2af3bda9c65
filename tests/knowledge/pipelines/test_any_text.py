"""Whatever is handed in, `parse` answers: no exception, every place inside the file, nothing that grows."""

from __future__ import annotations

import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from knowledge.location import Position
from knowledge.pipelines import block_of, find_named, find_run_step, parse
from knowledge.pipelines.edit import (
    diff,
    indent_step,
    insert_key,
    insert_script_lines,
    remove_line,
    replace_span,
    set_step_key,
    users_of_body,
)
from knowledge.pipelines.model import PipelineFile

KEYS = st.sampled_from(
    [
        "pipelines",
        "default",
        "branches",
        "custom",
        "pull-requests",
        "step",
        "parallel",
        "stage",
        "steps",
        "final",
        "script",
        "after-script",
        "name",
        "oidc",
        "OIDC",
        "audiences",
        "image",
        "aws",
        "oidc-role",
        "deployment",
        "environment",
        "pipe",
        "variables",
        "type",
        "options",
        "definitions",
        "import",
        "runs-on",
        "artifacts",
        "paths",
        "<<",
        "",
        "é",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-9, 9),
    st.sampled_from(
        ["true", "*", "a: b", "export A=b", "atlassian/x:1", "pipeline", "x\ny", "\t", "2026-01-01"]
    ),
    st.text(max_size=6),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5), st.tuples(inner).map(list)
    ),
    max_leaves=25,
)
LINES = st.lists(
    st.sampled_from(
        [
            "pipelines:",
            "  default:",
            "    - step:",
            "    - step: &a",
            "    - step: *a",
            "        <<: *a",
            "        <<: [*a, *a]",
            "        name: A",
            "        oidc: true",
            "        OIDC: 'true'",
            "        script:",
            "          - export A=b",
            "          - |",
            "            set -e",
            "          - pipe: a/b:1",
            "            variables: {A: 'x'}",
            '          - "a\\tb',
            "    - parallel:",
            "    - {step: {script: [a, b]}}",
            "  branches: {main: [step: {}]}",
            "\t- step:",
            "---",
            "...",
            "%YAML 1.1",
            "? [a]",
            ": b",
            "!!binary x",
            "# c",
            "",
            "\x85",
            "\u2028",
        ]
    ),
    max_size=25,
).map("\n".join)
ANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def places(file: PipelineFile) -> list[Position]:
    found = [position for step in file.steps for _, position in step.keys]
    for step in file.steps:
        found += [step.at, step.body_at, *(at for _, at in step.script_text)]
        found += [pipe.at for pipe in step.script.pipes] + [export.at for export in step.script.exports]
        found += [value.at for value in (step.deployment, step.image_oidc_role, step.oidc.value) if value]
        found += [printed.at for printed in step.script.printed] + [value.at for value in step.artifacts]
    found += [stray.at for stray in file.stray_oidc] + [at for _, at in file.imports]
    found += [at for repeated in file.repeated_keys for at in (repeated.first, repeated.at)]
    return found + [problem.at for problem in file.problems if problem.at]


def understood(text: str | bytes) -> PipelineFile:
    file = parse(text)
    lines = file.text.split("\n")
    for at in places(file):
        assert 1 <= at.line <= len(lines)
        assert 1 <= at.column <= len(lines[at.line - 1]) + 1
    assert all(problem.sentence.strip() for problem in file.problems)
    if any(problem.fatal for problem in file.problems):
        assert file.steps == ()
    assert parse(text) == file
    return file


def use(file: PipelineFile) -> None:
    """Every way of asking and of changing, on the first steps."""
    for step in file.steps[:3]:
        assert step in find_named(file, f"{step.pipeline}:{step.index}")
        block = block_of(
            file, *(step.pipeline.split("/", 1) if "/" in step.pipeline else (step.pipeline, None))
        )
        find_run_step(block or (), step.name, step.index)
        assert step in users_of_body(file, step)
        changes = [
            set_step_key(file, step, "oidc", "true"),
            insert_key(file, step, "deployment: production"),
            insert_script_lines(file, step, ["export A='b: c'", "x"], None),
            indent_step(file, step),
        ]
        for text, at in step.script_text[:2]:
            changes.append(insert_script_lines(file, step, ["export A=b"], at))
            changes.append(replace_span(file, at, text[:3], "export 'B': #c"))
        changes += [remove_line(file, at) for _, at in step.keys[:2]]
        for after in changes:
            if after is not None:
                assert diff(file, after) or after == file.text
                assert list(yaml.parse(after, Loader=yaml.SafeLoader))


@ANY
@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
@example("\ufeff")
@example("\x00")
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbfpipelines: {}")
@example("- &a [*a]")
@example("a: &a {<<: *a}")
def test_no_text_and_no_bytes_are_too_much(text: str | bytes) -> None:
    understood(text)


@ANY
@given(LINES, st.sampled_from(["\n", "\r\n"]))
def test_lines_in_any_order_are_read_or_refused(lines: str, line_end: str) -> None:
    file = understood(lines.replace("\n", line_end))
    use_if_one_document(file)


def use_if_one_document(file: PipelineFile) -> None:
    if not any("second document" in problem.sentence for problem in file.problems):
        use(file)


@ANY
@given(TREES, st.booleans())
def test_any_type_may_stand_at_any_key(tree: object, flow: bool) -> None:
    text = yaml.safe_dump({"pipelines": tree}, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    use(understood(text))


STEPS = st.dictionaries(KEYS, TREES, max_size=5)


@ANY
@given(st.lists(STEPS, max_size=4))
def test_a_step_may_hold_anything(steps: list[dict[str, object]]) -> None:
    tree = {"pipelines": {"default": [{"step": step} for step in steps]}}
    file = understood(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))

    assert len(file.steps) == len(steps) or any(problem.fatal for problem in file.problems)
    use(file)
