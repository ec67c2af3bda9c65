"""A run's number counts in a person's own words, and nowhere in what was pasted."""

from __future__ import annotations

import pytest

from knowledge.target import Target
from knowledge.target_numbers import own_numbers
from knowledge.target_words import with_words

HOME = Target(workspace="acme", repository="widget")
ERROR = (
    "An error occurred (ParamValidation): Parameter validation failed:\n"
    "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
)


@pytest.mark.parametrize(
    "words",
    [
        "run 102",
        "#102",
        "build 102",
        "build #102",
        "pipeline 102",
        "Pipeline #102 failed",
        "run number 102",
        "build no. 102",
        "#102 please",
        "it was #102",
        "and what about #102?",
        "can someone look at run 102? it broke this morning",
        "@U123 :pray: build 102 is red again",
        "Pipeline 102 (the nightly one) fails with:",
        "*run 102*",
    ],
)
@pytest.mark.parametrize("around", ["{error}\n{words}", "{words}\n{error}", "{words}\n\n{error}\nthanks"])
def test_a_number_in_a_persons_own_words_is_a_runs(words: str, around: str) -> None:
    text = around.format(error=ERROR, words=words)

    assert own_numbers(text) == {102}
    assert with_words(HOME, text, own=True).build_number == 102


@pytest.mark.parametrize(
    "text", [f"run 102: {ERROR}", f"build #102 fails with: {ERROR}", f"{ERROR} (run 102)"]
)
def test_a_number_on_the_errors_own_line_counts_before_and_behind_it(text: str) -> None:
    assert own_numbers(text) == {102}


@pytest.mark.parametrize(
    "line",
    [
        "exit code 1",
        "Process exited with exit status 102",
        "line 102",
        "script.sh: line 102: aws: command not found",
        "PR #102",
        "pull request #102",
        "issue #102",
        "fixes #102",
        "Closes #102.",
        "Build 22.04",
        "Ubuntu 22.04 build 102.3",
        "Microsoft Windows Build 19045",
        "Xcode build 102",
        "#12 [internal] load build context",
        "#12 DONE 0.1s",
        "#12 0.432 Collecting boto3",
        "#12 sha256:4f2a 1.2MB / 3MB",
        "#12 exporting layers",
        "Step 3/5 : RUN npm ci",
        "step #3 of it",
        "build 3 of 5",
        "Tests run: 102, Failures: 1",
        "run 3 times",
        "run 102 tests",
        "> widget@1.0.2 build 102ms",
        "npm run 102",
        "npm ERR! code 102",
        "BUILD FAILED in 102s",
        "+ make build 102",
        "102",
        "job #102",
        "retry attempt #2",
        "retry #2 failed",
        "worker #2 died",
        "node #2 is not reachable",
        "com.acme.Build 102",
        "2026-11-26 19:00:01 run 102",
        "https://jenkins.acme.io/job/x/#102",
    ],
)
def test_a_number_of_anything_else_is_none_of_a_run(line: str) -> None:
    for text in (f"{line}\n{ERROR}", f"{ERROR}\n{line}"):
        assert own_numbers(text) == frozenset()
        assert with_words(HOME, text, number=True).build_number is None


def test_of_several_numbers_none_is_taken() -> None:
    text = f"build #101 is red, #103 too\n{ERROR}"

    assert own_numbers(text) == {101, 103}
    assert with_words(HOME, text, number=True).build_number is None


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("It worked in build 97 but now this", set()),
        ("Last green was #97", set()),
        ("build #101 was fine, #103 is not", {103}),
        ("run 97 passed; run 99 does this", {99}),
        ("build 102 does not work any more", {102}),
        ("run 102 never worked", {102}),
    ],
)
def test_a_run_that_did_not_fail_is_not_the_one_that_is_asked_about(line: str, numbers: set[int]) -> None:
    assert own_numbers(f"{line}\n{ERROR}") == numbers


def test_words_in_the_middle_of_a_long_paste_are_not_a_persons_own() -> None:
    lines = ["ok"] * 30
    text = "\n".join([ERROR, *lines, "run 102", *lines])

    assert own_numbers(text) == frozenset()


def test_a_commit_or_pull_request_that_is_named_is_kept_beside_another_number() -> None:
    named = Target(workspace="acme", repository="widget", pull_request=7)

    assert with_words(named, f"{ERROR}\nrun 102", own=True) == named
