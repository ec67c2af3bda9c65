"""Which steps a file has, under which names, at which places, with which keys."""

from __future__ import annotations

import pytest

from knowledge.location import Position
from knowledge.pipelines import parse
from knowledge.pipelines.model import PipelineFile, PipelineStep

EVERY_BLOCK = """\
image: acme/build:1
pipelines:
  default:
    - step: {name: A, script: [make]}
  branches:
    main:
      - step:
          name: B
          script: [make]
    'release/*':
      - step: {name: C, script: [make]}
  tags:
    v*:
      - step: {name: D, script: [make]}
  pull-requests:
    '**':
      - step: {name: E, script: [make]}
  bookmarks:
    old:
      - step: {name: F, script: [make]}
  custom:
    nightly:
      - variables:
          - name: WHO
          - name: WHERE
            default: here
      - step: {name: G, script: [make]}
"""


def steps_of(text: str) -> list[tuple[str, int, str | None, int]]:
    return [(s.pipeline, s.index, s.name, s.at.line) for s in parse(text).steps]


def only(text: str) -> PipelineStep:
    (step,) = parse(text).steps
    return step


def one(*keys: str) -> str:
    return "pipelines:\n  default:\n    - step:\n" + "".join(f"        {key}\n" for key in keys)


def test_every_start_condition_gives_its_pipelines_in_file_order() -> None:
    file = parse(EVERY_BLOCK)

    assert [(s.pipeline, s.name, s.at.line) for s in file.steps] == [
        ("default", "A", 4),
        ("branches/main", "B", 7),
        ("branches/release/*", "C", 11),
        ("tags/v*", "D", 14),
        ("pull-requests/**", "E", 17),
        ("bookmarks/old", "F", 20),
        ("custom/nightly", "G", 27),
    ]
    assert [(v.pipeline, v.name, v.at.line) for v in file.custom_variables] == [
        ("custom/nightly", "WHO", 24),
        ("custom/nightly", "WHERE", 25),
    ]
    assert [v.default for v in file.custom_variables] == [None, "here"]
    assert file.problems == ()


GROUPED = """\
pipelines:
  default:
    - step: {name: A, script: [a]}
    - parallel:
        - step: {name: B, script: [a]}
        - step: {name: C, script: [a]}
    - parallel:
        fail-fast: true
        steps:
          - step: {name: D, script: [a]}
    - stage:
        name: Ship
        deployment: production
        steps:
          - step: {name: E, script: [a]}
          - parallel:
              - step: {name: F, deployment: canary, script: [a]}
    - stage:
        environment: test
        steps:
          - step: {name: G, environment: own, script: [a]}
          - step: {name: H, script: [a]}
    - final:
        name: I
        script: [a]
"""


def test_steps_of_groups_and_stages_count_in_their_pipeline() -> None:
    file = parse(GROUPED)

    assert [(s.index, s.name) for s in file.steps] == list(enumerate("ABCDEFGHI"))
    assert [s.name for s in file.steps if s.parallel] == ["B", "C", "D", "F"]
    assert {s.name: s.stage for s in file.steps if s.stage} == {
        "E": "Ship",
        "F": "Ship",
        "G": "stage",
        "H": "stage",
    }


def test_a_step_deploys_to_its_own_environment_else_to_that_of_its_stage() -> None:
    deployments = {s.name: s.deployment.text for s in parse(GROUPED).steps if s.deployment}

    assert deployments == {"E": "production", "F": "canary", "G": "own", "H": "test"}


@pytest.mark.parametrize(
    "final", ["final:\n        - step: {script: [a]}", "final: {steps: [step: {script: [a]}]}"]
)
def test_the_final_part_may_hold_a_list(final: str) -> None:
    assert steps_of(f"pipelines:\n  default:\n    - {final}\n")[0][:2] == ("default", 0)


ANCHORED = """\
definitions:
  steps:
    - step: &build
        name: Build
        script: [make]
    - step: &deploy
        <<: *build
        oidc: true
        name: Deploy
  groups:
    both: &both
      - step: *build
      - step: *deploy
    whole: &whole
      step:
        name: Whole
        script: [make]
  again: &again
    script: [make again]
  twice: &twice
    <<: *again
    image: acme/twice
pipelines:
  branches:
    a:
      - step: *build
      - step: *deploy
    b: *both
    c:
      - *whole
      - <<: *whole
      - step:
          <<: *deploy
          name: Other
          oidc: false
      - step:
          <<: [*twice, *build]
"""


def test_an_alias_stands_at_its_own_line_and_has_the_keys_of_its_anchor() -> None:
    file = parse(ANCHORED)

    assert [(s.pipeline, s.name, s.at.line, s.body_at.line, s.oidc.state.value) for s in file.steps] == [
        ("branches/a", "Build", 26, 4, "absent"),
        ("branches/a", "Deploy", 27, 7, "on"),
        ("branches/b", "Build", 12, 4, "absent"),
        ("branches/b", "Deploy", 13, 7, "on"),
        ("branches/c", "Whole", 30, 16, "absent"),
        ("branches/c", "Whole", 31, 16, "absent"),
        ("branches/c", "Other", 32, 33, "off"),
        ("branches/c", "Build", 36, 37, "absent"),
    ]
    assert file.problems == ()


