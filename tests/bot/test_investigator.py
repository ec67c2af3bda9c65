"""A diagnosis between the stand-ins: what is asked, in which order, and what is made of trouble."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from bot.investigator import investigate
from bot.investigator_notes import Question
from bot.playground.bitbucket import BitbucketStandIn
from bot.playground.terminal import as_lines
from bot.playground.world import (
    ExampleRepository,
    ExampleRun,
    ExampleStep,
    ExampleTip,
    ExampleVariable,
    World,
)
from bot.ports import RepositoryName
from handlers.render import render
from knowledge.answer import Answer, Kind
from knowledge.finding import Verdict
from knowledge.location import InLog, InPaste
from knowledge.symptoms import recognise
from knowledge.target import Target
from tests.bot.sources import DENIED, WORLD, changed, link, opened, repository

EXAMPLES = [one for one in WORLD.repositories if one.cause is not None]
EMPTY = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
"""What a step without a token prints."""


def unread(answer: Answer) -> dict[str, str]:
    return {one.source: f"{one.reason}; {one.remedy}" for one in answer.diagnosis.unread}


def with_runs(slug: str, *runs: ExampleRun) -> World:
    return changed(slug, lambda one: replace(one, runs=runs))


def another(run: ExampleRun, number: int, *steps: ExampleStep, **more: Any) -> ExampleRun:
    """A run like `run`, later by as many seconds as its number is higher."""
    seconds = number - run.build_number
    created = run.created_on.replace(":12", f":{12 + seconds:02}", 1) if seconds > 0 else run.created_on
    uuid = f"{{{number:08d}{run.uuid[9:]}"
    return replace(
        run, build_number=number, uuid=uuid, steps=steps or run.steps, **{"created_on": created, **more}
    )


# -- what is asked ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.slug)
async def test_a_cold_diagnosis_is_cheap_asks_nothing_twice_and_only_reads(
    example: ExampleRepository,
) -> None:
    async with opened() as sources:
        answer = await sources.ask(example.paste)

    further = max(0, len(example.environments) - 1)
    calls = sources.bitbucket.calls
    assert answer.kind is Kind.DIAGNOSIS
    assert len(calls) <= 9 + further
    assert len({call.path for call in calls}) == len(calls)
    assert {call.method for call in calls} == {"GET"}
    assert sources.aws.forbidden == []
    # Azure and Google are not asked at all: a person hands over what they hold.
    asked = [text for text in unread(answer).values() if "Azure" not in text and "Google" not in text]
    assert asked == []


async def test_a_repository_seen_a_moment_ago_costs_three_calls_at_most() -> None:
    run = repository("ledger").runs[0]
    world = with_runs("ledger", run, another(run, 511))
    async with opened(world) as sources:
        first = await sources.ask(repository("ledger").paste)
        sources.forget_calls()
        again = await sources.ask(repository("ledger").paste)
        same_run = len(sources.bitbucket.calls)
        sources.forget_calls()
        await sources.ask(f"{DENIED} {link('ledger', 511)}")
        other_run = len(sources.bitbucket.calls)

    assert again.diagnosis == first.diagnosis
    assert same_run == 0
    assert other_run <= 3


class Patient(BitbucketStandIn):
    """Answers nobody before `crowd` requests are waiting."""

    def __init__(self, crowd: int) -> None:
        super().__init__(WORLD)
        self._crowd = crowd
        self._there = asyncio.Event()

    async def respond(self, request: web.Request) -> web.StreamResponse:
        if len(self.calls) >= self._crowd:
            self._there.set()
        await self._there.wait()
        return await super().respond(request)


async def test_everything_whose_inputs_are_known_is_asked_at_once() -> None:
    async with opened(bitbucket=Patient(crowd=6)) as sources:
        answer = await sources.ask(repository("ledger").paste)

    assert unread(answer) == {}
    assert {path.removeprefix("/repositories/acme/ledger") for path in sources.paths[:6]} == {
        "",
        "/pipelines/512",
        "/pipelines/512/steps",
        "/pipelines_config/variables",
        "/environments",
        "/workspaces/acme/pipelines-config/variables",
    }


async def test_the_named_run_is_asked_for_by_its_number_and_no_list_is_read() -> None:
    async with opened() as sources:
        await sources.ask(repository("storefront").paste)

    assert "/repositories/acme/storefront/pipelines/214" in sources.paths
    assert "/repositories/acme/storefront/pipelines" not in sources.paths


async def test_the_file_is_read_at_the_commit_that_ran() -> None:
    async with opened() as sources:
        await sources.ask(repository("storefront").paste)

    commit = repository("storefront").runs[0].commit
    assert f"/repositories/acme/storefront/src/{commit}/bitbucket-pipelines.yml" in sources.paths


async def test_other_environments_are_only_read_when_the_step_lacks_something() -> None:
    staging = replace(
        repository("ledger").environments[0],
        name="Staging",
        uuid="{0" + "1" * 7 + "-0000-4000-8000-" + "0" * 12 + "}",
    )
    two = changed("ledger", lambda one: replace(one, environments=(*one.environments, staging)))
    lacking = changed(
        "ledger",
        lambda one: replace(one, environments=(replace(one.environments[0], variables=()), staging)),
    )
    counts = []
    for world in (two, lacking):
        async with opened(world) as sources:
            await sources.ask(repository("ledger").paste)
            counts.append(sum("/deployments_config/" in path for path in sources.paths))

    assert counts == [1, 2]


# -- check again --------------------------------------------------------------------------------------------


async def test_checked_again_after_a_variable_was_added_it_is_seen() -> None:
    async with opened() as sources:
        paste = repository("newsletter").paste
        before = await sources.ask(paste)
        arn = "arn:aws:iam::123456789012:role/newsletter"
        sources.bitbucket.world = changed(
            "newsletter",
            lambda one: replace(one, variables=(*one.variables, ExampleVariable("AWS_ROLE_ARN", arn))),
        )
        sources.forget_calls()
        after = await sources.ask(paste, revision="click-1")

    assert before.cause == "aws-role-arn-missing"
    assert after.cause != "aws-role-arn-missing"
    assert len(sources.bitbucket.calls) <= 9


async def test_checked_again_after_the_trust_policy_was_mended_it_is_seen() -> None:
    async with opened() as sources:
        await sources.ask(repository("ledger").paste)
        sources.forget_calls()
        await sources.ask(repository("ledger").paste, revision="click-1")

    assert any(call.path.startswith("/iam/GetRole") for call in sources.aws.calls)
    assert len(sources.bitbucket.calls) <= 9


async def test_checked_again_after_the_failed_steps_were_run_again_the_new_failure_is_seen() -> None:
    """The run keeps its number, the step its UUID."""
    log = (
        "An error occurred (AccessDenied) when calling the PutObject operation: User: "
        "arn:aws:sts::123456789012:assumed-role/ledger-deploy/x is not authorized to perform: s3:PutObject "
        "on resource: arn:aws:s3:::b/k"
    )
    run = repository("ledger").runs[0]
    again = replace(
        run, steps=tuple(replace(one, log=log if one.result == "FAILED" else one.log) for one in run.steps)
    )
    async with opened() as sources:
        text = link("ledger")
        before = await sources.ask(text)
        sources.bitbucket.world = with_runs("ledger", again)
        sources.forget_calls()
        after = await sources.ask(text, revision="click-1")

    assert (before.cause, after.cause) == ("trust-subject-mismatch", "role-permission-missing")
    assert len(sources.bitbucket.calls) <= 9


async def test_checked_again_after_the_environment_was_made_it_is_seen() -> None:
    bare = changed("ledger", lambda one: replace(one, environments=()))
    async with opened(bare) as sources:
        await sources.ask(repository("ledger").paste)
        sources.bitbucket.world = WORLD
        sources.forget_calls()
        after = await sources.ask(repository("ledger").paste, revision="click-1")

    assert "/repositories/acme/ledger/environments" in sources.paths
    assert any("/deployments_config/" in path for path in sources.paths)
    assert after.cause == "trust-subject-mismatch"


async def test_variables_read_before_the_run_began_are_read_again_for_it() -> None:
    run = repository("newsletter").runs[0]
    async with opened() as sources:
        await sources.ask(repository("newsletter").paste)
        future = another(run, 47, created_on="2099-01-01T00:00:00+00:00")
        sources.bitbucket.world = with_runs("newsletter", future, run)
        sources.forget_calls()
        await sources.ask(repository("newsletter").paste.replace("/46", "/47"))

    assert "/repositories/acme/newsletter/pipelines_config/variables" in sources.paths


# -- which run ----------------------------------------------------------------------------------------------


async def test_without_a_number_the_newest_failed_run_is_meant_and_said_to_be_that() -> None:
    run = repository("storefront").runs[0]
    passed = tuple(replace(step, result="SUCCESSFUL") for step in run.steps)
    world = with_runs("storefront", another(run, 216, *passed, result="SUCCESSFUL"), run, another(run, 200))
    async with opened(world) as sources:
        answer = await sources.ask(f"{EMPTY}\nhttps://bitbucket.org/acme/storefront")

    assert answer.run_line.startswith("run #214 of `acme/storefront`, the newest failed run")
    assert "its log holds this error" in answer.run_line
    assert answer.diagnosis.findings[0].cause == "oidc-not-enabled"
    assert answer.diagnosis.findings[0].verdict is Verdict.CONFIRMED
    assert len(sources.bitbucket.calls) <= 9


async def test_a_newest_failed_run_whose_log_does_not_show_the_error_makes_nothing_certain() -> None:
    run = repository("storefront").runs[0]
    world = with_runs(
        "storefront",
        replace(run, steps=(run.steps[0], replace(run.steps[1], log="npm ERR! 1 test failed\n"))),
    )
    async with opened(world) as sources:
        answer = await sources.ask(f"{EMPTY}\nhttps://bitbucket.org/acme/storefront")

    assert "does not show this error" in answer.run_line
    assert Verdict.CONFIRMED not in {one.verdict for one in answer.diagnosis.findings}


def of_something_else(run: ExampleRun, number: int, **more: Any) -> ExampleRun:
    """A failed run whose log shows no login at all."""
    mark = f"{{{number:08d}"
    deploy = replace(run.steps[1], log="npm ERR! 1 test failed\n", uuid=mark + run.steps[1].uuid[9:])
    return another(run, number, run.steps[0], deploy, **more)


@pytest.mark.parametrize(("newer", "again"), [(1, 0), (2, 11), (4, 11)])
async def test_an_older_failed_run_is_meant_when_its_log_alone_shows_the_error(
    newer: int, again: int
) -> None:
    """A first answer has the calls for one more; a click goes on."""
    run = repository("storefront").runs[0]
    runs = [of_something_else(run, run.build_number + number) for number in range(newer, 0, -1)]
    async with opened(with_runs("storefront", *runs, run)) as sources:
        answer = await sources.ask(
            f"{EMPTY}\nhttps://bitbucket.org/acme/storefront", revision="click-1" if again else ""
        )

    calls = [call.path for call in sources.bitbucket.calls]
    assert answer.run_line.startswith(
        "run #214 of `acme/storefront`, the newest failed run whose log shows this error (inferred"
    )
    assert (answer.cause, answer.verdict) == ("oidc-not-enabled", "confirmed")
    print(f"{len(calls)} calls for a run behind {newer} others")
    assert len(calls) == len(set(calls)) <= 9 + again


async def test_when_no_failed_run_shows_the_error_the_newest_is_meant_and_the_search_ends() -> None:
    run = repository("storefront").runs[0]
    runs = [of_something_else(run, run.build_number + number) for number in range(9, 0, -1)]
    async with opened(with_runs("storefront", *runs, run)) as sources:
        first = await sources.ask(f"{EMPTY}\nhttps://bitbucket.org/acme/storefront")
        calls = len(sources.bitbucket.calls)
        sources.forget_calls()
        answer = await sources.ask(f"{EMPTY}\nhttps://bitbucket.org/acme/storefront", revision="click-1")

    assert calls <= 9
    assert "nor does that of the failed run before it" in first.run_line
    assert "3 older failed runs were not looked into yet, which “Check again” does" in first.run_line
    assert Verdict.CONFIRMED not in {one.verdict for one in first.diagnosis.findings}
    assert answer.run_line.startswith("run #223 of `acme/storefront`, the newest failed run (inferred")
    assert "nor does that of the 4 failed runs before it" in answer.run_line
    assert Verdict.CONFIRMED not in {one.verdict for one in answer.diagnosis.findings}
    assert len(sources.bitbucket.calls) <= 20


async def test_the_newest_failed_run_is_enough_when_it_shows_the_error() -> None:
    run = repository("storefront").runs[0]
    async with opened(with_runs("storefront", another(run, 216), run)) as sources:
        answer = await sources.ask(f"{EMPTY}\nhttps://bitbucket.org/acme/storefront")

    assert "#216" in answer.run_line
    assert len(sources.bitbucket.calls) <= 9
    assert sum(path.endswith("/log") for path in sources.paths) == 1


async def test_a_newest_run_whose_log_could_not_be_read_is_not_passed_over() -> None:
    run = repository("storefront").runs[0]
    async with opened(with_runs("storefront", another(run, 216), run)) as sources:
        sources.bitbucket.fail("/216/.*/log$", status=500)
        answer = await sources.ask(f"{EMPTY}\nhttps://bitbucket.org/acme/storefront")

    assert "#216" in answer.run_line
    assert not any("/214/" in path for path in sources.paths)


async def test_an_older_run_that_hangs_leaves_the_newest() -> None:
    run = repository("storefront").runs[0]
    async with opened(with_runs("storefront", of_something_else(run, 216), run)) as sources:
        sources.bitbucket.fail("/214/steps", hang=600)
        answer = await asyncio.wait_for(sources.ask(f"{EMPTY}\nhttps://bitbucket.org/acme/storefront"), 12)

    assert answer.run_line.startswith("run #216 of `acme/storefront`, the newest failed run (inferred")
    assert unread(answer) == {}


async def test_of_an_older_run_too_the_failed_step_that_shows_the_error_is_found() -> None:
    run = repository("storefront").runs[0]
    failed = tuple(replace(step, result="FAILED") for step in run.steps)
    older = replace(run, steps=(replace(failed[0], log="1 test failed\n"), failed[1]))
    async with opened(with_runs("storefront", of_something_else(run, 216), older)) as sources:
        answer = await sources.ask(f"{EMPTY}\nhttps://bitbucket.org/acme/storefront")

    assert "#214" in answer.run_line
    assert "step `Deploy to S3`" in answer.run_line


async def test_a_branch_that_was_named_decides_among_the_failed_runs() -> None:
    run = repository("storefront").runs[0]
    world = with_runs("storefront", another(run, 215, ref_name="feature"), run)
    async with opened(world) as sources:
        answer = await sources.ask(f"{EMPTY}\nhttps://bitbucket.org/acme/storefront/branch/main")

    assert "#214" in answer.run_line


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("on branch main", "the branch `main`"),
        ('git clone --branch="main" --depth 50 https://x', "the branch `main`"),
        (f"since commit {repository('storefront').runs[0].commit[:9]}", "the commit"),
    ],
)
async def test_words_of_the_text_decide_among_the_failed_runs(said: str, named: str) -> None:
    run = repository("storefront").runs[0]
    other = another(run, 215, ref_name="feature", commit="f" * 40)
    async with opened(with_runs("storefront", other, run)) as sources:
        answer = await sources.ask(f"{EMPTY}\nacme/storefront {said}")

    assert answer.run_line.startswith(f"run #214 of `acme/storefront`, the newest failed run of {named}")
    assert len(sources.bitbucket.calls) <= 9


async def test_a_branch_whose_failed_run_is_no_longer_among_the_newest_is_asked_for() -> None:
    run = repository("storefront").runs[0]
    newer = [another(run, 215 + number, ref_name="feature") for number in range(44)]
    older = [another(run, 100 + number, ref_name="feature") for number in range(10)]
    async with opened(with_runs("storefront", *newer, run, *older)) as sources:
        aged = replace(run, created_on="2020-01-01T00:00:00+00:00")
        sources.bitbucket.world = with_runs("storefront", *newer, *older, aged)
        answer = await sources.ask(f"{EMPTY}\nacme/storefront on branch main")

    assert answer.run_line.startswith("run #214 of `acme/storefront`, the newest failed run of the branch `m")
    assert any("target.ref_name=main" in call.path for call in sources.bitbucket.calls)
    assert len(sources.bitbucket.calls) <= 9


async def test_a_branch_without_a_failed_run_is_said_to_have_none() -> None:
    async with opened() as sources:
        answer = await sources.ask(f"{EMPTY}\nacme/storefront on branch nowhere")

    assert answer.run_line.startswith("run #214 of `acme/storefront`, the newest failed run (inferred")
    assert "no failed run of the branch `nowhere` was found" in answer.run_line


async def test_the_run_of_a_pull_request_is_found_by_its_number() -> None:
    run = repository("storefront").runs[0]
    pull = another(run, 210, selector_type="pull-requests", selector_pattern="**")
    async with opened(with_runs("storefront", run, pull)) as sources:
        answer = await sources.ask(f"{EMPTY}\nhttps://bitbucket.org/acme/storefront/pull-requests/7")

    assert "#210 of `acme/storefront`, the newest failed run of pull request #7" in answer.run_line


async def test_a_build_number_that_does_not_exist_is_said_and_nothing_is_certain() -> None:
    async with opened() as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront', 99999)}")

    assert answer.run_line == "`acme/storefront`, which has no run #99999"
    assert "the pipeline file" in unread(answer)
    assert not any("/src/" in path for path in sources.paths)
    assert answer.run_url is None
    assert Verdict.CONFIRMED not in {one.verdict for one in answer.diagnosis.findings}


async def test_a_repository_without_failed_runs_is_said_to_have_none() -> None:
    run = repository("storefront").runs[0]
    passed = tuple(replace(step, result="SUCCESSFUL") for step in run.steps)
    async with opened(with_runs("storefront", replace(run, result="SUCCESSFUL", steps=passed))) as sources:
        answer = await sources.ask("acme/storefront", way_in="command", repository="acme/storefront")

    assert answer.run_line.startswith("`acme/storefront`, none of whose newest runs failed; ")
    assert [one.label for one in answer.sources if "yml" in one.label] == ["bitbucket-pipelines.yml at main"]


@pytest.mark.parametrize(
    ("result", "said"),
    [("SUCCESSFUL", "it passed"), ("STOPPED", "it was stopped"), ("IN_PROGRESS", "it is still going")],
)
async def test_a_named_run_that_did_not_fail_is_said_not_to_have(result: str, said: str) -> None:
    run = repository("storefront").runs[0]
    steps = tuple(replace(step, result=result, log="+ make\ndone\n") for step in run.steps)
    async with opened(with_runs("storefront", replace(run, result=result, steps=steps))) as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront')}")

    assert said in answer.run_line
    assert "no step of it failed" in answer.run_line
    assert ("that did not come to" in answer.run_line) is (result != "SUCCESSFUL")
    assert Verdict.CONFIRMED not in {one.verdict for one in answer.diagnosis.findings}


async def test_a_run_that_never_started_leads_to_its_file() -> None:
    async with opened() as sources:
        answer = await sources.ask(repository("checkout").paste)

    assert answer.cause == "pipeline-file-unreadable"
    assert not any(path.endswith("/log") for path in sources.paths)


async def test_steps_that_could_not_be_read_are_not_said_not_to_have_failed() -> None:
    async with opened() as sources:
        sources.bitbucket.fail("/steps\\?", status=500)
        answer = await sources.ask(f"{EMPTY}\nhttps://bitbucket.org/acme/storefront")

    assert answer.run_line == (
        "run #214 of `acme/storefront`, the newest failed run (inferred, as no build number was named)"
    )
    assert Verdict.CONFIRMED not in {one.verdict for one in answer.diagnosis.findings}


# -- the tip of the branch --------------------------------------------------------------------------------


def moved_on(text: str) -> World:
    """Storefront, whose branch has a newer commit with this pipeline file."""
    return changed("storefront", lambda one: replace(one, tips=(ExampleTip("main", "d" * 40, text),)))


async def test_a_fault_that_is_gone_at_the_tip_is_said_to_be_already_changed() -> None:
    async with opened() as sources:
        first = await sources.ask(repository("storefront").paste)
    mended = first.diagnosis.findings[0].fixes[0].file_after
    assert mended is not None
    async with opened(moved_on(mended)) as sources:
        answer = await sources.ask(repository("storefront").paste)
        cold = len(sources.bitbucket.calls)
        sources.forget_calls()
        await sources.ask(repository("storefront").paste, revision="click-1")
        checked_again = len(sources.bitbucket.calls)
    reply = render(answer, "T1-C1-1.1")

    assert first.note == ""
    assert (answer.cause, answer.verdict) == ("oidc-not-enabled", "confirmed")
    assert answer.note.startswith(
        "This was already changed on `main`, whose newest commit does not have this"
    )
    assert "run the pipeline again" in reply.text
    assert "run the pipeline again" in " ".join(as_lines({"blocks": reply.blocks[:1]}))
    assert cold <= 9
    assert checked_again <= 9


@pytest.mark.parametrize(
    "text",
    [
        repository("storefront").pipeline_file + "\n# a remark\n",
        "pipelines: [",
        "pipelines:\n  default:\n    - step:\n        script: [make]\n",
    ],
    ids=["still there", "no file", "another pipeline"],
)
async def test_a_tip_that_does_not_mend_it_changes_nothing(text: str) -> None:
    async with opened() as sources:
        plain = await sources.ask(repository("storefront").paste)
    async with opened(moved_on(text)) as sources:
        answer = await sources.ask(repository("storefront").paste)

    assert answer.note == ""
    assert answer.diagnosis == plain.diagnosis


async def test_a_tip_read_before_the_run_began_is_not_taken_for_a_newer_one() -> None:
    """The branch was read at its old commit; then the change was pushed and ran, and failed."""
    run = repository("storefront").runs[0]
    later = another(run, 215, commit="c" * 40, created_on="2099-01-01T00:00:00+00:00")
    async with opened() as sources:
        await sources.ask(repository("storefront").paste)
        sources.bitbucket.world = with_runs("storefront", later, run)
        answer = await sources.ask(f"{EMPTY} {link('storefront', 215)}")

    assert (answer.cause, answer.note) == ("oidc-not-enabled", "")


async def test_another_run_of_a_repository_without_environments_costs_three_calls_at_most() -> None:
    run = repository("storefront").runs[0]
    async with opened(with_runs("storefront", another(run, 215), run)) as sources:
        await sources.ask(f"{EMPTY} {link('storefront', 214)}")
        sources.forget_calls()
        await sources.ask(f"{EMPTY} {link('storefront', 215)}")

    assert len(sources.bitbucket.calls) <= 3


async def test_a_tip_that_could_not_be_read_is_no_source_that_is_missed() -> None:
    async with opened() as sources:
        sources.bitbucket.fail("/refs/", status=500)
        answer = await sources.ask(repository("storefront").paste)

    assert (answer.note, unread(answer)) == ("", {})


# -- which step ---------------------------------------------------------------------------------------------


def two_failed(log_of_tests: str) -> World:
    """Both steps of storefront's run failed; only the deployment shows a failed login."""
    run = repository("storefront").runs[0]
    tests = replace(run.steps[0], result="FAILED", log=log_of_tests)
    return with_runs("storefront", replace(run, steps=(tests, run.steps[1])))


