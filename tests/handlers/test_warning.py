"""The line about a pasted secret stands in every reply, and never crowds out what mends the failure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.playground.slack_blocks import problems_of
from handlers.render import render
from handlers.render.limits import MESSAGE_BLOCKS, MESSAGE_CHARACTERS, characters
from knowledge.answer import Answer, Kind
from knowledge.target import Target
from tests.handlers.answers import ANSWERS

LINE = "This message holds an AWS secret key (deactivate it in IAM): whoever reads the channel has it."
JOB = "T1-C1-1795400000.000100"


@pytest.mark.parametrize("kind", Kind)
def test_the_warning_stands_right_above_the_buttons(kind: Kind) -> None:
    reply = render(Answer(kind=kind, target=Target(), note="Which is it?", warning=LINE), JOB)

    assert LINE in repr(reply.blocks[-2])
    assert reply.blocks[-2]["type"] == "context"
    assert reply.blocks[-1]["type"] in {"actions", "context_actions"}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_with_it_a_reply_still_fits(answer: Answer) -> None:
    reply = render(replace(answer, warning=LINE * 9), JOB)

    assert len(reply.blocks) <= MESSAGE_BLOCKS
    assert characters(reply.blocks) <= MESSAGE_CHARACTERS
    assert problems_of(reply.blocks) == []
    assert "an AWS secret key" in repr(reply.blocks)


def test_without_a_secret_there_is_no_such_line() -> None:
    answer = Answer(kind=Kind.QUESTION, target=Target(), note="Which is it?")

    assert "context" not in [block["type"] for block in render(answer, JOB).blocks]