def test_of_merged_mappings_the_first_wins_and_a_key_of_ones_own_wins_over_all() -> None:
    step = parse(ANCHORED).steps[-1]

    assert [text for text, _ in step.script_text] == ["make again"]
    assert step.image == "acme/twice"
    assert step.key_at("script") == Position(19, 5)


def test_an_alias_of_an_alias_leads_to_the_anchor() -> None:
    text = "a: &a {script: [x], name: N}\nb: &b\n  step: *a\npipelines:\n  default:\n    - *b\n"

    assert steps_of(text) == [("default", 0, "N", 6)]


def test_merges_are_shallow() -> None:
    text = (
        "x: &x {image: {name: a, aws: {oidc-role: r}}}\npipelines:\n  default:\n"
        "    - step: {<<: *x, image: {name: b}, script: [c]}\n"
    )

    assert (only(text).image, only(text).image_oidc_role) == ("b", None)


def test_of_a_key_that_stands_twice_the_later_counts_and_it_is_told() -> None:
    file = parse(one("name: A", "oidc: false", "oidc: true", "script: [a]"))

    assert file.steps[0].oidc.state.value == "on"
    assert [p.sentence for p in file.problems] == ["Line 6: `oidc` stands here again, after line 5."]


def test_keys_are_found_where_they_stand() -> None:
    step = only(one("name: A", "# why", '"script": [a]', "deployment: prod"))

    assert step.keys == (("name", Position(4, 9)), ("script", Position(6, 9)), ("deployment", Position(7, 9)))
    assert (step.at, step.body_at) == (Position(3, 7), Position(4, 9))


def test_numbers_and_booleans_are_commands_and_an_empty_item_is_none() -> None:
    step = only(one("script:", "  - 42", "  - true", "  - # nothing", "  - echo"))

    assert [text for text, _ in step.script_text] == ["42", "true", "echo"]


def test_a_block_begins_at_its_indicator() -> None:
    step = only(one("script:", "  - |", "    a", "    b", '  - "c d"'))

    assert step.script_text == (("a\nb\n", Position(5, 13)), ("c d", Position(8, 13)))


PIPES = (
    "script:",
    "  - pipe: atlassian/aws-s3-deploy:1.1.0",
    "    variables:",
    "      AWS_OIDC_ROLE_ARN: $ROLE",
    '      S3_BUCKET: "acme"',
    "      EXTRA_ARGS: [a]",
    "  - pipe: docker://registry:5000/acme/pipe",
    "after-script:",
    "  - pipe: docker://acme/pipe:v2",
    "  - echo done",
)


def test_pipe_calls_have_their_version_their_variables_and_their_places() -> None:
    first, second, third = only(one(*PIPES)).script.pipes

    assert (first.name, first.version, first.at) == ("atlassian/aws-s3-deploy", "1.1.0", Position(5, 19))
    assert [(name, v.text, v.tag, v.quoted) for name, v in first.variables] == [
        ("AWS_OIDC_ROLE_ARN", "$ROLE", "str", False),
        ("S3_BUCKET", "acme", "str", True),
        ("EXTRA_ARGS", "", "list", False),
    ]
    assert (first.variables_at, first.after_script) == (Position(6, 13), False)
    assert (second.name, second.version) == ("docker://registry:5000/acme/pipe", None)
    assert (third.name, third.version, third.after_script) == ("docker://acme/pipe", "v2", True)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ('curl -H "Authorization: Bearer $T" https://x', 'curl -H "Authorization: Bearer $T" https://x'),
        ("echo a: b", "echo a: b"),
        ("echo done:", "echo done:"),
    ],
)
def test_a_command_that_yaml_takes_for_a_mapping_is_read_as_meant_and_told(line: str, meant: str) -> None:
    file = parse(one("script:", f"  - {line}"))

    assert [text for text, _ in file.steps[0].script_text] == [meant]
    assert file.problems[0].at == Position(5, 13)
    assert "put the whole command in quotes" in file.problems[0].sentence


def test_a_list_or_a_step_among_the_commands_is_read_through_and_told() -> None:
    text = (
        "x: &list [a, b]\ny: &step {script: [c]}\npipelines:\n  default:\n"
        "    - step:\n        script:\n          - *list\n          - *step\n"
    )
    file = parse(text)

    assert [text for text, _ in file.steps[0].script_text] == ["a", "b", "c"]
    assert len(file.problems) == 2


def test_a_script_that_is_one_text_is_one_command() -> None:
    assert [text for text, _ in only(one("script: make all")).script_text] == ["make all"]


