"""The text of a message, in every form in which Slack carries it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.extract import MAX_CHARACTERS, decoded, text_of
from tests.handlers.payloads import rich_text, words

LINK = "https://bitbucket.org/acme/widget/pipelines/results/42"


def leaves(*elements: dict[str, Any], kind: str = "rich_text_section") -> dict[str, Any]:
    return {"type": kind, "elements": list(elements)}


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "text alone": ({"text": "it fails"}, "it fails"),
    "text with entities": ({"text": "a &lt;b&gt; &amp;&amp; c"}, "a <b> && c"),
    "an encoded entity stays one": ({"text": "&amp;lt;"}, "&lt;"),
    "a link": ({"text": f"<{LINK}>"}, LINK),
    "a link with a label": ({"text": f"<{LINK}|Pipeline #42> failed"}, f"Pipeline #42 {LINK} failed"),
    "a link that slack made of a name": (
        {"text": "post to <http://sts.amazonaws.com|sts.amazonaws.com> failed"},
        "post to sts.amazonaws.com failed",
    ),
    "mentions": ({"text": "<@U9> <#C1|ci-help> <!here> <!subteam^S1|@ops>"}, "@U9 #ci-help @here @ops"),
    "text beside its own blocks": ({"text": "once", "blocks": rich_text(words("once"))}, "once"),
    "raw leaves of blocks": ({"text": "&lt;", "blocks": rich_text(words("<a> &lt;"))}, "<a> &lt;"),
    "code and quotation": (
        {
            "blocks": rich_text(
                words("see:\n"),
                words("line 1\nline 2", "rich_text_preformatted"),
                words("said", "rich_text_quote"),
            )
        },
        "see:\nline 1\nline 2\nsaid",
    ),
    "a nested list": (
        {
            "blocks": rich_text(
                {"type": "rich_text_list", "elements": [words("one"), words("two")], "indent": 0},
                {"type": "rich_text_list", "elements": [words("inner")], "indent": 1},
            )
        },
        "one\ntwo\ninner",
    ),
    "leaves of every kind": (
        {
            "blocks": rich_text(
                leaves(
                    text("a "),
                    {"type": "link", "url": LINK, "text": "run"},
                    text(" "),
                    {"type": "link", "url": LINK},
                    {"type": "user", "user_id": "U9"},
                    {"type": "emoji", "name": "fire"},
                    {"type": "broadcast", "range": "here"},
                    {"type": "unheard_of", "x": 1},
                )
            )
        },
        f"a run {LINK} {LINK}@U9:fire:@here",
    ),
    "the post of a webhook": (
        {
            "text": "",
            "bot_id": "B7",
            "attachments": [
                {
                    "fallback": "Deploy failed",
                    "text": "Deploy failed",
                    "pretext": f"Notification sent from <{LINK}|Pipeline #42>",
                }
            ],
        },
        f"Notification sent from Pipeline #42 {LINK}\nDeploy failed",
    ),
    "an attachment with fields": (
        {
            "attachments": [
                {
                    "title": "Run",
                    "title_link": LINK,
                    "fields": [{"title": "Step", "value": "Deploy"}],
                    "footer": "CI",
                }
            ]
        },
        f"Run\n{LINK}\nStep\nDeploy\nCI",
    ),
    "an attachment that has only a fallback": (
        {"attachments": [{"fallback": "it &lt; fails"}]},
        "it < fails",
    ),
    "the blocks of an app": (
        {
            "bot_id": "B8",
            "text": "Build failed",
            "blocks": [
                {"type": "header", "text": {"type": "plain_text", "text": "Build &amp; failed"}},
                {
                    "type": "section",
                    "text": {"type": "mrkdwn", "text": "step &lt;Deploy&gt;"},
                    "fields": [{"type": "mrkdwn", "text": "main"}],
                },
                {"type": "context", "elements": [{"type": "plain_text", "text": "now"}, {"type": "image"}]},
                {"type": "divider"},
                {"type": "markdown", "text": "**log**"},
            ],
        },
        "Build failed\nBuild &amp; failed\nstep <Deploy>\nmain\nnow \n**log**",
    ),
    "a fallback that the blocks say already": (
        {
            "bot_id": "B8",
            "text": "Build  failed",
            "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Build failed"}}],
        },
        "Build failed",
    ),
    "a forwarded message": (
        {
            "text": "",
            "attachments": [
                {
                    "is_msg_unfurl": True,
                    "text": "AccessDenied",
                    "message_blocks": [{"message": {"blocks": rich_text(words("AccessDenied"))}}],
                }
            ],
        },
        "AccessDenied",
    ),
    "the preview of a link": (
        {
            "text": "see",
            "attachments": [{"from_url": LINK, "service_name": "Bitbucket", "title": "Pipeline #42"}],
        },
        "see",
    ),
    "a snippet without a comment": (
        {
            "text": "",
            "files": [
                {"mode": "snippet", "mimetype": "text/plain", "filetype": "text", "preview": "+ aws s3 ls"}
            ],
        },
        "+ aws s3 ls",
    ),
    "a file that lies elsewhere": (
        {"files": [{"mode": "external", "is_external": True, "mimetype": "text/plain", "preview": "x"}]},
        "",
    ),
    "a deleted file": ({"files": [{"mode": "tombstone", "preview": "x", "mimetype": "text/plain"}]}, ""),
    "a picture": (
        {"files": [{"mode": "hosted", "mimetype": "image/png", "filetype": "png", "preview": "x"}]},
        "",
    ),
    "no text": ({"text": None}, ""),
    "nothing": ({}, ""),
}


@pytest.mark.parametrize(("message", "expected"), CASES.values(), ids=CASES.keys())
def test_each_part_of_a_message_is_read_once(message: dict[str, Any], expected: str) -> None:
    assert text_of(message) == expected


def test_much_text_is_cut() -> None:
    assert len(text_of({"text": "x" * 10 * MAX_CHARACTERS})) == MAX_CHARACTERS
    assert len(text_of({"attachments": [{"text": "x" * 50_000}] * 100})) == MAX_CHARACTERS


def test_a_message_of_many_small_parts_is_cut() -> None:
    many = [{"type": "section", "text": {"type": "plain_text", "text": "x"}}] * 100_000

    assert len(text_of({"blocks": many})) < 2_000


def test_a_deep_message_is_cut() -> None:
    inner: dict[str, Any] = words("x")
    for _ in range(500):
        inner = {"type": "rich_text_list", "elements": [inner]}

    assert text_of({"blocks": rich_text(inner)}) == ""


def test_brackets_without_end_cost_no_time_and_stay() -> None:
    assert decoded("<" * 50_000) == "<" * 50_000


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "blocks", "fields", "url", "rows", "message"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["text", "blocks", "attachments", "files", "bot_id"]), _JSON))
def test_whatever_comes_gives_a_text(message: dict[str, Any]) -> None:
    assert isinstance(text_of(message), str)
