"""Who may ask: members of the own workspace, in channels that are not shared unless the settings say so."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.handlers import payloads
from tests.handlers.edge import Edge, edge, json_of
from tests.handlers.payloads import CHANNEL, ERROR, RUN, TEAM, TS

JOB = f"{TEAM}-{CHANNEL}-{TS}"
STRANGER = {"id": "U77", "username": "eve", "name": "eve", "team_id": "T9"}
BUTTONS = ("recheck", "proof", "choose_repository", "paste_policy", "feedback_up", "feedback_down")


@pytest.fixture
async def bot() -> AsyncIterator[Edge]:
    async with edge() as running:
        yield running


@pytest.mark.parametrize(
    "payload",
    [
        *(payloads.click(action, JOB) for action in BUTTONS),
        payloads.message_shortcut(),
        payloads.global_shortcut(),
        payloads.submission("acme/widget", JOB),
    ],
    ids=lambda payload: f"{payload['type']}-{(payload.get('actions') or [{}])[0].get('action_id', '')}",
)
async def test_somebody_of_another_organisation_is_refused_in_words(
    bot: Edge, payload: dict[str, Any]
) -> None:
    answer = await bot.interact({**payload, "user": STRANGER})

    assert (answer.status, answer.body) == (200, "")
    assert (bot.accepted, bot.services.reads, bot.services.votes) == ([], [], [])
    ((method, body),) = bot.calls
    assert method == "views.open"
    assert "only members of the workspace" in json.dumps(body["view"])


@pytest.mark.parametrize("said", [ERROR, f"{ERROR} {RUN}"])
async def test_a_shared_channel_is_left_alone_unless_the_settings_allow_it(bot: Edge, said: str) -> None:
    body = payloads.event(payloads.message(said), is_ext_shared_channel=True)
    await bot.send(body)
    assert (bot.accepted, bot.services.reads, bot.calls) == ([], [], [])

    bot.services.shared = frozenset({CHANNEL})
    await bot.send(body)
    assert [paste.job for paste in bot.accepted] == [JOB]


async def test_a_mention_in_a_shared_channel_is_refused_to_its_author_alone(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.mention(), is_ext_shared_channel=True))

    assert bot.accepted == []
    ((method, body),) = bot.calls
    assert (method, body["user"]) == ("chat.postEphemeral", payloads.PERSON)
    assert "shared with another organisation" in body["text"]


IN_THE_CHANNEL = [
    *(payloads.click(action, JOB) for action in BUTTONS),
    payloads.click("choose_run_0", f"{JOB} acme/widget#42"),
    payloads.message_shortcut(),
    payloads.submission("acme/widget", JOB),
    payloads.submission("acme/widget", f"\nhttps://hooks.slack.com/app/T1/1/x\n{CHANNEL}"),
    payloads.submission(
        "acme/widget",
        response_urls=[{"channel_id": CHANNEL, "response_url": "https://hooks.slack.com/app/T1/1/x"}],
    ),
]


@pytest.mark.parametrize(
    "payload",
    IN_THE_CHANNEL,
    ids=lambda payload: f"{payload['type']}-{(payload.get('actions') or [{}])[0].get('action_id', '')}",
)
async def test_in_a_shared_channel_members_are_refused_in_words_unless_the_settings_allow_it(
    bot: Edge, payload: dict[str, Any]
) -> None:
    await bot.send(payloads.event(payloads.message("lunch?"), is_ext_shared_channel=True))
    answer = await bot.interact(payload)

    assert (answer.status, answer.body) == (200, "")
    assert (bot.accepted, bot.services.reads, bot.services.votes) == ([], [], [])
    ((method, body),) = bot.calls
    assert method == "views.open"
    assert "shared with another organisation" in json.dumps(body["view"])

    bot.services.shared = frozenset({CHANNEL})
    bot.calls.clear()
    await bot.interact(payload)
    assert "shared with another" not in json.dumps(bot.calls)
    assert bot.accepted or bot.services.reads or bot.calls


async def test_in_a_shared_channel_a_command_is_refused_to_its_asker(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.message("lunch?"), is_ext_shared_channel=True))
    answer = json_of(await bot.form(payloads.command("acme/widget#42")))

    assert answer["response_type"] == "ephemeral"
    assert "shared with another organisation" in answer["text"]
    assert (bot.accepted, bot.calls) == ([], [])


async def test_a_channel_that_is_no_longer_shared_is_answered_again(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.message("lunch?"), is_ext_shared_channel=True))
    await bot.send(payloads.event(payloads.message("lunch!"), is_ext_shared_channel=False))
    await bot.interact(payloads.message_shortcut())

    assert [paste.job for paste in bot.accepted] == [JOB]


@pytest.mark.parametrize("field", ["user_team", "source_team"])
async def test_a_message_of_another_organisation_is_left_alone_even_where_sharing_is_allowed(
    bot: Edge, field: str
) -> None:
    bot.services.shared = frozenset({CHANNEL})
    body = payloads.event(payloads.message(ERROR, **{field: "T9"}), is_ext_shared_channel=True)
    await bot.send(body)

    assert (bot.accepted, bot.calls) == ([], [])
