"""The suggestions of the form: what holds the typed letters, and only what the channel may hear of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.handlers import payloads
from tests.handlers.edge import Edge, edge, json_of
from tests.handlers.payloads import CHANNEL, ERROR, PERSON, TEAM, TS

JOB = f"{TEAM}-{CHANNEL}-{TS}"
SHORTCUT = f"\nhttps://hooks.slack.com/app/T1/1/x\n{CHANNEL}"


@pytest.fixture
async def bot() -> AsyncIterator[Edge]:
    async with edge() as running:
        running.services.names = {
            CHANNEL: ("acme/widget", "acme/gadget", f"acme/{'x' * 100}"),
            "C2": ("acme/secret",),
            "": ("acme/widget",),
        }
        yield running


def typing(typed: str, metadata: str, **more: Any) -> dict[str, Any]:
    view = {"id": "V1", "type": "modal", "callback_id": "diagnose_form", "private_metadata": metadata}
    return {
        "type": "block_suggestion",
        "team": {"id": TEAM, "domain": "acme"},
        "user": {"id": PERSON, "name": "dana", "team_id": TEAM},
        "container": {"type": "view", "view_id": "V1"},
        "view": view,
        "block_id": "suggested",
        "action_id": "suggested",
        "value": typed,
        **more,
    }


@pytest.mark.parametrize(
    ("typed", "metadata", "offered"),
    [
        ("WIDG", JOB, ["acme/widget"]),
        ("acme/", SHORTCUT, ["acme/widget", "acme/gadget", f"acme/{'x' * 100}"]),
        ("nothing", JOB, []),
        ("w", "", ["acme/widget"]),
        ("secret", JOB, []),
        ("secret", "T1-C2-1795400000.000100", []),
        ("secret", "T2-C1-1795400000.000100", []),
        ("secret", "\nhttps://hooks.slack.com/x\nC2", []),
        ("w", "something else", []),
    ],
)
async def test_options_hold_what_was_typed_and_belong_to_the_channel(
    bot: Edge, typed: str, metadata: str, offered: list[str]
) -> None:
    answer = json_of(await bot.interact(typing(typed, metadata)))

    assert [option["value"] for option in answer["options"]] == offered
    assert all(len(option["text"]["text"]) <= 75 for option in answer["options"])


async def test_a_stranger_is_suggested_nothing(bot: Edge) -> None:
    answer = await bot.interact(typing("w", JOB, user={"id": "U77", "name": "eve", "team_id": "T9"}))

    assert (answer.status, answer.body) == (200, "")


async def test_the_chosen_one_and_the_build_number_are_taken(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.message(ERROR)))
    submitted = payloads.submission("", JOB)
    submitted["view"]["state"]["values"] = {
        "repo": {"repo": {"type": "plain_text_input", "value": None}},
        "suggested": {"suggested": {"type": "external_select", "selected_option": {"value": "acme/widget"}}},
        "build": {"build": {"type": "plain_text_input", "value": "#42"}},
        "step": {"step": {"type": "plain_text_input", "value": " Deploy  to prod "}},
    }
    answer = await bot.interact(submitted)

    assert (answer.status, answer.body) == (200, "")
    taken = bot.accepted[-1]
    assert (taken.repository, taken.build_number, taken.step) == ("acme/widget", 42, "Deploy to prod")


async def test_a_secret_in_the_field_of_the_step_is_not_stored(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.message(ERROR)))
    submitted = payloads.submission("acme/widget", JOB)
    typed = {"type": "plain_text_input", "value": "AKIAIOSFODNN7EXAMPLF"}
    submitted["view"]["state"]["values"]["step"] = {"step": typed}
    await bot.interact(submitted)

    assert bot.accepted[-1].step
    assert "IOSFODNN7" not in str(bot.accepted[-1].step)


async def test_the_step_stays_meant_when_the_text_is_edited_and_not_when_another_run_is_named(
    bot: Edge,
) -> None:
    await bot.send(payloads.event(payloads.message(ERROR)))
    submitted = payloads.submission("acme/widget", JOB)
    submitted["view"]["state"]["values"]["step"] = {"step": {"type": "plain_text_input", "value": "Deploy"}}
    await bot.interact(submitted)
    await bot.send(payloads.event(payloads.changed(f"{ERROR} again", ERROR)))
    assert (bot.accepted[-1].revision[:4], bot.accepted[-1].step) == ("edit", "Deploy")

    named = payloads.message("it was #43", ts="1795400300.000100", thread_ts=TS)
    await bot.send(payloads.event(named))
    assert (bot.accepted[-1].build_number, bot.accepted[-1].step) == (43, None)


@pytest.mark.parametrize("number", ["latest", "-1", "4 2", "1234567890"])
async def test_what_is_no_build_number_is_said_at_its_field(bot: Edge, number: str) -> None:
    await bot.send(payloads.event(payloads.message(ERROR)))
    submitted = payloads.submission("acme/widget", JOB)
    submitted["view"]["state"]["values"]["build"] = {"build": {"type": "plain_text_input", "value": number}}
    answer = json_of(await bot.interact(submitted))

    assert list(answer["errors"]) == ["build"]
    assert len(bot.accepted) == 1
