"""What the log proves beside its error stands in the reply as evidence of its own, where it decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.playground.world import ExampleRepository, ExampleVariable, World
from handlers.render import render
from knowledge.answer import Answer
from knowledge.finding import Evidence
from knowledge.location import InLog
from tests.bot.sources import changed, link, opened, repository
from tests.bot.test_investigator import EMPTY

LENGTH = "+ echo ${#BITBUCKET_STEP_OIDC_TOKEN}"
USER = """+ aws sts get-caller-identity
{
    "UserId": "AIDAEXAMPLE",
    "Account": "123456789012",
    "Arn": "arn:aws:iam::123456789012:user/ci"
}
"""


def logging(slug: str, before: str) -> World:
    """The example world, in which the failed steps of a repository's runs print something before."""

    def with_log(home: ExampleRepository) -> ExampleRepository:
        runs = tuple(
            replace(
                run,
                steps=tuple(replace(step, log=before + step.log) if step.log else step for step in run.steps),
            )
            for run in home.runs
        )
        return replace(home, runs=runs)

    return changed(slug, with_log)


def of_the_log(answer: Answer) -> list[Evidence]:
    lead = answer.diagnosis.findings[0]
    return [one for one in lead.evidence if isinstance(one.location, InLog)]


async def test_a_token_of_no_length_is_evidence_that_there_was_none() -> None:
    async with opened(logging("storefront", f"{LENGTH}\n0\n")) as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront')}")
        calls = len(sources.bitbucket.calls)

    print(f"{calls} calls")
    (shown,) = of_the_log(answer)
    assert (answer.cause, answer.verdict) == ("oidc-not-enabled", "confirmed")
    assert shown.sentence == "The log prints the length of the token, 0: the step had none."
    assert shown.excerpt == "0"
    assert isinstance(shown.location, InLog)
    assert shown.location.line == 2
    assert "prints the length of the token" in str(render(answer, "T1-C1-1").blocks)
    assert calls <= 9


async def test_a_pipe_s_warning_in_the_log_is_evidence_where_the_paste_does_not_hold_it() -> None:
    log = "WARNING: Parameter `oidc: true` in the step configuration is required for OIDC authentication\n"
    async with opened(logging("storefront", log)) as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront')}")

    (shown,) = of_the_log(answer)
    assert shown.sentence == "The log holds the pipe's warning that it got no token."
    assert shown.excerpt in log


async def test_a_token_that_was_there_makes_a_missing_switch_doubtful() -> None:
    async with opened(logging("storefront", f"{LENGTH}\n1187\n")) as sources:
        answer = await sources.ask(f"{EMPTY}\n{link('storefront')}")

    found = next(one for one in answer.diagnosis.findings if one.cause == "oidc-not-enabled")
    assert found.verdict == "possible"
    assert any(
        "But the log prints the length of a token, 1187 characters" in one.sentence for one in found.evidence
    )
    assert answer.cause != "oidc-not-enabled"


async def test_whoever_called_is_named_where_a_key_pair_stands_before_the_token() -> None:
    denied = (
        "An error occurred (AccessDenied) when calling the PutObject operation: "
        "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: s3:PutObject on resource: "
        "arn:aws:s3:::acme-site/index.html because no identity-based policy allows the s3:PutObject action"
    )
    world = logging("ledger", USER)
    keys = tuple(ExampleVariable(name, None) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
    world = replace(world, variables=(*world.variables, *keys))
    async with opened(world) as sources:
        answer = await sources.ask(f"{denied}\n{link('ledger')}")

    found = next(one for one in answer.diagnosis.findings if one.cause == "static-keys-shadow")
    assert any("who called AWS: `ci`" in one.sentence for one in found.evidence)


@pytest.mark.parametrize("printed", ["", "text --query Arn"])
async def test_a_role_that_called_before_the_login_is_shown_whatever_the_cause_is(printed: str) -> None:
    arn = "arn:aws:sts::210987654321:assumed-role/runner-node/i-0abc"
    said = arn if printed else f'{{\n    "Account": "210987654321",\n    "Arn": "{arn}"\n}}'
    log = f"+ aws sts get-caller-identity {printed}\n{said}\n"
    async with opened(logging("ledger", log)) as sources:
        answer = await sources.ask(repository("ledger").paste)

    shown = [one for one in of_the_log(answer) if "runner-node" in one.sentence]
    assert [one.excerpt for one in shown] == [line.strip() for line in said.split("\n") if "arn:" in line]
    assert "the role `runner-node` of account `210987654321`" in shown[0].sentence
    assert "another role than `ledger-" in shown[0].sentence
    assert "runner-node" in str(render(answer, "T1-C1-1").blocks)
