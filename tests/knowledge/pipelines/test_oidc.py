"""The switch: what counts as on, and keys that only look like it."""

from __future__ import annotations

import pytest

from knowledge.location import Position
from knowledge.pipelines import parse
from knowledge.pipelines.model import OidcState
from knowledge.pipelines.oidc import misspelt

STEP = "pipelines:\n  default:\n    - step:\n        script:\n"


def one(*keys: str, head: str = "", item: str = "") -> str:
    body = "".join(f"        {key}\n" for key in keys)
    return f"{head}pipelines:\n  default:\n    - step:\n{body}        script: [make]\n{item}"


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ("true", OidcState.ON),
        ("True", OidcState.ON),
        ("TRUE", OidcState.ON),
        ("!!bool 'true'", OidcState.ON),
        ("{audiences: [a, b]}", OidcState.ON),
        ("false", OidcState.OFF),
        ("no", OidcState.OFF),
        ("off", OidcState.OFF),
        ("yes", OidcState.UNCERTAIN),
        ("on", OidcState.UNCERTAIN),
        ('"true"', OidcState.WRONG_VALUE),
        ("'true'", OidcState.WRONG_VALUE),
        ("!!str true", OidcState.WRONG_VALUE),
        ("1", OidcState.WRONG_VALUE),
        ("", OidcState.WRONG_VALUE),
        ("~", OidcState.WRONG_VALUE),
        ("y", OidcState.WRONG_VALUE),
        ("enabled", OidcState.WRONG_VALUE),
        ("$OIDC", OidcState.WRONG_VALUE),
        ("[true]", OidcState.WRONG_VALUE),
        ("{}", OidcState.WRONG_VALUE),
        ("{audience: a}", OidcState.WRONG_VALUE),
        ("{audiences: []}", OidcState.WRONG_VALUE),
    ],
)
def test_each_value_has_one_meaning(value: str, state: OidcState) -> None:
    (step,) = parse(one(f"oidc: {value}")).steps

    assert step.oidc.state is state
    assert step.oidc.key_at == Position(4, 9)


def test_audiences_are_those_of_the_step_else_those_of_the_options() -> None:
    head = "options: {oidc: {audiences: [wide]}}\n"
    found = [
        parse(one(*keys, head=head)).steps[0].oidc
        for keys in (["oidc: {audiences: [own]}"], ["oidc: true"], [], ["oidc: false"])
    ]

    assert [oidc.audiences for oidc in found] == [("own",), ("wide",), ("wide",), None]
    assert [oidc.state.value for oidc in found] == ["on", "on", "absent", "off"]
    assert parse(one(head=head)).options_oidc.state is OidcState.ON


@pytest.mark.parametrize(
    "key",
    [
        "OIDC",
        "Oidc",
        "odic",
        "oicd",
        "oidcc",
        "oid",
        "OIDC_ENABLED",
        "oidc-enabled",
        "enable-oidc",
        "openid-connect",
    ],
)
def test_a_key_of_the_step_that_is_nearly_the_switch_is_a_misspelling(key: str) -> None:
    (stray,) = parse(one(f"{key}: true")).stray_oidc

    assert (stray.key, stray.at, stray.misspelt, stray.step_line) == (key, Position(4, 9), True, 3)
    assert stray.where.startswith("the step, ")
    assert stray.value is not None
    assert stray.value.text == "true"


@pytest.mark.parametrize(
    "key",
    [
        "name",
        "size",
        "image",
        "script",
        "caches",
        "clone",
        "trigger",
        "fail-fast",
        "on-fail",
        "docker",
        "id",
        "doc",
        "type",
    ],
)
def test_other_keys_are_no_misspelling(key: str) -> None:
    assert not misspelt(key)