async def test_of_several_failed_steps_the_one_whose_log_shows_the_error_is_meant() -> None:
    async with opened(two_failed("1 test failed\n")) as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront')}")

    assert "step `Deploy to S3`" in answer.run_line
    assert answer.diagnosis.findings[0].verdict is Verdict.CONFIRMED
    assert sum(path.endswith("/log") for path in sources.paths) == 1


async def test_several_failed_steps_none_of_which_shows_the_error_make_nothing_certain() -> None:
    run = repository("storefront").runs[0]
    steps = tuple(replace(step, result="FAILED", log="1 test failed\n") for step in run.steps)
    async with opened(with_runs("storefront", replace(run, steps=steps))) as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront')}")

    assert Verdict.CONFIRMED not in {one.verdict for one in answer.diagnosis.findings}
    assert len(sources.bitbucket.calls) <= 9


async def test_a_step_that_the_link_names_is_the_one() -> None:
    step = repository("storefront").runs[0].steps[1]
    quoted = step.uuid.replace("{", "%7B").replace("}", "%7D")
    async with opened(two_failed(EMPTY)) as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront')}/steps/{quoted}")

    assert "step `Deploy to S3`" in answer.run_line
    assert answer.diagnosis.findings[0].step is not None
    assert answer.diagnosis.findings[0].step.name == "Deploy to S3"


