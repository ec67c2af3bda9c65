"""Messages that show a failure and are left alone all the same, and those that only look so."""

from __future__ import annotations

import pytest

from handlers.silence import is_other_ci, is_settled
from tests.handlers.payloads import ERROR


@pytest.mark.parametrize(
    "text",
    [
        f"solved, thanks! yesterday's `{ERROR}` was the renamed workspace. closing",
        f"[SOLVED] {ERROR}",
        f"*Resolved:* {ERROR}",
        f"Update: fixed. {ERROR}",
        f"I fixed it by switching oidc on, it was {ERROR}",
        f"ok, got it sorted out: {ERROR}",
        f"nvm, found it: {ERROR}",
        f"Works again. {ERROR}",
        f":white_check_mark: {ERROR}",
        f"✅ {ERROR}",
        f"{ERROR}\nEDIT: solved, it was the role",
        f"{ERROR}\n\nfixed now",
    ],
)
def test_what_is_over_is_settled(text: str) -> None:
    assert is_settled(text)


@pytest.mark.parametrize(
    "text",
    [
        ERROR,
        f"not solved: {ERROR}",
        f"unsolved since Monday: {ERROR}",
        f"is this solved? {ERROR}",
        f"how was this fixed: {ERROR}",
        f"I fixed the region but now: {ERROR}",
        f"It was fixed last week, today: {ERROR}",
        f"solved for staging, production still says {ERROR}",
        f"resolved the merge conflict, now I get {ERROR}",
        f"fixed the audience, and now we're seeing {ERROR}",
        f"fixed version 1.2 of the pipe says {ERROR}",
        f"Resolved dependencies in 3 s\n{ERROR}",
        f"{ERROR}\nResolved path to /opt/atlassian",
        f"{ERROR}\nhas anybody solved this?",
        f"{ERROR}\nsolved on staging, still broken on production",
        f"the deploy step\nsolved: x\n{ERROR}",
    ],
)
def test_what_only_looks_so_is_not(text: str) -> None:
    assert not is_settled(text)


@pytest.mark.parametrize(
    "text",
    [
        f"our GitHub Actions workflow: {ERROR}",
        f"our GitHub workflow (not bitbucket) says {ERROR}",
        f"gitlab-ci says {ERROR}",
        f"Jenkins: {ERROR}",
        f"{ERROR}\n- uses: aws-actions/configure-aws-credentials@v4",
        f"permissions: id-token: write {ERROR}",
        f"issuer https://token.actions.githubusercontent.com {ERROR}",
        "Did you mean to set the `id-token` permission?",
        "Error: Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity",
        f"Retry AssumeRole: attempt 3 of 12 failed: {ERROR}",
        f"##[error]{ERROR}",
        f"https://github.com/acme/site/actions/runs/123456 {ERROR}",
        f"https://gitlab.com/acme/site/-/jobs/123456 {ERROR}",
        f"echo $CI_JOB_TOKEN {ERROR}",
        f"GHA: {ERROR}",
    ],
)
def test_another_ci_is_told_apart(text: str) -> None:
    assert is_other_ci(text)


@pytest.mark.parametrize(
    "text",
    [
        ERROR,
        f"works in GitHub Actions, not in Bitbucket Pipelines: {ERROR}",
        f"moved from Jenkins to bitbucket: {ERROR}",
        f"role arn:aws:iam::123456789012:role/jenkins {ERROR}",
        f"role arn:aws:iam::123456789012:role/codebuild-deploy {ERROR}",
        f"pull from github.com works, then {ERROR}",
        f"go: downloading gitlab.com/acme/lib v1.2.0\n{ERROR}",
        f"bitbucket, not GHA: {ERROR}",
    ],
)
def test_what_only_names_another_ci_is_not(text: str) -> None:
    assert not is_other_ci(text)


def test_the_look_takes_linear_time_on_what_would_mislead_it() -> None:
    """Counted by the steps that a slow pattern would need: these would not end."""
    for text in (
        "it " * 200_000,
        "_" * 500_000,
        "not " * 200_000,
        "git hub " * 100_000,
        "is is is solve" * 50_000,
    ):
        assert not is_settled(text)
        is_other_ci(text)
