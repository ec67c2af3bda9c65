"""Silence: a channel's everyday messages to which nothing may be said, each with the reason that holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from handlers.gate import Ignore, judge

MESSAGES = [
    json.loads(line)
    for line in (Path(__file__).parent / "quiet.jsonl").read_text(encoding="utf-8").splitlines()
]
REASONS = {"other CI": "other-ci", "solved": "settled"}


@pytest.mark.parametrize("message", MESSAGES, ids=[f"{one['id']} {one['why']}" for one in MESSAGES])
def test_it_stays_unanswered(message: dict[str, str]) -> None:
    outcome = judge(message["text"], frozenset({"acme"}))

    assert isinstance(outcome, Ignore)
    assert outcome.reason in {REASONS.get(message["why"], "no-failure"), "common-text", "no-failure"}


def test_there_is_enough_of_every_kind() -> None:
    kinds = [message["why"] for message in MESSAGES]

    assert len(MESSAGES) >= 54
    assert len(set(kinds)) >= 15
    assert len({message["text"] for message in MESSAGES}) == len(MESSAGES)