@pytest.mark.parametrize(("log", "verdict"), [(EMPTY, "confirmed"), ("make: *** [test] Error 1", "likely")])
async def test_a_step_of_the_link_that_the_run_does_not_have_is_said_not_to_be_there(
    log: str, verdict: str
) -> None:
    run = repository("storefront").runs[0]
    steps = tuple(replace(one, log=log) if one.result == "FAILED" else one for one in run.steps)
    async with opened(with_runs("storefront", replace(run, steps=steps))) as sources:
        gone = f"%7B{'0' * 8}-0000-4000-8000-{'0' * 12}%7D"
        answer = await sources.ask(f"{EMPTY}\n{link('storefront')}/steps/{gone}")

    said = "the step that the link names is not in this run, so the one that failed was taken"
    assert said in answer.run_line
    assert "step `Deploy to S3`" in answer.run_line
    assert answer.verdict == verdict


async def test_a_command_without_any_error_is_answered_by_what_the_log_shows() -> None:
    async with opened() as sources:
        answer = await sources.ask("", way_in="command", repository="acme/data-lake", build_number=340)

    places = [item.location for one in answer.diagnosis.findings for item in one.evidence]
    logs = [place for place in places if isinstance(place, InLog)]
    log = (repository("data-lake").runs[0].steps[1].log or "").splitlines()
    assert (answer.cause, answer.verdict) == ("oidc-provider-missing", "confirmed")
    assert logs
    assert "InvalidIdentityToken" in log[(logs[0].line or 0) - 1]
    assert not any(isinstance(place, InPaste) for place in places)


