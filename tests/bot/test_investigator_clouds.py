"""Diagnoses with live readings of Azure and Google Cloud: what is asked, and what is made of it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.logs import configure
from bot.playground.world import ExampleRepository, ExampleRun, ExampleVariable, World
from bot.playground.world_clouds import ExampleTenant
from handlers.render.proof import proof_blocks
from knowledge.answer import Answer
from knowledge.finding import Finding, Verdict
from tests.bot.cloud_sources import (
    CLIENT,
    EMAIL,
    POOL,
    PROJECT,
    PROVIDER,
    TENANT,
    clouds_opened,
    with_project,
)
from tests.bot.sources import WORLD, changed, link, repository

REPOSITORY = "{b8a5f1de-6f0c-4f53-9a07-6f0f2f1f2d10}"
AZURE = repository("loyalty-api").paste
AUDIENCE = repository("tile-server").paste
DENIED = (
    "ERROR: (gcloud.run.deploy) There was a problem refreshing your current auth tokens: Unable to acquire "
    "impersonated credentials\n"
    '{"error": {"code": 403, "message": "Permission \'iam.serviceAccounts.getAccessToken\' denied on '
    'resource (or it may not exist).", "status": "PERMISSION_DENIED", "details": [{"@type": '
    '"type.googleapis.com/google.rpc.ErrorInfo", "reason": "IAM_PERMISSION_DENIED", "domain": '
    '"iam.googleapis.com", "metadata": {"permission": "iam.serviceAccounts.getAccessToken"}}]}}\n'
    f"{link('tile-server')}"
)
TARGET = (
    "ERROR: (gcloud.auth.login) There was a problem refreshing your current auth tokens: ('Error code "
    'invalid_target: The target service indicated by the "audience" parameters is invalid. This might '
    "either be because the pool or provider is disabled or deleted or because it doesn\\'t exist.', "
    '\'{"error":'
    '"invalid_target"}\')\n'
    f"{link('tile-server')}"
)
MAPPED = {
    "attributeMapping": {"google.subject": "assertion.sub", "attribute.repository": "assertion.sub"},
    "oidc": {
        "issuerUri": "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
        "allowedAudiences": ["ari:cloud:bitbucket::workspace/df17aa72-3bde-4468-a13b-ecb9733ba43b"],
    },
}


def lead(answer: Answer) -> Finding:
    found = answer.diagnosis.lead
    assert found is not None
    return found


def told(answer: Answer, cause: str) -> str:
    """All that the finding shows."""
    finding = next(one for one in answer.diagnosis.findings if one.cause == cause)
    parts = [finding.headline, finding.meaning]
    for one in finding.evidence:
        parts += [one.sentence, one.excerpt, one.comparison.expected if one.comparison else ""]
    return "\n".join(parts)


def unread(answer: Answer) -> dict[str, str]:
    return {one.source: f"{one.reason}; {one.remedy}" for one in answer.diagnosis.unread}


# -- Azure --------------------------------------------------------------------------------------------------


async def test_the_credential_that_is_there_stands_beside_the_subject_that_no_credential_can_match(
    tmp_path: Path,
) -> None:
    async with clouds_opened(tmp_path) as clouds:
        answer = await clouds.sources.ask(AZURE)
        bitbucket = len(clouds.sources.bitbucket.calls)

    finding = lead(answer)
    assert (finding.cause, finding.verdict) == ("azure-subject-changes", Verdict.CONFIRMED)
    shown = finding.evidence[0]
    assert "the credential `bitbucket`, as it was read, has that of another run" in shown.sentence
    assert shown.comparison is not None
    assert (shown.comparison.expected != shown.comparison.actual, unread(answer)) == (True, {})
    assert "edit" not in " ".join(one.title for one in finding.fixes).lower()
    assert bitbucket <= 9
    assert "the federated credentials of the application" in [one.label for one in answer.sources]
    modal = json.dumps(proof_blocks(answer))
    assert "the federated credentials of the application" in modal
    assert "for this answer" in modal


async def test_only_what_the_failure_needs_is_asked_and_nothing_of_another_cloud(tmp_path: Path) -> None:
    async with clouds_opened(tmp_path) as clouds:
        await clouds.sources.ask(AZURE)
        assert clouds.google.calls == []
        assert all(CLIENT in path for path in clouds.asked)
        assert len(clouds.asked) == 3
        clouds.microsoft.calls.clear()
        await clouds.sources.ask(AUDIENCE)
        assert clouds.microsoft.calls == []
        assert all(path.startswith("/v1/" + PROVIDER.partition("/providers")[0]) for path in clouds.asked)
        clouds.google.calls.clear()
        for slug in ("claims-portal", "route-planner", "ledger"):
            await clouds.sources.ask(repository(slug).paste)
        assert clouds.asked == [], "these stopped before any cloud looked at anything"


async def test_an_empty_list_is_told_where_the_issuer_is_refused(tmp_path: Path) -> None:
    issuer = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
    text = "AADSTS700211: No matching federated identity record found for presented assertion issuer"
    async with clouds_opened(tmp_path) as clouds:
        bare = replace(clouds.microsoft.tenants[TENANT].applications[0], credentials=())
        clouds.microsoft.tenants[TENANT] = ExampleTenant(TENANT, (bare,))
        answer = await clouds.sources.ask(f"{text} '{issuer}'. {link('loyalty-api')}")
    assert lead(answer).cause == "azure-credential-missing"
    assert "The list of credentials, as it was read, is empty." in told(answer, "azure-credential-missing")


def not_found(client: str) -> str:
    return (
        f"ERROR: AADSTS700016: Application with identifier '{client}' was not found in the directory "
        f"'{TENANT}'. {link('loyalty-api')}"
    )


async def test_an_object_id_is_told_with_the_client_id_that_belongs_there(tmp_path: Path) -> None:
    async with clouds_opened(tmp_path) as clouds:
        answer = await clouds.sources.ask(not_found("7d0c2b4e-6f81-4a93-b5d7-9e1f3a5c7b20"))
    said = told(answer, "azure-application-not-found")
    assert "It is the object id of the application `loyalty-deploy`, whose client id is" in said
    assert CLIENT in lead(answer).fixes[0].title


async def test_an_application_that_the_tenant_does_not_have_is_told_from_both_sides(tmp_path: Path) -> None:
    async with clouds_opened(tmp_path) as clouds:
        answer = await clouds.sources.ask(not_found("11111111-2222-4333-8444-555555555555"))
    assert "The tenant was read, and has it neither" in told(answer, "azure-application-not-found")


async def test_a_principal_that_is_off_is_quoted(tmp_path: Path) -> None:
    text = f"ERROR: AADSTS7000112: Application '{CLIENT}'(loyalty-deploy) is disabled."
    async with clouds_opened(tmp_path) as clouds:
        off = replace(clouds.microsoft.tenants[TENANT].applications[0], enabled=False)
        clouds.microsoft.tenants[TENANT] = ExampleTenant(TENANT, (off,))
        answer = await clouds.sources.ask(f"{text} {link('loyalty-api')}")
    assert '"accountEnabled": false' in told(answer, "azure-application-disabled")


async def test_a_principal_that_is_off_is_told_beside_another_refusal_and_never_leads(tmp_path: Path) -> None:
    async with clouds_opened(tmp_path) as clouds:
        on = await clouds.sources.ask(AZURE)
    (tmp_path / "off").mkdir()
    async with clouds_opened(tmp_path / "off") as clouds:
        off = replace(clouds.microsoft.tenants[TENANT].applications[0], enabled=False)
        clouds.microsoft.tenants[TENANT] = ExampleTenant(TENANT, (off,))
        answer = await clouds.sources.ask(AZURE)

    assert lead(answer).cause == lead(on).cause != "azure-application-disabled"
    assert '"accountEnabled": false' in told(answer, "azure-application-disabled")
    assert "azure-application-disabled" not in {finding.cause for finding in on.diagnosis.findings}


async def test_credentials_of_a_managed_identity_are_not_said_to_be_missing(tmp_path: Path) -> None:
    async with clouds_opened(tmp_path) as clouds:
        managed = replace(clouds.microsoft.tenants[TENANT].applications[0], kind="ManagedIdentity")
        clouds.microsoft.tenants[TENANT] = ExampleTenant(TENANT, (managed,))
        answer = await clouds.sources.ask(AZURE)
    said = unread(answer)["the identity's federated credentials"]
    assert "managed identity" in said
    assert "az identity federated-credential list" in said
    assert lead(answer).cause == "azure-subject-changes"


# -- Google Cloud -------------------------------------------------------------------------------------------


async def test_an_empty_list_of_audiences_is_quoted_from_the_provider(tmp_path: Path) -> None:
    async with clouds_opened(tmp_path) as clouds:
        answer = await clouds.sources.ask(AUDIENCE)
    assert (lead(answer).cause, lead(answer).verdict) == ("gcp-audience-not-allowed", Verdict.CONFIRMED)
    assert "`allowedAudiences` is empty" in told(answer, "gcp-audience-not-allowed")
    assert unread(answer) == {}


async def test_a_member_bound_through_the_subject_is_told_to_change_with_each_run(tmp_path: Path) -> None:
    async with clouds_opened(tmp_path) as clouds:
        clouds.google.projects = with_project(MAPPED, (f"{POOL}/attribute.repository/{REPOSITORY}",))
        answer = await clouds.sources.ask(DENIED)
    assert (lead(answer).cause, lead(answer).verdict) == ("gcp-member-changes", Verdict.CONFIRMED)
    assert "assertion.sub" in told(answer, "gcp-member-changes")


async def test_missing_braces_are_found_by_comparing_with_the_repository(tmp_path: Path) -> None:
    bare = f"{POOL}/attribute.repositoryuuid/{REPOSITORY.strip('{}')}"
    async with clouds_opened(tmp_path) as clouds:
        clouds.google.projects = with_project(members=(bare,))
        answer = await clouds.sources.ask(DENIED)
    assert (lead(answer).cause, lead(answer).verdict) == ("gcp-member-mismatch", Verdict.CONFIRMED)
    assert "brace" in told(answer, "gcp-member-mismatch")


async def test_nobody_bound_is_confirmed_and_a_missing_account_leads_instead(tmp_path: Path) -> None:
    async with clouds_opened(tmp_path) as clouds:
        clouds.google.projects = with_project(members=())
        nobody = await clouds.sources.ask(DENIED)
        clouds.google.projects = (replace(PROJECT, accounts=()),)
        missing = await clouds.sources.ask(DENIED)
        clouds.google.projects = with_project(account_disabled=True)
        off = await clouds.sources.ask(DENIED)
    assert (lead(nobody).cause, lead(nobody).verdict) == ("gcp-binding-missing", Verdict.CONFIRMED)
    assert (lead(missing).cause, lead(missing).verdict) == ("gcp-account-not-found", Verdict.CONFIRMED)
    assert f"There is no such service account: the service account {EMAIL}" in told(
        missing, "gcp-account-not-found"
    )
    assert "gcp-binding-missing" not in [one.cause for one in missing.diagnosis.findings]
    assert "The service account is disabled." in told(off, "gcp-account-not-found")


async def test_which_part_of_a_providers_name_leads_nowhere_is_proven(tmp_path: Path) -> None:
    async with clouds_opened(tmp_path) as clouds:
        clouds.google.projects = (replace(PROJECT, pools=()),)
        gone = await clouds.sources.ask(TARGET)
        clouds.google.projects = with_project({**MAPPED, "state": "DELETED"})
        deleted = await clouds.sources.ask(TARGET)
        clouds.google.projects = with_project(MAPPED, pool_disabled=True)
        off = await clouds.sources.ask(TARGET)
        clouds.google.projects = with_project(MAPPED)
        sound = await clouds.sources.ask(TARGET)
    assert (lead(sound).cause, lead(sound).verdict) == ("gcp-provider-not-found", Verdict.LIKELY)
    assert "the provider is there and active" in told(sound, "gcp-provider-not-found")
    for answer, words in (
        (gone, "the pool bitbucket is not there either"),
        (deleted, '"state": "DELETED"'),
        (off, "The provider's pool is disabled."),
    ):
        assert (lead(answer).cause, lead(answer).verdict) == ("gcp-provider-not-found", Verdict.CONFIRMED)
        assert words in told(answer, "gcp-provider-not-found")


async def test_a_repository_asked_about_without_an_error_is_compared_with_its_provider(
    tmp_path: Path,
) -> None:
    """The log shows the error too; here it is taken away."""
    world = changed("tile-server", lambda one: replace(one, runs=(_quiet(one),)))
    async with clouds_opened(tmp_path, world) as clouds:
        answer = await clouds.sources.ask(link("tile-server"))
    assert lead(answer).cause == "gcp-audience-not-allowed"


def _quiet(one: ExampleRepository) -> ExampleRun:
    run = one.runs[0]
    return replace(run, steps=tuple(replace(step, log="+ echo\n") for step in run.steps))


# -- trouble ------------------------------------------------------------------------------------------------


async def test_off_by_default_a_person_is_told_what_to_paste(tmp_path: Path) -> None:
    async with clouds_opened(tmp_path, AZURE_READ_TENANTS="", GOOGLE_READ_PROJECTS="") as clouds:
        azure = await clouds.sources.ask(AZURE)
        google = await clouds.sources.ask(AUDIENCE)
        assert clouds.microsoft.calls == clouds.google.calls == []
    assert "az ad app federated-credential list" in unread(azure)["the identity's federated credentials"]
    said = unread(google)["the provider of the workload identity pool"]
    assert said.startswith("the bot has no access to Google Cloud; add what `gcloud iam")


async def test_what_is_not_listed_is_not_asked_about_and_says_both_remedies(tmp_path: Path) -> None:
    other = "11111111-2222-4333-8444-555555555555"
    async with clouds_opened(tmp_path, AZURE_READ_TENANTS=other, GOOGLE_READ_PROJECTS="elsewhere") as clouds:
        azure = await clouds.sources.ask(AZURE)
        google = await clouds.sources.ask(AUDIENCE)
        assert clouds.microsoft.calls == clouds.google.calls == []
    said = unread(azure)["the federated credentials of the application"]
    assert "`AZURE_READ_TENANTS`; or paste what `az ad app federated-credential list" in said
    (said,) = unread(google).values()
    assert "`GOOGLE_READ_PROJECTS`; or add what `gcloud iam workload-identity-pools" in said


def _secured(one: ExampleRepository) -> ExampleRepository:
    environments = tuple(
        replace(each, variables=(ExampleVariable("AZURE_CLIENT_ID", None),)) for each in one.environments
    )
    return replace(one, environments=environments)


async def test_a_client_id_that_nobody_can_read_is_said_and_not_guessed(tmp_path: Path) -> None:
    async with clouds_opened(tmp_path, changed("loyalty-api", _secured)) as clouds:
        answer = await clouds.sources.ask(AZURE)
        assert clouds.microsoft.calls == []
    assert "could not be told" in unread(answer)["the identity's federated credentials"]


@pytest.mark.parametrize("cloud", ["microsoft", "google"])
async def test_a_cloud_that_hangs_holds_the_answer_up_for_a_moment_only(tmp_path: Path, cloud: str) -> None:
    async with clouds_opened(tmp_path) as clouds:
        getattr(clouds, cloud).fail("/(v1|beta|v1.0)/", hang=30.0)
        asking: Callable[[str], Awaitable[Answer]] = clouds.sources.ask
        answer = await asyncio.wait_for(asking(AZURE if cloud == "microsoft" else AUDIENCE), timeout=8)
    (said,) = unread(answer).values()
    assert "did not answer in time" in said
    assert "; or " in said
    assert lead(answer).cause in ("azure-subject-changes", "gcp-audience-not-allowed")


async def test_a_refused_reading_names_the_permission_and_the_text_still_decides(tmp_path: Path) -> None:
    async with clouds_opened(tmp_path) as clouds:
        clouds.microsoft.granted[TENANT] = frozenset()
        clouds.google.granted[PROJECT.id] = frozenset()
        azure, google = await clouds.sources.ask(AZURE), await clouds.sources.ask(DENIED)
    assert "`Application.Read.All`" in " ".join(unread(azure).values())
    assert "`iam.serviceAccounts.getIamPolicy`" in " ".join(unread(google).values())
    assert (lead(google).cause, lead(google).verdict) == ("gcp-binding-missing", Verdict.LIKELY)


LISTED = (
    '[{"name": "pasted", "issuer": "https://i", "subject": "other", "audiences": '
    '["api://AzureADTokenExchange"]}]'
)


@pytest.mark.parametrize(("fails", "clicked"), [(False, False), (True, False), (True, True)])
async def test_what_somebody_pasted_stands_for_what_would_be_read(
    tmp_path: Path, fails: bool, clicked: bool
) -> None:
    """After a click, too, where nothing newer could be read."""
    provider = json.dumps({"name": PROVIDER, **MAPPED})
    async with clouds_opened(tmp_path) as clouds:
        if fails:
            clouds.microsoft.fail("/v1.0/", status=503)
            clouds.google.fail("/v1/projects/", status=503)
        answer = await clouds.sources.ask(f"{AZURE}\n{LISTED}", revision=int(clicked))
        google = await clouds.sources.ask(f"{AUDIENCE}\n{provider}", revision=int(clicked))
    assert "The credential `pasted` has this subject." in told(answer, "azure-subject-changes")
    assert "ari:cloud:bitbucket" in told(google, "gcp-audience-not-allowed")
    assert unread(answer) == unread(google) == {}


async def test_with_a_click_what_is_there_now_counts(tmp_path: Path) -> None:
    provider = json.dumps({"name": PROVIDER, **MAPPED})
    async with clouds_opened(tmp_path) as clouds:
        azure = await clouds.sources.ask(f"{AZURE}\n{LISTED}", revision=1)
        first = await clouds.sources.ask(f"{AUDIENCE}\n{provider}")
        again = await clouds.sources.ask(f"{AUDIENCE}\n{provider}", revision=1)
    assert "`bitbucket` has the subject of one earlier run" in told(azure, "azure-subject-changes")
    assert "is empty" not in told(first, "gcp-audience-not-allowed")
    assert "`allowedAudiences` is empty" in told(again, "gcp-audience-not-allowed")


@pytest.fixture
def _logging_as_before() -> Iterator[None]:
    root, dbos = logging.getLogger(), logging.getLogger("dbos")
    before = root.handlers, root.level, dbos.handlers, dbos.propagate
    yield
    root.handlers, dbos.handlers, dbos.propagate = before[0], before[2], before[3]
    root.setLevel(before[1])
    structlog.reset_defaults()


@pytest.mark.usefixtures("_logging_as_before")
async def test_no_secret_of_the_bot_is_in_an_answer_a_log_or_a_metric(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("DEBUG")
    faults: list[dict[str, Any]] = [
        {},
        {"status": 500, "body": b"canary"},
        {"status": 200, "body": b'{"canary": 1}'},
        {"status": 400, "body": b'{"error": "invalid_client", "error_description": "AADSTS7000215: canary"}'},
    ]
    said = ""
    async with clouds_opened(tmp_path) as clouds:
        for fault in faults:
            for stand_in in (clouds.microsoft, clouds.google):
                stand_in.heal()
                if fault:
                    stand_in.fail(".", **fault)
            said += str([await clouds.sources.ask(text) for text in (AZURE, AUDIENCE, DENIED)])
        given = clouds.microsoft.tokens | clouds.google.tokens
        said += clouds.sources.metrics.render().decode()
    async with clouds_opened(tmp_path) as clouds:
        # Refused where the token is given.
        clouds.microsoft.fail("/token", status=401, body=b'{"error": "x", "error_description": "canary"}')
        clouds.google.fail("/token", status=400, body=b'{"error": "x", "error_description": "canary"}')
        said += str([await clouds.sources.ask(text) for text in (AZURE, AUDIENCE, DENIED)])

    said += "".join(capsys.readouterr())
    assert len(given) == 2
    for secret in ("playground~client-secret", "playground.subject.token", "canary", *given):
        assert secret not in said


def test_the_example_world_has_two_repositories_of_each_cloud_and_one_of_each_is_read() -> None:
    world: World = WORLD
    groups = [one.group for one in world.repositories]
    assert (groups.count("Azure"), groups.count("Google Cloud")) == (2, 2)
    assert (len(world.tenants), len(world.projects)) == (1, 1)
