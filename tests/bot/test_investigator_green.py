"""What changed since it was green, said in one line where it explains the failure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.playground.world import ExampleRepository, ExampleTip, World
from handlers.render import render
from tests.bot.sources import DENIED, changed, link, opened, repository
from tests.bot.test_investigator import EMPTY, another

PASTE = f"{EMPTY}\nacme/storefront"
GREEN = "e" * 40
FILE = repository("storefront").pipeline_file
MENDED = FILE.replace("name: Deploy to S3\n", "name: Deploy to S3\n          oidc: true\n")


def was_green(text: str = MENDED, *, failed_too: bool = False, **more: Any) -> World:
    """Storefront, with a run before that passed, and that run's file; `more` changes that run, and with
    `failed_too` the others like it."""

    def with_green(home: ExampleRepository) -> ExampleRepository:
        failed = home.runs[0]
        steps = tuple(replace(step, result="SUCCESSFUL") for step in failed.steps)
        green = another(failed, failed.build_number - 9, *steps, result="SUCCESSFUL", commit=GREEN)
        # The stand-in keeps a commit's file with the branch that has it for its tip.
        tips = (*home.tips, ExampleTip("was-green", GREEN, text))
        runs = tuple(replace(one, **more) for one in home.runs) if failed_too else home.runs
        return replace(home, runs=(*runs, replace(green, **more)), tips=tips)

    return changed("storefront", with_green)


async def asked(world: World, *, text: str = PASTE, again: bool = False) -> tuple[str, int, str]:
    """The note, the calls, and the whole reply; `again` is a click on "Check again"."""
    async with opened(world) as sources:
        answer = await sources.ask(text)
        if again:
            sources.forget_calls()
            answer = await sources.ask(text, revision="click-1")
        calls = len(sources.bitbucket.calls)
    print(f"{calls} calls: {answer.note}")
    assert (answer.cause, answer.verdict) == ("oidc-not-enabled", "confirmed")
    return answer.note, calls, str(render(answer, "T1-C1-1").blocks)


@pytest.mark.parametrize("text", [PASTE, repository("storefront").paste])
async def test_the_switch_that_went_missing_is_named_with_the_run_that_still_had_it(text: str) -> None:
    assert MENDED != FILE
    note, calls, shown = await asked(was_green(), text=text, again=True)

    number = repository("storefront").runs[0].build_number - 9
    assert note.startswith(
        f"It last passed in run #{number}, whose commit `eeeeeeeeeeee` did not have this fault"
    )
    assert "the step had `oidc` switched on (line " in note
    assert f"It last passed in run #{number}" in shown
    assert calls <= 9


@pytest.mark.parametrize(
    "world",
    [
        was_green(FILE + "# a remark\n"),
        was_green("pipelines: ["),
        was_green("pipelines:\n  default:\n    - step:\n        script: [make]\n"),
        was_green(selector_pattern="other"),
        was_green(result="STOPPED"),
        was_green(commit=repository("storefront").runs[0].commit),
    ],
    ids=["same fault", "no file", "another pipeline", "another block", "not passed", "same commit"],
)
async def test_a_run_that_explains_nothing_is_not_spoken_of(world: World) -> None:
    note, calls, _ = await asked(world, again=True)

    assert note == ""
    assert calls <= 9


async def test_of_a_fault_that_is_mended_by_now_no_earlier_run_is_spoken_of() -> None:
    """That the branch has moved on without the fault is all that there is to do."""
    failed = repository("storefront").runs[0]

    def mended(home: ExampleRepository) -> ExampleRepository:
        # No list of tips has two of one branch: the run's own moves on.
        tips = [one for one in home.tips if one.branch != failed.ref_name]
        return replace(home, tips=(*tips, ExampleTip(failed.ref_name or "", "d" * 40, MENDED)))

    world = was_green()
    homes = tuple(mended(one) if one.slug == "storefront" else one for one in world.repositories)
    note, _, _ = await asked(replace(world, repositories=homes), again=True)

    assert note
    assert "It last passed" not in note


async def test_a_run_of_another_branch_that_passed_is_not_its_last_green_one() -> None:
    """Both ran the same block: the other branch later, and this one before it."""

    def with_other(home: ExampleRepository) -> ExampleRepository:
        failed = home.runs[0]
        other = another(
            failed, failed.build_number - 1, result="SUCCESSFUL", commit="f" * 40, ref_name="feature/x"
        )
        tips = (*home.tips, ExampleTip("feature/x", "f" * 40, MENDED))
        return replace(home, runs=(failed, other, *home.runs[1:]), tips=tips)

    world = was_green()
    homes = tuple(with_other(one) if one.slug == "storefront" else one for one in world.repositories)
    note, _, _ = await asked(replace(world, repositories=homes), again=True)

    assert note.startswith(f"It last passed in run #{repository('storefront').runs[0].build_number - 9},")


async def test_a_first_answer_names_it_where_it_has_the_calls_to_spare() -> None:
    """The list of runs was read to find the failed one, and the branch's own file cannot be asked for."""
    note, calls, _ = await asked(was_green(ref_name="release/1", failed_too=True))

    assert note.startswith("It last passed in run #")
    assert calls <= 9


async def test_a_second_message_about_a_named_run_has_the_calls_to_spare() -> None:
    async with opened(was_green()) as sources:
        await sources.ask(repository("storefront").paste)
        sources.forget_calls()
        answer = await sources.ask(repository("storefront").paste)

    assert answer.note.startswith("It last passed in run #")
    assert len(sources.bitbucket.calls) <= 3


async def test_a_cold_diagnosis_of_a_named_run_has_no_calls_to_spare_for_it() -> None:
    note, calls, _ = await asked(was_green(), text=repository("storefront").paste)

    assert note == ""
    assert calls <= 9


async def test_a_green_run_whose_file_cannot_be_read_is_no_source_that_is_missed() -> None:
    async with opened(was_green()) as sources:
        sources.bitbucket.fail(f"/src/{GREEN}", status=500)
        await sources.ask(PASTE)
        answer = await sources.ask(PASTE, revision="click-1")

    assert (answer.note, answer.diagnosis.unread) == ("", ())


ROLE = "arn:aws:iam::123456789012:role/storefront-deploy"
GONE = "arn:aws:iam::123456789012:role/storefront-old"


async def note_of_role(then: str, *, again: bool = True) -> str:
    """The note where the file names a role that is not there, and named `then` when it was green."""
    assert ROLE in MENDED
    world = was_green(MENDED.replace(ROLE, then))
    homes = tuple(
        replace(one, pipeline_file=MENDED.replace(ROLE, GONE)) if one.slug == "storefront" else one
        for one in world.repositories
    )
    paste = f"{DENIED}\n{link('storefront', repository('storefront').runs[0].build_number)}"
    async with opened(replace(world, repositories=homes)) as sources:
        answer = await sources.ask(paste)
        if again:
            answer = await sources.ask(paste, revision="click-1")
        calls = len(sources.bitbucket.calls)
    assert answer.cause == "role-not-found"
    assert calls <= 18
    return answer.note


async def test_another_role_than_that_of_the_last_green_run_is_named() -> None:
    number = repository("storefront").runs[0].build_number - 9

    assert await note_of_role(ROLE) == (
        f"It last passed in run #{number} (commit `eeeeeeeeeeee`), "
        f"where the step asked for the role `{ROLE}`."
    )


async def test_where_the_login_was_the_same_then_no_earlier_run_is_spoken_of() -> None:
    assert await note_of_role(GONE) == ""
