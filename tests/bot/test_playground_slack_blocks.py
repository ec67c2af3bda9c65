"""Slack's limits as the stand-in holds them: what is beyond is refused, what is up to them is taken."""

from __future__ import annotations

from typing import Any

import pytest

from bot.playground.slack_blocks import problems_of, view_problems

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**more: Any) -> Json:
    return {"type": "button", "action_id": "recheck", "text": plain("Check again"), "value": "job", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def rich(*leaves: Json, kind: str = "rich_text_section") -> Json:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(leaves)}]}


def bullets(*leaves: Json) -> Json:
    items = [{"type": "rich_text_section", "elements": list(leaves)}]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "bullet", "elements": items}],
    }


def select(options: int = 1, value: str = "x") -> Json:
    return {"type": "static_select", "options": [{"text": plain("x"), "value": value}] * options}


def feedback(**sides: Json) -> Json:
    element = {"type": "feedback_buttons", "action_id": "feedback", **sides}
    return {"type": "context_actions", "elements": [element]}


YES = {"text": plain("Yes"), "value": "up"}
NO = {"text": plain("No"), "value": "down"}
SECTION = {"type": "section", "text": mrkdwn("x")}
TEXT_INPUT = {"type": "plain_text_input", "action_id": "value"}
INPUT = {"type": "input", "block_id": "repository", "label": plain("Repository"), "element": TEXT_INPUT}
MODAL: Json = {
    "type": "modal",
    "callback_id": "diagnose_form",
    "title": plain("Diagnose"),
    "submit": plain("Look"),
    "blocks": [INPUT],
}

BAD_BLOCKS: list[tuple[str, list[Any]]] = [
    ("no object", ["x"]),
    ("unknown kind", [{"type": "shout"}]),
    ("51 blocks", [{"type": "divider"}] * 51),
    ("section without text", [{"type": "section"}]),
    ("section with empty text", [{"type": "section", "text": mrkdwn("")}]),
    ("section above 3,000", [{"type": "section", "text": mrkdwn("x" * 3_001)}]),
    ("11 fields", [{"type": "section", "fields": [plain("x")] * 11}]),
    ("field above 2,000", [{"type": "section", "fields": [plain("x" * 2_001)]}]),
    ("header in mrkdwn", [{"type": "header", "text": mrkdwn("x")}]),
    ("header above 150", [{"type": "header", "text": plain("x" * 151)}]),
    ("empty context", [{"type": "context", "elements": []}]),
    ("context of 11", [{"type": "context", "elements": [mrkdwn("x")] * 11}]),
    ("empty actions", [{"type": "actions", "elements": []}]),
    ("actions of 26", [actions(*(button(action_id=f"a{n}") for n in range(26)))]),
    ("same action twice", [actions(button(), button())]),
    ("same block_id twice", [{**SECTION, "block_id": "b"}, {**SECTION, "block_id": "b"}]),
    ("block_id of 256", [{**SECTION, "block_id": "b" * 256}]),
    ("action_id of 256", [actions(button(action_id="a" * 256))]),
    ("button text above 75", [actions(button(text=plain("x" * 76)))]),
    ("button text in mrkdwn", [actions(button(text=mrkdwn("x")))]),
    ("button value above 2,000", [actions(button(value="x" * 2_001))]),
    ("button in blue", [actions(button(style="blue"))]),
    ("address above 3,000", [actions(button(url=f"https://a.example/{'x' * 3_000}"))]),
    ("unknown property", [{**SECTION, "colour": "red"}]),
    ("unknown property of a text", [{"type": "section", "text": {**mrkdwn("x"), "emoji": True}}]),
    ("101 options", [actions(select(101))]),
    ("option value above 150", [actions(select(1, "x" * 151))]),
    ("empty rich text", [{"type": "rich_text", "elements": []}]),
    ("empty leaf", [rich({"type": "text", "text": ""})]),
    ("unknown leaf", [rich({"type": "bold", "text": "x"})]),
    ("unknown style", [rich({"type": "text", "text": "x", "style": {"red": True}})]),
    ("list of bare leaves", [rich({"type": "text", "text": "x"}, kind="rich_text_list")]),
    ("context action that is a button", [{"type": "context_actions", "elements": [button()]}]),
    ("feedback without a negative side", [feedback(positive_button=YES)]),
    ("markdown above 12,000", [{"type": "markdown", "text": "x" * 12_001}]),
    ("markdown above 12,000 in all", [{"type": "markdown", "text": "x" * 7_000}] * 2),
    ("input that is a button", [{**INPUT, "element": button()}]),
    ("input without a label", [{"type": "input", "element": TEXT_INPUT}]),
]

GOOD_BLOCKS: list[Any] = [
    {"type": "header", "text": plain("x" * 150)},
    {"type": "section", "block_id": "rolecall:T-C-1", "text": {**mrkdwn("x" * 3_000), "verbatim": True}},
    {"type": "section", "fields": [plain("x" * 2_000)] * 10, "accessory": button()},
    rich(
        {"type": "text", "text": "x", "style": {"code": True}}, {"type": "link", "url": "https://a.example"}
    ),
    rich({"type": "text", "text": "- a\n+ b"}, kind="rich_text_preformatted"),
    bullets({"type": "text", "text": "x"}),
    actions(
        button(style="primary"), button(action_id="proof"), button(action_id="go", url="https://a.example")
    ),
    actions({**select(100, "x" * 150), "placeholder": plain("Choose"), "action_id": "choose"}),
    feedback(positive_button=YES, negative_button=NO),
    {"type": "context", "elements": [mrkdwn("x")] * 10},
    {"type": "divider"},
]


@pytest.mark.parametrize("blocks", [pytest.param(blocks, id=name) for name, blocks in BAD_BLOCKS])
def test_blocks_beyond_slacks_limits_are_refused(blocks: list[Any]) -> None:
    assert problems_of(blocks) != []


@pytest.mark.parametrize(
    "block", GOOD_BLOCKS, ids=[f"{n}-{one['type']}" for n, one in enumerate(GOOD_BLOCKS)]
)
def test_blocks_up_to_slacks_limits_are_taken(block: Json) -> None:
    assert problems_of([block]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"type": "home"},
        {"title": plain("x" * 25)},
        {"title": None},
        {"submit": None},
        {"submit": plain("x" * 25)},
        {"close": mrkdwn("x")},
        {"blocks": None},
        {"blocks": [{"type": "divider"}] * 101},
        {"private_metadata": "x" * 3_001},
        {"callback_id": "x" * 256},
        {"colour": "red"},
    ],
)
def test_views_beyond_slacks_limits_are_refused(change: Json) -> None:
    assert view_problems({**MODAL, **change}) != []


def test_a_view_within_slacks_limits_is_taken() -> None:
    assert view_problems({**MODAL, "blocks": [INPUT, *[{"type": "divider"}] * 99]}) == []
