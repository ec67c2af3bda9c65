"""The file of Azure's SDKs and of Terraform: written too late, or in time."""

from __future__ import annotations

import pytest

from knowledge.finding import Verdict
from knowledge.rules import azure_token_file_not_written
from tests.knowledge.rules.asking import ask, case_of
from tests.knowledge.rules.azure_texts import NO_AUTHORIZER
from tests.knowledge.rules.scripts import one

RULE = azure_token_file_not_written.RULE
NAMED = "export AZURE_FEDERATED_TOKEN_FILE=/tmp/az.jwt"
WRITE = "echo $BITBUCKET_STEP_OIDC_TOKEN > /tmp/az.jwt"
BY_NAME = 'printf %s "$BITBUCKET_STEP_OIDC_TOKEN" > "$AZURE_FEDERATED_TOKEN_FILE"'
NO_FILE = "WorkloadIdentityCredential.get_token failed: [Errno 2] No such file or directory: '/tmp/az.jwt'"
ARM = "export ARM_USE_OIDC=true ARM_OIDC_TOKEN_FILE_PATH=/tmp/az.jwt"


def told(*lines: str, paste: str = NO_FILE) -> list[tuple[Verdict, int | None]]:
    return [(item.verdict, item.line) for item in ask(RULE, case_of(one(*lines), None, paste))]


@pytest.mark.parametrize("write", [WRITE, BY_NAME])
@pytest.mark.parametrize("paste", [NO_FILE, ""])
def test_a_file_that_is_written_after_its_reader_is_told_at_the_line_that_writes(
    write: str, paste: str
) -> None:
    assert told(NAMED, "python deploy.py", write, paste=paste) == [(Verdict.LIKELY, 9)]


def test_the_change_writes_the_file_before_the_reader() -> None:
    (finding,) = ask(RULE, case_of(one(NAMED, "python deploy.py", WRITE), None, NO_FILE))
    lines = [line.strip() for line in (finding.fixes[0].file_after or "").splitlines()]

    assert lines.index("- python deploy.py") == 1 + next(i for i, one in enumerate(lines) if "umask" in one)


def test_terraform_that_runs_before_the_write_is_told_with_its_own_text() -> None:
    assert told(ARM, "terraform plan", WRITE, paste=NO_AUTHORIZER) == [(Verdict.LIKELY, 9)]
    assert told(ARM, "terraform fmt", WRITE, "terraform plan", paste=NO_AUTHORIZER) == []


@pytest.mark.parametrize(
    "lines",
    [
        (NAMED, WRITE, "python deploy.py"),
        (WRITE, NAMED, "python deploy.py"),
        (NAMED, "pip install azure-identity", WRITE, "python deploy.py"),
        # The file is not named yet when this one runs.
        ("python test.py", NAMED, WRITE),
        (NAMED, "python deploy.py", "if true; then " + WRITE + "; fi"),
    ],
)
def test_a_file_that_may_be_there_in_time_is_not_told_of(lines: tuple[str, ...]) -> None:
    assert told(*lines) == []


def test_with_a_reader_on_both_sides_only_the_text_tells() -> None:
    lines = (NAMED, "make test", WRITE, "python deploy.py")

    assert told(*lines, paste="") == []
    assert [verdict for verdict, _ in told(*lines)] == [Verdict.LIKELY]


def test_a_login_that_reads_the_file_by_its_name_comes_behind_the_write() -> None:
    login = 'az login --service-principal -u a -t b --federated-token "$(cat $AZURE_FEDERATED_TOKEN_FILE)"'

    assert told(NAMED, "make test", WRITE, login, paste="") == []