async def test_every_example_is_diagnosed_from_its_run_alone() -> None:
    """But for those of Azure and Google: what these hold is only known from what a person pastes."""
    examples = [one for one in EXAMPLES if not (one.cause or "").startswith(("azure-", "gcp-"))]
    async with opened() as sources:
        answers = {
            one.slug: await sources.ask("", way_in="command", repository=f"acme/{one.slug}")
            for one in examples
        }

    assert {slug: answer.cause for slug, answer in answers.items()} == {
        one.slug: one.cause for one in examples
    }


async def test_the_role_that_only_the_log_names_is_read() -> None:
    run = repository("newsletter").runs[0]
    arn = "arn:aws:iam::123456789012:role/storefront-deploy"
    log = f"{DENIED}\nUser: is not authorized to perform: sts:AssumeRoleWithWebIdentity on resource: {arn}\n"
    assert any(one.fields.get("role_arn") == arn for one in recognise(log))  # type: ignore[arg-type]
    world = with_runs("newsletter", replace(run, steps=(replace(run.steps[0], log=log),)))
    async with opened(world) as sources:
        await sources.ask(f"{DENIED} {link('newsletter')}")

    assert "/iam/GetRole?RoleName=storefront-deploy" in [call.path for call in sources.aws.calls]


async def test_a_role_in_a_secured_variable_is_not_missing_and_said_to_be_unreadable() -> None:
    world = changed(
        "ledger",
        lambda one: replace(
            one,
            environments=(replace(one.environments[0], variables=(ExampleVariable("AWS_ROLE_ARN", None),)),),
        ),
    )
    async with opened(world) as sources:
        answer = await sources.ask(repository("ledger").paste)

    assert answer.cause != "aws-role-arn-missing"
    assert any("AWS_ROLE_ARN" in text for text in unread(answer).values())
    assert not any(call.path.startswith("/iam/GetRole") for call in sources.aws.calls)


