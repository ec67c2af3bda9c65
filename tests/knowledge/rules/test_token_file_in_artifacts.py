"""`token-file-in-artifacts`: advice where a pattern takes the token's file along that nobody named."""

from __future__ import annotations

import pytest

from knowledge.finding import Disposition, Severity, Verdict
from knowledge.rules.token_file_in_artifacts import RULE
from tests.knowledge.rules.asking import ask, case_of, said, tried
from tests.knowledge.rules.scripts import GOOD, REGION, ROLE, USE, one, pipeline, step

NAMED = "export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/web-identity-token"
WRITE = "echo $BITBUCKET_STEP_OIDC_TOKEN > $(pwd)/web-identity-token"
ALL = 'oidc: true\nartifacts: ["**"]'


def kept(path: str, *patterns: str, before: str = "make") -> str:
    listed = ", ".join(f'"{pattern}"' for pattern in patterns)
    write = f"echo $BITBUCKET_STEP_OIDC_TOKEN > {path}"
    return one(before, write, USE, keys=f"oidc: true\nartifacts: [{listed}]")


def test_the_pattern_is_quoted_and_the_file_moved_out_of_the_clone() -> None:
    case = case_of(one(REGION, ROLE, NAMED, WRITE, USE, keys=ALL))
    (finding,) = ask(RULE, case, "Deploy")

    assert (finding.verdict, finding.severity, finding.line) == (Verdict.LIKELY, Severity.ADVICE, 6)
    assert [item.location for item in finding.evidence[1:]] != []
    (fix,) = finding.fixes
    assert fix.disposition is Disposition.SAFE
    home = [line.replace("$(pwd)", "$HOME") for line in (NAMED, WRITE)]
    assert fix.file_after == one(REGION, ROLE, *home, USE, keys=ALL)
    assert said(RULE, tried(case, fix)) == []


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("token", "*"),
        ("token", "**"),
        ("./token.jwt", "*.jwt"),
        ("$PWD/out/token", "out/**"),
        ('"${BITBUCKET_CLONE_DIR}/out/in/token"', "**/token"),
        ("out/token", "out/*"),
        ("out/token", "{out,dist}/**"),
        ("out/.token", "out/.t*"),
    ],
)
def test_a_pattern_that_covers_the_file_is_told(path: str, pattern: str) -> None:
    assert said(RULE, case_of(kept(path, pattern))) == [Verdict.LIKELY]


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("$HOME/token", "**"),
        ("/run/token", "**"),
        ("~/token", "**"),
        ("$SOMEWHERE/token", "**"),
        ("out/token", "*"),
        ("out/token", "dist/**"),
        ("token", "*.jwt"),
        # What a pattern does with a hidden file is not documented.
        (".token", "**"),
        # Who names a file wants it.
        ("token", "token"),
    ],
)
def test_a_pattern_that_does_not_is_not(path: str, pattern: str) -> None:
    assert said(RULE, case_of(kept(path, pattern))) == []


def test_a_path_is_not_known_once_the_directory_changed() -> None:
    assert said(RULE, case_of(kept("token", "**", before="cd /tmp"))) == []


def test_a_file_that_is_deleted_or_read_later_is_left_alone() -> None:
    first = step((REGION, WRITE, USE), keys=ALL, name="First")
    deleted = step((REGION, WRITE, USE, "rm -f web-identity-token"), keys=ALL, name="First")
    reader = step(("aws --version", "cat web-identity-token | docker login"), keys="", name="Second")

    assert said(RULE, case_of(pipeline(first)), "First") == [Verdict.LIKELY]
    assert said(RULE, case_of(pipeline(deleted)), "First") == []
    assert said(RULE, case_of(pipeline(first, reader)), "First") == []


def test_a_step_without_a_token_or_without_artifacts_is_quiet() -> None:
    assert said(RULE, case_of(one(REGION, WRITE, keys='artifacts: ["**"]'))) == []
    assert said(RULE, case_of(one(*GOOD))) == []


@pytest.mark.parametrize(
    "artifacts",
    [
        "artifacts:\n  paths:\n    - '**'",
        "artifacts:\n  download: false\n  paths: ['**']",
        "artifacts:\n  upload:\n    - name: all\n      type: shared\n      paths: ['**']",
        "artifacts:\n  - name: all\n    type: scoped\n    paths: ['**']",
    ],
)
def test_artifacts_are_found_in_each_of_their_forms(artifacts: str) -> None:
    assert said(RULE, case_of(one(REGION, WRITE, keys=f"oidc: true\n{artifacts}"))) == [Verdict.LIKELY]
