"""Which step is blamed where the run's own only starts a pipeline, or is not in the file; which run a branch
or a tag means; and what an answer with calls to spare says of the branch's newest commit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.playground.world import ExampleEnvironment, ExampleRun, ExampleTip, World
from knowledge.answer import Answer
from tests.bot.sources import changed, link, opened, repository
from tests.bot.test_investigator import EMPTY, another, with_runs

STOREFRONT = repository("storefront")
RUN = STOREFRONT.runs[0]
FIRST, LAST = RUN.steps

CHILD = """\
  custom:
    child:
      - step:
          name: Ship
          script:
            - export AWS_REGION=eu-central-1
            - export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/storefront
            - export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/t
            - echo $BITBUCKET_STEP_OIDC_TOKEN > $(pwd)/t
            - aws sts get-caller-identity
"""


def parent(keys: str = "", build: str = "", child: str = CHILD) -> str:
    """A file whose `Build` uses a token, and whose `Deploy` starts a child pipeline."""
    return f"""\
pipelines:
  branches:
    main:
      - step:
          name: Build
{build}          script:
            - echo $BITBUCKET_STEP_OIDC_TOKEN > t
      - step:
          name: Deploy
          type: pipeline
          custom: child
{keys}{child}"""


def ran(text: str, first: str, last: str) -> World:
    """The storefront, whose run was of this file: its first step passed, the last one failed."""
    steps = (
        replace(FIRST, name=first, result="SUCCESSFUL"),
        replace(LAST, name=last, log="Child pipeline failed\n"),
    )
    run = replace(RUN, steps=steps, selector_type="branches", selector_pattern="main", commit="a" * 40)
    tip = ExampleTip("main", run.commit, text)
    return changed("storefront", lambda one: replace(one, runs=(run,), pipeline_file=text, tips=(tip,)))


async def asked(world: World, said: str = "") -> Answer:
    async with opened(world) as sources:
        answer = await sources.ask(f"{EMPTY}\n{said or link('storefront', RUN.build_number)}")
        calls = [call.path for call in sources.bitbucket.calls]
    assert len(calls) <= 9
    assert len(set(calls)) == len(calls)
    return answer


@pytest.mark.parametrize(
    ("keys", "build", "cause"),
    [
        ("", "", "oidc-not-enabled"),
        ("          oidc: true\n", "", "oidc-misplaced"),
        ("", "          oidc: true\n", "oidc-not-enabled"),
    ],
    ids=["nowhere", "on the step that starts it", "on the step that passed"],
)
async def test_for_a_step_that_starts_a_child_pipeline_the_childs_step_is_told_and_never_one_that_passed(
    keys: str, build: str, cause: str
) -> None:
    answer = await asked(ran(parent(keys, build), "Build", "Deploy"))

    lead = answer.diagnosis.lead
    assert lead is not None
    assert (answer.cause, answer.verdict) == (cause, "likely")
    assert lead.step is not None
    assert lead.step.name == "Ship"
    assert not any(one.step and one.step.name == "Build" for one in answer.diagnosis.findings)
    assert "that step only starts the pipeline `child`" in answer.run_line
    assert "so `Ship` is inferred; name the run of `child`" in answer.run_line
    assert answer.note == ""


async def test_a_child_pipeline_that_is_not_in_the_file_is_said_to_be_elsewhere() -> None:
    answer = await asked(ran(parent(child=""), "Build", "Deploy"))

    assert not any(one.step for one in answer.diagnosis.findings)
    assert "no steps of `child` are in `bitbucket-pipelines.yml`" in answer.run_line


async def test_a_failed_step_that_is_not_in_the_file_is_said_not_to_be_there() -> None:
    starts = "name: Deploy\n          type: pipeline\n          custom: child"
    text = parent(child="").replace(starts, "name: Other\n          script: [make]")
    there = await asked(ran(text.replace("name: Other", "name: Build again"), "Build again", "Deploy again"))
    assert there.verdict == "likely"
    assert "has no such step in what ran, so `Build` is inferred" in there.run_line

    # The only one that it could be passed.
    passed = await asked(ran(text, "Build", "Deploy again"))
    assert passed.diagnosis.lead is None or passed.diagnosis.lead.step is None
    assert "has no such step in what ran" in passed.run_line


async def test_a_failed_steps_log_that_could_not_be_read_proves_nothing_of_the_others() -> None:
    unread = replace(FIRST, result="FAILED", log=None)
    run = replace(RUN, steps=(unread, replace(LAST, log="make: *** [test] Error 1\n")))
    async with opened(with_runs("storefront", run)) as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront')}")

    assert "which step failed with this error is inferred" in answer.run_line
    assert "shows this error" not in answer.run_line
    assert answer.verdict == "likely"


# -- branches and tags --------------------------------------------------------------------------------------


def on_branches() -> tuple[ExampleRun, ...]:
    """The newest failed run is of main; older ones of a branch, and of a tag."""
    tagged = another(RUN, 212, ref_name="v1.2.3", selector_type="tags", selector_pattern="v*")
    return (RUN, another(RUN, 213, ref_name="release/2.x"), tagged)


@pytest.mark.parametrize(
    ("said", "number", "of"),
    [
        ("acme/storefront branch release/2.x", 213, "the branch `release/2.x`"),
        ("the release/2.x branch of acme/storefront", 213, "the branch `release/2.x`"),
        ("acme/storefront on release/2.x", 213, "the branch `release/2.x`"),
        ("acme/storefront release/2.x", 213, "the branch `release/2.x`"),
        (
            "https://bitbucket.org/acme/storefront/pipelines/results/branch/release%2F2.x/page/1",
            213,
            "the branch `release/2.x`",
        ),
        ("https://bitbucket.org/acme/storefront/src/release%2F2.x/", 213, "the branch `release/2.x`"),
        ("acme/storefront tag v1.2.3", 212, "the tag `v1.2.3`"),
        ("https://bitbucket.org/acme/storefront/src/v1.2.3/", 212, "the tag `v1.2.3`"),
    ],
)
async def test_a_branch_or_tag_that_is_named_decides_which_run_is_meant(
    said: str, number: int, of: str
) -> None:
    answer = await asked(with_runs("storefront", *on_branches()), said)

    assert answer.run_line.startswith(f"run #{number} of `acme/storefront`, the newest failed run of {of}")


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("acme/storefront branch nosuch", "the branch `nosuch`"),
        ("acme/storefront tag v9", "the tag `v9`"),
        ("acme/storefront tag release/2.x", "the tag `release/2.x`"),
    ],
)
async def test_a_branch_or_tag_without_a_failed_run_is_said_to_have_none_and_nothing_is_confirmed(
    said: str, named: str
) -> None:
    answer = await asked(with_runs("storefront", *on_branches()), said)

    assert f"no failed run of {named} was found" in answer.run_line
    assert (answer.cause, answer.verdict) == ("oidc-not-enabled", "likely")


@pytest.mark.parametrize(
    "said", ["the branch is broken", "branch protection is on", "our branch policy", "the nightly branch"]
)
async def test_ordinary_words_leave_the_newest_failed_run(said: str) -> None:
    answer = await asked(with_runs("storefront", *on_branches()), f"acme/storefront: {said}")

    assert answer.run_line.startswith("run #214 of `acme/storefront`, the newest failed run (inferred, as no")
    assert "was found" not in answer.run_line
    assert answer.verdict == "confirmed"


# -- the branch's newest commit -----------------------------------------------------------------------------


PRODUCTION = ExampleEnvironment("Production", "{d995caea-ada6-4969-a8f9-e24fa6616ab4}", ())
PLAIN = STOREFRONT.pipeline_file.replace(
    "name: Deploy to S3", "name: Deploy to S3\n          deployment: production"
)
MENDED = PLAIN.replace("name: Deploy to S3", "name: Deploy to S3\n          oidc: true")


def moved_on(text: str) -> World:
    """The storefront's step deploys to its one environment; main has moved on to this file."""
    return changed(
        "storefront",
        lambda one: replace(
            one, pipeline_file=PLAIN, environments=(PRODUCTION,), tips=(ExampleTip("main", "d" * 40, text),)
        ),
    )