# -- trouble ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "source"),
    [
        ("/pipelines/214\\?", "run #214"),
        ("/pipelines/214/steps\\?", "the steps of run #214"),
        ("/log$", "the log of the step"),
        ("/src/", "bitbucket-pipelines.yml"),
    ],
)
async def test_a_source_in_trouble_is_named_and_the_rest_goes_on(pattern: str, source: str) -> None:
    async with opened() as sources:
        sources.bitbucket.fail(pattern, status=500)
        answer = await sources.ask(f"{EMPTY}\n{link('storefront')}")

    assert any(name.startswith(source) for name in unread(answer))
    assert answer.kind is Kind.DIAGNOSIS
    assert all(text.rpartition("; ")[2] for text in unread(answer).values())


async def test_levels_that_could_not_be_read_make_missing_at_most_likely() -> None:
    for pattern in ("/workspaces/acme/", "/pipelines_config/"):
        async with opened() as sources:
            sources.bitbucket.fail(pattern, status=403)
            answer = await sources.ask(repository("newsletter").paste)

        assert Verdict.CONFIRMED not in {
            one.verdict for one in answer.diagnosis.findings if one.cause == "aws-role-arn-missing"
        }
        assert any("variables" in name for name in unread(answer))


async def test_a_token_without_a_scope_is_told_which() -> None:
    bitbucket = BitbucketStandIn(WORLD, scopes=("repository",))
    async with opened(bitbucket=bitbucket) as sources:
        answer = await sources.ask(repository("newsletter").paste)

    assert any("`pipeline`" in text for text in unread(answer).values())


