"""Which step may have failed, and whether that is known or inferred."""

from __future__ import annotations

import pytest

from knowledge.casefile import RunStep
from knowledge.pipelines import parse
from knowledge.redact import redact
from knowledge.suspects import NoSuchStep, choose_suspects
from knowledge.symptoms import recognise
from tests.knowledge.rules.asking import REFUSED
from tests.knowledge.rules.scripts import anchored
from tests.knowledge.rules.switches import exchanging, needing, pipeline, step

TEST = step(["npm test"], "", "Test")
SYMPTOMS = recognise(redact(REFUSED).text)


def run_step(name: str | None, position: int) -> RunStep:
    return RunStep(uuid="{x}", name=name, position=position, state="COMPLETED", result="FAILED")


def told(text: str, **more: object) -> list[tuple[str, bool]]:
    file = parse(text)
    return [(item.step.label, item.certain) for item in choose_suspects(file, **more)]  # type: ignore[arg-type]


def test_a_named_step_is_certain() -> None:
    text = pipeline(TEST, needing())

    assert told(text, wanted="Deploy") == [("Deploy", True)]
    assert told(text, wanted="default:1") == [("Deploy", True)]


def test_a_name_that_several_steps_have_is_not() -> None:
    assert told(pipeline(needing(), exchanging()), wanted="Deploy") == [("Deploy", False), ("Deploy", False)]


def test_a_name_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(NoSuchStep, match="its steps are `Test`, `Deploy`"):
        told(pipeline(TEST, needing()), wanted="Ship")


def test_the_step_of_the_run_is_certain() -> None:
    file = parse(pipeline(TEST, needing()))
    found = choose_suspects(file, SYMPTOMS, file.steps, run_step("Deploy", 1))

    assert [(item.step.label, item.certain) for item in found] == [("Deploy", True)]
    assert found[0].run_step == run_step("Deploy", 1)


def test_a_unique_name_helps_where_the_block_that_ran_is_not_known() -> None:
    assert told(pipeline(TEST, needing()), symptoms=SYMPTOMS, run_step=run_step("Deploy", 1)) == [
        ("Deploy", False)
    ]


PARENT = step(["x"], "type: pipeline\ncustom: child", "Deploy").replace("script", "input-variables")
CHILD = "  custom:\n    child:\n" + needing("", "To prod")


def test_for_a_step_that_starts_a_child_pipeline_the_childs_steps_are_meant_and_none_that_passed() -> None:
    text = pipeline(needing("", "Build"), PARENT) + CHILD
    file = parse(text)
    block = file.steps[:2]

    assert [item.child_pipeline for item in block] == [None, "child"]
    assert told(text, symptoms=SYMPTOMS, run_block=block, run_step=run_step("Deploy", 1)) == [
        ("To prod", False)
    ]
    assert told(text, symptoms=SYMPTOMS, wanted="Deploy") == [("To prod", False)]


def test_a_child_pipeline_that_is_not_in_the_file_leads_to_no_step() -> None:
    text = pipeline(needing("", "Build"), PARENT)
    file = parse(text)

    assert told(text, symptoms=SYMPTOMS, run_block=file.steps, run_step=run_step("Deploy", 1)) == []


def test_a_step_that_passed_is_not_inferred() -> None:
    text = pipeline(needing("", "A"), exchanging("", "B"), TEST)
    file = parse(text)
    other = run_step("C", 3)

    assert told(text, symptoms=SYMPTOMS, run_block=file.steps, run_step=other, passed=file.steps[:1]) == [
        ("B", False)
    ]


def test_the_only_step_is_certain_and_an_anchor_used_twice_is_one_step() -> None:
    text = anchored("./deploy.sh") + "    develop:\n      - step: *deploy\n"

    assert told(pipeline(needing()), symptoms=SYMPTOMS) == [("Deploy", True)]
    assert told(text, symptoms=SYMPTOMS) == [("Deploy", True)]


def test_the_only_step_is_a_guess_beside_imported_ones() -> None:
    text = pipeline(needing()) + "  custom:\n    shared:\n      import: acme/pipelines:main:shared\n"

    assert told(text, symptoms=SYMPTOMS) == [("Deploy", False)]


def test_the_only_step_that_logs_in_is_inferred() -> None:
    assert told(pipeline(TEST, needing()), symptoms=SYMPTOMS) == [("Deploy", False)]


def test_several_that_log_in_are_all_looked_at() -> None:
    assert told(pipeline(needing("", "A"), exchanging("", "B"), TEST), symptoms=SYMPTOMS) == [
        ("A", False),
        ("B", False),
    ]


@pytest.mark.parametrize("key", ["oidc", "OIDC"])
def test_a_switch_tells_the_step_where_no_login_shows(key: str) -> None:
    hidden = step(["./deploy.sh"], f"{key}: true", "Deploy")

    assert told(pipeline(TEST, hidden), symptoms=SYMPTOMS) == [("Deploy", False)]


def test_without_a_text_every_step_that_has_to_do_with_oidc_is_looked_at() -> None:
    spelt = step(["./deploy.sh"], "OIDC: true", "Spelt")

    assert told(pipeline(TEST, needing(), spelt)) == [("Deploy", True), ("Spelt", True)]
    assert told(pipeline(TEST)) == []


def test_nothing_is_guessed_among_steps_that_show_nothing() -> None:
    assert told(pipeline(TEST, step(["./x.sh"], "", "X")), symptoms=SYMPTOMS) == []
