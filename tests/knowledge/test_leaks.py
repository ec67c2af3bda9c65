"""Whoever pastes a secret is told which kind it was and what ends it, in one line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from knowledge.leaks import warning
from knowledge.redact import redact
from tests.knowledge.secret_notations import SECRETS
from tests.knowledge.tokens import ISSUED, claims

BEFORE = datetime.fromtimestamp(ISSUED + 60, UTC)
AFTER = datetime.fromtimestamp(ISSUED + 7_200, UTC)

SAID = {
    "an AWS key": ({"aws-secret-key": 1, "aws-key-id": 1}, ("an AWS secret key", "deactivate it in IAM")),
    "session credentials": (
        {"aws-secret-key": 1, "aws-session-token": 1, "aws-key-id": 1},
        ("AWS session credentials, good until they end",),
    ),
    "a signed address": ({"signature": 1}, ("a signed address, good until it ends",)),
    "an Atlassian token": ({"atlassian-token": 1}, ("an Atlassian token (revoke it where it was made)",)),
    "a password": ({"password": 2}, ("a password (change it)",)),
    "a key": ({"private-key": 1}, ("a private key (replace it)",)),
    "several": ({"password": 1, "slack-token": 1}, ("a Slack token (revoke it)", "a password (change it)")),
    "many": (
        {"password": 1, "slack-token": 1, "npm-token": 1, "github-token": 1},
        ("a GitHub token (revoke it)", "and more"),
    ),
    "a token of any kind": ({"jwt": 1}, ("if that is the step's OIDC token, it ends by itself soon",)),
}


@pytest.mark.parametrize(("counts", "expected"), SAID.values(), ids=SAID.keys())
def test_the_line_names_the_kind_and_what_ends_it(counts: dict[str, int], expected: tuple[str, ...]) -> None:
    line = warning(counts)

    assert line.startswith("This message holds ")
    assert line.endswith("Delete the message as well.")
    assert all(part in line for part in expected), line
    assert "\n" not in line


@pytest.mark.parametrize("counts", [{}, {"aws-key-id": 1}])
def test_without_a_secret_there_is_no_line(counts: dict[str, int]) -> None:
    assert warning(counts) == ""


def test_a_steps_token_that_has_ended_is_said_to_open_nothing() -> None:
    line = warning({"jwt": 1}, claims(), AFTER)

    assert line == (
        "This message holds the step's OIDC token, which ended on 2026-11-23 01:13 UTC and opens nothing any "
        "more."
    )


@pytest.mark.parametrize("asked_at", [BEFORE, None])
def test_a_steps_token_that_lives_is_said_to_be_short_lived(asked_at: datetime | None) -> None:
    line = warning({"jwt": 1}, claims(), asked_at)

    assert "short-lived: whoever has it can log in as the step until 2026-11-23 01:13 UTC" in line
    assert line.endswith("Delete the message as well.")


def test_an_ended_token_does_not_hide_another_secret() -> None:
    line = warning({"jwt": 1, "password": 1}, claims(), AFTER)

    assert "a password (change it)" in line
    assert line.endswith("Delete the message as well.")


@pytest.mark.parametrize("kind", [kind for kind in SECRETS if kind != "aws-key-id"])
def test_every_kind_that_redaction_counts_has_its_words(kind: str) -> None:
    name, value = SECRETS[kind]

    assert warning(redact(f"export {name}={value}").counts) != ""