async def test_a_hidden_repository_is_not_said_to_lack_anything() -> None:
    bitbucket = BitbucketStandIn(WORLD, hidden=("newsletter",))
    async with opened(bitbucket=bitbucket) as sources:
        answer = await sources.ask(repository("newsletter").paste)

    assert answer.diagnosis.lead is None
    assert answer.run_line == ""
    assert all("may not see it" in text or "could not be" in text for text in unread(answer).values())
    assert any("may not see it" in text for text in unread(answer).values())


@pytest.mark.parametrize("action", ["iam:ListOpenIDConnectProviders", "iam:GetOpenIDConnectProvider"])
async def test_providers_that_were_read_in_part_are_named_as_unseen(action: str) -> None:
    async with opened() as sources:
        sources.aws.granted = {
            account: frozenset(granted) - {action} for account, granted in sources.aws.granted.items()
        }
        answer = await sources.ask(repository("ledger").paste)

    assert answer.cause == "trust-subject-mismatch"
    assert [f"`{action}`" in text for text in unread(answer).values()] == [True]


async def test_a_file_that_is_not_there_is_told_from_one_that_could_not_be_read() -> None:
    async with opened() as sources:
        sources.bitbucket.fail("/src/", status=404)
        missing = await sources.ask(f"{EMPTY}\n{link('storefront')}")
    async with opened() as sources:
        sources.bitbucket.fail("/src/", status=403)
        denied = await sources.ask(f"{EMPTY}\n{link('storefront')}")

    assert "its commit has no `bitbucket-pipelines.yml`" in missing.run_line
    assert (missing.cause, missing.verdict) == ("pipeline-file-unreadable", "likely")
    assert [one.cause for one in missing.diagnosis.findings] == ["pipeline-file-unreadable"]
    assert "not seen" not in denied.diagnosis.findings[0].headline
    assert not any("yml" in name for name in unread(missing))
    assert any("yml" in name for name in unread(denied))


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\x00\x01 not text", b"{", b"pipelines: [", b"a" * 2_000_000, b"\x00" * 100]
)
async def test_no_file_is_too_odd(body: bytes) -> None:
    async with opened() as sources:
        sources.bitbucket.fail("/src/", status=200, body=body)
        answer = await sources.ask(f"{EMPTY}\n{link('storefront')}")

    assert answer.kind is Kind.DIAGNOSIS


async def test_bitbucket_being_down_costs_at_most_thirty_tries_and_the_next_paste_asks_again() -> None:
    async with opened() as sources:
        sources.bitbucket.fail("", status=503)
        down = await sources.ask(repository("ledger").paste)
        assert len(sources.bitbucket.calls) <= 30

        sources.bitbucket.heal()
        up = await sources.ask(repository("ledger").paste)

    assert down.kind is Kind.DIAGNOSIS
    assert unread(down)
    assert unread(up) == {}


async def test_an_allowance_that_is_used_up_costs_at_most_twelve_calls() -> None:
    async with opened() as sources:
        sources.bitbucket.fail("", status=429, headers={"Retry-After": "0"})
        answer = await sources.ask(repository("ledger").paste)

    assert len(sources.bitbucket.calls) <= 12
    assert any("429" in text for text in unread(answer).values())


async def test_without_aws_the_rest_is_diagnosed_and_the_remedy_is_named() -> None:
    async with opened(
        AWS_ACCESS_KEY_ID="",
        AWS_SECRET_ACCESS_KEY="",
        AWS_READ_ROLES="",
        AWS_ENDPOINT_URL="",
        AWS_REGION="",
    ) as sources:
        answer = await sources.ask(repository("ledger").paste)

    assert any("AWS credentials" in text for text in unread(answer).values())


async def test_a_role_that_is_not_there_is_an_answer() -> None:
    async with opened() as sources:
        answer = await sources.ask(repository("notifications").paste)

    assert not any("role" in name for name in unread(answer))


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("/acme/storefront\\?", "the repository acme/storefront"),
        ("/workspaces/acme/", "workspace variables of acme"),
        ("/pipelines_config/", "repository variables of acme/storefront"),
        ("/environments\\?", "deployment environments of acme/storefront"),
    ],
)
async def test_a_source_that_could_not_be_read_is_named_even_where_the_lead_does_not_need_it(
    pattern: str, named: str
) -> None:
    async with opened() as sources:
        sources.bitbucket.fail(pattern, status=403)
        answer = await sources.ask(repository("storefront").paste)
    reply = render(answer, "T1-C1-1.1")
    thread, modal = ("\n".join(as_lines({"blocks": blocks})) for blocks in (reply.blocks, reply.proof))

    assert answer.cause == "oidc-not-enabled"
    assert named in unread(answer)
    for shown in (thread, modal):
        assert (
            f"Could not see {named}: Bitbucket refuses it to the bot's token (403). To change that" in shown
        )