async def test_a_second_answer_with_a_call_to_spare_says_that_the_fault_is_gone_at_the_tip() -> None:
    async with opened(moved_on(MENDED)) as sources:
        first = await sources.ask(STOREFRONT.paste)
        cold = len(sources.bitbucket.calls)
        sources.forget_calls()
        again = await sources.ask(STOREFRONT.paste)
        warm = len(sources.bitbucket.calls)

    assert (first.cause, first.verdict) == (again.cause, again.verdict) == ("oidc-not-enabled", "confirmed")
    assert (cold, warm <= 3) == (9, True)
    assert again.note.startswith("This was already changed on `main`")


async def test_a_step_of_another_name_at_its_place_does_not_count_as_mended() -> None:
    renamed = MENDED.replace("Deploy to S3", "Publish")
    async with opened(moved_on(renamed)) as sources:
        await sources.ask(STOREFRONT.paste)
        again = await sources.ask(STOREFRONT.paste)

    assert again.note == ""


async def test_one_fault_in_place_of_another_does_not_count_as_mended() -> None:
    """The misplaced key is gone, and the step that needs it still has none."""
    world = ran(parent("          oidc: true\n"), "Build", "Deploy")
    tip = ExampleTip("main", "d" * 40, parent())
    homes = tuple(
        replace(one, tips=(tip,)) if one.slug == "storefront" else one for one in world.repositories
    )
    async with opened(replace(world, repositories=homes)) as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront', RUN.build_number)}", revision="click-1")

    assert (answer.cause, answer.note) == ("oidc-misplaced", "")
