"""Repositories that are larger or odder than most: handled, with a sentence where something was not done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.playground.bitbucket import BitbucketStandIn
from bot.playground.world import ExampleEnvironment, ExampleRepository, ExampleVariable, World
from handlers.render import render
from knowledge.answer import Answer, Kind
from tests.bot.sources import Sources, changed, link, opened, repository
from tests.bot.test_investigator import EMPTY, unread

PASTE = f"{EMPTY}\n{link('storefront')}"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
SRC = "https://api.bitbucket.org/2.0/repositories/acme/storefront/src/d92a176bb87f/"


def with_runs(**changes: object) -> World:
    return changed(
        "storefront",
        lambda home: replace(home, runs=tuple(replace(run, **changes) for run in home.runs)),  # type: ignore[arg-type]
    )


async def asked(sources: Sources, text: str = PASTE) -> Answer:
    answer = await sources.ask(text)
    print(f"{len(sources.bitbucket.calls)} calls")
    reply = render(answer, "T1-C1-1")
    assert answer.kind is Kind.DIAGNOSIS
    assert reply.text
    return answer


async def test_three_hundred_variables_are_read_to_the_last() -> None:
    def many(home: ExampleRepository) -> ExampleRepository:
        more = tuple(ExampleVariable(f"V{number}", "x") for number in range(299))
        return replace(home, variables=(*more, ExampleVariable("BITBUCKET_STEP_OIDC_TOKEN_OLD", "x")))

    async with opened(changed("storefront", many)) as sources:
        answer = await asked(sources)
        pages = [call for call in sources.bitbucket.calls if "/pipelines_config/variables" in call.path]

    assert len(pages) == 3
    assert (answer.cause, unread(answer)) == ("oidc-not-enabled", {})


async def test_of_a_hundred_environments_ten_are_read_and_the_rest_is_one_line() -> None:
    def many(home: ExampleRepository) -> ExampleRepository:
        made = (
            ExampleEnvironment(f"Env {number}", f"{{{number:08d}-1111-4111-8111-111111111111}}", ())
            for number in range(100)
        )
        return replace(home, environments=tuple(made))

    async with opened(changed("ledger", many)) as sources:
        answer = await asked(sources, repository("ledger").paste)

    rest = [source for source in unread(answer) if source.startswith("deployment variables")]
    assert rest == ["deployment variables of 90 further environments"]
    assert len(sources.bitbucket.calls) <= 9 + 9


async def test_the_variables_of_an_environment_that_was_deleted_meanwhile_are_not_read_and_not_missing() -> (
    None
):
    async with opened() as sources:
        sources.bitbucket.fail("/deployments_config/", status=404)
        answer = await asked(sources, repository("ledger").paste)

    assert any(source.startswith("deployment variables") for source in unread(answer))
    assert answer.verdict != "confirmed"


async def test_a_run_of_five_thousand_steps_is_said_not_to_have_been_read_whole() -> None:
    def many(home: ExampleRepository) -> ExampleRepository:
        run = home.runs[0]
        more = tuple(
            replace(run.steps[0], uuid=f"{{{number:08d}-2222-4222-8222-222222222222}}")
            for number in range(5_000)
        )
        return replace(home, runs=(replace(run, steps=(*more, *run.steps)),))

    async with opened(changed("storefront", many)) as sources:
        answer = await asked(sources)

    assert unread(answer)["the steps of run #214"].startswith("there are more than 100 of them")
    assert answer.verdict != "confirmed"
    assert len(sources.bitbucket.calls) <= 9


async def test_a_file_of_five_thousand_steps_is_read() -> None:
    steps = "".join(f"      - step: {{name: s{at}, script: [make s{at}]}}\n" for at in range(5_000))
    async with opened() as sources:
        body = f"pipelines:\n  branches:\n    main:\n{steps}".encode()
        sources.bitbucket.fail("/src/", status=200, body=body)
        answer = await asked(sources)

    assert answer.diagnosis is not None


def _pointer(server: BitbucketStandIn) -> None:
    server.fail("/src/", status=200, body=LFS)


def _moved(server: BitbucketStandIn) -> None:
    server.fail("/src/", status=301, headers={"Location": "https://media.example/x"})


@pytest.mark.parametrize("fault", [_pointer, _moved])
async def test_a_file_in_lfs_is_said_to_be_there_and_nothing_is_concluded_from_it(
    fault: Callable[[BitbucketStandIn], None],
) -> None:
    async with opened() as sources:
        fault(sources.bitbucket)
        answer = await asked(sources)

    (source,) = unread(answer)
    assert source.startswith("bitbucket-pipelines.yml")
    assert "LFS" in unread(answer)[source] + str(answer.diagnosis.unread)
    assert answer.verdict != "confirmed"
    assert len(sources.bitbucket.calls) <= 9


async def test_an_empty_repository_has_no_run() -> None:
    async with opened(changed("storefront", lambda home: replace(home, runs=()))) as sources:
        answer = await asked(sources, f"{EMPTY}\nacme/storefront")

    assert answer.note.startswith("No failed run was found in `acme/storefront`.")
    assert answer.verdict != "confirmed"


async def test_names_with_other_scripts_and_markup_are_only_names() -> None:
    odd = "feature/ünï-日本-<!channel>&*x*"
    async with opened(with_runs(ref_name=odd)) as sources:
        answer = await asked(sources, f"{EMPTY}\nacme/storefront")
        blocks = str(render(answer, "T1-C1-1").blocks)

    assert (answer.cause, unread(answer)) == ("oidc-not-enabled", {})
    assert "'type': 'broadcast'" not in blocks
    assert "<!channel>" not in render(answer, "T1-C1-1").text


# -- where the definition comes from ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "uri",
    [
        f"{SRC}ci/release.yml",
        "https://bitbucket.org/acme/storefront/src/d92a176bb87f/ci/release.yml?at=main",
        "ci/release.yml",
    ],
)
async def test_a_run_of_another_file_is_diagnosed_by_that_file(uri: str) -> None:
    async with opened(with_runs(sources=(("repository", uri),))) as sources:
        body = repository("storefront").pipeline_file.encode()
        sources.bitbucket.fail("/src/.*/ci/release.yml", status=200, body=body)
        answer = await asked(sources)

    asked_for = [path for path in sources.paths if "/src/" in path]
    assert [path.partition("/src/")[2].partition("/")[2] for path in asked_for] == ["ci/release.yml"]
    assert "its definition is `ci/release.yml`" in answer.run_line
    lead = answer.diagnosis.lead
    assert lead is not None
    assert {getattr(one.location, "path", "ci/release.yml") for one in lead.evidence} == {"ci/release.yml"}


@pytest.mark.parametrize(
    "uris",
    [
        ("https://api.bitbucket.org/2.0/repositories/acme/shared/src/main/bitbucket-pipelines.yml",),
        (f"{SRC}bitbucket-pipelines.yml", "ari:cloud:ecosystem::extension/generator"),
        ("https://evil.example/acme/../x.yml",),
        ("../../etc/passwd.yml",),
    ],
)
async def test_where_more_went_into_a_run_the_file_proves_nothing_and_no_such_address_is_asked(
    uris: tuple[str, ...],
) -> None:
    async with opened(with_runs(sources=tuple(("x", uri) for uri in uris))) as sources:
        answer = await asked(sources)

    assert "Bitbucket lists more sources of its definition" in answer.run_line
    assert answer.verdict != "confirmed"
    assert [path.rpartition("/")[2] for path in sources.paths if "/src/" in path] == [
        "bitbucket-pipelines.yml"
    ]
    assert all(
        path.startswith(("/repositories/acme/storefront", "/workspaces/acme")) for path in sources.paths
    )


async def test_the_file_at_the_root_is_what_it_always_was() -> None:
    async with opened(with_runs(sources=(("repository", f"{SRC}bitbucket-pipelines.yml"),))) as sources:
        answer = await asked(sources)

    assert (answer.cause, answer.verdict) == ("oidc-not-enabled", "confirmed")
    assert "definition" not in answer.run_line