async def test_deployment_variables_that_could_not_be_read_are_named_too() -> None:
    async with opened() as sources:
        sources.bitbucket.fail("/deployments_config/", status=500)
        answer = await sources.ask(repository("ledger").paste)

    environment = repository("ledger").environments[0].name
    assert f"deployment variables of the environment {environment}" in unread(answer)


async def test_providers_that_could_not_be_read_are_named_though_the_policy_decides() -> None:
    async with opened() as sources:
        sources.aws.fail("OpenIDConnectProvider", status=403)
        answer = await sources.ask(repository("ledger").paste)

    assert answer.cause == "trust-subject-mismatch"
    assert "the OIDC providers of the account 123456789012" in unread(answer)


async def test_a_role_that_could_not_be_read_is_the_headline_where_nothing_else_explains_the_failure() -> (
    None
):
    async with opened() as sources:
        sources.aws.fail("GetRole", status=403)
        answer = await sources.ask(repository("ledger").paste)
    reply = render(answer, "T1-C1-1.1")

    assert answer.diagnosis.lead is None
    assert "the trust policy of the role ledger-terraform could not be read" in reply.text
    assert "To change that" in reply.text


async def test_what_nobody_asked_for_is_not_said_to_be_unseen() -> None:
    """Here no role is named, and the text is of another cloud."""
    azure = "AADSTS700213: No matching federated identity record found for presented assertion subject 'x'."
    async with opened(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", AWS_ENDPOINT_URL="") as sources:
        answer = await sources.ask(f"{azure} {link('ledger')}")

    assert not any("AWS" in text or "role" in name for name, text in unread(answer).items())


NOTHING_SEEN = [
    ("/pipelines/214\\?", 404, None, "Pipeline #214 was not found in “acme/storefront”. Check the number"),
    (
        "",
        401,
        None,
        "“acme/storefront” could not be read: Bitbucket does not accept the bot's token (401). To change",
    ),
    (
        "/pipelines",
        403,
        {"required": ["read:pipeline:bitbucket"]},
        "could not be read: the bot's token lacks the scope “read:pipeline:bitbucket” (403). To change that",
    ),
    ("", 404, None, "“acme/storefront” could not be read: Bitbucket finds nothing there (404)"),
    ("", 503, None, "“acme/storefront” could not be read: Bitbucket has a fault of its own (503). To change"),
]


@pytest.mark.parametrize(("pattern", "status", "detail", "said"), NOTHING_SEEN)
@pytest.mark.parametrize("text", [DENIED, EMPTY, ""])
async def test_when_the_run_was_not_seen_the_headline_and_the_notification_say_why_and_what_to_do(
    pattern: str, status: int, detail: object, said: str, text: str
) -> None:
    async with opened() as sources:
        body = None if detail is None else json.dumps({"error": {"message": "x", "detail": detail}}).encode()
        sources.bitbucket.fail(pattern, status=status, body=body)
        answer = await sources.ask(f"{text} {link('storefront')}")
    reply = render(answer, "T1-C1-1.1")
    first = " ".join(as_lines({"blocks": reply.blocks[:1]}))

    assert said in reply.text
    assert said.replace("“", "").replace("”", "") in first.replace("`", "")
    assert answer.diagnosis.lead is None or answer.verdict == "likely"


@pytest.mark.parametrize(
    "pattern",
    [
        "/log$",
        "/src/",
        "/pipelines/512\\?",
        "/steps\\?",
        "/environments\\?",
        "/workspaces/",
        "/acme/ledger\\?",
        "",
    ],
)
async def test_whatever_hangs_the_answer_is_made_of_what_is_there(pattern: str) -> None:
    async with opened() as sources:
        sources.bitbucket.fail(pattern, hang=600)
        answer = await asyncio.wait_for(_asked(sources.readings, 1.0), 6)

    assert answer.kind is Kind.DIAGNOSIS
    assert answer.diagnosis.unread


async def test_a_log_that_hangs_keeps_nothing_else_from_being_read() -> None:
    async with opened() as sources:
        sources.bitbucket.fail("/log$", hang=600)
        answer = await asyncio.wait_for(_asked(sources.readings, 3.0), 8)
        asked = [call.path for call in sources.aws.calls]

    assert set(unread(answer)) == {"the log of the step Terraform"}
    assert any(path.startswith("/iam/GetRole") for path in asked)


async def _asked(readings: object, deadline: float) -> Answer:
    """The ledger's paste, with a deadline of the test's own."""
    text = repository("ledger").paste
    question = Question(
        name=RepositoryName("acme", "ledger"),
        target=Target(workspace="acme", repository="ledger", build_number=512),
        symptoms=recognise(text),  # type: ignore[arg-type]
        paste=text,  # type: ignore[arg-type]
    )
    look = readings._bitbucket.look()  # type: ignore[attr-defined]
    return await investigate(look, readings._aws, question, deadline=deadline)  # type: ignore[attr-defined]


@pytest.mark.parametrize("change", [lambda one: replace(one, variables=()), lambda one: one], ids=["a", "b"])
async def test_the_same_input_gives_the_same_answer(
    change: Callable[[ExampleRepository], ExampleRepository],
) -> None:
    world = changed("search-indexer", change)
    answers = []
    for _ in range(2):
        async with opened(world) as sources:
            answers.append(await sources.ask(repository("search-indexer").paste))

    assert answers[0] == answers[1]


async def test_a_malformed_answer_anywhere_never_breaks_the_diagnosis() -> None:
    for pattern in ("/acme/ledger\\?", "/512\\?", "/steps", "/environments", "/variables", "/log", "/src/"):
        async with opened() as sources:
            sources.bitbucket.fail(pattern, status=200, body=b"<html>Log in</html>")
            answer = await sources.ask(repository("ledger").paste)

        assert answer.kind is Kind.DIAGNOSIS
