"""The example world: complete, consistent with itself, and broken in one place each."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bot.playground.world import EXAMPLE, ExampleRepository, load_world

WORLD = load_world()
REPOSITORIES = [pytest.param(repository, id=repository.slug) for repository in WORLD.repositories]
UUID = re.compile(r"\{[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\}")
PREFIX = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"


def test_each_family_has_a_repository() -> None:
    assert {repository.cause for repository in WORLD.repositories} == {
        "oidc-not-enabled",
        "oidc-misspelt",
        "oidc-on-other-step",
        "aws-role-arn-missing",
        "token-file-variable-misnamed",
        "variable-outside-deployment",
        "variable-in-other-environment",
        "shell-form-wrong",
        "trust-subject-mismatch",
        "trust-audience-mismatch",
        "oidc-provider-missing",
        "role-not-found",
        "role-permission-missing",
        "aws-region-missing",
        "pipeline-file-unreadable",
        "azure-subject-changes",
        "gcp-audience-not-allowed",
        "gcp-credentials-unset",
        None,
    }


def test_every_uuid_is_used_once_and_looks_real() -> None:
    uuids = [WORLD.uuid]
    for repository in WORLD.repositories:
        uuids += [repository.uuid, *(environment.uuid for environment in repository.environments)]
        for run in repository.runs:
            uuids += [run.uuid, *(step.uuid for step in run.steps)]

    assert [uuid for uuid in uuids if not UUID.fullmatch(uuid)] == []
    assert len(set(uuids)) == len(uuids)


@pytest.mark.parametrize("repository", REPOSITORIES)
def test_the_failed_step_has_a_log_that_holds_the_pasted_error(repository: ExampleRepository) -> None:
    """The bot may have to find the step by its log: the error's last line stands in both."""
    run = repository.runs[0]
    failed = [step for step in run.steps if step.result == "FAILED"]
    if not run.steps:
        assert (run.result, bool(run.error)) == ("ERROR", True)
        return
    link = f"https://bitbucket.org/acme/{repository.slug}/pipelines/results/{run.build_number}"
    log = failed[0].log or ""
    pasted = [re.sub(r"^> |`", "", line).strip() for line in repository.paste.split("\n")]
    shared = [line for line in pasted if len(line) > 20 and line in log]

    assert (len(failed), run.result, link in repository.paste) == (1, "FAILED", True)
    # Two developers quote the error inside a sentence of their own.
    assert shared or repository.slug in {"newsletter", "notifications"}


@pytest.mark.parametrize("repository", REPOSITORIES)
def test_steps_of_the_run_stand_in_the_pipeline_file(repository: ExampleRepository) -> None:
    names = [f"name: {step.name}" for run in repository.runs for step in run.steps]

    assert [name for name in names if name not in repository.pipeline_file] == []


@pytest.mark.parametrize("repository", REPOSITORIES)
def test_trust_policies_are_right_except_where_they_are_what_is_broken(repository: ExampleRepository) -> None:
    """A sound policy names this repository by its UUID, the workspace's audience, its account's provider."""
    if repository.role is None or repository.cause in {"trust-subject-mismatch", "trust-audience-mismatch"}:
        return

    assert repository.role.trust_policy == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": f"arn:aws:iam::{repository.role.account}:oidc-provider/{PREFIX}"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {
                        f"{PREFIX}:aud": f"ari:cloud:bitbucket::workspace/{WORLD.uuid.strip('{}')}",
                    },
                    "StringLike": {f"{PREFIX}:sub": f"{repository.uuid}:*"},
                },
            }
        ],
    }


def test_the_two_wrong_subjects_are_wrong_in_two_ways() -> None:
    policies = {
        repository.slug: (repository.uuid, repository.role.trust_policy["Statement"][0]["Condition"])
        for repository in WORLD.repositories
        if repository.cause == "trust-subject-mismatch" and repository.role
    }
    star, braces = policies["reporting"], policies["ledger"]

    assert star[1]["StringEquals"][f"{PREFIX}:sub"] == f"{star[0]}:*"
    assert "StringLike" not in star[1]
    assert braces[1]["StringLike"][f"{PREFIX}:sub"] == f"{braces[0].strip('{}')}:*"


def test_secured_variables_have_no_value() -> None:
    assert [(variable.name, variable.value) for variable in WORLD.variables] == [
        ("NPM_TOKEN", None),
        ("SENTRY_ORG", "acme"),
    ]


def test_pastes_without_a_repository_come_last() -> None:
    assert [(paste.name, paste.cause) for paste in WORLD.pastes[-3:]] == [
        ("another-workspace", None),
        ("small-talk", None),
        ("without-a-link", None),
    ]


def test_a_repository_that_no_group_lists_is_refused(tmp_path: Path) -> None:
    """Otherwise a new example would silently be missing on the page."""
    shutil.copytree(EXAMPLE, tmp_path / "world")
    shutil.copytree(EXAMPLE / "ledger", tmp_path / "world" / "forgotten")

    with pytest.raises(ValueError, match=r"lists no group for forgotten"):
        load_world(tmp_path / "world")
