"""What is remembered of a repository, and what a new message asks for all the same."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.investigator import investigate
from bot.investigator_notes import LATE, Question
from bot.playground.world import ExampleRepository, ExampleVariable, World
from bot.ports import RepositoryName
from handlers.ports import Paste
from knowledge.answer import Answer
from knowledge.redact import redact
from knowledge.symptoms import recognise
from knowledge.target import Target
from tests.bot.sources import DENIED, WORLD, Sources, changed, link, opened, repository

EMPTY = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
EXAMPLES = [one for one in WORLD.repositories if one.cause is not None]
LACKING = [one for one in EXAMPLES if one.cause == "aws-role-arn-missing"]
LATER = "2026-11-26T15:00:00+00:00"


async def now(sources: Sources, text: str, **more: Any) -> Answer:
    """The answer to a message of this very moment."""
    at = f"{datetime.now(UTC).timestamp():.6f}"
    clean = redact(text).text
    return await sources.readings.answer(Paste(team="T1", channel="C1", ts=at, user="U1", text=clean, **more))


def run_again(one: ExampleRepository) -> ExampleRepository:
    """The same run, whose failed steps were run once more."""
    run = one.runs[0]
    steps = tuple(replace(step, started_on=LATER) if step.result == "FAILED" else step for step in run.steps)
    return replace(one, runs=(replace(run, steps=steps),))


def with_role(one: ExampleRepository) -> ExampleRepository:
    role = ExampleVariable("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/deploy")
    return replace(one, variables=(*one.variables, role))


def in_world(slug: str, one: ExampleRepository) -> World:
    return changed(slug, lambda _: one)


@pytest.mark.parametrize("again", [True, False], ids=["run again", "not run again"])
async def test_a_variable_that_was_added_before_the_message_is_never_said_to_be_missing(again: bool) -> None:
    example = LACKING[0]
    added = with_role(example)
    async with opened() as sources:
        before = await now(sources, example.paste)
        sources.bitbucket.world = in_world(example.slug, run_again(added) if again else added)
        after = await now(sources, example.paste)

    assert (before.cause, before.verdict) == ("aws-role-arn-missing", "likely")
    assert "aws-role-arn-missing" not in [one.cause for one in after.diagnosis.findings]


async def test_a_step_that_was_run_again_is_looked_at_as_it_is_now() -> None:
    """It failed of something else this time, which its log shows."""
    log = (
        "An error occurred (AccessDenied) when calling the PutObject operation: User: "
        "arn:aws:sts::123456789012:assumed-role/ledger-deploy/x is not authorized to perform: s3:PutObject "
        "on resource: arn:aws:s3:::b/k"
    )
    one = run_again(repository("ledger"))
    steps = tuple(replace(step, log=log) if step.started_on else step for step in one.runs[0].steps)
    async with opened() as sources:
        before = await now(sources, link("ledger"))
        sources.bitbucket.world = in_world("ledger", replace(one, runs=(replace(one.runs[0], steps=steps),)))
        after = await now(sources, link("ledger"))

    assert (before.cause, after.cause) == ("trust-subject-mismatch", "role-permission-missing")


@pytest.mark.parametrize("kept", [True, False], ids=["its log is remembered", "its log is not"])
async def test_no_address_is_asked_twice_where_what_was_remembered_of_the_steps_is_outdated(
    kept: bool,
) -> None:
    log = "npm ERR! 1 test failed\n"
    one = run_again(repository("ledger"))
    steps = tuple(replace(step, log=log) if step.started_on else step for step in one.runs[0].steps)
    async with opened() as sources:
        await now(sources, f"{DENIED} {link('ledger')}")
        if not kept:
            sources.readings._bitbucket._texts._kept.clear()
        sources.bitbucket.world = in_world("ledger", replace(one, runs=(replace(one.runs[0], steps=steps),)))
        sources.forget_calls()
        after = await now(sources, f"{DENIED} {link('ledger')}")
        asked = [call.path for call in sources.bitbucket.calls]

    assert "its log does not show this error" in after.run_line
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.slug)
async def test_a_new_message_about_the_same_run_costs_three_calls_and_says_the_same(
    example: ExampleRepository,
) -> None:
    async with opened() as sources:
        first = await now(sources, example.paste)
        sources.forget_calls()
        again = await now(sources, example.paste)

    assert again.diagnosis == first.diagnosis
    assert len(sources.bitbucket.calls) <= 3


async def test_another_run_of_another_commit_costs_three_calls_where_the_text_says_what_failed() -> None:
    one = repository("storefront")
    run = one.runs[0]
    older = replace(run, build_number=213, uuid="{00000213" + run.uuid[9:], commit="c" * 40)
    async with opened(in_world("storefront", replace(one, runs=(run, older)))) as sources:
        await now(sources, f"{EMPTY} {link('storefront', 214)}")
        sources.forget_calls()
        answer = await now(sources, f"{EMPTY} {link('storefront', 213)}")

    assert (answer.cause, answer.verdict) == ("oidc-not-enabled", "confirmed")
    assert len(sources.bitbucket.calls) <= 3


async def test_a_run_that_failed_before_the_message_is_the_newest_though_the_list_was_just_read() -> None:
    one = repository("storefront")
    run = one.runs[0]
    newer = replace(run, build_number=215, uuid="{00000215" + run.uuid[9:], created_on=LATER)
    async with opened() as sources:
        first = await now(sources, f"{EMPTY}\nacme/storefront")
        sources.bitbucket.world = in_world("storefront", replace(one, runs=(newer, run)))
        second = await now(sources, f"{EMPTY}\nacme/storefront")

    assert "#214" in first.run_line
    assert "#215" in second.run_line


async def test_steps_that_cannot_be_compared_with_what_was_remembered_are_named() -> None:
    async with opened() as sources:
        await now(sources, repository("ledger").paste)
        sources.bitbucket.fail("/steps", status=403)
        again = await now(sources, repository("ledger").paste)

    assert any("steps of run" in one.source for one in again.diagnosis.unread)


async def test_policies_that_hang_do_not_keep_a_proven_cause_back() -> None:
    text = redact(
        "An error occurred (AccessDenied) when calling the PutObject operation: User: "
        "arn:aws:sts::123456789012:assumed-role/ledger-terraform/x is not authorized to perform: "
        "s3:PutObject on resource: arn:aws:s3:::b/k because no "
        "identity-based policy allows the s3:PutObject action"
    ).text
    question = Question(
        name=RepositoryName("acme", "ledger"),
        target=Target(workspace="acme", repository="ledger", build_number=512),
        symptoms=recognise(text),
        paste=text,
    )
    async with opened() as sources:
        sources.aws.fail("Policies|Policy", hang=600)
        look = sources.readings._bitbucket.look()
        # Far beyond what it takes: no deadline ends it.
        answer = await asyncio.wait_for(
            investigate(look, sources.readings._aws, question, deadline=500.0), timeout=60
        )

    assert (answer.cause, answer.verdict) == ("role-permission-missing", "confirmed")
    # Each call's own end would be told as AWS's.
    reasons = {one.source: one.reason for one in answer.diagnosis.unread}
    assert reasons["the policies of the role ledger-terraform"] == LATE
