"""The Home tab at its edges: whatever is long, many, or somebody else's, Slack takes the view."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from slack_sdk.models.views import View

from bot.playground.slack_blocks import view_problems
from handlers.ports import Past
from handlers.render.home import Home, home_view

NOW = datetime(2026, 11, 26, tzinfo=UTC)
MARKUP = ("<!channel>", "<https://evil.example|x>", "`a` ` b", "*bold*\n> quote", "x\u202egnp", "日本" * 40)


def past(number: int, cause: str, repository: str, kind: str = "diagnosis") -> Past:
    return Past(
        job=f"T1-C1-{number}.1",
        channel="C1",
        root=f"{number}.1",
        user="U1",
        kind=kind,
        cause=cause,
        verdict="confirmed",
        repository=repository,
        at=NOW,
    )


def check(home: Home) -> str:
    view = home_view(home)
    assert view_problems(view) == []
    View(**view).validate_json()
    shown = json.dumps(view, ensure_ascii=False)
    assert len(shown.encode()) < 250_000
    return shown


def test_an_empty_one_is_taken() -> None:
    shown = check(
        Home(viewer="U1", channels=["C1"], reads=["Bitbucket."], found=["Nothing yet."], answered=[])
    )

    assert "You have asked for none" in shown


@pytest.mark.parametrize("size", [1, 399, 400, 401, 3_000, 20_000])
def test_many_and_long_are_taken(size: int) -> None:
    answered = [past(number, f"cause-{number}", f"acme/{'x' * size}") for number in range(60)]
    channels = [f"C{number}" for number in range(60)]
    shown = check(Home("U1", channels, ["y" * min(size, 2_000)] * 5, ["z " * size] * 8, answered))

    assert "And in 50 more." in shown
    assert "And 52 more causes" in shown


@pytest.mark.parametrize("text", MARKUP)
def test_what_others_wrote_stays_text(text: str) -> None:
    answered = [past(1, text, text), past(2, "oidc-not-enabled", text), past(3, "", text, text)]
    view = home_view(Home("U1", ["C1"], [text], [text], answered, "https://acme.slack.com/"))
    shown = check(Home("U1", ["C1"], [text], [text], answered, "https://acme.slack.com/"))

    assert "\u202e" not in shown
    assert '"type": "broadcast"' not in shown
    assert all("<" not in text for text in mrkdwn(view))


def mrkdwn(value: object) -> list[str]:
    """The texts that Slack parses."""
    if isinstance(value, dict):
        own = [str(value["text"])] if value.get("type") == "mrkdwn" else []
        return own + [text for inner in value.values() for text in mrkdwn(inner)]
    return [text for inner in value for text in mrkdwn(inner)] if isinstance(value, list) else []


def test_a_thread_of_a_command_is_not_linked() -> None:
    shown = check(Home("U1", ["C1"], ["x"], ["y"], [past(1, "oidc-not-enabled", "acme/widget")], ""))

    assert "open the thread" not in shown