PLACES = {
    "the file's root": (one(head="oidc: true\n"), None),
    "`definitions`": (one(head="definitions:\n  oidc: true\n"), None),
    "`image`": (one("image: {name: a, oidc: true}"), 3),
    "`runtime`": (one("runtime: {oidc: true}"), 3),
    "`cloud`": (one("runtime: {cloud: {oidc: true}}"), 3),
    "beside `step:`": (one(item="      oidc: true\n"), 3),
    "a list item of its own": (one(item="    - oidc: true\n"), None),
    "the script": (
        "pipelines:\n  default:\n    - step:\n        script:\n          - oidc: true\n          - make\n",
        3,
    ),
    "the script ": (STEP + "          - 'OIDC: true'\n          - make\n", 3),
    "beside `pipe:`": (
        STEP + "          - pipe: atlassian/x:1\n            oidc: true\n",
        3,
    ),
    "a pipe's variables": (
        STEP + "          - pipe: atlassian/x:1\n            variables:\n              OIDC: 'true'\n",
        3,
    ),
    "the stage": (
        "pipelines:\n  default:\n    - stage:\n        oidc: true\n        steps: [step: {script: [a]}]\n",
        None,
    ),
    "the `parallel` group": (
        "pipelines:\n  default:\n    - parallel:\n        oidc: true\n        steps: [step: {script: [a]}]\n",
        None,
    ),
    "beside `stage:`": (
        "pipelines:\n  default:\n    - oidc: true\n      stage: {steps: [step: {script: [a]}]}\n",
        None,
    ),
    "`pipelines`": ("pipelines:\n  oidc: true\n  default:\n    - step: {script: [a]}\n", None),
    "`branches`": ("pipelines:\n  branches:\n    oidc: true\n    main:\n      - step: {script: [a]}\n", None),
    "`default`": (
        "pipelines:\n  default:\n    oidc: true\n  branches:\n    a:\n      - step: {script: [a]}\n",
        None,
    ),
    "`options`, in the wrong case": (one(head="options: {OIDC: {audiences: [a]}}\n"), None),
}


@pytest.mark.parametrize(("text", "line"), PLACES.values(), ids=PLACES)
def test_a_switch_in_the_wrong_place_is_found_and_named(
    text: str, line: int | None, request: pytest.FixtureRequest
) -> None:
    file = parse(text)
    (stray,) = file.stray_oidc

    assert stray.where == request.node.callspec.id.strip()
    assert stray.step_line == line
    assert stray.misspelt is stray.where.startswith("`options`")
    at = file.line(stray.at.line)[stray.at.column - 1 :].lstrip("'")
    assert at.startswith(stray.key)
    assert all(step.oidc.state is OidcState.ABSENT for step in file.steps)


RIGHT = {
    "a branch of that name": "pipelines:\n  branches:\n    oidc:\n      - step: {script: [a]}\n",
    "a custom pipeline of that name": "pipelines:\n  custom:\n    oidc:\n      - step: {script: [a]}\n",
    "options with audiences": one("oidc: true", head="options: {oidc: {audiences: [a]}}\n"),
    "an image pulled by a role": one("image: {name: a, aws: {oidc-role: r}}", "oidc: true"),
    "a self-hosted store": one("runtime: {self-hosted: {storage: {aws: {oidc-role: r}}}}"),
    "a variable of a pipe that is not the vendor's": (
        "pipelines:\n  default:\n    - step:\n        oidc: true\n        script:\n"
        "          - pipe: docker://acme/x:1\n            variables: {OIDC: 'true', USE_OIDC: 'true'}\n"
    ),
    "an input variable": one("type: pipeline", "input-variables: {oidc: true}"),
    "a variable that is asked for": (
        "pipelines:\n  custom:\n    a:\n      - variables: [name: oidc]\n      - step: {script: [a]}\n"
    ),
    "a cache or service of that name": one(
        head="definitions: {caches: {oidc: ~/.x}, services: {oidc: {image: a}}}\n"
    ),
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_a_right_file_has_no_stray_key(text: str) -> None:
    assert parse(text).stray_oidc == ()


def test_a_misspelling_in_an_anchor_is_one_of_each_step_that_uses_it() -> None:
    text = (
        "definitions:\n  steps:\n    - step: &d\n        OIDC: true\n        script: [a]\n"
        "pipelines:\n  default:\n    - step: *d\n    - step: *d\n"
    )

    assert [(s.at.line, s.step_line) for s in parse(text).stray_oidc] == [(4, 8), (4, 9)]


def test_both_spellings_in_one_step_leave_the_switch_on() -> None:
    file = parse(one("OIDC: true", "oidc: true"))

    assert file.steps[0].oidc.state is OidcState.ON
    assert [stray.key for stray in file.stray_oidc] == ["OIDC"]
