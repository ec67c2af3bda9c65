"""What a text says of the run beside the repository's name."""

from __future__ import annotations

import time

import pytest

from knowledge.target import Target
from knowledge.target_words import with_words

HOME = Target(workspace="acme", repository="widget")
HASH = "e2ade83596c803e7bc8694f6ee20f666a8bbb019"


@pytest.mark.parametrize(
    ("text", "branch", "commit", "pull_request"),
    [
        ("it fails on branch feature/oidc since today", "feature/oidc", None, None),
        ("the release-2.1 branch is red", None, None, None),
        ("fails on the release-2.1 branch", "release-2.1", None, None),
        ("branch `fix/login`: no credentials", "fix/login", None, None),
        ("on main, but not on my branch", "main", None, None),
        ("the branch is red", None, None, None),
        ("on this branch", None, None, None),
        ("see main.tf on line 4", None, None, None),
        ("on main/x", None, None, None),
        (
            '+ git clone --branch="feature/a" --depth 50 https://x-token-auth:$T@bitbucket.org/$R.git',
            "feature/a",
            None,
            None,
        ),
        (f"BITBUCKET_BRANCH=dev\nBITBUCKET_COMMIT={HASH}", "dev", HASH, None),
        (f"git reset --hard {HASH}", None, HASH, None),
        ("HEAD is now at e2ade83 Add the login", None, "e2ade83", None),
        ("since commit e2ade83596c8", None, "e2ade83596c8", None),
        ("commit message wrong", None, None, None),
        ("PR 77 is red", None, None, 77),
        ("pull request #77", None, None, 77),
        ("BITBUCKET_PR_ID=77", None, None, 77),
        ("approx 77", None, None, None),
        ("", None, None, None),
    ],
)
def test_branch_commit_and_pull_request_are_taken_from_words_and_from_a_log(
    text: str, branch: str | None, commit: str | None, pull_request: int | None
) -> None:
    found = with_words(HOME, text)

    assert (found.branch, found.commit, found.pull_request) == (branch, commit, pull_request)
    assert (found.full_name, found.build_number) == ("acme/widget", None)


@pytest.mark.parametrize(
    ("text", "branch", "tag"),
    [
        ("acme/widget branch release/2.x", "release/2.x", None),
        ("acme/widget, branch: release/2.x", "release/2.x", None),
        ("branch release/2.x of acme/widget", "release/2.x", None),
        ("the release/2.x branch of acme/widget", "release/2.x", None),
        ("the hotfix branch of `acme/widget` is red", "hotfix", None),
        ("acme/widget branch nosuch", "nosuch", None),
        ("branch: nosuch in the repository acme/widget.", "nosuch", None),
        ("Branch: v2 fails", "v2", None),
        ("acme/widget tag v9", None, "v9"),
        ("tag v1.2.3 of acme/widget", None, "v1.2.3"),
        ("it fails on tag v1.2.3, only there", None, "v1.2.3"),
        ("BITBUCKET_TAG=v1.2.3", None, "v1.2.3"),
    ],
)
def test_a_branch_or_tag_is_taken_where_its_name_looks_like_one_or_stands_beside_the_repositorys(
    text: str, branch: str | None, tag: str | None
) -> None:
    found = with_words(HOME, text)

    assert (found.branch, found.tag, found.commit, found.pull_request) == (branch, tag, None, None)


@pytest.mark.parametrize(
    ("text", "perhaps"),
    [
        ("acme/widget: the branch is broken", ()),
        ("acme/widget branch protection is on", ()),
        ("our branch policy in acme/widget", ()),
        ("branch permissions of acme/widget", ()),
        ("the acme/widget branch is red", ()),
        ("the wrong branch was built in acme/widget", ("wrong",)),
        ("the image tag 3.11 in acme/widget", ("3.11",)),
        ("branch coverage 82%", ()),
        ("branches: release/*", ()),
        ("the branch release/* has no rule", ()),
        ("acme/widget hotfix", ("hotfix",)),
        ("acme/widget on release/2.x", ("release/2.x",)),
        ("the release-2.1 branch is red", ("release-2.1",)),
        ("acme/widget builds image eu.gcr.io/acme/widget:1", ()),
    ],
)
def test_an_ordinary_word_is_no_branch_and_any_other_only_if_a_run_is_of_one(
    text: str, perhaps: tuple[str, ...]
) -> None:
    found = with_words(HOME, text)

    assert (found.branch, found.tag, found.perhaps) == (None, None, perhaps)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("in build #512", 512),
        ("pipeline #7 failed", 7),
        ("run number #8", 8),
        ("#12 [4/5] RUN npm ci", None),
        ("build 3 of 5", None),
        ("issue #4", None),
        ("build #1.2", None),
    ],
)
def test_a_number_counts_where_the_repository_is_not_in_the_text(text: str, number: int | None) -> None:
    assert with_words(HOME, text, number=True).build_number == number
    assert with_words(HOME, text).build_number is None


def test_what_is_named_already_is_not_replaced() -> None:
    named = Target(workspace="acme", repository="widget", build_number=5)
    linked = Target(workspace="acme", repository="widget", branch="main")

    assert with_words(named, "build #6 on branch dev", number=True) == named
    assert with_words(linked, "on branch dev, PR 7") == linked


@pytest.mark.parametrize(
    "word",
    [
        "branch ",
        'git clone --branch="a',
        "commit a",
        "BITBUCKET_BRANCH=",
        "on the ",
        "PR #",
        "tag a",
        "acme/widget ",
    ],
)
def test_long_texts_cost_no_more_than_their_length(word: str) -> None:
    def seconds(times: int) -> float:
        text = word * times
        started = time.perf_counter()
        with_words(HOME, text, number=True)
        return time.perf_counter() - started

    short = min(seconds(400) for _ in range(5))
    assert min(seconds(3_200) for _ in range(3)) < 40 * short + 0.01
