"""A step whose file cannot be read is judged by the commands that the run lists for it, and by no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.investigator_listing import LOOKED_AT
from bot.playground.world import ExampleRepository, ExampleRole, ExampleVariable, World
from handlers.render import render
from knowledge.answer import Answer
from knowledge.location import InFile, InStep
from tests.bot.sources import DENIED, changed, link, opened, repository

NONE = 'Unable to locate credentials. You can configure credentials by running "aws configure".'
REGION = 'You must specify a region. You can also configure your region by running "aws configure".'
EMPTY = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
ROLE = "export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/storefront-deploy"
TOKEN_FILE = "export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/web-identity-token"
MISNAMED = TOKEN_FILE.replace("TOKEN_FILE", "ROLE_FILE", 1)
MALFORMED = (
    "An error occurred (ValidationError) when calling the AssumeRoleWithWebIdentity operation: "
    "arn:aws:iam::123456789012:user/storefront-deploy is invalid"
)
WRITE = "echo $BITBUCKET_STEP_OIDC_TOKEN > $(pwd)/web-identity-token"
USE = "aws s3 sync dist s3://acme-site"
GOOD = (ROLE, TOKEN_FILE, WRITE, USE)
SLUG = "storefront"


def running(*commands: str, variables: tuple[tuple[str, str | None], ...] = (), **run: Any) -> World:
    """The storefront, whose failed steps ran these commands; `run` changes its runs."""

    def with_commands(home: ExampleRepository) -> ExampleRepository:
        runs = tuple(
            replace(
                one,
                steps=tuple(replace(step, commands=commands) if step.log else step for step in one.steps),
                **run,
            )
            for one in home.runs
        )
        kept = tuple(ExampleVariable(name, value) for name, value in variables)
        return replace(home, runs=runs, variables=kept, environments=())

    world = changed(SLUG, with_commands)
    return replace(world, variables=())


IMPORTED = """pipelines:
  branches:
    main:
      import: acme/shared:main:deploy