@pytest.mark.parametrize(
    ("image", "name", "role"),
    [
        ("acme/x:1", "acme/x:1", None),
        ("{name: acme/x, aws: {oidc-role: arn:r}}", "acme/x", "arn:r"),
        ("{name: acme/x, aws: {access-key: a}}", "acme/x", None),
        ("[a]", None, None),
    ],
)
def test_the_image_and_the_role_it_is_pulled_with(image: str, name: str | None, role: str | None) -> None:
    step = only(one(f"image: {image}", "script: [a]"))
    wide = only(f"image: {image}\n" + one("script: [a]"))

    for found in (step, wide):
        assert found.image == name
        assert (found.image_oidc_role.text if found.image_oidc_role else None) == role


def test_a_step_that_starts_another_pipeline_names_it() -> None:
    step = only(one("type: pipeline", "custom: deploy", "input-variables: {oidc: true}"))

    assert (step.child_pipeline, step.script_text) == ("deploy", ())


@pytest.mark.parametrize(
    ("keys", "own"),
    [
        (["runs-on: [self.hosted, linux]"], True),
        (["runs-on: self.hosted"], True),
        (["runs-on: [windows]"], True),
        (["runtime: {self-hosted: {}}"], True),
        (["runtime: {cloud: {version: 3}}"], False),
        (["size: 2x"], False),
    ],
)
def test_a_runner_of_ones_own_is_seen(keys: list[str], own: bool) -> None:
    assert only(one(*keys, "script: [a]")).self_hosted is own


def test_options_may_choose_the_runner_for_all_steps() -> None:
    assert only("options: {runs-on: [self.hosted]}\n" + one("script: [a]")).self_hosted


def test_variables_handed_on_are_listed() -> None:
    assert only(one("output-variables: [A, B]", "script: [a]")).output_variables == ("A", "B")


IMPORTED = """\
definitions:
  imports: {shared: acme/shared:main}
  pipelines:
    offered:
      - step: {name: Offered, script: [a]}
pipelines:
  branches:
    main:
      import: deploy@shared
  custom:
    other:
      - import: acme/shared:main:other
"""


def test_imported_pipelines_are_named_and_offered_ones_are_read() -> None:
    file = parse(IMPORTED)

    assert [name for name, _ in file.imports] == ["branches/main", "custom/other"]
    assert [(s.pipeline, s.name) for s in file.steps] == [("definitions/offered", "Offered")]


def test_a_file_that_only_offers_pipelines_is_whole() -> None:
    assert parse("export: true\n" + IMPORTED.split("pipelines:\n  branches", maxsplit=1)[0]).problems == ()


def test_keys_at_the_indent_of_step_are_read_as_meant_and_told() -> None:
    text = "pipelines:\n  default:\n    - step:\n      name: A\n      oidc: true\n      script: [make]\n"
    file = parse(text)
    (step,) = file.steps

    assert (step.name, step.at.line, step.oidc.state.value) == ("A", 3, "absent")
    assert [text for text, _ in step.script_text] == ["make"]
    assert [(s.key, s.at, s.where, s.step_line, s.misspelt) for s in file.stray_oidc] == [
        ("oidc", Position(5, 7), "beside `step:`", 3, False)
    ]
    assert "beside `step:`" in file.problems[0].sentence


@pytest.mark.parametrize(
    "text",
    [
        "- step:\n    name: A\n    oidc: true\n    script: [a]\n",
        "pipelines:\n  default:\n    step:\n      name: A\n      script: [a]\n",
    ],
    ids=["a bare list", "a mapping for a list"],
)
def test_a_file_of_the_wrong_shape_is_read_as_far_as_it_goes(text: str) -> None:
    file = parse(text)

    assert [s.name for s in file.steps] == ["A"]
    assert [p.fatal for p in file.problems] == [False]


def test_line_ends_and_a_byte_order_mark_move_no_place() -> None:
    plain = parse(GROUPED)
    for variant in (GROUPED.replace("\n", "\r\n"), "\ufeff" + GROUPED):
        file = parse(variant.encode())
        assert [(s.at, s.keys, s.script_text) for s in file.steps] == [
            (s.at, s.keys, s.script_text) for s in plain.steps
        ]


def test_line_breaks_that_only_yaml_knows_do_not_move_lines() -> None:
    text = "# a\u2028# b\x85# c\n" + one("name: A", "script: [a]")

    assert steps_of(text) == [("default", 0, "A", 4)]
    assert only(text).key_at("name") == Position(5, 9)


def pairs(file: PipelineFile) -> list[tuple[object, ...]]:
    return [(s.pipeline, s.index, s.name, s.oidc.state, s.script.exports) for s in file.steps]


def test_the_order_of_a_steps_keys_means_nothing() -> None:
    forward = parse(one("name: A", "oidc: true", "script: [export A=b]"))
    backward = parse(one("script: [export A=b]", "oidc: true", "name: A"))

    assert [p[:4] for p in pairs(forward)] == [p[:4] for p in pairs(backward)]
