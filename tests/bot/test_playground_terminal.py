"""Posted messages as a terminal shows them."""

from __future__ import annotations

from bot.playground.terminal import as_lines


def test_every_kind_of_block_becomes_lines() -> None:
    message = {
        "text": "fallback",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Step Deploy has no oidc: true"}},
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": "See <https://a.example/x|line 4> &amp; on"},
                "fields": [{"type": "plain_text", "text": "a <b>"}],
            },
            {
                "type": "rich_text",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {"type": "text", "text": "Say "},
                            {"type": "text", "text": "oidc: true", "style": {"code": True}},
                            {"type": "text", "text": " "},
                            {"type": "link", "url": "https://b.example/"},
                            {"type": "emoji", "name": "eyes"},
                        ],
                    },
                    {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "- a\n+ b\n"}]},
                    {
                        "type": "rich_text_list",
                        "style": "ordered",
                        "indent": 1,
                        "elements": [
                            {"type": "rich_text_section", "elements": [{"type": "text", "text": "one\ntwo"}]},
                        ],
                    },
                    {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]},
                ],
            },
            {"type": "divider"},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "fine"}]},
            {
                "type": "actions",
                "elements": [
                    {"type": "button", "text": {"type": "plain_text", "text": "Check again"}},
                    {
                        "type": "feedback_buttons",
                        "positive_button": {"text": {"type": "plain_text", "text": "Yes"}},
                        "negative_button": {"text": {"type": "plain_text", "text": "No"}},
                    },
                ],
            },
        ],
    }

    assert as_lines(message) == [
        "Step Deploy has no oidc: true",
        "",
        "See line 4 (https://a.example/x) & on",
        "a <b>",
        "",
        "Say oidc: true https://b.example/:eyes:",
        "    - a",
        "    + b",
        "  1. one",
        "     two",
        "> said",
        "",
        "------------------------",
        "",
        "fine",
        "",
        "[Check again]  [Yes]  [No]",
    ]


def test_a_message_without_blocks_is_its_text() -> None:
    assert as_lines({"text": "1 &lt; 2\nsecond"}) == ["1 < 2", "second"]