"""
ELSEWHERE = "https://api.bitbucket.org/2.0/repositories/acme/shared/src/main/deploy.yml"


async def asked(world: World, text: str, **fault: Any) -> tuple[Answer, int]:
    async with opened(world) as sources:
        if fault:
            sources.bitbucket.fail("/src/", **fault)
        answer = await sources.ask(f"{text}\n{link(SLUG)}")
        calls = len(sources.bitbucket.calls)
    print(f"{calls} calls: {answer.cause} {answer.verdict}; {answer.run_line}")
    return answer, calls


UNREAD = [{"status": 404}, {"status": 403}, {"status": 301}, {"status": 500}]


@pytest.mark.parametrize("fault", UNREAD, ids=lambda one: str(one["status"]))
async def test_a_slip_in_a_command_is_quoted_from_the_step_where_the_file_cannot_be_read(
    fault: dict[str, Any],
) -> None:
    slip = "export AWS_ROLE_ARN = arn:aws:iam::123456789012:role/storefront-deploy"
    answer, calls = await asked(running(slip, *GOOD[1:]), NONE, **fault)

    lead = answer.diagnosis.findings[0]
    assert (lead.cause, lead.verdict) == ("shell-form-wrong", "likely")
    assert lead.primary is not None
    assert lead.primary.excerpt == slip
    assert isinstance(lead.primary.location, InStep)
    assert lead.primary.location.line == 1
    assert "the file that defines the step was not read" in lead.meaning
    assert LOOKED_AT in answer.run_line
    shown = str(render(answer, "T1-C1-1").blocks)
    assert "commands of the run's step Deploy to S3, line 1" in shown
    assert calls <= 9


@pytest.mark.parametrize(
    ("commands", "text", "cause"),
    [
        ((TOKEN_FILE, WRITE, USE), NONE, "aws-role-arn-missing"),
        ((ROLE, WRITE, USE), NONE, "token-file-variable-missing"),
        ((ROLE, MISNAMED, WRITE, USE), NONE, "token-file-variable-misnamed"),
        (GOOD, REGION, "aws-region-missing"),
        (
            (ROLE.replace("role/", "user/"), *GOOD[1:]),
            MALFORMED,
            "role-arn-malformed",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) and "-" in one and " " not in one else None,
)
async def test_what_needs_only_the_commands_is_found_without_the_file(
    commands: tuple[str, ...], text: str, cause: str
) -> None:
    answer, calls = await asked(running(*commands), text, status=404)

    found = {one.cause: one for one in answer.diagnosis.findings}
    assert cause in found
    assert all(one.verdict != "confirmed" or one.cause == "role-arn-malformed" for one in found.values())
    assert not any(isinstance(item.location, InFile) for one in found.values() for item in one.evidence)
    assert calls <= 9


async def test_a_key_pair_among_the_variables_is_found_beside_the_commands() -> None:
    keys = (("AWS_ACCESS_KEY_ID", None), ("AWS_SECRET_ACCESS_KEY", None))
    denied = (
        "An error occurred (AccessDenied) when calling the PutObject operation: "
        "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: s3:PutObject on resource: "
        "arn:aws:s3:::acme-site/index.html because no identity-based policy allows the s3:PutObject action"
    )
    answer, _ = await asked(running(*GOOD, variables=keys), denied, status=404)

    assert "static-keys-shadow" in [one.cause for one in answer.diagnosis.findings]


@pytest.mark.parametrize("text", [EMPTY, NONE, DENIED, REGION])
async def test_commands_never_tell_that_the_step_has_no_switch_or_no_environment(text: str) -> None:
    answer, _ = await asked(running(*GOOD, variables=(("AWS_REGION", "eu-west-1"),)), text, status=403)

    for found in answer.diagnosis.findings:
        of_the_step = any(isinstance(item.location, InStep | InFile) for item in found.evidence)
        assert not (found.cause.startswith("oidc-") and of_the_step), found
        assert found.cause not in ("variable-outside-deployment", "variable-in-other-environment")
        assert found.verdict != "confirmed" or found.step is None


async def test_what_a_pipe_is_handed_is_not_said_to_be_missing() -> None:
    world = running("pipe: atlassian/aws-s3-deploy:1.6.0")
    answer, _ = await asked(world, "✖ AWS_OIDC_ROLE_ARN: required field", status=404)

    assert not [
        one
        for one in answer.diagnosis.findings
        if one.verdict in ("confirmed", "likely")
        and any(isinstance(i.location, InStep) for i in one.evidence)
    ]


@pytest.mark.parametrize(
    "sources", [(), (("import", ELSEWHERE),)], ids=["by the file", "by the list of sources"]
)
async def test_a_step_of_an_imported_pipeline_is_judged_by_its_commands(
    sources: tuple[tuple[str, str], ...],
) -> None:
    slip = "EXPORT AWS_ROLE_ARN=arn:aws:iam::123456789012:role/storefront-deploy"
    world = running(slip, *GOOD[1:], sources=sources)
    homes = tuple(
        replace(one, pipeline_file=IMPORTED) if one.slug == SLUG else one for one in world.repositories
    )
    answer, _ = await asked(replace(world, repositories=homes), NONE)

    lead = answer.diagnosis.findings[0]
    assert (lead.cause, lead.verdict) == ("shell-form-wrong", "likely")
    assert "Line 1" in lead.headline
    assert any(one.source == "the definition of the step Deploy to S3" for one in answer.diagnosis.unread)


async def test_a_role_that_a_command_spells_out_is_read() -> None:
    role = repository("ledger").role
    assert isinstance(role, ExampleRole)
    world = running(f"export AWS_ROLE_ARN={role.arn}", *GOOD[1:])
    async with opened(world) as sources:
        sources.bitbucket.fail("/src/", status=404)
        await sources.ask(f"{DENIED}\n{link(SLUG)}")
        asked_for = [call.path for call in sources.aws.calls]

    assert any("GetRole" in one for one in asked_for), asked_for


async def test_a_role_that_stands_in_a_variable_is_not_read_for_the_commands() -> None:
    """An environment that only the file names may set the variable to another role."""
    role = repository("ledger").role
    assert isinstance(role, ExampleRole)
    login = "aws sts assume-role-with-web-identity --role-arn $DEPLOY_ROLE"
    world = running(login, variables=(("DEPLOY_ROLE", role.arn),))

    def refused(home: ExampleRepository) -> ExampleRepository:
        (run,) = home.runs
        steps = tuple(replace(step, log=DENIED if step.log else step.log) for step in run.steps)
        return replace(home, runs=(replace(run, steps=steps),))

    homes = tuple(refused(one) if one.slug == SLUG else one for one in world.repositories)
    async with opened(replace(world, repositories=homes)) as sources:
        sources.bitbucket.fail("/src/", status=404)
        await sources.ask(f"{DENIED}\n{link(SLUG)}")
        asked_for = [call.path for call in sources.aws.calls]

    assert not any("GetRole" in one for one in asked_for), asked_for


async def test_a_file_that_was_read_counts_and_the_listed_commands_do_not() -> None:
    answer, _ = await asked(running("EXPORT AWS_ROLE_ARN=x", USE), EMPTY)

    assert answer.cause == "oidc-not-enabled"
    assert LOOKED_AT not in answer.run_line
    assert not any(
        isinstance(item.location, InStep) for one in answer.diagnosis.findings for item in one.evidence
    )


async def test_a_secret_in_a_command_is_not_shown() -> None:
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"
    slip = f"export AWS_ROLE_ARN = x; export AWS_SECRET_ACCESS_KEY={secret}"
    answer, _ = await asked(running(slip, *GOOD[1:]), NONE, status=404)

    assert answer.diagnosis.findings
    assert secret not in str(render(answer, "T1-C1-1").blocks)
